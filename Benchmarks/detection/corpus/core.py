"""Case registry, the hash split into halves, and writing to disk."""

from __future__ import annotations

import hashlib
import json
import random
from dataclasses import dataclass, field
from pathlib import Path

HALVES = ("tuning", "evaluation")
BENIGN = "benign_lookalikes"

_FOLDER_WORDS = (
    "bert", "resnet", "llama", "whisper", "unet", "vit", "roberta", "gpt", "yolo", "clip",
    "xgb", "ranker", "encoder", "decoder", "tagger", "vocoder", "segmenter", "detector",
)


def digest(*parts: str) -> str:
    """Hex SHA-256 of the parts, joined so that no two lists collide."""
    return hashlib.sha256("|".join(parts).encode()).hexdigest()


def half_of(family: str, gadget: str) -> str:
    """The half of a case: parity of the first byte of sha256(family|gadget)."""
    return HALVES[int(digest(family, gadget)[:2], 16) & 1]


@dataclass
class Case:
    """One independent sample: one or more files in a folder of its own."""

    family: str
    gadget: str
    files: dict[str, bytes]
    format: str
    source: str
    description: str
    kind: str = "load"
    verify: str = "none"
    half: str = ""
    case_id: str = ""
    folder: str = ""


@dataclass
class Registry:
    """Collects cases; the rng supplies filler bytes only (weights, padding)."""

    seed: int
    cases: list[Case] = field(default_factory=list)
    benign: list[Case] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)

    def filler(self, size: int) -> bytes:
        """Deterministic meaningless bytes, like weights."""
        return self.rng.randbytes(size)

    def add(self, family: str, gadget: str, files: dict[str, bytes] | tuple[str, bytes],
            format: str, source: str, description: str, *, kind: str = "load",
            verify: str = "none") -> None:
        """Register a hostile case.

        kind: "load" (loading it does harm) or "structural" (the file lies about itself).
        verify: how --verify loads it: none, pickle, pickle-stream, zip:MEMBER, tar:MEMBER,
        gzip, bz2, xz, zlib, npy, legacy-torch, or yaml-free text "none".
        """
        files = dict([files]) if isinstance(files, tuple) else dict(files)
        case = Case(family, gadget, files, format, source, description, kind, verify)
        case.half = half_of(family, gadget)
        self._name(case, self.cases, "C")
        self.cases.append(case)

    def add_benign(self, name: str, files: dict[str, bytes] | tuple[str, bytes],
                   format: str, description: str, *, verify: str = "none") -> None:
        """Register a harmless file that resembles an attack."""
        files = dict([files]) if isinstance(files, tuple) else dict(files)
        case = Case("benign", name, files, format, "written for this corpus", description,
                    "benign", verify, BENIGN)
        self._name(case, self.benign, "B")
        self.benign.append(case)

    @staticmethod
    def _name(case: Case, siblings: list[Case], prefix: str) -> None:
        twin = sum(c.family == case.family and c.gadget == case.gadget for c in siblings)
        mark = digest(case.family, case.gadget, str(twin))
        case.case_id = f"{prefix}-{mark[:10]}"
        word = _FOLDER_WORDS[int(mark[10:14], 16) % len(_FOLDER_WORDS)]
        case.folder = f"{word}-{mark[:10]}"


def _entry(case: Case) -> dict[str, object]:
    return {
        "path": f"{case.half}/{case.folder}",
        "files": sorted(case.files),
        "half": case.half,
        "id": case.case_id,
        "class": case.family,
        "gadget": case.gadget,
        "description": case.description,
        "source": case.source,
        "format": case.format,
        "kind": case.kind,
        "expect": "clean" if case.half == BENIGN else "malicious",
        "verify": case.verify,
    }


def write(registry: Registry, out: Path) -> dict[str, object]:
    """Write every case and the manifest below `out`; returns the manifest."""
    everything = registry.cases + registry.benign
    if len({c.case_id for c in everything}) != len(everything):
        raise ValueError("case ids collide")
    content = hashlib.sha256()
    for case in everything:
        folder = out / case.half / case.folder
        for name, data in case.files.items():
            content.update(f"{case.half}/{case.folder}/{name}\0{len(data)}\0".encode() + data)
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
    manifest: dict[str, object] = {
        "schema": 1,
        "seed": registry.seed,
        "sha256": content.hexdigest(),
        "split": "parity of the first byte of sha256(class|gadget): even tuning, odd evaluation",
        "cases": [_entry(c) for c in everything],
    }
    (out / "manifest.json").write_text(json.dumps(manifest, indent=1, ensure_ascii=True) + "\n")
    return manifest
