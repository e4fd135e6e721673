#!/usr/bin/env python3
"""Line coverage per room, against a floor for each.

usage: coverage.py BUILD      (a build of preset coverage whose tests have run; ./dev cover does all of it)

Merges BUILD/profiles/*.profraw and asks llvm-cov for the lines of src/ that the tests ran. Exit status 1 when a room
is under its floor, 2 when there is nothing to measure.
"""

import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

# Decoders are pure and have no excuse; the edges to kernel and command line have branches no test can force.
FLOORS = {"wire": 95, "base": 90, "rt": 85, "net": 85, "agent": 85, "control": 85, "cli": 75, "app": 75}


def main():
    build = Path(sys.argv[1]).resolve()
    profiles = sorted((build / "profiles").glob("*.profraw"))
    programs = sorted(p for pattern in ("*_test", "fuzz/*_replay", "junctor") for p in build.glob(pattern))
    if not profiles or not programs:
        print(f"{build}: no profiles, or no programs: run ./dev cover")
        return 2
    merged = build / "profiles/all.profdata"
    subprocess.run(["llvm-profdata-19", "merge", "-sparse", "-o", merged, *profiles], check=True)
    objects = [argument for p in programs[1:] for argument in ("-object", p)]
    out = subprocess.run(["llvm-cov-19", "export", "-summary-only", f"-instr-profile={merged}", programs[0], *objects],
                         check=True, capture_output=True, text=True).stdout
    lines = defaultdict(lambda: [0, 0])
    for file in json.loads(out)["data"][0]["files"]:
        parts = Path(file["filename"]).parts
        if "src" not in parts or parts[-1].endswith("_test.cc"):
            continue
        room = lines[parts[parts.index("src") + 1]]
        room[0] += file["summary"]["lines"]["covered"]
        room[1] += file["summary"]["lines"]["count"]
    under = 0
    for room in (r for r in FLOORS if r in lines):
        covered, count = lines[room]
        share = 100 * covered / max(1, count)
        under += share < FLOORS[room]
        print(f"{room:8} {share:5.1f} % of {count} lines (floor {FLOORS[room]}){' UNDER' if share < FLOORS[room] else ''}")
    print(f"{len(lines) - under} passed, {under} failed")
    return 1 if under else 0


if __name__ == "__main__":
    sys.exit(main())
