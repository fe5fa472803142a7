def plan_arena(tensors: list[tuple[int, int, int]]) -> tuple[list[int], int]:
    """First fit in several orders, and the best of the plans."""
    orders = (
        lambda tensor: (tensor[0], -tensor[2]),
        lambda tensor: (-tensor[2], tensor[0]),
        lambda tensor: (-tensor[2] * (tensor[1] - tensor[0] + 1), tensor[0]),
    )
    plans = []
    for order in orders:
        offsets = _first_fit(tensors, sorted(range(len(tensors)), key=lambda i: order(tensors[i])))
        tops = (offset + tensor[2] for offset, tensor in zip(offsets, tensors, strict=True))
        plans.append((max(tops, default=0), offsets))
    top, offsets = min(plans)
    return offsets, top


def _first_fit(tensors: list[tuple[int, int, int]], order: list[int]) -> list[int]:
    offsets = [0] * len(tensors)
    taken: list[tuple[int, int, int, int]] = []  # (low, high, first, last)
    for i in order:
        first, last, size = tensors[i]
        spot = 0
        for low, high, _other_first, _other_last in sorted(
            block for block in taken if block[2] <= last and block[3] >= first
        ):
            if spot + size <= low:
                break
            spot = max(spot, high)
        offsets[i] = spot
        taken.append((spot, spot + size, first, last))
    return offsets
