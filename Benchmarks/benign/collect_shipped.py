#!/usr/bin/env python3
"""Collect the model and data files that published packages ship.

Packages are only downloaded and unpacked, never installed or run. Which ones, how
many files of a format are taken from each, and what is left out and why, is in
evaluation.json.

    collect_shipped.py OUT
"""

from __future__ import annotations

import argparse
import collections
import fnmatch
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sniff import PICKLE_LIKE, sniff, tally

HERE = Path(__file__).resolve().parent
LIMIT = 80_000_000
"""Files larger than this are left out: the peers would take too long."""
SOURCES = frozenset(
    ".py .pyi .pyc .pyx .pxd .so .c .h .cpp .js .css .map .md .rst .html .txt .csv .png .jpg .svg .ttf .wav .xml".split()
)
"""Suffixes of files that are no models or data for a model scanner, whatever they contain."""


@dataclass(frozen=True)
class Package:
    """A downloaded package."""

    name: str
    version: str
    archive: Path


def download(rules: dict[str, Any], folder: Path) -> list[Package]:
    """Download what is missing, and list the packages."""
    folder.mkdir(parents=True, exist_ok=True)
    packages = []
    for requirement in rules["pypi"]:
        name, version = requirement.split("==")
        archive = wheel_of(folder, name, version) or fetch_wheel(folder, name, version)
        packages += [Package(name, version, archive)] if archive else []
    for name in rules["debian"]:
        archive = debian_of(folder, name) or fetch_debian(folder, name)
        packages += [Package(name, archive.name.split("_")[1], archive)] if archive else []
    return packages


def wheel_of(folder: Path, name: str, version: str) -> Path | None:
    """The wheel that was downloaded before."""
    normal = re.sub(r"[-_.]+", "_", name).lower()
    for path in folder.glob("*.whl"):
        file_name, file_version = path.name.split("-")[:2]
        if re.sub(r"[-_.]+", "_", file_name).lower() == normal and file_version == version:
            return path
    return None


def fetch_wheel(folder: Path, name: str, version: str) -> Path | None:
    """Download one wheel; source packages are not taken, as these would run code."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    done = subprocess.run([*command, "--only-binary", ":all:", "--dest", str(folder), f"{name}=={version}"])
    if done.returncode:
        print(f"not downloaded: {name}=={version}", file=sys.stderr)
    return wheel_of(folder, name, version)


def debian_of(folder: Path, name: str) -> Path | None:
    """The Debian package that was downloaded before."""
    return next(iter(sorted(folder.glob(f"{name}_*.deb"))), None)


def fetch_debian(folder: Path, name: str) -> Path | None:
    """Download one Debian package."""
    if subprocess.run(["apt-get", "download", "--quiet", name], cwd=folder).returncode:
        print(f"not downloaded: {name}", file=sys.stderr)
    return debian_of(folder, name)


def contents(package: Package) -> Iterator[tuple[str, bytes]]:
    """The files of a package that may be models or data."""
    if package.archive.suffix == ".whl":
        with zipfile.ZipFile(package.archive) as archive:
            for item in sorted(archive.infolist(), key=lambda item: item.filename):
                if not item.is_dir() and wanted(item.filename, item.file_size):
                    yield item.filename, archive.read(item)
        return
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["dpkg-deb", "--extract", str(package.archive), folder], check=True)
        for path in sorted(Path(folder).rglob("*")):
            if path.is_file() and not path.is_symlink() and wanted(path.name, path.stat().st_size):
                yield str(path.relative_to(folder)), path.read_bytes()


def wanted(name: str, size: int) -> bool:
    """Whether a file is worth sniffing."""
    return 0 < size <= LIMIT and Path(name).suffix.lower() not in SOURCES


def excluded(path: str, rules: dict[str, Any]) -> bool:
    """Whether the documented list leaves a file out."""
    return any(fnmatch.fnmatch(path, rule["pattern"]) for rule in rules["excluded"])


def choose(found: list[tuple[str, str]], package: str, rules: dict[str, Any]) -> list[tuple[str, str]]:
    """At most so many files of each format, evenly spread over the sorted paths."""
    limits = {**rules["formats_per_package"], **rules["format_limits_by_package"].get(package, {})}
    groups: dict[str, list[str]] = collections.defaultdict(list)
    for path, kind in found:
        groups[kind].append(path)
    chosen = []
    for kind, paths in groups.items():
        limit = limits.get(kind, limits["default"])
        step = max(1.0, len(paths) / limit)
        chosen += [(paths[int(index * step)], kind) for index in range(min(limit, len(paths)))]
    return sorted(chosen)


def collect(package: Package, target: Path, rules: dict[str, Any]) -> list[dict[str, str]]:
    """Copy the chosen files of one package, and describe them."""
    found = [
        (path, kind) for path, data in contents(package) if not excluded(path, rules) and (kind := sniff(data, path))
    ]
    chosen = dict(choose(found, package.name, rules))
    entries = []
    for path, data in contents(package):
        if path not in chosen:
            continue
        copy = target / package.name / path
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(data)
        digest = hashlib.sha256(data).hexdigest()
        relative = str(copy.relative_to(target))
        entries.append(
            {
                "package": package.name,
                "version": package.version,
                "path": relative,
                "sha256": digest,
                "format": chosen[path],
            }
        )
    return entries


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    out = parser.parse_args().out
    rules = json.loads((HERE / "evaluation.json").read_text())
    target = out / "evaluation"
    shutil.rmtree(target, ignore_errors=True)
    entries = [entry for package in download(rules, out / "downloads") for entry in collect(package, target, rules)]
    (out / "evaluation.json").write_text(json.dumps(entries, indent=0))
    formats = [entry["format"] for entry in entries]
    packages = {entry["package"] for entry in entries}
    print(
        f"evaluation: {len(entries)} files of {len(packages)} packages, {sum(f in PICKLE_LIKE for f in formats)} with pickles"
    )
    print(json.dumps(tally(formats)))


if __name__ == "__main__":
    main()
