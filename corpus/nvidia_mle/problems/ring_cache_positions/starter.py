import numpy as np


def held(newest: np.ndarray, sinks: int, window: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (positions, ranks), int64 (B, window): what each slot holds, and its age rank; -1 where empty."""
    raise NotImplementedError
