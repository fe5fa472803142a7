from bisect import insort


def most_on_time(jobs: list[tuple[int, int]]) -> int:
    """Accepts what fits; what does not fit may take the place of a longer job that was accepted before."""
    accepted: list[int] = []  # ascending minutes
    work = 0
    for due, minutes in sorted((due, minutes) for minutes, due in jobs):
        if work + minutes <= due:
            insort(accepted, minutes)
            work += minutes
        elif accepted and minutes < accepted[-1]:
            work += minutes - accepted.pop()
            insort(accepted, minutes)
    return len(accepted)
