"""What nvidia-smi says, as we read it."""

from pathlib import Path

import pytest
from fake_vllm import nvidia_smi

from interviewer.llm.gpus import Gpu, gpus

ROWS = [("NVIDIA A10", 23028, 22500, "8.6"), ("NVIDIA H100 80GB HBM3", 81559, 40000, "9.0")]
A10 = Gpu("NVIDIA A10", 23028, 22500, 8.6)
H100 = Gpu("NVIDIA H100 80GB HBM3", 81559, 40000, 9.0)


@pytest.mark.parametrize(
    ("visible", "found"),
    [
        (None, (A10, H100)),
        ("0,1", (A10, H100)),
        ("1", (H100,)),
        ("1, 0", (H100, A10)),
        ("GPU-11", (H100,)),
        ("0,7,1", (A10,)),
        ("", ()),
        ("-1", ()),
        ("MIG-5", (Gpu("MIG slice"),)),
    ],
)
def test_those_that_cuda_would_show_are_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, visible: str | None, found: tuple[Gpu, ...]
) -> None:
    nvidia_smi(tmp_path, monkeypatch, ROWS)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert gpus() == found


def test_memory_that_the_driver_does_not_tell_is_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nvidia_smi(
        tmp_path, monkeypatch, [("NVIDIA GB10", "[N/A]", "[N/A]", "12.1"), ("Old", 2000, 900, "[N/A]")]
    )
    shared, old = gpus()
    assert shared == Gpu("NVIDIA GB10", None, None, 12.1)
    assert (shared.memory_gib, shared.free_share, str(shared)) == (None, 1.0, "NVIDIA GB10")
    assert old.capability is None
    assert (old.free_share, str(old)) == (0.45, "Old (2.0 GiB)")


def test_without_a_driver_there_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nvidia_smi(tmp_path, monkeypatch, None)
    assert gpus() == ()
    monkeypatch.setenv("PATH", "/nowhere")
    assert gpus() == ()
