def minute_percentiles(logs: list[list[tuple[int, float]]]) -> list[list[float | None]]:
    """Return [minute, p50, p99, p99.9] over all logs for each minute from the first to the last record.

    Nearest rank, within one percent; [minute, None, None, None] for a minute without records.
    """
    raise NotImplementedError
