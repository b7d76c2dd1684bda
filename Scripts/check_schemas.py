#!/usr/bin/env python3
"""Validates Cordon's reports: JSON against our schema, SARIF against the official one.

Usage: check_schemas.py --cordon PATH [--sarif-schema FILE]

The JSON report is checked with PyPI's `jsonschema`. The SARIF report is checked with the models of PyPI's
`pydantic-sarif`, which are generated from the official SARIF 2.1.0 schema; with --sarif-schema, against a copy of that
schema itself.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".deps" / "schemas"
CHECK = """
import json, sys
import jsonschema
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Log
schema, report, sarif, official = sys.argv[1:5]
errors = list(jsonschema.Draft7Validator(json.load(open(schema))).iter_errors(json.load(open(report))))
for error in errors: print("JSON", error.json_path, error.message)
Log.model_validate_json(open(sarif, encoding="utf-8").read())
if official:
    more = list(jsonschema.Draft7Validator(json.load(open(official))).iter_errors(json.load(open(sarif))))
    for error in more: print("SARIF", error.json_path, error.message)
    errors += more
print("reports fit their schemas" if not errors else f"{len(errors)} errors")
sys.exit(1 if errors else 0)
"""


def python() -> str:
    """The interpreter of a virtual environment that has the validators."""
    if not (VENV / "bin" / "python").exists():
        venv.create(VENV, with_pip=True)
        subprocess.run([VENV / "bin" / "pip", "install", "-q", "jsonschema", "pydantic-sarif"], check=True)
    return str(VENV / "bin" / "python")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cordon", required=True)
    parser.add_argument("--sarif-schema", default="")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        files = {}
        for kind in ("json", "sarif"):
            files[kind] = str(Path(folder) / f"report.{kind}")
            command = [arguments.cordon, "scan", str(ROOT / "Examples" / "compromised-project")]
            subprocess.run([*command, "--format", kind, "--output", files[kind]], check=False)
        schema = str(ROOT / "docs" / "schemas" / "scan-report-1.0.schema.json")
        command = [python(), "-c", CHECK, schema, files["json"], files["sarif"], arguments.sarif_schema]
        return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
