#!/usr/bin/env python3
"""Bills of materials against the official validators, and `cordon bom check` against damaged ones.

Usage: check_bills.py --cordon BINARY [--spdx-resources FOLDER] [PROJECT…]

Needs a virtual environment with `cyclonedx-python-lib[validation]==11.12.0` and `spdx-python-model==0.0.6`. Builds a
matrix of projects in a temporary folder, adds every folder under Examples/ and the given ones, and writes a bill of
each in CycloneDX 1.6, CycloneDX 1.7 and SPDX 3.0.1. Every bill must pass its validator; two runs must differ only in
the serial number or document identifier and the times, and with SOURCE_DATE_EPOCH=0 in nothing. Then it damages bills:
the validator must refuse what its schema can express, and `cordon bom check` must exit with 1 or 2 on every one.
With --spdx-resources, a folder that holds the official `spdx-json-schema.json`, SPDX bills are held against it too.
Exit status 1 when anything disagrees.
"""

from __future__ import annotations

import argparse
import copy
import io
import json
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from spdx_python_model import load_data

ROOT = pathlib.Path(__file__).resolve().parents[1]
FORMATS = ["cyclonedx-1.6", "cyclonedx-1.7", "spdx-3.0.1"]
CYCLONEDX = {
    "cyclonedx-1.6": JsonStrictValidator(SchemaVersion.V1_6),
    "cyclonedx-1.7": JsonStrictValidator(SchemaVersion.V1_7),
}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
CARD = """---
license: apache-2.0
base_model: distilbert/distilbert-base-uncased
datasets:
- stanfordnlp/sst2
library_name: transformers
pipeline_tag: text-classification
model-index:
- name: toy
  results:
  - task: {type: text-classification}
    dataset: {name: sst2, type: stanfordnlp/sst2}
    metrics: [{type: accuracy, value: 0.91}]
---
# Toy
"""
CROISSANT = {
    "@context": {"@vocab": "https://schema.org/", "cr": "http://mlcommons.org/croissant/", "sc": "https://schema.org/"},
    "@type": "sc:Dataset",
    "name": "toy",
    "description": "Two rows.",
    "license": "https://creativecommons.org/licenses/by/4.0/",
    "url": "https://example.com/toy",
    "conformsTo": "http://mlcommons.org/croissant/1.0",
    "creator": {"@type": "Organization", "name": "Example"},
    "distribution": [
        {"@type": "cr:FileObject", "@id": "rows", "name": "rows.csv", "contentUrl": "rows.csv", "encodingFormat": "text/csv"}
    ],
    "recordSet": [
        {
            "@type": "cr:RecordSet",
            "@id": "rows-set",
            "name": "rows",
            "field": [
                {"@type": "cr:Field", "@id": "rows-set/text", "name": "text", "dataType": "sc:Text",
                 "source": {"fileObject": {"@id": "rows"}, "extract": {"column": "text"}}}
            ],
        }
    ],
}


def safetensors(names: list[str]) -> bytes:
    """A model file with one small tensor a name."""
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    for index, name in enumerate(names):
        header[name] = {"dtype": "F32", "shape": [2, 2], "data_offsets": [index * 16, index * 16 + 16]}
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(16 * len(names))


def write(root: pathlib.Path, files: dict[str, str | bytes | dict | list]) -> None:
    """Writes files below a folder; dictionaries and lists as JSON."""
    root.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")


def make_projects(root: pathlib.Path) -> list[pathlib.Path]:
    """The matrix of projects."""
    model = safetensors(["distilbert.embeddings.word_embeddings.weight", "classifier.weight"])
    config = {"architectures": ["DistilBertForSequenceClassification"], "model_type": "distilbert", "vocab_size": 2}
    digest = "0123456789abcdef" * 4
    hostile = 'quote" back\\slash \'tick\' <tag> & ünïcode 漢字 \u202e rtl.safetensors'
    matrix: dict[str, dict] = {
        "bare": {"model.safetensors": model},
        "card": {"model.safetensors": model, "config.json": config, "README.md": CARD, "tokenizer.json": {"version": "1.0"},
                 "LICENSE": "Apache License\nVersion 2.0, January 2004\n"},
        "adapter": {
            "adapter_model.safetensors": safetensors(["base_model.model.q.lora_A.weight", "base_model.model.q.lora_B.weight"]),
            "adapter_config.json": {"peft_type": "LORA", "base_model_name_or_path": "org/base", "r": 2, "task_type": "CAUSAL_LM"},
            "README.md": "---\nlicense: other\nlicense_name: my \"own\" licence\nbase_model: org/base\nbase_model_relation: adapter\n---\n",
        },
        "dataset": {"croissant.json": CROISSANT, "rows.csv": "text,label\na,0\nb,1\n", "README.md": "---\nlicense: cc-by-4.0\n---\n"},
        "locks": {
            "requirements.txt": f"Torch_Vision==0.19.0 --hash=sha256:{digest}\nnumpy>=1.26,<3\n",
            "package-lock.json": {"name": "app", "version": "1.0.0", "lockfileVersion": 3, "packages": {
                "": {"name": "app", "version": "1.0.0", "dependencies": {"@scope/lib": "^1.0.0"}},
                "node_modules/@scope/lib": {"version": "1.0.0", "license": "MIT"}}},
            "Cargo.lock": 'version = 3\n\n[[package]]\nname = "rand"\nversion = "0.8.5"\nsource = "registry+https://github.com/rust-lang/crates.io-index"\n'
                          f'checksum = "{digest}"\n',
            "go.mod": "module example.com/app\n\ngo 1.22\n\nrequire github.com/Gorilla/mux v1.8.0\n",
            "go.sum": "github.com/Gorilla/mux v1.8.0 h1:i40aqfkR1h2SlN9hojwV5ZA91wcXFOvkdNIeFDP5koI=\n",
        },
        "agent": {
            ".mcp.json": {"mcpServers": {
                "files": {"command": "npx", "args": ["-y", "@modelcontextprotocol/server-filesystem@1.0.0", "."]},
                "remote": {"type": "http", "url": "https://mcp.example.com/mcp"}}},
            ".claude/skills/review/SKILL.md": "---\nname: review\ndescription: Reviews code.\nlicense: MIT\n---\nReview.\n",
            "CLAUDE.md": "Be brief.\n", "prompts/system.md": "You are a helper.\n",
            "agent.py": 'from openai import OpenAI\nclient = OpenAI(base_url="https://api.openai.com/v1")\n'
                        'client.chat.completions.create(model="gpt-4o", messages=[])\n',
            "requirements.txt": "openai==1.40.0\n",
        },
        "hostile": {hostile: model, "two\nlines.safetensors": model, " lead and trail ": "text", "a#b?c%20@d.gguf": b"GGUF",
                    "sub 'dir'/README.md": '---\nlicense: "MIT\\" OR \'x\'"\nbase_model: "a b\\nc\u0007"\ndatasets: [1, null, {x: y}]\n---\n',
                    "requirements.txt": "na me==1.0 ; x\nünicode==1\npkg==1.0#frag?x\n"},
        "empty": {},
    }
    for name, files in matrix.items():
        write(root / name, files)
    return [root / name for name in matrix]


# What the official validators say


class SpdxSchema:
    """The official JSON schema of SPDX 3.0.1, when a copy is at hand."""

    def __init__(self, folder: str | None) -> None:
        self.validator = None
        if folder:
            import jsonschema

            text = (pathlib.Path(folder) / "spdx-json-schema.json").read_text(encoding="utf-8")
            self.validator = jsonschema.Draft202012Validator(json.loads(text))

    def error(self, document: object) -> str | None:
        """The first disagreement."""
        if self.validator is None:
            return None
        found = next(self.validator.iter_errors(document), None)
        return None if found is None else f"{found.json_path}: {found.message[:300]}"


def refusal(format: str, text: str, schema: SpdxSchema) -> str | None:
    """Why an official validator refuses a document; None when it does not."""
    try:
        if format in CYCLONEDX:
            error = CYCLONEDX[format].validate_str(text)
            return None if error is None else str(getattr(error, "data", error))[:600]
        document = json.loads(text)
        model, objects = load_data(document)
        missing = sorted(objects.link())
        if missing:
            return f"dangling {missing[:3]}"
        # Minimum counts are looked at when a document is written, not when it is read.
        model.JSONLDSerializer().write(objects, io.BytesIO())
        return schema.error(document)
    except Exception as error:  # The models raise whatever fits: type, value, key and their own errors.
        return f"{type(error).__name__}: {error}"


# Rules of the text that no schema expresses


def nodes(value: object) -> Iterator[dict]:
    """Every object of a document."""
    if isinstance(value, dict):
        yield value
        for child in value.values():
            yield from nodes(child)
    elif isinstance(value, list):
        for child in value:
            yield from nodes(child)


def rule_breach(format: str, document: dict) -> str | None:
    """A reference that names nothing, or an identifier used twice."""
    if format not in CYCLONEDX:
        names = [node.get("spdxId") for node in document["@graph"] if node.get("spdxId")]
        documents = [node for node in document["@graph"] if node.get("type") == "SpdxDocument"]
        if len(documents) != 1:
            return f"{len(documents)} SpdxDocuments"
        return "an spdxId is used twice" if len(names) != len(set(names)) else None
    names = [node["bom-ref"] for node in nodes(document) if isinstance(node.get("bom-ref"), str)]
    known = set(names)
    if len(names) != len(known):
        return "a bom-ref is used twice"
    used = []
    for entry in document.get("dependencies", []):
        used += [entry["ref"], *entry.get("dependsOn", []), *entry.get("provides", [])]
    for entry in document.get("compositions", []):
        used += entry.get("assemblies", []) + entry.get("dependencies", [])
    for entry in document.get("annotations", []):
        used += entry["subjects"]
    for entry in document.get("citations", []):
        used += [entry[key] for key in ("attributedTo", "process") if key in entry]
        for pointer in entry.get("pointers", []):
            if not resolves(document, pointer):
                return f"citation pointer {pointer} names nothing"
    for node in nodes(document):
        if "modelParameters" in node:
            used += [entry["ref"] for entry in node["modelParameters"].get("datasets", []) if "ref" in entry]
    dangling = [name for name in used if name not in known and not name.startswith("urn:cdx:")]
    return f"dangling {dangling[0]}" if dangling else None


def resolves(document: object, pointer: str) -> bool:
    """Whether a JSON pointer names something."""
    value = document
    try:
        for token in pointer.split("/")[1:]:
            token = token.replace("~1", "/").replace("~0", "~")
            value = value[int(token)] if isinstance(value, list) else value[token]  # type: ignore[index]
    except (KeyError, IndexError, ValueError, TypeError):
        return False
    return True


def without_stated(format: str, text: str) -> str:
    """A document without what may differ between two runs."""
    document = json.loads(text)
    if format in CYCLONEDX:
        document.pop("serialNumber", None)
        document.get("metadata", {}).pop("timestamp", None)
        for entry in document.get("citations", []) + document.get("annotations", []):
            entry.pop("timestamp", None)
        return json.dumps(document)
    for node in document["@graph"]:
        if node.get("type") == "CreationInfo":
            node.pop("created", None)
    identifier = next((node["spdxId"] for node in document["@graph"] if node.get("type") == "SpdxDocument"), "")
    # Identifiers of elements start with that of the document, up to its fragment.
    return json.dumps(document).replace(identifier.split("#")[0], "DOCUMENT") if identifier else json.dumps(document)


# Damage

Mutation = Callable[[dict], None]


def first(document: object, *keys: str) -> dict:
    """The first object that has all keys; KeyError when none has."""
    for node in nodes(document):
        if all(node.get(key) for key in keys):
            return node
    raise KeyError(keys)


def element(document: dict, *types: str) -> dict:
    """The first element of an SPDX document of one of the types."""
    for node in document["@graph"]:
        if node.get("type") in types:
            return node
    raise KeyError(types)


def put(find: Callable[[dict], dict], key: str, value: object) -> Mutation:
    """A mutation that sets a key; an Ellipsis removes it."""

    def change(document: dict) -> None:
        node = find(document)
        if value is ...:
            del node[key]
        else:
            node[key] = value

    return change


def component(document: dict) -> dict:
    """The first component."""
    return (document.get("components") or [None])[0] or first(document, "components")["components"][0]


def twice(document: dict) -> None:
    """Gives a component the bom-ref of another."""
    parts = [node for node in nodes(document.get("components", [])) if "bom-ref" in node]
    parts[1]["bom-ref"] = parts[0]["bom-ref"]


def twice_spdx(document: dict) -> None:
    """Gives an element the identifier of another."""
    parts = [node for node in document["@graph"] if node.get("type") in ("software_File", "software_Package", "ai_AIPackage")]
    parts[1]["spdxId"] = parts[0]["spdxId"]


def relationship(document: dict) -> dict:
    """The first relationship."""
    return element(document, "Relationship", "LifecycleScopedRelationship")


def hashed(document: dict) -> dict:
    """The first CycloneDX hash."""
    return first(document.get("components", []), "alg", "content")


def citation(document: dict) -> dict:
    """The first citation."""
    return document["citations"][0]


# Name, mutation, whether the official validator can see it.
CYCLONEDX_MUTATIONS: list[tuple[str, Mutation, bool]] = [
    ("no bomFormat", put(lambda d: d, "bomFormat", ...), True),
    ("bomFormat of another", put(lambda d: d, "bomFormat", "SPDX"), True),
    ("unknown specVersion", put(lambda d: d, "specVersion", "9.9"), False),
    ("serialNumber is no UUID", put(lambda d: d, "serialNumber", "urn:uuid:1"), True),
    ("version is text", put(lambda d: d, "version", "1"), True),
    ("version 0", put(lambda d: d, "version", 0), True),
    ("timestamp is no time", put(lambda d: d["metadata"], "timestamp", "yesterday"), True),
    ("timestamp without a zone", put(lambda d: d["metadata"], "timestamp", "2026-01-01T00:00:00"), True),
    ("no type", put(component, "type", ...), True),
    ("no name", put(component, "name", ...), True),
    ("unknown type", put(component, "type", "model"), True),
    ("unknown property", put(component, "grade", "A"), True),
    ("name is a number", put(component, "name", 1), True),
    ("unknown hash algorithm", put(hashed, "alg", "sha256"), True),
    ("hash of 63 digits", put(hashed, "content", "a" * 63), True),
    ("SHA-256 of 32 digits", put(hashed, "content", "a" * 32), False),
    ("unknown licence identifier", put(component, "licenses", [{"license": {"id": "No-Such-1.0"}}]), True),
    ("licence identifier and name", put(component, "licenses", [{"license": {"id": "MIT", "name": "MIT"}}]), True),
    ("unknown aggregate", put(lambda d: d, "compositions", [{"aggregate": "partly"}]), True),
    ("dangling dependency", put(lambda d: d, "dependencies", [{"ref": "no-such-reference"}]), False),
    ("duplicate bom-ref", twice, False),
    ("components is an object", put(lambda d: d, "components", {}), True),
]
CITATION_MUTATIONS: list[tuple[str, Mutation, bool]] = [
    ("citation without a time", put(citation, "timestamp", ...), True),
    ("citation with pointers and expressions", lambda d: citation(d).update(pointers=["/metadata"], expressions=["$"]), True),
    ("citation of nobody", lambda d: [citation(d).pop(key, None) for key in ("attributedTo", "process")] and None, True),
    ("citation of a dangling tool", put(citation, "attributedTo", "no-such-reference"), False),
    ("citation pointer to nothing", put(citation, "pointers", ["/components/99999"]), False),
    ("version and versionRange", lambda d: component(d).update(version="1", versionRange="vers:pypi/*"), True),
]
SPDX_MUTATIONS: list[tuple[str, Mutation, bool]] = [
    ("no context", put(lambda d: d, "@context", ...), True),
    ("context of another version", put(lambda d: d, "@context", "https://spdx.org/rdf/9.9.9/spdx-context.jsonld"), True),
    ("no creationInfo", put(relationship, "creationInfo", ...), True),
    ("no relationshipType", put(relationship, "relationshipType", ...), True),
    ("unknown relationshipType", put(relationship, "relationshipType", "trainsOn"), True),
    ("no from", put(relationship, "from", ...), True),
    ("empty to", put(relationship, "to", []), True),
    ("dangling from", put(relationship, "from", "https://example.com/no-such-element"), True),
    ("dangling to", put(relationship, "to", ["https://example.com/no-such-element"]), True),
    ("unknown completeness", put(relationship, "completeness", "partly"), True),
    ("dangling rootElement", put(lambda d: element(d, "SpdxDocument"), "rootElement", ["https://example.com/no-such-element"]), True),
    ("unknown class", put(relationship, "type", "Kinship"), True),
    ("two names", put(lambda d: element(d, "software_File", "software_Package", "ai_AIPackage"), "name", ["a", "b"]), True),
    ("name is a number", put(lambda d: element(d, "software_File", "software_Package", "ai_AIPackage"), "name", 1), True),
    ("unknown property", put(relationship, "grade", "A"), True),
    ("spdxId is a blank node", put(relationship, "spdxId", "_:relationship"), True),
    ("no created", put(lambda d: element(d, "CreationInfo"), "created", ...), True),
    ("created with a fraction", put(lambda d: element(d, "CreationInfo"), "created", "2026-01-01T00:00:00.5Z"), True),
    ("specVersion of two numbers", put(lambda d: element(d, "CreationInfo"), "specVersion", "3.0"), True),
    ("unknown hash algorithm", put(lambda d: first(d, "algorithm", "hashValue"), "algorithm", "sha-256"), True),
    ("hash of 63 digits", put(lambda d: first(d, "algorithm", "hashValue"), "hashValue", "a" * 63), False),
    ("no datasetType", put(lambda d: element(d, "dataset_DatasetPackage"), "dataset_datasetType", ...), True),
    ("duplicate spdxId", twice_spdx, False),
    ("two SpdxDocuments", lambda d: d["@graph"].append({**element(d, "SpdxDocument"), "spdxId": "https://example.com/second"}), False),
]
MUTATIONS = {
    "cyclonedx-1.6": CYCLONEDX_MUTATIONS,
    "cyclonedx-1.7": CYCLONEDX_MUTATIONS + CITATION_MUTATIONS,
    "spdx-3.0.1": SPDX_MUTATIONS,
}
LEAST = 12


class Check:
    """Runs Cordon and counts what came out otherwise than it should."""

    def __init__(self, cordon: str, work: pathlib.Path, schema: SpdxSchema) -> None:
        self.cordon = cordon
        self.work = work
        self.schema = schema
        self.valid = 0
        self.refused = 0
        self.failures = 0
        self.documents: dict[str, list[tuple[str, str]]] = {format: [] for format in FORMATS}

    def fail(self, what: str, why: str) -> None:
        """Counts and prints a failure."""
        self.failures += 1
        print(f"FAILED {what}: {why}")

    def bill(self, project: pathlib.Path, format: str, epoch: str | None) -> str | None:
        """The text of a bill; None when there is none."""
        output = self.work / "bill.json"
        output.unlink(missing_ok=True)
        environment = {key: value for key, value in os.environ.items() if key != "SOURCE_DATE_EPOCH"}
        if epoch is not None:
            environment["SOURCE_DATE_EPOCH"] = epoch
        command = [self.cordon, "bom", str(project), "--format", format, "--output", str(output)]
        result = subprocess.run(command, capture_output=True, text=True, errors="replace", env=environment)
        if result.returncode != 0 or not output.exists():
            self.fail(f"{project.name}, {format}", f"exit {result.returncode}\n{result.stdout[-800:]}{result.stderr[-800:]}")
            return None
        return output.read_text(encoding="utf-8")

    def project(self, project: pathlib.Path, format: str) -> None:
        """Writes, validates and compares the bills of a project."""
        what = f"{project.name}, {format}"
        runs = [self.bill(project, format, epoch) for epoch in (None, None, "0", "0")]
        if any(run is None for run in runs):
            return
        once, again, fixed, refixed = [str(run) for run in runs]
        before = self.failures
        for text in (once, fixed):
            reason = refusal(format, text, self.schema)
            if reason is None:
                reason = rule_breach(format, json.loads(text))
            if reason is not None:
                self.fail(what, reason)
        if self.failures == before:
            self.valid += 1
            self.documents[format].append((project.name, fixed))
            if without_stated(format, once) != without_stated(format, again):
                self.fail(what, "two runs differ in more than what is stated")
            if fixed != refixed:
                self.fail(what, "two runs with SOURCE_DATE_EPOCH=0 differ")
            times = set(TIME.findall(json.dumps(json.loads(fixed).get("metadata", {}).get("timestamp", ""))))
            if format in CYCLONEDX and times - {"1970-01-01T00:00:00Z"}:
                self.fail(what, f"SOURCE_DATE_EPOCH=0 gives {sorted(times)}")

    def exit_of_check(self, text: str) -> int:
        """What `cordon bom check` exits with."""
        file = self.work / "checked.json"
        file.write_text(text, encoding="utf-8")
        return subprocess.run([self.cordon, "bom", "check", str(file)], capture_output=True).returncode

    def mutations(self, format: str) -> None:
        """Damages bills and looks that they are refused."""
        # Only a bill that the checker lets pass shows what damage does.
        sound = [(name, text) for name, text in self.documents[format] if self.exit_of_check(text) == 0]
        if not sound:
            self.fail(f"{format}, damage", "`cordon bom check` passes no bill, so damage shows nothing")
            return
        applied = 0
        for mutation, change, seen in MUTATIONS[format]:
            for name, text in sound:
                document = copy.deepcopy(json.loads(text))
                try:
                    change(document)
                except (KeyError, IndexError, TypeError):
                    continue
                break
            else:
                self.fail(f"{format}, {mutation}", "no bill of the matrix has the field")
                continue
            applied += 1
            damaged = json.dumps(document, ensure_ascii=False)
            what = f"{format}, {mutation}, of {name}"
            code = self.exit_of_check(damaged)
            if seen and refusal(format, damaged, self.schema) is None:
                self.fail(what, "the official validator passes it")
            elif code not in (1, 2):
                self.fail(what, f"`cordon bom check` exits with {code}")
            else:
                self.refused += 1
        for mutation, damaged in (("cut short", sound[0][1][: len(sound[0][1]) // 2]), ("empty", ""), ("a list", "[]")):
            code = self.exit_of_check(damaged)
            if code in (1, 2):
                self.refused += 1
            else:
                self.fail(f"{format}, {mutation}", f"`cordon bom check` exits with {code}")
        if applied < LEAST:
            self.fail(format, f"only {applied} mutations could be made")


def main() -> int:
    """Every project in every format, then the damage."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cordon", required=True)
    parser.add_argument("--spdx-resources")
    parser.add_argument("projects", nargs="*", type=pathlib.Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        check = Check(os.path.abspath(arguments.cordon), work, SpdxSchema(arguments.spdx_resources))
        projects = make_projects(work / "projects")
        projects += sorted(path for path in (ROOT / "Examples").iterdir() if path.is_dir())
        projects += [path.resolve() for path in arguments.projects]
        for format in FORMATS:
            for project in projects:
                check.project(project, format)
            check.mutations(format)
    print(f"bills: {check.valid} documents valid, {check.refused} mutations refused, {check.failures} failed")
    return 1 if check.failures else 0


if __name__ == "__main__":
    sys.exit(main())
