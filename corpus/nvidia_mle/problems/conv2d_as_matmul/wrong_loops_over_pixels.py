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
    oh, ow = (x.shape[2] - kh) // stride + 1, (x.shape[3] - kw) // stride + 1
    out = x.new_zeros(n, out_channels, oh, ow)
    for image in range(n):
        for o in range(out_channels):
            for i in range(oh):
                for j in range(ow):
                    for c in range(channels):
                        for a in range(kh):
                            for b in range(kw):
                                pixel = x[image, c, i * stride + a, j * stride + b]
                                out[image, o, i, j] += pixel * w[o, c, a, b]
    return out
