"""Running a candidate's code on a coding problem: sandboxes, a pool of them, cases, judging, growth.

`CodeRuns` is the door. What runs inside a sandbox lies in `inside/`; everything else runs outside and takes what comes out
for data.
"""

from __future__ import annotations
