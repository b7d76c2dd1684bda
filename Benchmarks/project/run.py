#!/usr/bin/env python3
"""Scans the corpora of this folder and says what was found, missed and raised for nothing.

    run.py --cordon PATH --corpus FOLDER [--show missed|false] [--kind KIND]

FOLDER holds truth.jsonl as the generators write it. A planted thing is found where a finding of a fitting family names the same file, the
same cell and a line at most two off (statements have several lines). A false alarm is a finding of at least low severity of the family in
question on a benign row, or, for secrets and personal data, anywhere in a file that holds nothing else.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

RANK = {"info": 0, "low": 1, "medium": 2, "high": 3, "critical": 4}


def families(kind: str, label: str) -> tuple[str, ...]:
    """Prefixes of the rules that may tell a kind."""
    if label in ("secret", "benign-secret") or "secret" in kind or "environment" in kind:
        return ("CORDON-SEC",)
    if label == "personal" or "pii" in kind:
        return ("CORDON-PII",)
    if kind.startswith("pip-"):
        return ("CORDON-DEP", "CORDON-NBK", "CORDON-PYS")
    return ("CORDON-PYS", "CORDON-NBK", "CORDON-DEP", "CORDON-TPL", "CORDON-CFG")


def scan(cordon: str, folder: Path) -> dict[str, list[dict]]:
    """Findings by file."""
    done = subprocess.run([cordon, "scan", str(folder), "--format", "json", "--fail-on", "none", "--no-config"], capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    found: dict[str, list[dict]] = defaultdict(list)
    for finding in json.loads(done.stdout)["findings"]:
        found[finding["path"]].append(finding)
    return found


def fits(row: dict, finding: dict) -> bool:
    """Whether a finding is about a row of the truth."""
    member = row.get("member")
    if member and member not in (finding.get("member") or ""):
        return False
    # In nested objects a column is named by its path.
    column = (finding.get("element") or "").removeprefix("column ")
    if row.get("column") and column != row["column"] and not column.endswith(f".{row['column']}"):
        return False
    if row.get("cell") is not None and finding.get("cell") is not None and finding["cell"] != row["cell"] + 1:
        return False
    line = row.get("file_line") or row.get("line")
    if row["label"] == "benign" and row.get("cell") is not None and finding.get("cell") is None:
        return False
    if line is not None and finding.get("line") is not None and finding.get("cell", -1) == (row["cell"] + 1 if row.get("cell") is not None else -1):
        return abs(finding["line"] - line) <= 2
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cordon", required=True)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--show", choices=["missed", "false"])
    parser.add_argument("--kind", default="")
    options = parser.parse_args()
    rows = [json.loads(line) for line in (options.corpus / "truth.jsonl").read_text().splitlines()]
    found = scan(options.cordon, options.corpus)
    total, hit, traps, raised = Counter(), Counter(), Counter(), Counter()
    for row in rows:
        label, kind = row["label"], row["kind"]
        wanted = families(kind, "benign-secret" if label == "benign" and "strength" in row else label)
        if label == "benign" and "column" in row:
            wanted = ("CORDON-PII",)
        near = [f for f in found[row["path"]] if f["ruleID"].startswith(wanted) and fits(row, f)]
        if label != "benign":
            total[kind] += 1
            hit[kind] += bool(near)
            if not near and options.show == "missed" and options.kind in kind:
                print("missed", json.dumps(row))
            continue
        least = 2 if row.get("note") == "at-most-low" else 1
        near = [f for f in near if RANK[f["severity"]] >= least]
        traps[kind] += 1
        raised[kind] += bool(near)
        if near and options.show == "false" and options.kind in kind:
            print("false ", json.dumps(row), [(f["ruleID"], f["severity"], f.get("line"), f["message"][:120]) for f in near[:2]])
    print(f"\n{options.corpus}")
    for kind in sorted(total):
        if hit[kind] < total[kind]:
            print(f"  {kind:28} {hit[kind]:4} of {total[kind]:4}")
    everything = sum(total.values())
    print(f"  found {sum(hit.values())} of {everything} ({sum(hit.values()) / max(1, everything):.1%})")
    for kind in sorted(traps):
        if raised[kind]:
            print(f"  {kind:28} {raised[kind]:4} of {traps[kind]:4} raised for nothing")
    print(f"  raised for nothing on {sum(raised.values())} of {sum(traps.values())} benign rows")
    return 0


if __name__ == "__main__":
    sys.exit(main())
