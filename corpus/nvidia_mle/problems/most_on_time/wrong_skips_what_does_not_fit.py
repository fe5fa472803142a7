def most_on_time(jobs: list[tuple[int, int]]) -> int:
    done = clock = 0
    for minutes, due in sorted(jobs, key=lambda job: job[1]):
        if clock + minutes <= due:
            clock += minutes
            done += 1
    return done
