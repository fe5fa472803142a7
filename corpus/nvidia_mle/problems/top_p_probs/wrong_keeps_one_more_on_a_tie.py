import torch


def top_p_probs(logits: torch.Tensor, p: torch.Tensor, temperature: torch.Tensor) -> torch.Tensor:
    batch = logits.shape[0]
    if p.shape != (batch,) or temperature.shape != (batch,):
        raise ValueError("one p and one temperature per row")
    if bool(((p <= 0) | (p > 1) | (temperature < 0)).any()):
        raise ValueError("0 < p <= 1 and temperature >= 0")

    greedy = temperature == 0
    # The maximum goes first, so that a small temperature cannot make inf - inf out of large logits.
    shifted = logits - logits.amax(dim=-1, keepdim=True)
    probs = (shifted / temperature.masked_fill(greedy, 1.0)[:, None]).softmax(dim=-1)

    top, ids = probs.sort(dim=-1, descending=True, stable=True)
    before = top.cumsum(dim=-1) - top
    cut = (before > p[:, None]) & (p < 1)[:, None]  # at p = 1 nothing is cut, whatever the sum rounds to
    cut[:, 0] = False
    top = top.masked_fill(cut, 0.0)
    top = top / top.sum(dim=-1, keepdim=True)
    kept = torch.zeros_like(probs).scatter(-1, ids, top)

    best = torch.zeros_like(probs).scatter(-1, logits.argmax(dim=-1, keepdim=True), 1.0)
    return torch.where(greedy[:, None], best, kept)
