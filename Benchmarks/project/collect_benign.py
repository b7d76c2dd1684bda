#!/usr/bin/env python3
"""Collects real, benign notebooks, code and configuration files out of packages on PyPI.

Each package is pinned by name and version, and belongs wholly to one half of the corpus. pip itself finds and fetches the
archive, so the configured index is used as it is; nothing from an archive is ever run: the archive is opened as data, and
only regular files of wanted kinds are written out. A manifest says where each file came from and under which licence.
"""
from __future__ import annotations

import argparse
import email.parser
import hashlib
import json
import re
import sys
import tarfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pip._internal.commands.download import DownloadCommand
from pip._vendor.packaging.specifiers import SpecifierSet


@dataclass(frozen=True)
class Pin:
    """One package to fetch: which version, in which half, as sdist or wheel, and the archive's SHA-256 if known."""

    name: str
    version: str
    half: str
    form: str = "sdist"
    sha256: str = ""


PINS: list[Pin] = [
# PINS-BEGIN
    Pin("nbconvert", "7.17.2", "tuning", "sdist", "344a218e8595117ce37396ed025d994f146d076226ebac59255a2fa085ab24d8"),
    Pin("nbclient", "0.11.0", "tuning", "sdist", "04a134a5b087f2c5887f228aca155db50169b8cd9334dee6942c8e927e56081a"),
    Pin("jupytext", "1.19.6", "tuning", "sdist", "ba1d143bb3751e054d3164376b148ee8fa74e1a860fc9411e1da93ff588b8a17"),
    Pin("statsmodels", "0.15.0", "tuning", "sdist", "5d257fe58d0772bc46a557880ca78e2a8e07fec7bfd9d11074aef8e33e1aecbc"),
    Pin("nbdime", "4.0.4", "tuning", "sdist", "8cd25ecfeeb5105d563237d7f64eb4748058fba9bba9ab3892a1ff61e177ce16"),
    Pin("notebook", "7.6.5", "tuning", "sdist", "5e3445616fb2c590015434045f5b297566c2e09c636d1837efc62bef85892c9f"),
    Pin("voila", "0.5.13", "tuning", "sdist", "e7a01973b085888df9a0bf50207fc252f700675011a4d053ab1f94be219b55a7"),
    Pin("emcee", "3.1.6", "tuning", "sdist", "11af4daf6ab8f9ca69681e3c29054665db7bbd87fd4eb8e437d2c3a1248c637d"),
    Pin("gpytorch", "1.15.2", "tuning", "sdist", "380625e93f851b85f772b25c5fb0a6c6d2e3eb2ef667f1e566ab4f95b8775361"),
    Pin("scikit-optimize", "0.10.2", "tuning", "sdist", "00a3d91bf9015e292b6e7aaefe7e6cb95e8d25ce19adafd2cd88849e1a0b0da0"),
    Pin("shap", "0.54.1", "tuning", "sdist", "1de58fde32686a2757bada96a7cb0a77649aa519800e5ab059faaab3900c6720"),
    Pin("pint", "0.26.2", "tuning", "sdist", "391e5d2fc01fdb121c113b8eb47386688575542c1f5144c465ff318bf5133573"),
    Pin("nbgrader", "0.9.6", "tuning", "sdist", "d01c3a1033c0ef1535936fc53b8e152b46e1e06c02422dca5ef7d5ae62076d4f"),
    Pin("mlxtend", "0.25.0", "tuning", "sdist", "7fd52f1c55ea80036945490ea54c497aa2251ac03cf8e728cde12275d2169bcc"),
    Pin("bqplot", "0.13.1", "tuning", "sdist", "dd1f55c9bf971b1c3edf571a23edecd707aab5a72c3f5dac3cb98ee233fc6216"),
    Pin("ipywidgets", "8.1.9", "tuning", "sdist", "bcccba38a6ec3253f7a39c943cea5b9ad01999ce071396171adbc51c6a6a8613"),
    Pin("fairlearn", "0.15.0", "tuning", "sdist", "dfdfbddc3b86d2a8e4e04e282bb29d7603f28559a28abeca97847bf5e0f79f80"),
    Pin("papermill", "2.7.0", "evaluation", "sdist", "ec10b37594a060662f57269e1ebd108c209d204450f00fdfeb70a1c7cfb7fbc8"),
    Pin("nbformat", "5.11.1", "evaluation", "sdist", "32d4521c68c6e7d5b29c76defaeed9f42ea733142b9b19f88277ce10390b9c4d"),
    Pin("nbval", "0.11.0", "evaluation", "sdist", "77c95797607b0a968babd2597ee3494102d25c3ad37435debbdac0e46e379094"),
    Pin("ipython", "9.18.1", "evaluation", "sdist", "6319c0f5372c196397899479e6db1783dd7937abae06815d1317e8d5d51aaaaf"),
    Pin("sympy", "1.14.0", "evaluation", "sdist", "d3d3fe8df1e5a0b42f0e7bdf50541697dbe7d23746e894990c030e2b05e72517"),
    Pin("nbsphinx", "0.9.8", "evaluation", "sdist", "d0765908399a8ee2b57be7ae881cf2ea58d66db3af7bbf33e6eb48f83bea5495"),
    Pin("myst-nb", "1.4.0", "evaluation", "sdist", "c145598de62446a6fd009773dd071a40d3b76106ace780de1abdfc6961f614c2"),
    Pin("ipyparallel", "9.2.0", "evaluation", "sdist", "2b31bb4e94708e7ffb4ee6501d7f5f664df7e1c4c572e91e9e0d12484c6a6910"),
    Pin("botorch", "0.18.1", "evaluation", "sdist", "f3e444efae2622b3ad88a5efe1859583ba2cd0913761f76677a189b2fd1aee99"),
    Pin("lmfit", "1.3.4", "evaluation", "sdist", "3c22c28c43f717f6c5b4a3bd81e893a2149739c26a592c046f2e33c23cfbe497"),
    Pin("holoviews", "1.23.2", "evaluation", "sdist", "e0c511e6d4db4f370f2550d363c23b70d7ee4f2310f1c7995b0f89cacf1eb107"),
    Pin("gensim", "4.4.0", "evaluation", "sdist", "a3f5b626da5518e79a479140361c663089fe7998df8ba52d56e1ded71ac5bdf5"),
    Pin("keras-tuner", "1.4.8", "evaluation", "sdist", "809e78538ea5c8e048012ef1d680712d56f28cf9dfa4938a2daace1ab30c4828"),
    Pin("numpyro", "0.22.0", "evaluation", "sdist", "d428b688f7c6d1f9089b730c242a3817452609e3672bd62bbc1b02ce17f069bb"),
    Pin("corner", "2.3.0", "evaluation", "sdist", "685ecb1e778809b78c6783f4a4691d023bbd9f781c9efda683c2b793878b561c"),
    Pin("hvplot", "0.12.2", "evaluation", "sdist", "9e29bbe65f94937d4eeaeccf33566540df936c8f9aeadfa12ea9f306d5237938"),
    Pin("ipyleaflet", "0.20.0", "evaluation", "sdist", "098f317dd63c4bcac5176d5b78d40d5758c623f7cd013f0d0c9d7a70cefcdb34"),
    Pin("nglview", "4.0.1", "evaluation", "sdist", "1e15b819b9f8ada3e521e587d24cc3754573203cc99ee5d801cef28d992865a5"),
    Pin("econml", "0.17.0", "evaluation", "sdist", "b637b6166d290203775954c3af58c45a728a932315df3c334a625ab94e6e0b30"),
# PINS-END
]

CONFIG_SUFFIXES = {".yaml", ".yml", ".toml", ".json", ".ini", ".cfg"}
CONFIG_NAMES = {".env.example", ".env.sample", "requirements.txt", "environment.yml", "dockerfile"}
LIMITS = {"notebook": 60, "code": 40, "config": 30}
MAX_BYTES = {"notebook": 8 << 20, "code": 1 << 20, "config": 256 << 10}
MAX_ARCHIVE = 80 << 20
# Test fixtures that hold script injection on purpose: real, but not benign.
LEFT_OUT = {"tests/exporters/files/notebook_inject.ipynb"}


class _Fetch(DownloadCommand):
    """pip's own download command, cut short: it finds one pinned archive and saves it, with no build step after."""

    def __init__(self, pin: Pin, target: Path) -> None:
        super().__init__("download", "fetch one archive")
        self.pin, self.target, self.saved = pin, target, None

    def run(self, options, args) -> int:  # type: ignore[no-untyped-def]
        """Finds the archive's link by pip's finder, and streams it to the cache through pip's session."""
        session = self.get_default_session(options)
        finder = self._build_package_finder(options=options, session=session, ignore_requires_python=True)
        best = finder.find_best_candidate(self.pin.name, SpecifierSet(f"=={self.pin.version}")).best_candidate
        if best is None:
            return 1
        path = self.target / PurePosixPath(best.link.filename).name
        reply = session.get(best.link.url_without_fragment, headers={"Accept-Encoding": "identity"}, stream=True)
        reply.raise_for_status()
        if int(reply.headers.get("content-length", 0)) > MAX_ARCHIVE:
            return 2
        path.write_bytes(b"".join(reply.iter_content(1 << 16)))
        self.saved = path
        return 0


def fetch(pin: Pin, cache: Path) -> Path:
    """The archive's path in the cache, fetched first if it is not there; its hash must be the pinned one."""
    folder = cache / f"{pin.name}-{pin.version}"
    folder.mkdir(parents=True, exist_ok=True)
    found = [p for p in sorted(folder.iterdir()) if p.is_file()]
    if not found:
        wanted = "--no-binary" if pin.form == "sdist" else "--only-binary"
        command = _Fetch(pin, folder)
        code = command.main(["--quiet", "--no-deps", "--disable-pip-version-check", wanted, ":all:", f"{pin.name}=={pin.version}"])
        if code or command.saved is None:
            raise OSError(f"not fetched (pip's finder said {code})")
        found = [command.saved]
    if pin.sha256 and digest(found[0]) != pin.sha256:
        raise OSError("the archive's SHA-256 differs from the pinned one")
    return found[0]


def digest(path: Path) -> str:
    """The file's SHA-256 in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def members(archive: Path) -> Iterator[tuple[str, int, object]]:
    """Every regular file in a tar or zip archive: its name, its size, and a function that reads it."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as opened:
            for info in opened.infolist():
                if not info.is_dir() and (info.external_attr >> 28) in (0, 8):
                    yield info.filename, info.file_size, lambda i=info: opened.read(i)
        return
    with tarfile.open(archive) as opened:
        for info in opened:
            if info.isreg():
                yield info.name, info.size, lambda i=info: opened.extractfile(i).read()


def kind_of(name: str) -> str | None:
    """Which kind of file the name says it is, or None where it is not wanted."""
    path = PurePosixPath(name)
    if path.suffix == ".ipynb":
        return "notebook"
    if path.suffix == ".py":
        return "code"
    if path.name.lower() in CONFIG_NAMES or path.suffix.lower() in CONFIG_SUFFIXES:
        return "config"
    return None


def safe_name(name: str) -> str | None:
    """The member's name without its top folder, or None where it would leave the output folder."""
    parts = [re.sub(r"[^\w.\- +()\[\]]", "_", part) for part in PurePosixPath(name).parts]
    if name.startswith("/") or ".." in parts:
        return None
    kept = parts[1:] if len(parts) > 1 else parts
    return "/".join(kept)


def licence_of(text: bytes) -> str:
    """The licence as the package's metadata gives it: the expression, else the classifiers, else the free text's first line."""
    fields = email.parser.BytesHeaderParser().parsebytes(text)
    if fields.get("License-Expression"):
        return fields["License-Expression"].strip()
    classed = [c.rsplit("::", 1)[-1].strip() for c in fields.get_all("Classifier", []) if c.startswith("License ::")]
    if classed:
        return "; ".join(classed)
    return (fields.get("License") or "unknown").strip().splitlines()[0][:120]


def is_metadata(name: str) -> bool:
    """Whether this member is the package's own metadata file."""
    path = PurePosixPath(name)
    return (path.name == "PKG-INFO" and len(path.parts) == 2) or (path.name == "METADATA" and path.parts[-2].endswith(".dist-info"))


def unpack(pin: Pin, archive: Path, output: Path) -> dict:
    """Writes the wanted files of one archive out, up to the limits, and says what was written."""
    counts: Counter[str] = Counter()
    licence, files = "unknown", []
    for name, size, read in members(archive):
        if is_metadata(name):
            licence = licence_of(read())
        kind, inner = kind_of(name), safe_name(name)
        if not kind or not inner or inner in LEFT_OUT or size == 0 or size > MAX_BYTES[kind] or counts[kind] >= LIMITS[kind]:
            continue
        relative = f"{pin.half}/{pin.name}-{pin.version}/{inner}"
        target = output / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        data = read()
        target.write_bytes(data)
        counts[kind] += 1
        files.append({"path": relative, "kind": kind, "bytes": size, "sha256": hashlib.sha256(data).hexdigest()})
    return {"name": pin.name, "version": pin.version, "half": pin.half, "form": pin.form, "archive": archive.name,
            "sha256": digest(archive), "licence": licence, "counts": dict(counts), "files": files}


def collect(output: Path, cache: Path, pins: list[Pin]) -> list[dict]:
    """Fetches and unpacks every pinned package; one that cannot be had is reported and left out."""
    records = []
    for pin in pins:
        try:
            record = unpack(pin, fetch(pin, cache), output)
        except (OSError, tarfile.TarError, zipfile.BadZipFile, EOFError) as problem:
            print(f"{pin.name}=={pin.version}: {problem}", file=sys.stderr)
            records.append({"name": pin.name, "version": pin.version, "half": pin.half, "missing": str(problem)})
            continue
        records.append(record)
        print(f"{pin.half:10} {pin.name}=={pin.version}: {record['counts']} {record['licence']}")
    return records


def main() -> int:
    """Reads the arguments, collects, and writes the manifest beside the files."""
    parser = argparse.ArgumentParser(description="collect real benign notebooks, code and configuration files")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--cache", type=Path, default=None, help="keeps the archives between runs")
    parser.add_argument("--half", choices=["tuning", "evaluation"], default=None)
    options = parser.parse_args()
    cache = options.cache or options.output / ".archives"
    pins = [pin for pin in PINS if options.half in (None, pin.half)]
    records = collect(options.output, cache, pins)
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "manifest.json").write_text(json.dumps({"packages": records}, indent=1, sort_keys=True) + "\n")
    for half in ("tuning", "evaluation"):
        sums: Counter[str] = Counter()
        for record in records:
            if record["half"] == half:
                sums.update(record.get("counts", {}))
        print(half, dict(sums))
    return 1 if any("missing" in record for record in records) else 0


if __name__ == "__main__":
    raise SystemExit(main())
