def most_on_time(jobs: list[tuple[int, int]]) -> int:
    least = [0]  # least[c]: minutes that the quickest c jobs on time take together
    for minutes, due in sorted(jobs, key=lambda job: job[1]):
        if least[-1] + minutes <= due:
            least.append(least[-1] + minutes)
        for count in range(len(least) - 1, 0, -1):
            with_job = least[count - 1] + minutes
            if with_job <= due and with_job < least[count]:
                least[count] = with_job
    return len(least) - 1
