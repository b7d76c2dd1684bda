"""PyTorch checkpoints, in the zip format, the legacy format and as TorchScript."""

from __future__ import annotations

import argparse
import collections
import datetime
import pathlib
import random
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn

from .shelf import Shelf

LIBRARY = "torch"
DTYPES = "float16 bfloat16 float32 float64 complex64 complex128 uint8 int8 int16 int32 int64 bool".split()


def write(shelf: Shelf) -> None:
    """Save tensors, modules, optimisers, checkpoints and scripts."""
    warnings.simplefilter("ignore")
    torch.manual_seed(0)
    for group in (tensors, modules, optimisers, checkpoints, distributions):
        shelf.each(LIBRARY, {f"{group.__name__}-{k}": v for k, v in group().items()}, save_both(shelf))
    shelf.each(LIBRARY, {f"quantised-{k}": v for k, v in quantised().items()}, save_both(shelf))
    for name, module in script_sources().items():
        write_scripts(shelf, name, module)
    for suffix in ("bin", "ckpt", "th", "pkl", "pt.tar", "model"):
        torch.save(checkpoints()["training"](), shelf.path(LIBRARY, f"suffix.{suffix}"))
    shelf.pickle(LIBRARY, "plain-pickle-tensor", {"w": torch.ones(3), "p": nn.Parameter(torch.ones(2))}, range(6))
    shelf.pickle(LIBRARY, "plain-pickle-module", network())
    shelf.joblib(LIBRARY, "joblib-state", network().state_dict())
    for protocol in (3, 4, 5):
        torch.save(network(), shelf.path(LIBRARY, f"protocol-{protocol}.pt"), pickle_protocol=protocol)
    write_torchvision(shelf)


def save_both(shelf: Shelf) -> Callable[[str, str, Any], None]:
    """A saver for the zip and the legacy format."""

    def save(library: str, name: str, value: Any) -> None:
        for suffix, modern in ((".pt", True), ("-legacy.pth", False)):
            with shelf.attempt(f"{library}/{name}{suffix}"):
                target = shelf.path(library, name + suffix)
                try:
                    torch.save(value, target, _use_new_zipfile_serialization=modern)
                except BaseException:
                    target.unlink(missing_ok=True)
                    raise

    return save


def network() -> nn.Module:
    """A small convolutional network."""
    return nn.Sequential(
        nn.Conv2d(1, 4, 3),
        nn.BatchNorm2d(4),
        nn.ReLU(inplace=True),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Dropout(0.1),
        nn.Linear(4, 2),
    )


def tensors() -> dict[str, Callable[[], Any]]:
    """Tensors of every element type and layout."""
    values: dict[str, Callable[[], Any]] = {
        dtype: lambda dtype=dtype: torch.ones(2, 3).to(getattr(torch, dtype)) for dtype in DTYPES
    }
    values |= {
        "sparse-coo": lambda: torch.eye(4).to_sparse(),
        "sparse-csr": lambda: torch.eye(4).to_sparse_csr(),
        "sparse-csc": lambda: torch.eye(4).to_sparse_csc(),
        "quantised": lambda: torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8),
        "quantised-channels": lambda: torch.quantize_per_channel(
            torch.ones(2, 3), torch.ones(2), torch.zeros(2), 0, torch.quint8
        ),
        "parameter": lambda: nn.Parameter(torch.ones(3)),
        "parameters": lambda: nn.ParameterDict({"a": nn.Parameter(torch.ones(2))}),
        "gradient": lambda: torch.ones(2, requires_grad=True),
        "view": lambda: torch.arange(12).reshape(3, 4)[:, 1:],
        "conjugate": lambda: torch.ones(2, dtype=torch.complex64).conj(),
        "meta": lambda: torch.empty(3, device="meta"),
        "scalars": lambda: [torch.tensor(1), torch.tensor(2.5)],
        "shape": lambda: torch.ones(2, 3).shape,
        "types": lambda: [torch.float32, torch.device("cpu"), torch.strided, torch.channels_last],
        "named": lambda: {f"t{i}": torch.rand(i) for i in range(4)},
        "storage": lambda: torch.ones(3).storage(),
        "dataset": lambda: torch.utils.data.TensorDataset(torch.ones(3, 2), torch.zeros(3)),
        "subset": lambda: torch.utils.data.Subset(torch.utils.data.TensorDataset(torch.ones(3)), [0, 2]),
        "packed": lambda: nn.utils.rnn.pack_sequence([torch.ones(3), torch.ones(2)]),
        "generator": lambda: torch.Generator().get_state(),
    }
    return values


def modules() -> dict[str, Callable[[], Any]]:
    """Whole modules, and state dictionaries, of the usual layer kinds."""
    layers: dict[str, Callable[[], nn.Module]] = {
        "sequential": network,
        "lstm": lambda: nn.LSTM(4, 3, bidirectional=True),
        "gru": lambda: nn.GRU(4, 3),
        "embedding": lambda: nn.Sequential(nn.Embedding(10, 4), nn.LayerNorm(4)),
        "embedding-bag": lambda: nn.EmbeddingBag(10, 4),
        "transformer": lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 2),
        "decoder": lambda: nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 16), 1),
        "attention": lambda: nn.MultiheadAttention(8, 2),
        "module-list": lambda: nn.ModuleList(
            [nn.Linear(2, 2), nn.GELU(), nn.SiLU(), nn.Tanh(), nn.Sigmoid(), nn.Softmax(-1)]
        ),
        "module-dict": lambda: nn.ModuleDict({"a": nn.Linear(2, 2), "b": nn.Identity(), "c": nn.PReLU()}),
        "convolutions": lambda: nn.Sequential(
            nn.Conv1d(1, 1, 1),
            nn.ConvTranspose2d(1, 1, 2),
            nn.MaxPool2d(2),
            nn.AvgPool2d(2),
            nn.Upsample(scale_factor=2),
            nn.PixelShuffle(1),
            nn.ZeroPad2d(1),
        ),
        "norms": lambda: nn.Sequential(
            nn.GroupNorm(1, 2), nn.InstanceNorm2d(2), nn.BatchNorm1d(2), nn.LocalResponseNorm(2)
        ),
        "weight-norm": lambda: nn.utils.weight_norm(nn.Linear(3, 3)),
        "spectral-norm": lambda: nn.utils.spectral_norm(nn.Linear(3, 3)),
        "parallel": lambda: nn.DataParallel(nn.Linear(3, 3)),
        "losses": lambda: nn.ModuleList(
            [nn.CrossEntropyLoss(), nn.MSELoss(), nn.BCEWithLogitsLoss(), nn.TripletMarginLoss()]
        ),
    }
    states = {f"{name}-state": lambda build=build: build().state_dict() for name, build in layers.items()}
    return {**layers, **states}


def optimisers() -> dict[str, Callable[[], Any]]:
    """Optimisers and schedulers, whole and as state dictionaries."""
    kinds = ("SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "LBFGS", "NAdam", "RAdam", "Rprop")
    values: dict[str, Callable[[], Any]] = {}
    for kind in kinds:
        values[kind] = lambda kind=kind: stepped(kind)
        values[f"{kind}-state"] = lambda kind=kind: stepped(kind).state_dict()
    schedulers = torch.optim.lr_scheduler
    values["step-scheduler-state"] = lambda: schedulers.StepLR(stepped("SGD"), 2).state_dict()
    values["cosine-scheduler-state"] = lambda: schedulers.CosineAnnealingLR(stepped("SGD"), 2).state_dict()
    values["plateau-scheduler-state"] = lambda: schedulers.ReduceLROnPlateau(stepped("SGD")).state_dict()
    values["one-cycle-scheduler-state"] = lambda: schedulers.OneCycleLR(stepped("SGD"), 0.1, 10).state_dict()
    values["scaler-state"] = lambda: torch.cuda.amp.GradScaler(enabled=False).state_dict()
    return values


def stepped(kind: str) -> torch.optim.Optimizer:
    """An optimiser that has taken one step."""
    model = nn.Linear(3, 2)
    optimiser = getattr(torch.optim, kind)(model.parameters(), lr=0.1)

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        loss = model(torch.ones(1, 3)).sum()
        loss.backward()
        return loss

    optimiser.step(closure)
    return optimiser


def checkpoints() -> dict[str, Callable[[], Any]]:
    """Dictionaries as training scripts and frameworks write them."""
    state = lambda: network().state_dict()  # noqa: E731
    return {
        "training": lambda: {
            "epoch": 3,
            "model_state_dict": state(),
            "optimizer_state_dict": stepped("Adam").state_dict(),
            "loss": 0.5,
        },
        "arguments": lambda: {
            "args": argparse.Namespace(lr=0.1, out=pathlib.Path("runs/1"), gpus=None),
            "state_dict": state(),
        },
        "lightning": lambda: {
            "epoch": 1,
            "global_step": 10,
            "pytorch-lightning_version": "1.9.0",
            "state_dict": state(),
            "loops": {"fit_loop": {"state_dict": {}}},
            "callbacks": {
                "ModelCheckpoint{'monitor': 'val'}": {"best_model_score": torch.tensor(0.5), "dirpath": "/runs"}
            },
            "optimizer_states": [stepped("AdamW").state_dict()],
            "lr_schedulers": [],
            "hparams_name": "kwargs",
            "hyper_parameters": collections.OrderedDict(lr=0.1, hidden=8),
        },
        "random-states": lambda: {
            "torch": torch.get_rng_state(),
            "numpy": np.random.get_state(),
            "python": random.getstate(),
            "generator": np.random.RandomState(0),
        },
        "containers": lambda: {
            "history": collections.defaultdict(list, {"loss": [0.5]}),
            "counts": collections.Counter("aab"),
            "order": collections.OrderedDict(a=1),
            "set": {1, 2},
        },
        "dates": lambda: {
            "saved": datetime.datetime(2024, 1, 1),
            "took": datetime.timedelta(hours=1),
            "path": pathlib.PosixPath("a/b"),
        },
        "numpy-values": lambda: {
            "best": np.float64(0.5),
            "confusion": np.eye(3),
            "names": np.array(["a", "b"]),
            "dtype": np.dtype("f4"),
        },
        "averaged": lambda: torch.optim.swa_utils.AveragedModel(nn.Linear(2, 2)).state_dict(),
        "embeddings": lambda: {"vocabulary": {"the": 0}, "vectors": torch.ones(1, 4), "dim": 4},
        "tuple": lambda: (network(), {"classes": ["a", "b"]}),
        "lora": lambda: {
            f"layers.{i}.q_proj.lora_{side}.weight": torch.ones(2, 2).bfloat16() for i in range(3) for side in "AB"
        },
        "yolo-like": lambda: {
            "epoch": -1,
            "best_fitness": None,
            "model": network().half(),
            "ema": None,
            "updates": None,
            "optimizer": None,
            "date": "2024-01-01T00:00:00",
            "git": {"branch": None},
        },
    }


def distributions() -> dict[str, Callable[[], Any]]:
    """Probability distributions."""
    kinds = torch.distributions
    return {
        "normal": lambda: kinds.Normal(torch.zeros(2), torch.ones(2)),
        "categorical": lambda: kinds.Categorical(torch.ones(3)),
        "mixture": lambda: kinds.Independent(kinds.Bernoulli(torch.ones(2) / 2), 1),
    }


def quantised() -> dict[str, Callable[[], Any]]:
    """Quantised modules."""
    return {
        "dynamic": dynamic,
        "dynamic-state": lambda: dynamic().state_dict(),
        "dynamic-lstm": lambda: torch.quantization.quantize_dynamic(nn.LSTM(4, 3), {nn.LSTM}),
        "static": static,
        "static-state": lambda: static().state_dict(),
        "prepared": lambda: prepared(),
    }


def dynamic() -> nn.Module:
    """A dynamically quantised network."""
    return torch.quantization.quantize_dynamic(nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 2)), {nn.Linear})


def prepared() -> nn.Module:
    """A network with observers."""
    model = nn.Sequential(
        torch.quantization.QuantStub(), nn.Conv2d(1, 2, 3), nn.ReLU(), torch.quantization.DeQuantStub()
    ).eval()
    model.qconfig = torch.quantization.default_qconfig
    model = torch.quantization.prepare(model)
    model(torch.rand(1, 1, 5, 5))
    return model


def static() -> nn.Module:
    """A statically quantised network."""
    return torch.quantization.convert(prepared())


class Gate(nn.Module):
    """A module with control flow, for scripting (TorchScript keeps code, not this class)."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(4, 4)
        self.register_buffer("limit", torch.tensor(0.5))

    def forward(self, x: torch.Tensor, steps: int = 2) -> torch.Tensor:
        for _ in range(steps):
            if bool(x.mean() > self.limit):
                x = self.linear(x)
            else:
                x = torch.relu(x) + 1
        return x


def script_sources() -> dict[str, tuple[nn.Module, Any]]:
    """Modules for TorchScript, each with an input for tracing."""
    return {
        "sequential": (network().eval(), torch.rand(1, 1, 8, 8)),
        "lstm": (nn.LSTM(4, 3), torch.rand(2, 1, 4)),
        "transformer": (nn.TransformerEncoderLayer(8, 2, 16).eval(), torch.rand(2, 1, 8)),
        "gate": (Gate(), torch.rand(1, 4)),
        "quantised": (dynamic(), torch.rand(1, 4)),
        "embedding": (nn.Sequential(nn.Embedding(10, 4), nn.Linear(4, 2)), torch.tensor([[1, 2]])),
    }


def write_scripts(shelf: Shelf, name: str, source: tuple[nn.Module, Any]) -> None:
    """Save one module by script and by trace."""
    module, example = source
    with shelf.attempt(f"torch/script-{name}"):
        torch.jit.script(module).save(str(shelf.path(LIBRARY, f"script-{name}.pt")))
    with shelf.attempt(f"torch/trace-{name}"):
        traced = torch.jit.trace(module, example)
        traced.save(str(shelf.path(LIBRARY, f"trace-{name}.pt")))
        torch.jit.save(
            traced,
            str(shelf.path(LIBRARY, f"trace-{name}-extra.pt")),
            _extra_files={"labels.txt": b"a\nb", "config.json": b"{}"},
        )
    with shelf.attempt(f"torch/frozen-{name}"):
        torch.jit.freeze(torch.jit.script(module.eval())).save(str(shelf.path(LIBRARY, f"frozen-{name}.ptl")))


def write_torchvision(shelf: Shelf) -> None:
    """Save whole torchvision models and transforms."""
    with shelf.attempt("torchvision"):
        import torchvision
        from torchvision import transforms

        models = torchvision.models
        values = {
            "mobilenet": lambda: models.mobilenet_v2(width_mult=0.1, num_classes=2),
            "shufflenet": lambda: models.shufflenet_v2_x0_5(num_classes=2),
            "squeezenet": lambda: models.squeezenet1_1(num_classes=2),
            "efficientnet-state": lambda: models.mnasnet0_5(num_classes=2).state_dict(),
            "resnet": lambda: models.ResNet(models.resnet.BasicBlock, [1, 1, 1, 1], num_classes=2, width_per_group=64),
            "transforms": lambda: transforms.Compose(
                [
                    transforms.Resize(32),
                    transforms.ToTensor(),
                    transforms.Normalize([0.5], [0.5]),
                    transforms.RandomHorizontalFlip(),
                ]
            ),
        }
        shelf.each("torchvision", values, save_both(shelf))
        torch.jit.script(values["mobilenet"]()).save(str(shelf.path("torchvision", "script-mobilenet.pt")))
    with shelf.attempt("torchtext"):
        from torchtext.vocab import build_vocab_from_iterator

        shelf.each("torchtext", {"vocabulary": lambda: build_vocab_from_iterator([["a", "b"]])}, save_both(shelf))
