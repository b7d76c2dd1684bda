#!/usr/bin/env python3
"""Makes Examples/owasp-supply-chain: the example of the OWASP AI Exchange's SUPPLY CHAIN MANAGE as real, small files.

A model was fine-tuned by one vendor on dataset X, from a base by vendor A that claims to be trained on Y and Z; Z was
labelled by vendor B. All names are invented. The weights are 64 x 64 matrices from a fixed generator; the fine-tuned ones
are the base's with a small change of rank 4, so `cordon model compare` can tell that they belong together. The same
bytes come out on every run.
"""

import hashlib
import json
import pathlib
import random
import struct

ROOT = pathlib.Path(__file__).resolve().parent / "owasp-supply-chain"
NAMES = [f"model.layers.{layer}.{part}.weight" for layer in range(2) for part in ("self_attn.q_proj", "self_attn.v_proj", "mlp.up_proj")]
SIZE = 64


def write(path: str, content: bytes | str) -> None:
    target = ROOT / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content.encode() if isinstance(content, str) else content)


def safetensors(tensors: dict[str, list[float]]) -> bytes:
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, values in tensors.items():
        raw = struct.pack(f"<{len(values)}f", *values)
        header[name] = {"dtype": "F32", "shape": [SIZE, SIZE], "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def weights() -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    source = random.Random(2026)
    base = {name: [source.gauss(0, 0.05) for _ in range(SIZE * SIZE)] for name in NAMES}
    tuned = {}
    for name, values in base.items():
        left = [[source.gauss(0, 0.01) for _ in range(4)] for _ in range(SIZE)]
        right = [[source.gauss(0, 0.05) for _ in range(SIZE)] for _ in range(4)]
        tuned[name] = [values[r * SIZE + c] + sum(left[r][k] * right[k][c] for k in range(4)) for r in range(SIZE) for c in range(SIZE)]
    return base, tuned


def digest(path: str) -> str:
    return hashlib.sha256((ROOT / path).read_bytes()).hexdigest()


def croissant(name: str, owner: str, file: str, **more: object) -> str:
    return json.dumps({
        "@context": {"@vocab": "https://schema.org/", "sc": "https://schema.org/", "cr": "http://mlcommons.org/croissant/",
                     "rai": "http://mlcommons.org/croissant/RAI/", "dct": "http://purl.org/dc/terms/"},
        "@type": "sc:Dataset", "dct:conformsTo": "http://mlcommons.org/croissant/1.0", "name": name,
        "license": "https://creativecommons.org/licenses/by/4.0/", "creator": {"@type": "sc:Organization", "name": owner},
        "distribution": [{"@type": "cr:FileObject", "@id": "data", "name": "data", "contentUrl": file, "encodingFormat": "text/csv",
                          "sha256": digest(f"datasets/{name}/{file}")}], **more}, indent=1) + "\n"


def main() -> None:
    base, tuned = weights()
    write("models/base-model/model.safetensors", safetensors(base))
    write("models/support-model/model.safetensors", safetensors(tuned))
    config = {"architectures": ["ExampleForCausalLM"], "model_type": "example", "vocab_size": 512, "hidden_size": SIZE}
    for model in ("base-model", "support-model"):
        write(f"models/{model}/config.json", json.dumps(config, indent=1) + "\n")
    write("models/base-model/README.md", "---\nlicense: apache-2.0\npipeline_tag: text-generation\ndatasets:\n- dataset-Y\n- dataset-Z\n---\n"
          "# Base model\n\nTrained by Vendor A. The sources Y and Z are what the vendor claims.\n")
    write("models/support-model/README.md", "---\nlicense: apache-2.0\npipeline_tag: text-generation\nbase_model: base-model\n"
          "base_model_relation: finetune\ndatasets:\n- dataset-X\n---\n# Support model\n\nFine-tuned for customer support.\n")
    for name, rows in (("dataset-X", "question,answer\nHow do I reset it?,Hold the button\n"), ("dataset-Y", "text\nA page\nAnother page\n"),
                       ("dataset-Z", "text,label\nGood,1\nBad,0\n")):
        write(f"datasets/{name}/data.csv", rows)
    write("datasets/dataset-X/croissant.json", croissant("dataset-X", "Fine-tuning Vendor", "data.csv"))
    write("datasets/dataset-Y/croissant.json", croissant("dataset-Y", "Vendor A", "data.csv"))
    write("datasets/dataset-Z/croissant.json", croissant("dataset-Z", "Vendor A", "data.csv", **{"rai:dataAnnotationPlatform": ["Vendor B"]}))
    write("statements/base-model.intoto.json", json.dumps({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "model.safetensors", "digest": {"sha256": digest("models/base-model/model.safetensors")}}],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {"buildType": "https://vendor-a.example/pretraining/v1", "externalParameters": {}, "resolvedDependencies": [
                {"name": "data.csv", "digest": {"sha256": digest(f"datasets/{name}/data.csv")}, "annotations": {"role": "training-data"}}
                for name in ("dataset-Y", "dataset-Z")]},
            "runDetails": {"builder": {"id": "https://vendor-a.example/cluster"}}}}, indent=1) + "\n")


if __name__ == "__main__":
    main()
