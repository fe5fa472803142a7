"""What the image installs is locked by version and hash, listed with its licences, and enough for what it is asked to do."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bench.licences import PAGE, UNKNOWN, components, licence_of, page, remark_on

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = {name: DEPLOY / f"{name}.lock" for name in ("requirements", "torch-cpu", "torch-cuda")}
CPU_INDEX = "--index-url https://download.pytorch.org/whl/cpu"
# Of the image, for which the environment that runs the tests need not be alike.
MARKERS = {
    "python_version": "3.11",
    "python_full_version": "3.11.9",
    "sys_platform": "linux",
    "platform_system": "Linux",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "implementation_name": "cpython",
    "os_name": "posix",
}


def entries(name: str) -> list[str]:
    """The requirements of a locked file, each with its hashes on one line."""
    text = LOCKS[name].read_text(encoding="utf-8").replace("\\\n", " ")
    return [line for line in text.splitlines() if line and not line.lstrip().startswith(("#", "--index-url"))]


def pins(name: str) -> dict[str, str]:
    """The version of every package of a locked file."""
    found = [Requirement(entry.partition(" --hash=")[0]) for entry in entries(name)]
    return {canonicalize_name(one.name): str(one.specifier).removeprefix("==") for one in found}


def wanted(requirement: Requirement, extra: str = "") -> list[Requirement]:
    """A requirement, and what its own extras ask for, as far as they hold in the image."""
    if requirement.marker is not None and not requirement.marker.evaluate({**MARKERS, "extra": extra}):
        return []
    more = [Requirement(line) for line in requires(requirement.name) or []] if requirement.extras else []
    return [
        requirement,
        *(
            found
            for one in more
            for name in requirement.extras
            if one.marker is not None and "extra" in str(one.marker)
            for found in wanted(one, name)
        ),
    ]


@pytest.mark.parametrize("name", LOCKS)
def test_every_line_is_one_version_with_its_hashes(name: str) -> None:
    assert len(pins(name)) == len(entries(name)), "each package once"
    for entry in entries(name):
        assert re.fullmatch(r"[a-z0-9-]+==[\w.+]+(?: +--hash=sha256:[0-9a-f]{64})+\s*", entry), entry


@pytest.mark.parametrize("name", LOCKS)
def test_no_address_stands_in_a_locked_file_but_the_index_of_pytorch(name: str) -> None:
    """Hashes are those of the public files wherever they were fetched from; whose mirror that was is nobody's business."""
    text = LOCKS[name].read_text(encoding="utf-8")
    said = [line for line in text.splitlines() if "://" in line or line.startswith("-")]
    assert said == ([CPU_INDEX] if name == "torch-cpu" else [])


@pytest.mark.parametrize("torch", ["torch-cpu", "torch-cuda"])
def test_what_is_locked_is_what_the_project_asks_for(torch: str) -> None:
    locked = pins("requirements") | pins(torch)
    project = PYPROJECT["project"]
    lines = [*project["dependencies"], *project["optional-dependencies"]["postgres"]]
    lines += PYPROJECT["build-system"]["requires"]  # the image builds our wheel with what is locked
    asked = [one for line in lines for one in wanted(Requirement(line))]
    assert {"psycopg-binary", "setuptools"} <= {canonicalize_name(one.name) for one in asked}
    for one in asked:
        name = canonicalize_name(one.name)
        assert name in locked, f"{one} is not locked: run make lock"
        assert one.specifier.contains(locked[name], prereleases=True), f"{one} is not met: run make lock"


def test_the_two_builds_of_torch_differ_by_cuda_alone() -> None:
    rest, cuda = pins("requirements"), pins("torch-cuda")
    assert pins("torch-cpu") == {"torch": f"{cuda['torch']}+cpu"}
    left_out = {
        line
        for line in (DEPLOY / "cuda-packages.txt").read_text(encoding="utf-8").split("\n")
        if line[:1] not in "#"
    }
    assert left_out <= set(cuda), "torch no longer asks for it"
    for name in set(cuda) - {"torch"}:
        is_for_cuda = name.startswith(("nvidia-", "cuda-")) or name == "triton"
        assert (name not in rest) if is_for_cuda else (rest[name] == cuda[name]), name


def test_it_is_locked_for_the_python_of_the_image() -> None:
    tag = re.search(r"PYTHON_TAG=(\d+\.\d+)", DOCKERFILE)
    assert tag is not None
    assert f"IMAGE_PYTHON := {tag[1]}\n" in MAKEFILE
    assert MARKERS["python_version"] == tag[1]


def test_the_image_installs_nothing_that_is_not_locked() -> None:
    installs = re.findall(r"^RUN (.*pip install.*)$", DOCKERFILE.replace("\\\n", " "), flags=re.MULTILINE)
    files = {
        match[1] for line in installs if (match := re.search(r"--require-hashes .*-r \"?([^\s\"]+)", line))
    }
    assert files == {"torch-${TORCH}.lock", "requirements.lock"}
    assert all("--no-deps" in line for line in installs)
    (own,) = (line for line in installs if "--require-hashes" not in line)
    assert "--no-build-isolation . && pip check" in own


# The list of what is in it


def test_the_list_of_packages_is_that_of_the_locked_files() -> None:
    listed = {canonicalize_name(one["name"]): one["version"] for one in components()}
    assert listed == pins("requirements") | pins("torch-cpu"), "run make sbom"


def test_the_page_of_licences_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(components()), "run python bench/licences.py"


def test_no_package_is_under_a_licence_that_would_bind_the_whole() -> None:
    licences = {one["name"]: licence_of(one) for one in components()}
    assert UNKNOWN not in licences.values()
    bad = {
        name
        for name, licence in licences.items()
        if remark_on(licence) in ("copyleft (GPL)", "copyleft (AGPL)")
    }
    assert not bad


@pytest.mark.parametrize(
    ("licence", "remark"),
    [
        ("MIT", ""),
        ("Apache-2.0 WITH LLVM-exception", ""),
        ("LGPL-3.0-only", "copyleft (LGPL)"),
        ("GNU Lesser General Public License v3 (LGPLv3)", "copyleft (LGPL)"),
        ("GPL-2.0-or-later", "copyleft (GPL)"),
        ("AGPL-3.0-only", "copyleft (AGPL)"),
        ("MPL-2.0 AND MIT", "copyleft by file (MPL)"),
        (UNKNOWN, "ask its authors"),
    ],
)
def test_licences_that_ask_something_are_marked(licence: str, remark: str) -> None:
    assert remark_on(licence) == remark


def test_a_licence_is_read_from_the_expression_before_the_classifier() -> None:
    both = [
        {"license": {"name": "License :: OSI Approved :: BSD License"}},
        {"license": {"id": "BSD-3-Clause"}},
    ]
    assert licence_of({"name": "one", "licenses": both}) == "BSD-3-Clause"
    assert licence_of({"name": "one", "licenses": both[:1]}) == "BSD License"
    assert (
        licence_of({"name": "one", "licenses": [{"expression": "MIT OR Apache-2.0"}]}) == "MIT OR Apache-2.0"
    )
    assert licence_of({"name": "one"}) == UNKNOWN
