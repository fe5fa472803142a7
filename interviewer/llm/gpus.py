"""The NVIDIA GPUs of this machine, as nvidia-smi sees them; nothing is loaded onto them."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass

_QUERY = "index,uuid,name,memory.total,memory.free,compute_cap"
_TIMEOUT_S = 20


@dataclass(frozen=True)
class Gpu:
    """One GPU. Memory in MiB; None where the driver does not say (GPUs that share the machine's memory, MIG slices).

    `capability` is CUDA's compute capability: 7.5 Turing, 8.0 Ampere, 8.9 Ada, 9.0 Hopper, 10.0 and 12.0 Blackwell.
    """

    name: str
    memory_mib: int | None = None
    free_mib: int | None = None
    capability: float | None = None

    @property
    def memory_gib(self) -> float | None:
        """The whole memory."""
        return None if self.memory_mib is None else self.memory_mib / 1024

    @property
    def free_share(self) -> float:
        """How much of the memory no program uses now, 0 to 1; 1 where that is not known."""
        return 1.0 if not self.memory_mib or self.free_mib is None else self.free_mib / self.memory_mib

    def __str__(self) -> str:
        """Name and memory."""
        return self.name if self.memory_gib is None else f"{self.name} ({self.memory_gib:.1f} GiB)"


def gpus() -> tuple[Gpu, ...]:
    """The GPUs that a program started here may use (CUDA_VISIBLE_DEVICES); none where nvidia-smi is missing or fails.

    Numbers in CUDA_VISIBLE_DEVICES are taken as nvidia-smi's. CUDA numbers GPUs of different kinds otherwise unless
    CUDA_DEVICE_ORDER=PCI_BUS_ID is set.
    """
    command = ["nvidia-smi", f"--query-gpu={_QUERY}", "--format=csv,noheader,nounits"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=True)
    except (OSError, subprocess.SubprocessError):
        return ()
    rows = [[part.strip() for part in line.split(",")] for line in done.stdout.splitlines()]
    seen = {(row[0], row[1]): _gpu(row) for row in rows if len(row) == _QUERY.count(",") + 1}
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is None:
        return tuple(seen.values())
    chosen = []
    for entry in (part.strip() for part in visible.split(",")):
        found = _find(entry, seen)
        if found is None:
            break  # as CUDA does: what follows a device that is not there is not visible either
        chosen.append(found)
    return tuple(chosen)


def _gpu(row: list[str]) -> Gpu:
    _, _, name, total, free, capability = row
    return Gpu(name, _number(total), _number(free), float(capability) if _is_number(capability) else None)


def _find(entry: str, seen: dict[tuple[str, str], Gpu]) -> Gpu | None:
    if entry.startswith("MIG-"):
        return Gpu("MIG slice")
    for (index, uuid), gpu in seen.items():
        if entry and (entry == index or (entry.startswith("GPU-") and uuid.startswith(entry))):
            return gpu
    return None


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdecimal()
