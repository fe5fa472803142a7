"""A folder whose contents are replaced as a whole, with checksums, under a lock.

    lock                  held by whoever reads or writes
    current               the name of the version in use; replaced by one rename
    v-<hex>/manifest.json what the version is, with a checksum of itself and of every file beside it
    v-<hex>/…             the files

A version is written to a temporary folder, flushed to disk, renamed, and only then named by `current`: after a
crash at any moment either the old version or the new one is there, and what is left over is swept up next time.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import re
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from retrieval.errors import IndexFolderError

LOCK_TIMEOUT_S = 900.0  # longer than building any index that a person would wait for

_VERSION = re.compile(r"v-[0-9a-f]{32}")
_POLL_S = 0.05


class Unusable(Exception):
    """There is no version, or it is not what was written. The message says which, as part of a sentence."""


@contextmanager
def locked(folder: Path, timeout_s: float = LOCK_TIMEOUT_S) -> Iterator[None]:
    """Hold the folder, made if missing; other threads and processes wait. The system frees it if we die.

    A folder that cannot be written, such as one on a read-only disk, is not locked: nobody can change it.
    Raises IndexFolderError when the folder cannot be made or stays held for `timeout_s`.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = (folder / "lock").open("w")
    except OSError as error:
        if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM) and folder.is_dir():
            yield
            return
        raise _cannot_write(folder, error) from error
    with handle:
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() >= deadline:
                    raise IndexFolderError(
                        f"Another program has been building the index in {folder} for more than "
                        f"{timeout_s:.0f} seconds; stop it, or use another data folder."
                    ) from error
                time.sleep(_POLL_S)
        yield


def read_version(folder: Path) -> tuple[Path, dict[str, Any]]:
    """The current version's folder and manifest, every byte checked. Raises Unusable."""
    try:
        name = (folder / "current").read_text(encoding="ascii").strip()
    except FileNotFoundError as error:
        raise Unusable("there is no index yet") from error
    except (OSError, ValueError) as error:
        raise Unusable("the index cannot be read") from error
    if not _VERSION.fullmatch(name):
        raise Unusable("the index is damaged")
    version = folder / name
    try:
        manifest = json.loads((version / "manifest.json").read_bytes())
        if not isinstance(manifest, dict) or manifest.pop("sha256", None) != _seal(manifest):
            raise Unusable("the index's manifest is damaged")
        files = manifest.pop("files")
        # Asked for by name and read whole: neither a pipe, nor a device, nor anything from elsewhere.
        if files.keys() != _files_in(version) - {"manifest.json"}:
            raise Unusable("the index is damaged")
        for path, expected in files.items():
            with (version / path).open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != expected:
                    raise Unusable(f"the index's file {path} is damaged")
    except (OSError, ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
        raise Unusable("the index is damaged") from error
    return version, manifest


def write_version(folder: Path, manifest: dict[str, Any], fill: Callable[[Path], None]) -> None:
    """Make a new version current; `fill` writes its files into the folder that it is given.

    Raises IndexFolderError when the disk refuses; the version before then stays current.
    """
    building = folder / f".building-{uuid.uuid4().hex}"
    try:
        building.mkdir()
        fill(building)
        sealed: dict[str, Any] = {**manifest, "files": {}}
        for path in sorted(_files_in(building)):
            with (building / path).open("rb") as file:
                sealed["files"][path] = hashlib.file_digest(file, "sha256").hexdigest()
        sealed["sha256"] = _seal(sealed)
        (building / "manifest.json").write_bytes(_canonical(sealed))
        for written in building.rglob("*"):
            _flush(written)
        _flush(building)
        name = f"v-{uuid.uuid4().hex}"
        building.rename(folder / name)
        pointer = folder / f".building-{uuid.uuid4().hex}"
        pointer.write_text(name, encoding="ascii")
        _flush(pointer)
        _flush(folder)
        pointer.replace(folder / "current")
        _flush(folder)
    except OSError as error:
        shutil.rmtree(building, ignore_errors=True)
        raise _cannot_write(folder, error) from error
    _sweep(folder, name)


def _files_in(version: Path) -> set[str]:
    """The plain files of a version, by their path in it."""
    return {
        path.relative_to(version).as_posix()
        for path in version.rglob("*")
        if path.is_file() and not path.is_symlink()
    }


def _sweep(folder: Path, current: str) -> None:
    for path in folder.iterdir():
        if path.name.startswith(".building-") or (_VERSION.fullmatch(path.name) and path.name != current):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def _seal(manifest: dict[str, Any]) -> str:
    return hashlib.sha256(_canonical(manifest)).hexdigest()


def _canonical(manifest: dict[str, Any]) -> bytes:
    return json.dumps(manifest, sort_keys=True, separators=(",", ":")).encode()


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _cannot_write(folder: Path, error: OSError) -> IndexFolderError:
    reason = error.strerror or type(error).__name__
    return IndexFolderError(
        f"The index cannot be written to {folder} ({reason}); free space there, or choose another data folder."
    )
