#!/usr/bin/env python3
"""Scan a folder with one peer, inside the environment of the peers.

    peer_scan.py PEER FOLDER RESULT

Writes {"version", "files": {path: {"level", "reason"}}}. The level is `critical`,
`alarm` (the peer warns below its critical level) or `error` (it gave up).
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.metadata
import io
import json
import logging
import signal
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SECONDS_PER_FILE = 20
SECONDS_PER_PART = 240
TORCH_SUFFIXES = frozenset((".pt", ".pth", ".bin", ".ckpt"))
RANKS = {"error": 0, "alarm": 1, "critical": 2}
Verdicts = dict[str, dict[str, str]]


@contextlib.contextmanager
def time_limit(seconds: int) -> Iterator[None]:
    """Raise TimeoutError when the block takes longer."""

    def stop(*_: Any) -> None:
        raise TimeoutError(f"no answer after {seconds} s")

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)


def note(verdicts: Verdicts, path: str, level: str, reason: str) -> None:
    """Keep the gravest verdict of a file."""
    if path not in verdicts or RANKS[level] > RANKS[verdicts[path]["level"]]:
        verdicts[path] = {"level": level, "reason": reason[:200]}


def relative(location: str, folder: Path) -> str:
    """A path of a report as a path below the folder; members are cut off."""
    text = location.removeprefix(str(folder)).lstrip("/")
    while text and not (folder / text).is_file():
        cut = max(text.rfind(":"), text.rfind("/"), text.rfind(" "))
        text = text[:cut] if cut > 0 else ""
    return text or location


def files_of(folder: Path) -> list[Path]:
    """The files of a folder."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def picklescan(folder: Path) -> Verdicts:
    """picklescan: an alarm is a file with issues, which it calls dangerous.

    As in its scan of a folder, only files with the suffixes it knows are read.
    """
    from picklescan import scanner

    suffixes = scanner._zip_file_extensions | scanner._pickle_file_extensions | scanner._pytorch_file_extensions
    verdicts: Verdicts = {}
    for path in files_of(folder):
        if path.suffix not in suffixes:
            continue
        name = str(path.relative_to(folder))
        try:
            with time_limit(SECONDS_PER_FILE):
                result = scanner.scan_file_path(str(path))
        except Exception as error:  # noqa: BLE001 - any failure of a peer is its verdict
            note(verdicts, name, "error", f"{type(error).__name__}: {error}")
            continue
        if result.issues_count:
            unsafe = [f"{g.module}.{g.name}" for g in result.globals if str(g.safety.value) == "dangerous"]
            note(verdicts, name, "critical", ", ".join(unsafe) or "issues")
        elif result.scan_err:
            note(verdicts, name, "error", "scan error")
    return verdicts


def modelscan(folder: Path) -> Verdicts:
    """modelscan: an alarm is any issue of medium severity or higher."""
    from modelscan.modelscan import ModelScan

    results = ModelScan().scan(str(folder))
    verdicts: Verdicts = {}
    for issue in results.get("issues", []):
        if issue["severity"] in ("MEDIUM", "HIGH", "CRITICAL"):
            level = "critical" if issue["severity"] == "CRITICAL" else "alarm"
            note(verdicts, relative(issue["source"], folder), level, issue["description"])
    for error in results.get("errors", []):
        if "source" in error:
            note(verdicts, relative(error["source"], folder), "error", error.get("description", ""))
    return verdicts


def fickling(folder: Path) -> Verdicts:
    """fickling: an alarm is a pickle that it does not find likely safe."""
    from fickling.analysis import Severity, check_safety

    verdicts: Verdicts = {}
    for path in files_of(folder):
        name = str(path.relative_to(folder))
        try:
            with time_limit(SECONDS_PER_FILE):
                worst = max(
                    (check_safety(pickle).severity for pickle in pickles_for_fickling(path)),
                    key=lambda s: s.value,
                    default=Severity.LIKELY_SAFE,
                )
        except Exception as error:  # noqa: BLE001 - any failure of a peer is its verdict
            note(verdicts, name, "error", f"{type(error).__name__}: {error}")
            continue
        if worst > Severity.LIKELY_SAFE:
            critical = worst >= Severity.LIKELY_OVERTLY_MALICIOUS
            note(verdicts, name, "critical" if critical else "alarm", worst.name)
    return verdicts


def pickles_for_fickling(path: Path) -> list[Any]:
    """The pickles of a raw file, or of a PyTorch zip (which fickling opens only where PyTorch is installed)."""
    from fickling.fickle import StackedPickle

    data = path.read_bytes()
    if data[:1] == b"\x80" and data[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return list(StackedPickle.load(io.BytesIO(data)))
    if data[:2] == b"PK" and path.suffix in TORCH_SUFFIXES:
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.endswith("data.pkl")]
            return [pickle for name in names for pickle in StackedPickle.load(io.BytesIO(archive.read(name)))]
    return []


def modelaudit(folder: Path) -> Verdicts:
    """modelaudit: an alarm is an issue of its levels warning and critical.

    It runs once per library or package, so that one that takes too long costs only its own files.
    """
    verdicts: Verdicts = {}
    for part in parts_of(folder):
        issues = modelaudit_issues(part)
        if issues is None:
            for path in files_of(part) if part.is_dir() else [part]:
                note(verdicts, str(path.relative_to(folder)), "error", f"no answer after {SECONDS_PER_PART} s")
            continue
        for issue in issues:
            level = {"critical": "critical", "warning": "alarm"}.get(str(issue.get("severity", "")).lower())
            if level and issue.get("location"):
                note(verdicts, relative(issue["location"], folder), level, issue.get("message", ""))
    return verdicts


def parts_of(folder: Path) -> list[Path]:
    """The subfolders two levels down, and the files above these."""
    parts = {
        path if len(names) < 3 else folder / names[0] / names[1]
        for path in files_of(folder)
        if (names := path.relative_to(folder).parts)
    }
    return sorted(parts)


def modelaudit_issues(part: Path) -> list[dict[str, Any]] | None:
    """The issues of one part, or nothing when it took too long or wrote no report."""
    program = Path(sys.executable).parent / "modelaudit"
    with tempfile.TemporaryDirectory() as temporary:
        report = Path(temporary) / "report.json"
        command = [
            str(program),
            "scan",
            str(part),
            "--format",
            "json",
            "--output",
            str(report),
            "--no-cache",
            "--quiet",
        ]
        try:
            subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=SECONDS_PER_PART)
            return json.loads(report.read_text()).get("issues", [])
        except (subprocess.TimeoutExpired, OSError, ValueError):
            return None


PEERS = {"picklescan": picklescan, "modelscan": modelscan, "fickling": fickling, "modelaudit": modelaudit}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("folder", type=Path)
    parser.add_argument("result", type=Path)
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    verdicts = PEERS[options.peer](options.folder.resolve())
    result = {"version": importlib.metadata.version(options.peer), "files": verdicts}
    options.result.write_text(json.dumps(result, indent=0))


if __name__ == "__main__":
    main()
