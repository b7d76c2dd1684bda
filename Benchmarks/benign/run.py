#!/usr/bin/env python3
"""Count false positives of Cordon and its peers on the benign benchmark.

    run.py --cordon PATH [--data OUT] [--peers VENV] [--list]

Every file of both halves is benign, so every alarm is a false positive. Peers'
results are kept beside the data, and made again only when the data changes or
with --rescan-peers.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
HALVES = ("tuning", "evaluation")
PEERS = ("picklescan", "modelscan", "fickling", "modelaudit")
SLOW_PEERS = ("modelaudit",)
"""Peers that need about an hour per half; they scan only when asked for."""
SEVERITIES = ("info", "low", "medium", "high", "critical")
PEER_TIMEOUT = 4 * 3600


@dataclass
class Alarms:
    """What one scanner said about one half: the gravest level and the reasons per file."""

    scanner: str
    version: str
    critical: dict[str, list[str]] = field(default_factory=dict)
    medium: dict[str, list[str]] = field(default_factory=dict)
    """Alarms of medium severity and above, so the critical ones as well."""
    unscanned: dict[str, str] = field(default_factory=dict)
    seconds: float = 0

    def summary(self, files: int) -> dict[str, Any]:
        """The numbers that are printed."""
        return {
            "medium_or_higher": len(self.medium),
            "medium_or_higher_percent": percent(len(self.medium), files),
            "critical": len(self.critical),
            "critical_percent": percent(len(self.critical), files),
            "unscanned": len(self.unscanned),
            "seconds": round(self.seconds, 1),
        }


def percent(part: int, whole: int) -> float:
    """A share in percent."""
    return round(100 * part / whole, 2) if whole else 0.0


def scan_with_cordon(cordon: Path, folder: Path) -> Alarms:
    """Scan a half with Cordon."""
    version = subprocess.run([str(cordon), "--version"], capture_output=True, text=True).stdout.strip().removeprefix("cordon ")
    alarms = Alarms("cordon", version)
    with tempfile.TemporaryDirectory() as temporary:
        report = Path(temporary) / "report.json"
        started = time.monotonic()
        done = subprocess.run(
            [str(cordon), "scan", str(folder), "--format", "json", "--output", str(report)],
            capture_output=True,
            text=True,
        )
        alarms.seconds = time.monotonic() - started
        if not report.exists():
            sys.exit(f"cordon wrote no report for {folder.name} (exit {done.returncode}): {done.stderr[-500:]}")
        result = json.loads(report.read_text())
    read_findings(alarms, result["findings"])
    for asset in result.get("assets", []):
        if asset.get("outcome") == "notEvaluated":
            alarms.unscanned[asset["path"]] = asset.get("reason") or ""
    return alarms


def read_findings(alarms: Alarms, findings: list[dict[str, Any]]) -> None:
    """Attribute the findings to files."""
    for finding in findings:
        rank = SEVERITIES.index(finding["severity"])
        member = f" in {finding['member']}" if finding.get("member") else ""
        text = f"{finding['severity']} {finding['ruleID']}{member}: {finding.get('title', '')}"
        if rank >= SEVERITIES.index("medium"):
            alarms.medium.setdefault(finding["path"], []).append(text)
        if finding["severity"] == "critical":
            alarms.critical.setdefault(finding["path"], []).append(text)


def scan_with_peer(peer: str, peers: Path, folder: Path, cache: Path, rescan: bool) -> Alarms | None:
    """Scan a half with a peer, or take its kept result."""
    program, result = peers / "bin" / "python", cache / f"{folder.name}-{peer}.json"
    if rescan or not result.exists():
        if not program.exists():
            return None
        try:
            started = time.monotonic()
            command = [str(program), str(HERE / "peer_scan.py"), peer, str(folder), str(result)]
            subprocess.run(
                command, check=True, timeout=PEER_TIMEOUT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            (cache / f"{folder.name}-{peer}.seconds").write_text(f"{time.monotonic() - started:.1f}")
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            print(f"{peer} failed on {folder.name}: {error}", file=sys.stderr)
            return None
    return read_peer(peer, result)


def read_peer(peer: str, result: Path) -> Alarms:
    """The alarms of a peer's result."""
    content = json.loads(result.read_text())
    alarms = Alarms(peer, content["version"])
    seconds = result.with_suffix(".seconds")
    alarms.seconds = float(seconds.read_text()) if seconds.exists() else 0
    for path, verdict in content["files"].items():
        if verdict["level"] == "error":
            alarms.unscanned[path] = verdict["reason"]
            continue
        alarms.medium[path] = [verdict["reason"]]
        if verdict["level"] == "critical":
            alarms.critical[path] = [verdict["reason"]]
    return alarms


def cache_folder(data: Path, half: str, entries: list[dict[str, str]]) -> Path:
    """A folder for peers' results that changes with the data."""
    digest = hashlib.sha256("".join(sorted(entry["path"] + entry["sha256"] for entry in entries)).encode()).hexdigest()[
        :12
    ]
    folder = data / "peer-results" / f"{half}-{digest}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def was_seen(package: str) -> bool:
    """Whether alarms of a shipped package were read while the rules were tuned: every second package, by its name."""
    return hashlib.sha256(package.encode()).digest()[0] % 2 == 0


def print_shares(half: str, entries: list[dict[str, str]], alarms: Alarms) -> None:
    """Cordon's false positives apart from 'needs code that Cordon does not know', which is what it is asked to say."""
    groups = {half: entries}
    if half == "evaluation":
        groups = {
            "evaluation, packages read while tuning": [e for e in entries if was_seen(e["path"].split("/")[0])],
            "evaluation, held-out packages": [e for e in entries if not was_seen(e["path"].split("/")[0])],
        }
    for name, rows in groups.items():
        flagged = [e["path"] for e in rows if e["path"] in alarms.medium]
        other = [p for p in flagged if any("CORDON-PKL-004" not in text for text in alarms.medium[p])]
        critical = [e["path"] for e in rows if e["path"] in alarms.critical]
        print(
            f"  {name}: {len(flagged)} of {len(rows)} at medium or above ({percent(len(flagged), len(rows))} %); "
            f"without unknown imports {len(other)} ({percent(len(other), len(rows))} %); critical {len(critical)}"
        )


def print_half(half: str, entries: list[dict[str, str]], scanners: list[Alarms]) -> None:
    """Print the table of one half."""
    packages = len({entry["package"] for entry in entries})
    print(f"\n{half}: {len(entries)} benign files of {packages} packages")
    print(f"  {'scanner':22} {'medium or higher':>20} {'critical':>18} {'gave up':>8} {'seconds':>8}")
    for alarms in scanners:
        numbers = alarms.summary(len(entries))
        medium = f"{numbers['medium_or_higher']} ({numbers['medium_or_higher_percent']} %)"
        critical = f"{numbers['critical']} ({numbers['critical_percent']} %)"
        print(
            f"  {alarms.scanner + ' ' + alarms.version:22.22} {medium:>20} {critical:>18} {numbers['unscanned']:>8} {numbers['seconds']:>8}"
        )


def print_alarms(alarms: Alarms, entries: list[dict[str, str]]) -> None:
    """Print every alarm of Cordon, by package."""
    packages = {entry["path"]: entry["package"] for entry in entries}
    grouped: dict[str, list[str]] = defaultdict(list)
    for path in sorted(alarms.medium):
        grouped[packages.get(path, "(not in the manifest)")].append(path)
    for package, paths in sorted(grouped.items(), key=lambda item: -len(item[1])):
        print(f"  {package}: {len(paths)}")
        for path in paths:
            print(f"    {path}")
            for text, count in Counter(alarms.medium[path]).items():
                print(f"      {text}" + (f" ({count} times)" if count > 1 else ""))


def by_format(alarms: Alarms, entries: list[dict[str, str]]) -> dict[str, str]:
    """Alarms and files per format."""
    totals = Counter(entry["format"] for entry in entries)
    hits = Counter(entry["format"] for entry in entries if entry["path"] in alarms.medium)
    return {kind: f"{hits[kind]}/{total}" for kind, total in totals.most_common()}


def record(half: str, entries: list[dict[str, str]], scanners: list[Alarms]) -> dict[str, Any]:
    """The JSON of one half."""
    return {
        "half": half,
        "files": len(entries),
        "scanners": {
            alarms.scanner: {
                "version": alarms.version,
                **alarms.summary(len(entries)),
                "by_format": by_format(alarms, entries),
                "alarms": alarms.medium,
                "critical_files": sorted(alarms.critical),
                "unscanned_files": alarms.unscanned,
            }
            for alarms in scanners
        },
    }


def chosen_peers(options: argparse.Namespace) -> list[str]:
    """The peers to compare with."""
    if options.no_peers:
        return []
    return [peer for peer in PEERS if options.slow_peers or peer not in SLOW_PEERS]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cordon", type=Path, help="the cordon program; without it only the peers run")
    parser.add_argument(
        "--data", type=Path, default=ROOT / ".deps" / "benign", help="the folder that make_benign.py filled"
    )
    parser.add_argument("--peers", type=Path, default=ROOT / ".deps" / "peers", help="virtual environment of the peers")
    parser.add_argument("--half", choices=HALVES, action="append", help="only this half; may be repeated")
    parser.add_argument("--list", action="store_true", help="print Cordon's alarms")
    parser.add_argument("--no-peers", action="store_true", help="scan with Cordon alone")
    parser.add_argument("--slow-peers", action="store_true", help="let modelaudit scan as well; it takes more than half an hour")
    parser.add_argument("--rescan-peers", action="store_true", help="do not use kept results of the peers")
    options = parser.parse_args()
    manifest = json.loads((options.data / "manifest.json").read_text())
    records = []
    for half in options.half or HALVES:
        folder, entries = options.data / half, manifest[half]
        scanners = [scan_with_cordon(options.cordon, folder)] if options.cordon else []
        cache = cache_folder(options.data, half, entries)
        for peer in chosen_peers(options):
            alarms = scan_with_peer(peer, options.peers, folder, cache, options.rescan_peers)
            scanners += [alarms] if alarms else []
        print_half(half, entries, scanners)
        if options.cordon:
            print_shares(half, entries, scanners[0])
        if options.list and options.cordon:
            print_alarms(scanners[0], entries)
        records.append(record(half, entries, scanners))
    (options.data / "results.json").write_text(json.dumps(records, indent=1))


if __name__ == "__main__":
    main()
