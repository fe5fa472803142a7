"""A disk that is full to the last byte, as the kernel answers on one: a small file system in memory."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SIZE_BYTES = 700_000
FULL = "StoreFull: The disk is full, so nothing new can be stored; free some space and send it again."


@pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap (bwrap) makes the small file system")
def test_a_full_disk_refuses_and_loses_nothing(tmp_path: Path) -> None:
    place = tmp_path / "small"
    place.mkdir()
    small_disk = ["bwrap", "--dev-bind", "/", "/", "--size", str(SIZE_BYTES), "--tmpfs", str(place)]
    done = subprocess.run(
        [*small_disk, sys.executable, Path(__file__).with_name("disk_full_script.py"), place],
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["there"] == found["acknowledged"]
    assert found["faults"] == []
    assert found["refused"] == [FULL] * 3
    assert found["refused_to_open"] in ("", FULL)
    assert found["refused_backup"].startswith("SetupError: ")
    assert "cannot be written: No space left on device." in found["refused_backup"]
    assert found["left"] == ["mockround.db"]
