"""The peer of `cordon-bench train`: the same CNN, data, order of work and number of epochs in PyTorch, one thread."""

import gzip
import json
import resource
import sys

import numpy as np
import torch
from torch import nn


def array(path, skip):
    with gzip.open(path, "rb") as file:
        return np.frombuffer(file.read(), np.uint8, offset=skip)


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main():
    folder, epochs = sys.argv[1], int(sys.argv[2])
    torch.set_num_threads(1)
    torch.manual_seed(1)
    before = cpu()
    sets = {}
    for name in ("train", "t10k"):
        pixels = array(f"{folder}/{name}-images-idx3-ubyte.gz", 16).reshape(-1, 1, 28, 28)
        inputs = (torch.from_numpy(pixels.astype("f") / 255) - 0.2860) / 0.3530
        sets[name] = inputs, torch.from_numpy(array(f"{folder}/{name}-labels-idx1-ubyte.gz", 8).astype("i8"))
    inputs, target = sets["train"]
    model = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(32 * 49, 128), nn.ReLU(), nn.Linear(128, 10),
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    batch, step = 64, 0
    total = epochs * ((len(target) + batch - 1) // batch)

    def rate(at):
        done = at / total
        return 0.1 + 0.9 * done / 0.2 if done < 0.2 else (1 + np.cos(np.pi * (done - 0.2) / 0.8)) / 2

    for _ in range(epochs):
        order = torch.randperm(len(target))
        for start in range(0, len(target), batch):
            chosen = order[start : start + batch]
            for group in optimizer.param_groups:
                group["lr"] = 2e-3 * rate(step)
            loss = nn.functional.cross_entropy(model(inputs[chosen]), target[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
    used = cpu() - before
    model.eval()
    with torch.no_grad():
        inputs, target = sets["t10k"]
        right = sum((model(inputs[i : i + 512]).argmax(1) == target[i : i + 512]).sum().item() for i in range(0, len(target), 512))
    print(json.dumps({"accuracy": right / len(target), "cpu": used}))


main()
