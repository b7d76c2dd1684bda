"""Score a CSV of subscribers with the exported ONNX model."""

import csv
import sys

import numpy as np
import onnxruntime


def main(path: str) -> None:
    session = onnxruntime.InferenceSession("models/churn/model.onnx")
    with open(path, newline="") as handle:
        rows = list(csv.reader(handle))[1:]
    features = np.array([row[1:9] for row in rows], dtype=np.float32)
    (scores,) = session.run(None, {"features": features})
    for row, score in zip(rows, scores[:, 0]):
        print(f"{row[0]},{score:.3f}")


if __name__ == "__main__":
    main(sys.argv[1])
