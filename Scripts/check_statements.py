#!/usr/bin/env python3
"""Statements that Cordon writes against PyPI's in-toto-attestation, and against what that library does not check.

Usage: check_statements.py --cordon BINARY

Records a small run, decides a gate, and signs a test result; each statement must parse and validate, its subjects must
have the digests of the files, and a damaged copy must be refused. The library's VSA message has one string where the
specification has a list, so of summaries only the statement around them goes through it. Exit status 1 on a failure.
"""

from __future__ import annotations

import argparse
import base64
import copy
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile

from google.protobuf import json_format
from in_toto_attestation.predicates.provenance.v1 import provenance_pb2
from in_toto_attestation.v1 import statement_pb2
from in_toto_attestation.v1.statement import Statement

FAILURES: list[str] = []


def expect(condition: bool, what: str) -> None:
    if not condition:
        FAILURES.append(what)
        print(f"FAILED {what}")


def accepts(statement: dict) -> bool:
    """Whether the library parses and validates a statement."""
    try:
        Statement.copy_from_pb(json_format.Parse(json.dumps(statement), statement_pb2.Statement())).validate()
        if statement["predicateType"] == "https://slsa.dev/provenance/v1":
            json_format.ParseDict(statement["predicate"], provenance_pb2.Provenance())
        return True
    except Exception as error:  # protobuf and the library raise what fits
        print(f"  refused: {type(error).__name__}: {str(error)[:160]}")
        return False


def payload(file: pathlib.Path) -> dict:
    document = json.loads(file.read_text())
    envelope = document.get("dsseEnvelope")
    return json.loads(base64.b64decode(envelope["payload"])) if envelope else document


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cordon", required=True)
    cordon = str(pathlib.Path(parser.parse_args().cordon).resolve())
    with tempfile.TemporaryDirectory() as name:
        work = pathlib.Path(name)
        subprocess.run(["openssl", "ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", "key.pem"], cwd=work, check=True)
        run = work / "run"
        run.mkdir()
        (run / "train.csv").write_text("a,b\n1,2\n")
        (run / "base.safetensors").write_bytes(b"base")
        script = "cat base.safetensors train.csv > tuned.safetensors"
        done = subprocess.run(
            [cordon, "provenance", "record", "--folder", "run", "--output", "run.json", "--private-key", "key.pem", "--input", "train.csv",
             "--input", "base.safetensors", "--", "sh", "-c", script, "--token=SECRETSECRET"], cwd=work, capture_output=True, text=True)
        expect(done.returncode == 0, f"record exits with {done.returncode}: {done.stderr}")
        statement = payload(work / "run.json")
        expect(accepts(statement), "the recorded run")
        expect(statement["subject"][0]["digest"]["sha256"] == hashlib.sha256((run / "tuned.safetensors").read_bytes()).hexdigest(), "the product's digest")
        expect(len(statement["predicate"]["buildDefinition"]["resolvedDependencies"]) == 2, "two inputs")
        expect("SECRETSECRET" not in (work / "run.json").read_text() and "SECRETSECRET" not in json.dumps(statement), "no secret in the statement")
        (work / "policy.toml").write_text("[gate]\nallow-gaps = true\n")
        done = subprocess.run([cordon, "provenance", "gate", "run", "--policy", "policy.toml", "--output", "vsa.json", "--private-key", "key.pem"],
                              cwd=work, capture_output=True, text=True)
        expect(done.returncode == 0, f"gate exits with {done.returncode}: {done.stdout}{done.stderr}")
        summary = payload(work / "vsa.json")
        expect(accepts(summary), "the gate's summary")
        for key in ("verifier", "timeVerified", "resourceUri", "policy", "verificationResult", "verifiedLevels"):
            expect(key in summary["predicate"], f"the summary's {key}")
        refused = 0
        for damage in ("_type", "subject", "predicateType", "predicate"):
            broken = copy.deepcopy(statement)
            del broken[damage]
            refused += not accepts(broken)
        broken = copy.deepcopy(statement)
        del broken["subject"][0]["digest"]
        refused += not accepts(broken)
        expect(refused == 5, f"{refused} of 5 damaged statements were refused")
    print(f"statements: {2 - min(2, len(FAILURES))} accepted, 5 damaged ones refused, {len(FAILURES)} failed")
    return 1 if FAILURES else 0


if __name__ == "__main__":
    sys.exit(main())
