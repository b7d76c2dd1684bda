"""The advisories of one half, and for each package the versions they cover and those they barely do not.

Each shape below makes one affected entry around a package's version, with the
versions that are affected (`hits`) and near ones that are not (`misses`), both
written by hand rather than computed, so that no comparison of versions is
shared with what is measured.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from pathlib import Path

import names

SEMVER = {"npm", "Go", "crates.io", "SwiftURL"}
ALPHABET = "23456789cfghjmpqrvwx"
SHAPES_BOTH = ("simple", "window", "last", "two", "listed", "withdrawn", "several", "numeric")
SHAPES_EVALUATION = ("git first", "three", "both forms", "other first")
OWN_BOTH = {
    "PyPI": ("prerelease", "padded", "padded list", "introduced"),
    "npm": ("prerelease", "candidate"),
    "Go": ("pseudo",),
    "Maven": ("qualifier", "short"),
    "RubyGems": ("fourth",),
    "CRAN": ("dash",),
}
OWN_EVALUATION = {
    "PyPI": ("epoch", "local", "post", "dev"),
    "npm": ("identifiers",),
    "Go": ("between", "incompatible"),
    "Maven": ("snapshot", "milestone"),
    "RubyGems": ("letters",),
    "crates.io": ("prerelease",),
}

Shape = tuple[dict, list[str], list[str]]


def v(*parts: int) -> str:
    return ".".join(map(str, parts))


def ranged(kind: str, *events: tuple[str, str]) -> dict:
    return {"ranges": [{"type": kind, "events": [{key: value} for key, value in events]}]}


def shape(name: str, ecosystem: str, version: str) -> Shape:
    """(part of an affected entry, hits, misses)."""
    a, b, c = (*map(int, version.split(".")), 0)[:3]
    r = "SEMVER" if ecosystem in SEMVER else "ECOSYSTEM"
    fixed = v(a, b + 1, c + 3)
    below, above = [v(a, b + 1, c + 2), v(a, b, c)], [fixed, v(a, b + 2, 0), v(a + 1, 0, 0)]
    match name:
        case "simple" | "several" | "other first":
            return ranged(r, ("introduced", "0"), ("fixed", fixed)), below, above
        case "withdrawn":
            return ranged(r, ("introduced", "0"), ("fixed", fixed)), [], below + above
        case "window":
            return (ranged(r, ("introduced", v(a + 1, b, 1)), ("fixed", v(a + 1, b + 2, 0))),
                    [v(a + 1, b, 1), v(a + 1, b + 1, 9)], [v(a, b, c), v(a + 1, b, 0), v(a + 1, b + 2, 0)])
        case "last":
            return ranged(r, ("introduced", "0"), ("last_affected", fixed)), [fixed, *below], [v(a, b + 1, c + 4)]
        case "two" | "three":
            events = [("introduced", "0"), ("fixed", v(a, b, c + 2)), ("introduced", v(a + 1, 0, 0)),
                      ("fixed", v(a + 1, 1, 3))]
            if name == "three":                 # newest first: events need not be in order
                events = [("introduced", v(a + 2, 0, 0)), ("fixed", v(a + 2, 4, 1)), *events]
            more = ([v(a + 2, 4, 0)], [v(a + 2, 4, 1)]) if name == "three" else ([], [])
            return (ranged(r, *events), [v(a, b, c + 1), v(a + 1, 0, 0), v(a + 1, 1, 2), *more[0]],
                    [v(a, b, c + 2), v(a, b + 1, 0), v(a + 1, 1, 3), *more[1]])
        case "listed":
            return {"versions": [v(a, b, c), v(a, b, c + 2)]}, [v(a, b, c), v(a, b, c + 2)], [v(a, b, c + 1)]
        case "numeric":
            return (ranged(r, ("introduced", v(a, 2, 0)), ("fixed", v(a, 10, 0))), [v(a, 9, 9), v(a, 2, 0)],
                    [v(a, 10, 0), v(a, 11, 0), v(a, 1, 99)])
        case "git first":
            entry = ranged(r, ("introduced", "0"), ("fixed", fixed))
            entry["ranges"].insert(0, {"type": "GIT", "repo": "https://example.org/r.git", "events": [
                {"introduced": "0"}, {"fixed": "8d1f0e9c" * 5}]})
            return entry, below, above
        case "both forms":                      # listed, or in the range: either is enough
            entry = ranged(r, ("introduced", v(a + 1, 0, 0)), ("fixed", v(a + 1, 1, 0)))
            entry["versions"] = [v(a, b, c), v(a + 1, 0, 0)]
            return entry, [v(a, b, c), v(a + 1, 0, 5)], [v(a, b, c + 1), v(a + 1, 1, 0)]
    major = v(a + 1, 0, 0)
    match ecosystem, name:
        case "PyPI", "prerelease":
            return (ranged(r, ("introduced", "0"), ("fixed", major)), [f"{major}rc2", f"{major}.dev1", v(a, b, c)],
                    [major, f"{major}.post1"])
        case "PyPI", "padded":
            return ranged(r, ("introduced", "0"), ("fixed", v(a, b + 1))), [v(a, b, c)], [v(a, b + 1, 0), v(a, b + 1)]
        case "PyPI", "padded list":
            return {"versions": [v(a + 1, 0)]}, [major, v(a + 1, 0)], [v(a + 1, 0, 1)]
        case "PyPI", "introduced":
            return (ranged(r, ("introduced", major), ("fixed", v(a + 1, 2))), [major, v(a + 1, 0)],
                    [f"{major}rc1", v(a + 1, 2, 0), f"{major}b3"])
        case "PyPI", "epoch":
            return (ranged(r, ("introduced", "0"), ("fixed", "1!2.0")), ["2031.4.0", "1!1.9.0"],
                    ["1!2.0.0", "1!2.1.0", "2!0.1.0"])
        case "PyPI", "local":
            return (ranged(r, ("introduced", "0"), ("fixed", fixed)), [f"{below[0]}+cu121", f"{below[1]}+cpu"],
                    [f"{fixed}+cu121", f"{fixed}+cpu"])
        case "PyPI", "post":
            return (ranged(r, ("introduced", "0"), ("last_affected", f"{v(a, b, c)}.post1")),
                    [v(a, b, c), f"{v(a, b, c)}.post1"], [f"{v(a, b, c)}.post2", v(a, b, c + 1)])
        case "PyPI", "dev":
            return (ranged(r, ("introduced", f"{major}a1"), ("fixed", f"{major}b2")),
                    [f"{major}a2", f"{major}b1", f"{major}a10"], [f"{major}b2", f"{major}b10", f"{major}.dev5", f"{major}rc1"])
        case "npm" | "crates.io", "prerelease":
            return (ranged(r, ("introduced", f"{major}-beta.1"), ("fixed", f"{major}-beta.10")),
                    [f"{major}-beta.9", f"{major}-beta.1"], [f"{major}-beta.11", f"{major}-alpha.4", major])
        case "npm", "candidate":
            return ranged(r, ("introduced", "0"), ("fixed", major)), [f"{major}-rc.1", v(a, b, c)], [major, v(a + 1, 0, 1)]
        case "npm", "identifiers":
            return (ranged(r, ("introduced", "0"), ("fixed", f"{major}-rc.2")),
                    [f"{major}-rc.1", f"{major}-beta", f"{major}-1", f"{major}-rc"], [f"{major}-rc.2", f"{major}-rc.x", major])
        case "Go", "pseudo":
            return (ranged(r, ("introduced", "0"), ("fixed", "0.0.0-20230315120000-5f1e2d3c4b5a")),
                    ["0.0.0-20230310093000-0a1b2c3d4e5f", "0.0.0-20191109021931-daa7c04131f5"],
                    ["0.0.0-20230315120000-5f1e2d3c4b5a", "0.0.0-20240102030405-aabbccddeeff"])
        case "Go", "between":                   # a pseudo-version after X.Y.Z-1 is before X.Y.Z
            return (ranged(r, ("introduced", "0"), ("fixed", fixed)), [f"{fixed}-0.20230101000000-abcdefabcdef"],
                    [f"{v(a, b + 1, c + 4)}-0.20230101000000-abcdefabcdef", fixed])
        case "Go", "incompatible":
            return (ranged(r, ("introduced", "0"), ("fixed", v(a + 2, 3, 0))), [f"{v(a + 2, 2, 9)}+incompatible"],
                    [f"{v(a + 2, 3, 0)}+incompatible"])
        case "Maven", "qualifier":
            return (ranged(r, ("introduced", "0"), ("fixed", fixed)),
                    [f"{fixed}-rc1", f"{fixed}-beta-2", f"{below[0]}.RELEASE"], [f"{fixed}.RELEASE", f"{fixed}.Final", f"{fixed}-sp1"])
        case "Maven", "short":
            return ranged(r, ("introduced", "0"), ("fixed", v(a, b + 1, 0))), [v(a, b, c)], [v(a, b + 1), v(a, b + 1, 0)]
        case "Maven", "snapshot":
            return (ranged(r, ("introduced", "0"), ("fixed", fixed)), [f"{fixed}-SNAPSHOT", f"{below[0]}-jre"],
                    [f"{fixed}-jre", f"{fixed}.GA"])
        case "Maven", "milestone":
            return (ranged(r, ("introduced", "0"), ("fixed", f"{major}-M10")), [f"{major}-M9", f"{major}-alpha5"],
                    [f"{major}-M10", f"{major}-RC1", major])
        case "RubyGems", "fourth":
            return (ranged(r, ("introduced", "0"), ("fixed", f"{v(a, b, c)}.3")), [f"{v(a, b, c)}.2", v(a, b, c)],
                    [f"{v(a, b, c)}.3", f"{v(a, b, c)}.10"])
        case "RubyGems", "letters":
            return (ranged(r, ("introduced", "0"), ("fixed", fixed)), [f"{fixed}.rc1", f"{fixed}.beta2"],
                    [fixed, f"{fixed}.1"])
        case "CRAN", "dash":
            return (ranged(r, ("introduced", "0"), ("fixed", f"{v(a, b)}-{c + 3}")), [f"{v(a, b)}-{c + 2}", v(a, b, c)],
                    [f"{v(a, b)}-{c + 3}", v(a, b, c + 3), f"{v(a, b)}-{c + 12}"])
    raise ValueError((ecosystem, name))


def halved(items: list[str], half: str) -> dict[str, str]:
    return names.pairs(items[half == "evaluation"::2])


def pools(half: str) -> dict[str, dict[str, str]]:
    """Versions by name by ecosystem; large pools differ per half."""
    return {
        "PyPI": names.pairs(names.AI + names.PYPI_NEAR) | halved(names.PYPI, half),
        "npm": names.pairs(names.FRONT + names.NPM_NEAR) | halved(names.NPM, half),
        "Go": names.pairs(names.GO), "crates.io": names.pairs(names.CRATES), "Maven": names.pairs(names.MAVEN),
        "RubyGems": names.pairs(names.GEMS), "CRAN": names.pairs(names.CRAN), "SwiftURL": names.pairs(names.SWIFT),
    }


MALICIOUS = {           # whole packages, made up
    "tuning": {"PyPI": ["gradient-vault-sync", "quietloom", "nebula-loomworks", "ml-env-bootstrapper"],
               "npm": ["prompt-relay-agent", "@vectorhaus/ingest-core", "glyphwright-loader"]},
    "evaluation": {"PyPI": ["weightsmith-telemetry", "ormolu-kernels", "tensor_ferry", "lumen.checkpoint.io"],
                   "npm": ["embercast-runtime", "@latentworks/model-bridge", "quillfeed-stream"]},
}
MODEL_OWNERS = {"tuning": ["northwind-labs", "paper-lantern", "quartzmind"],
                "evaluation": ["tidepool-ai", "Inkstone-Research", "hollowbyte"]}


@dataclass
class Catalogue:
    half: str
    pools: dict[str, dict[str, str]] = field(default_factory=dict)
    hits: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    misses: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    compromised: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)   # (malicious, next) version
    malicious: dict[str, list[str]] = field(default_factory=dict)
    models: list[str] = field(default_factory=list)         # named by advisories
    harmless_models: list[str] = field(default_factory=list)
    digests: dict[str, bytes] = field(default_factory=dict)     # of model files, with their content
    records: list[dict] = field(default_factory=list)

    def clean(self, ecosystem: str) -> list[str]:
        """Names that no advisory is about."""
        return [n for n in self.pools[ecosystem] if (ecosystem, n) not in self.misses and (ecosystem, n) not in self.compromised]

    def write(self, folder: Path) -> None:
        for record in self.records:
            place = folder / (record["affected"][0]["package"].get("ecosystem", "other") if record["affected"] else "other")
            place.mkdir(parents=True, exist_ok=True)
            (place / f"{record['id']}.json").write_text(json.dumps(record, indent=1))


def build(half: str, seed: int) -> Catalogue:
    import hashlib
    rng = random.Random(f"advisories {half} {seed}")
    out = Catalogue(half, pools(half), malicious=MALICIOUS[half])

    def record(affected: list[dict], malicious: bool = False, **more: object) -> None:
        number = len(out.records)
        code = "-".join("".join(rng.choices(ALPHABET, k=4)) for _ in range(3))
        out.records.append({
            "schema_version": rng.choice(["1.6.0", "1.7.0"]),
            "id": f"MAL-2025-{90000 + number}" if malicious else f"GHSA-{code}",
            "modified": "2025-06-01T00:00:00Z", "published": "2025-05-01T00:00:00Z",
            "summary": "Made up for a benchmark", "details": "Made up; says nothing about the package named.",
            "affected": affected, **more})

    def package(ecosystem: str, name: str) -> dict:
        made: dict = {"ecosystem": ecosystem, "name": name}
        if ecosystem in ("PyPI", "npm", "crates.io") and rng.random() < 0.5:
            made["purl"] = {"PyPI": "pkg:pypi/", "npm": "pkg:npm/", "crates.io": "pkg:cargo/"}[ecosystem] + name.replace("@", "%40")
        if ecosystem == "SwiftURL" and half == "evaluation" and rng.random() < 0.5:
            made["name"] = f"https://{name}"
        return made

    for ecosystem, pool in out.pools.items():
        shapes = SHAPES_BOTH + OWN_BOTH.get(ecosystem, ()) * 2
        if half == "evaluation":
            shapes += SHAPES_EVALUATION + OWN_EVALUATION.get(ecosystem, ()) * 2
        if ecosystem == "CRAN":                 # no free-standing third part there to tell apart
            shapes = tuple(s for s in shapes if s != "padded")
        chosen = rng.sample(sorted(pool), k=max(len(shapes), len(pool) * 2 // 5) if len(shapes) < len(pool) * 2 // 3 else len(pool) // 2)
        order = rng.sample(shapes, len(shapes))
        for number, name in enumerate(chosen):
            kind = order[number % len(order)]
            if kind in ("pseudo", "incompatible") and "/v" in name:
                kind = "simple"
            if ecosystem == "Go" and kind in ("window", "two", "three", "both forms", "candidate"):
                kind = "numeric" if int(pool[name].split(".")[0]) < 9 else "simple"     # another major is another path
            part, hits, misses = shape(kind, ecosystem, pool[name])
            if ecosystem == "Go":
                keep = pool[name].split(".")[0]
                if kind not in ("pseudo", "incompatible"):
                    misses = [m for m in misses if m.split(".")[0] == keep]
            entry = {"package": package(ecosystem, name), **part}
            affected = [entry]
            if kind == "several":
                affected.append({"package": {"ecosystem": ecosystem, "name": f"{name}-enterprise"},
                                 **ranged("SEMVER" if ecosystem in SEMVER else "ECOSYSTEM", ("introduced", "0"))})
            if kind == "other first":
                affected.insert(0, {"package": {"ecosystem": ecosystem, "name": f"{name}-legacy"}, "versions": misses[:2]})
            record(affected, **({"withdrawn": "2025-05-20T00:00:00Z"} if kind == "withdrawn" else {}))
            out.hits[ecosystem, name], out.misses[ecosystem, name] = hits, misses

    # the same name in another ecosystem
    for ecosystem, other in (("PyPI", "npm"), ("npm", "PyPI"), ("crates.io", "PyPI"), ("RubyGems", "npm")):
        free = [n for n in out.clean(ecosystem) if n not in out.pools[other] and "@" not in n]
        for name in rng.sample(sorted(free), min(5, len(free))):
            record([{"package": {"ecosystem": other, "name": name},
                     **ranged("SEMVER" if other == "npm" else "ECOSYSTEM", ("introduced", "0"))}], rng.random() < 0.4)

    # malicious packages, and malicious versions of good ones
    for ecosystem, found in out.malicious.items():
        for name in found:
            record([{"package": package(ecosystem, name), **ranged("SEMVER" if ecosystem == "npm" else "ECOSYSTEM", ("introduced", "0"))}], True)
        for name in rng.sample(sorted(out.clean(ecosystem)), 8):
            a, b, c = (*map(int, out.pools[ecosystem][name].split(".")), 0)[:3]
            record([{"package": package(ecosystem, name), "versions": [v(a, b, c + 1), v(a, b, c + 3)]}], True)
            out.compromised[ecosystem, name] = (rng.choice([v(a, b, c + 1), v(a, b, c + 3)]), v(a, b, c + 2))

    # models
    for owner in MODEL_OWNERS[half]:
        for size in ("7b-chat", "embed-small"):
            name = f"{owner}/{rng.choice(['aurora', 'basalt', 'cinder', 'delphi'])}-{size}"
            out.models.append(name)
            out.harmless_models += [f"{owner}/{name.split('/')[1]}-v2", f"community-{owner}/{name.split('/')[1]}"]
            entry: dict = {"package": {"ecosystem": "huggingface", "name": name}, **ranged("ECOSYSTEM", ("introduced", "0"))}
            if rng.random() < 0.5:
                entry["package"]["purl"] = f"pkg:huggingface/{name}"
            if rng.random() < 0.7:
                content = weights(rng)
                digest = hashlib.sha256(content).hexdigest()
                out.digests[digest] = content
                entry["ecosystem_specific"] = {"sha256": [digest, hashlib.sha256(rng.randbytes(9)).hexdigest()]}
            record([entry], rng.random() < 0.6)
    dropped = f"{MODEL_OWNERS[half][0]}/retracted-model"
    out.harmless_models.append(dropped)
    record([{"package": {"ecosystem": "huggingface", "name": dropped}, **ranged("ECOSYSTEM", ("introduced", "0"))}],
           withdrawn="2025-05-20T00:00:00Z")
    return out


def weights(rng: random.Random) -> bytes:
    """A small valid safetensors file."""
    count = rng.randint(16, 64)
    head = json.dumps({"w": {"dtype": "F32", "shape": [count], "data_offsets": [0, count * 4]}}).encode()
    head += b" " * (-len(head) % 8)
    return len(head).to_bytes(8, "little") + head + rng.randbytes(count * 4)
