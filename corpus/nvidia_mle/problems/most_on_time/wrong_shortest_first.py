def most_on_time(jobs: list[tuple[int, int]]) -> int:
    done = clock = 0
    for minutes, due in sorted(jobs):
        if clock + minutes <= due:
            clock += minutes
            done += 1
    return done
