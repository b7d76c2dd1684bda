#!/usr/bin/env python3
"""Writes the Swift files that hold Cordon's built-in facts.

    make_embedded_data.py seed                     Data/advisories.json      -> AdvisorySeed+Records.swift
    make_embedded_data.py abandoned                Data/abandoned.json       -> AbandonedPackages+Rows.swift
    make_embedded_data.py names PYPI.tsv NPM.tsv   names in order of use     -> KnownNames+Lists.swift
    make_embedded_data.py licences SCHEMA.json     SPDX licence identifiers   -> LicenceList+Identifiers.swift

`Data/advisories.json` and `Data/abandoned.json` are kept by hand: facts, the advisories with the address of a source
for each; a package counts as abandoned when its own page on the registry says so. The name lists are the most
downloaded packages of PyPI and npm of November 2026 (first column: the name; ordered by rank). The licence list is
the enumeration of CycloneDX's `spdx.schema.json`.
"""

import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = ROOT / "Sources/CordonSupplyChain"
HEAD = "// Written by Scripts/make_embedded_data.py; do not edit.\n\n"


def seed():
    records = json.loads((ROOT / "Data/advisories.json").read_text())
    lines = ",\n".join(json.dumps(record, ensure_ascii=True, sort_keys=True) for record in records)
    text = (
        HEAD + "extension AdvisorySeed {\n    /// OSV records, a JSON array. Source of each: its `references`.\n"
        '    static let records = #"""\n[\n' + lines + '\n]\n"""#\n}\n'
    )
    (TARGET / "Advisories/AdvisorySeed+Records.swift").write_text(text)


def abandoned():
    rows = json.loads((ROOT / "Data/abandoned.json").read_text())
    lines = "\n".join(f'{row["ecosystem"]} {row["name"]} {row["successor"] or ""}'.replace("  ", " ") for row in rows)
    text = (
        HEAD + "extension AbandonedPackages {\n    /// Ecosystem, name and successor, one package a line.\n"
        '    static let rows = """\n' + lines + '\n"""\n}\n'
    )
    (TARGET / "PackageTricks/AbandonedPackages+Rows.swift").write_text(text)


def column(path, limit):
    names = []
    with open(path, encoding="utf-8") as table:
        header = next(table).rstrip("\n").split("\t")
        rank = next((i for i, name in enumerate(header) if name.startswith("rank")), None)
        downloads = next((i for i, name in enumerate(header) if name.startswith("downloads")), None)
        for line in table:
            cells = line.rstrip("\n").split("\t")
            if rank is not None and cells[rank].isdigit():
                names.append((int(cells[rank]), cells[0]))
            elif rank is None and downloads is not None and cells[downloads].isdigit():
                names.append((-int(cells[downloads]), cells[0]))
    return [name for _, name in sorted(names)][:limit]


def names(pypi, npm):
    first = [re.sub(r"[-_.]+", "-", name).lower() for name in column(pypi, 15000)]
    second = column(npm, 15000)

    def literal(name, values, what):
        wrapped = "\n".join(" ".join(values[i : i + 8]) for i in range(0, len(values), 8))
        return f'    /// {what}, most used first.\n    static let {name} = """\n{wrapped}\n"""\n'

    text = (
        HEAD + "extension KnownNames {\n" + literal("pypiNames", first, "Names on PyPI") + "\n"
        + literal("npmNames", second, "Names on npm") + "}\n"
    )
    (TARGET / "PackageTricks/KnownNames+Lists.swift").write_text(text)


def licences(path):
    found = sorted(json.loads(pathlib.Path(path).read_text())["enum"])
    wrapped = "\n".join(" ".join(found[i : i + 8]) for i in range(0, len(found), 8))
    text = (
        HEAD + "extension LicenceList {\n    /// Identifiers of the SPDX licence list.\n"
        f'    static let identifiers = """\n{wrapped}\n"""\n}}\n'
    )
    (TARGET / "Bill/LicenceList+Identifiers.swift").write_text(text)


if __name__ == "__main__":
    {"seed": seed, "abandoned": abandoned, "names": names, "licences": licences}[sys.argv[1]](*sys.argv[2:])
