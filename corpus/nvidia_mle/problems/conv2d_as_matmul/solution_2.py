import torch


def conv2d(x: torch.Tensor, w: torch.Tensor, stride: int = 1, pad: int = 0) -> torch.Tensor:
    """One matrix product over channels per kernel position, on a shifted view: nothing is unrolled."""
    n, c, height, width = x.shape
    o, _, kh, kw = w.shape
    tall, wide = height + 2 * pad, width + 2 * pad
    if w.shape[1] != c:
        raise ValueError("channel counts differ")
    if stride < 1 or pad < 0 or kh > tall or kw > wide:
        raise ValueError("bad stride, pad or kernel size")
    padded = x.new_zeros(n, c, tall, wide)
    padded[:, :, pad : pad + height, pad : pad + width] = x
    oh, ow = (tall - kh) // stride + 1, (wide - kw) // stride + 1
    out = x.new_zeros(n, o, oh * ow)
    for a in range(kh):
        for b in range(kw):
            part = padded[
                :, :, a : a + (oh - 1) * stride + 1 : stride, b : b + (ow - 1) * stride + 1 : stride
            ]
            out += w[:, :, a, b] @ part.reshape(n, c, oh * ow)
    return out.view(n, o, oh, ow)
