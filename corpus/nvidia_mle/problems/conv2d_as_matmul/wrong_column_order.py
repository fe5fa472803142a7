import torch
import torch.nn.functional as F


def conv2d(x: torch.Tensor, w: torch.Tensor, stride: int = 1, pad: int = 0) -> torch.Tensor:
    n, channels = x.shape[:2]
    out_channels, kernel_channels, kh, kw = w.shape
    if channels != kernel_channels or stride < 1 or pad < 0:
        raise ValueError("channels differ, or stride or pad is out of range")
    x = F.pad(x, (pad, pad, pad, pad))
    if kh > x.shape[2] or kw > x.shape[3]:
        raise ValueError("the kernel is larger than the padded image")

    windows = x.unfold(2, kh, stride).unfold(3, kw, stride)  # [N, C, OH, OW, kh, kw], a view
    oh, ow = windows.shape[2:4]
    columns = windows.permute(0, 2, 3, 4, 5, 1).reshape(n * oh * ow, channels * kh * kw)
    product = columns @ w.reshape(out_channels, -1).T
    return product.reshape(n, oh, ow, out_channels).permute(0, 3, 1, 2)
