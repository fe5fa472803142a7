import torch


def rmsnorm_with_grads(
    x: torch.Tensor, g: torch.Tensor, dy: torch.Tensor, eps: float = 1e-6
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    size = x.shape[-1]
    if g.shape != (size,) or dy.shape != x.shape or not eps > 0:
        raise ValueError("g is [D], dy has the shape of x, eps is above 0")
    wide = torch.promote_types(x.dtype, torch.float32)
    xw, gw, dyw = x.to(wide), g.to(wide), dy.to(wide)
    r = torch.rsqrt(xw.square().mean(dim=-1, keepdim=True) + eps)
    n = xw * r
    y = n * gw

    dn = dyw * gw
    # dr/dx_j = -r^3 x_j / D: the second term takes out what is parallel to x.
    dx = r * (dn - n * (dn * n).mean(dim=-1, keepdim=True))
    dg = (dyw * n).sum(dim=0)
    return y.to(x.dtype), dx.to(x.dtype), dg.to(x.dtype)
