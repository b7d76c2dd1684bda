"""Formats without pickles: safetensors, ONNX, GGUF, model folders, configurations and archives."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from .shelf import Shelf
from . import texts


def write(shelf: Shelf) -> None:
    """Save every format whose library is installed."""
    writers = (
        write_safetensors,
        write_onnx,
        write_sklearn_onnx,
        write_gguf,
        write_tokenizers,
        write_transformers,
        write_model_folders,
        write_configurations,
        write_archives,
        write_hdf5,
    )
    for writer in writers:
        with shelf.attempt(writer.__name__):
            writer(shelf)


def write_safetensors(shelf: Shelf) -> None:
    """Safetensors with several element types and kinds of metadata."""
    from safetensors.numpy import save_file

    weights = {
        f"model.layers.{i}.{part}.weight": np.ones((4, 4), "f4") for i in range(3) for part in ("q_proj", "mlp.up_proj")
    }
    kinds = {
        kind: np.ones(3, kind)
        for kind in "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64".split()
    }
    samples: dict[str, tuple[dict[str, Any], dict[str, str] | None]] = {
        "model": (weights, {"format": "pt"}),
        "model-00001-of-00002": (weights, {"format": "pt"}),
        "no-metadata": (weights, None),
        "kinds": (kinds, {"format": "np"}),
        "empty-tensor": ({"e": np.zeros((0, 3), "f4")}, None),
        "adapter_model": ({"base_model.model.q_proj.lora_A.weight": np.ones((2, 4), "f2")}, {"format": "pt"}),
        "style-lora": ({"lora_unet_down_blocks_0.alpha": np.ones((), "f4")}, texts.LORA_METADATA),
        "merged": (
            weights,
            {"format": "pt", "merge_recipe": json.dumps({"merge_method": "slerp", "models": ["a/b", "c/d"]})},
        ),
    }
    for name, (tensors, metadata) in samples.items():
        save_file(tensors, shelf.path("safetensors", f"{name}.safetensors"), metadata)
    index = {
        "metadata": {"total_size": 384},
        "weight_map": {name: "model-00001-of-00002.safetensors" for name in weights},
    }
    shelf.path("safetensors", "model.safetensors.index.json").write_text(json.dumps(index, indent=2))


def write_onnx(shelf: Shelf) -> None:
    """ONNX graphs: plain, with control flow, functions, external data and metadata."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    value = helper.make_tensor_value_info
    source, result = value("x", TensorProto.FLOAT, ["n", 4]), value("y", TensorProto.FLOAT, ["n", 4])
    weights = numpy_helper.from_array(np.eye(4, dtype="f4"), "w")

    def model(nodes: list, initialisers: list = [], **extra: Any) -> Any:  # noqa: B006 - never changed
        graph = helper.make_graph(nodes, "net", [source], [result], initialisers)
        return helper.make_model(graph, producer_name="exporter", opset_imports=[helper.make_opsetid("", 17)], **extra)

    node = helper.make_node
    dense = [node("MatMul", ["x", "w"], ["h"]), node("Relu", ["h"], ["y"])]
    samples = {
        "dense": model(dense, [weights]),
        "softmax": model([node("Softmax", ["x"], ["y"])]),
        "activations": model([node("Sigmoid", ["x"], ["a"]), node("Tanh", ["a"], ["b"]), node("Elu", ["b"], ["y"])]),
        "constant": model(
            [
                node("Constant", [], ["c"], value=numpy_helper.from_array(np.ones(4, "f4"))),
                node("Add", ["x", "c"], ["y"]),
            ]
        ),
        "custom-domain": model([node("Gelu", ["x"], ["y"], domain="com.microsoft")]),
    }
    branch = lambda name, kind: helper.make_graph(
        [node(kind, ["x"], [name])], name, [], [value(name, TensorProto.FLOAT, None)]
    )  # noqa: E731
    condition = node("Constant", [], ["c"], value=helper.make_tensor("c", TensorProto.BOOL, [], [True]))
    samples["branches"] = model(
        [condition, node("If", ["c"], ["y"], then_branch=branch("t", "Relu"), else_branch=branch("e", "Neg"))]
    )
    function = helper.make_function(
        "local", "Twice", ["a"], ["b"], [node("Add", ["a", "a"], ["b"])], [helper.make_opsetid("", 17)]
    )
    samples["function"] = model([node("Twice", ["x"], ["y"], domain="local")], functions=[function])
    for name, sample in samples.items():
        helper.set_model_props(sample, {"author": "team", "names": "{0: 'cat', 1: 'dog'}", "stride": "32"})
        onnx.save(sample, shelf.path("onnx", f"{name}.onnx"))
    onnx.save(
        model(dense, [numpy_helper.from_array(np.ones((4, 4), "f4"), "w")]),
        str(shelf.path("onnx", "external/model.onnx")),
        save_as_external_data=True,
        location="model.onnx.data",
        size_threshold=0,
    )
    onnx.save_tensor(weights, str(shelf.path("onnx", "tensor.pb")))


def write_sklearn_onnx(shelf: Shelf) -> None:
    """ONNX exports of scikit-learn models."""
    from skl2onnx import to_onnx
    from sklearn import ensemble, linear_model, neural_network, pipeline, preprocessing, svm

    data = np.random.RandomState(0).normal(size=(30, 4)).astype("f4")
    labels = np.array([0, 1, 1] * 10)
    models = {
        "logistic": linear_model.LogisticRegression(),
        "forest": ensemble.RandomForestClassifier(3),
        "boosting": ensemble.GradientBoostingClassifier(n_estimators=3),
        "scaled-svc": pipeline.make_pipeline(preprocessing.StandardScaler(), svm.SVC(probability=True)),
        "perceptron": neural_network.MLPClassifier((4,), max_iter=5),
        "ridge": linear_model.Ridge(),
    }
    for name, model in models.items():
        with shelf.attempt(f"skl2onnx/{name}"):
            exported = to_onnx(model.fit(data, labels), data[:1])
            shelf.path("skl2onnx", f"{name}.onnx").write_bytes(exported.SerializeToString())


def write_gguf(shelf: Shelf) -> None:
    """GGUF files with tokenizer metadata and ordinary chat templates."""
    import gguf

    for name, template in {**texts.CHAT_TEMPLATES, "no-template": None}.items():
        writer = gguf.GGUFWriter(shelf.path("gguf", f"{name}.gguf"), "llama")
        writer.add_name(f"Small {name}")
        writer.add_description("A test model. See the model card for its license.")
        writer.add_license("apache-2.0")
        writer.add_source_url("https://example.org/models/small")
        writer.add_tags(["text-generation", "en"])
        for setting, number in {
            "context_length": 128,
            "embedding_length": 8,
            "block_count": 1,
            "feed_forward_length": 16,
            "head_count": 2,
        }.items():
            getattr(writer, f"add_{setting}")(number)
        writer.add_layer_norm_rms_eps(1e-5)
        writer.add_file_type(gguf.LlamaFileType.ALL_F32)
        writer.add_tokenizer_model("llama")
        tokens = ["<unk>", "<s>", "</s>", "▁the", "▁import", "▁os", "system", "eval", "(", "\n"]
        writer.add_token_list(tokens)
        writer.add_token_scores([float(-i) for i in range(len(tokens))])
        writer.add_token_types([2, 3, 3] + [1] * (len(tokens) - 3))
        writer.add_bos_token_id(1)
        writer.add_eos_token_id(2)
        if template:
            writer.add_chat_template(template)
        for tensor, kind in {
            "token_embd.weight": "f4",
            "blk.0.attn_q.weight": "f2",
            "output_norm.weight": "f4",
        }.items():
            writer.add_tensor(tensor, np.ones((4, 8), kind))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()


def write_tokenizers(shelf: Shelf) -> None:
    """Tokenizers trained on a few sentences."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

    kinds = {
        "bpe": (models.BPE(unk_token="<unk>"), trainers.BpeTrainer(vocab_size=80, special_tokens=["<unk>", "<s>"])),
        "wordpiece": (
            models.WordPiece(unk_token="[UNK]"),
            trainers.WordPieceTrainer(vocab_size=80, special_tokens=["[UNK]", "[CLS]", "[SEP]"]),
        ),
        "unigram": (
            models.Unigram(),
            trainers.UnigramTrainer(vocab_size=60, special_tokens=["<unk>"], unk_token="<unk>"),
        ),
        "wordlevel": (models.WordLevel(unk_token="<unk>"), trainers.WordLevelTrainer(special_tokens=["<unk>"])),
    }
    for name, (model, trainer) in kinds.items():
        tokenizer = Tokenizer(model)
        tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel() if name == "bpe" else pre_tokenizers.Whitespace()
        tokenizer.train_from_iterator(texts.SENTENCES, trainer)
        if name == "wordpiece":
            tokenizer.post_processor = processors.TemplateProcessing(
                single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
            )
        tokenizer.save(str(shelf.path("tokenizers", f"{name}/tokenizer.json")))
        tokenizer.model.save(str(shelf.path("tokenizers", f"{name}/tokenizer.json").parent))
        shelf.pickle("tokenizers", f"{name}/tokenizer", tokenizer)


def write_transformers(shelf: Shelf) -> None:
    """Configurations as transformers writes them for many architectures."""
    import transformers

    for name in (
        "Bert",
        "GPT2",
        "Llama",
        "Mistral",
        "Qwen2",
        "T5",
        "ViT",
        "CLIP",
        "Whisper",
        "Gemma",
        "Roberta",
        "Mixtral",
        "Phi3",
        "Bart",
        "Wav2Vec2",
        "Deberta",
        "Falcon",
        "Mamba",
    ):
        with shelf.attempt(f"transformers/{name}"):
            config = getattr(transformers, f"{name}Config")(architectures=[f"{name}Model"])
            config.save_pretrained(shelf.path("transformers", f"{name.lower()}/config.json").parent)
            shelf.pickle("transformers", f"{name.lower()}/config", config)
    folder = shelf.path("transformers", "generation/generation_config.json").parent
    transformers.GenerationConfig(
        max_new_tokens=64, do_sample=True, temperature=0.7, top_p=0.9, eos_token_id=[2]
    ).save_pretrained(folder)
    with shelf.attempt("transformers/tokenizer"):
        for name, template in texts.CHAT_TEMPLATES.items():
            source = str(shelf.root / "tokenizers" / "bpe" / "tokenizer.json")
            tokenizer = transformers.PreTrainedTokenizerFast(
                tokenizer_file=source, bos_token="<s>", unk_token="<unk>", chat_template=template
            )
            tokenizer.save_pretrained(shelf.path("transformers", f"chat-{name}/tokenizer_config.json").parent)


def write_model_folders(shelf: Shelf) -> None:
    """Model folders with the JSON files a hub repository has."""
    for name, template in texts.CHAT_TEMPLATES.items():
        for file, content in texts.model_folder(name, template).items():
            shelf.path("model-folders", f"{name}/{file}").write_text(content)


def write_configurations(shelf: Shelf) -> None:
    """Training and deployment configurations in YAML, JSON and TOML."""
    for file, content in texts.CONFIGURATIONS.items():
        shelf.path("configurations", file).write_text(content)
    with shelf.attempt("omegaconf"):
        from omegaconf import OmegaConf

        config = OmegaConf.create(
            {"model": {"_target_": "torch.nn.Linear", "in_features": 4, "out_features": 2}, "lr": "${oc.env:LR,0.1}"}
        )
        OmegaConf.save(config, shelf.path("omegaconf", "saved.yaml"))
        shelf.pickle("omegaconf", "config", config)


def write_archives(shelf: Shelf) -> None:
    """Bundles of some of the samples written before."""
    parts = [path for path in (shelf.root / "model-folders").rglob("*") if path.is_file()][:12]
    parts += sorted((shelf.root / "scikit-learn").glob("Log*"))[:4] + sorted((shelf.root / "numpy").glob("*.npz"))[:3]
    parts += sorted((shelf.root / "safetensors").glob("*"))[:3]
    for mode, name in {
        "w": "bundle.tar",
        "w:gz": "bundle.tar.gz",
        "w:bz2": "bundle.tar.bz2",
        "w:xz": "bundle.tar.xz",
    }.items():
        with tarfile.open(shelf.path("archives", name), mode) as archive:
            for part in parts:
                archive.add(part, arcname=str(part.relative_to(shelf.root)))
    for method, name in {
        zipfile.ZIP_STORED: "stored.zip",
        zipfile.ZIP_DEFLATED: "deflated.zip",
        zipfile.ZIP_BZIP2: "bzip2.zip",
        zipfile.ZIP_LZMA: "lzma.zip",
    }.items():
        write_zip(shelf.path("archives", name), parts, shelf.root, method)
    write_served_model(shelf)


def write_zip(target: Path, parts: list[Path], root: Path, method: int) -> None:
    """Write one zip of `parts`."""
    with zipfile.ZipFile(target, "w", method) as archive:
        for part in parts:
            archive.write(part, str(part.relative_to(root)))


def write_served_model(shelf: Shelf) -> None:
    """A model archive with a manifest, as serving tools pack it, and a tar in a zip."""
    manifest = {
        "createdOn": "2024-01-01",
        "runtime": "python",
        "model": {
            "modelName": "net",
            "serializedFile": "model.npz",
            "handler": "image_classifier",
            "modelVersion": "1.0",
        },
    }
    weights = io.BytesIO()
    np.savez(weights, w=np.ones(3))
    with zipfile.ZipFile(shelf.path("archives", "served.mar"), "w") as archive:
        archive.writestr("MAR-INF/MANIFEST.json", json.dumps(manifest))
        archive.writestr("model.npz", weights.getvalue())
        archive.writestr("index_to_name.json", json.dumps({"0": "cat"}))
    with zipfile.ZipFile(shelf.path("archives", "nested.zip"), "w") as archive:
        archive.write(shelf.root / "archives" / "bundle.tar.gz", "inner/bundle.tar.gz")


def write_hdf5(shelf: Shelf) -> None:
    """HDF5 data sets with attributes and text."""
    import h5py

    with h5py.File(shelf.path("h5py", "dataset.h5"), "w") as file:
        group = file.create_group("train")
        group.create_dataset("images", data=np.zeros((4, 8, 8), "u1"), compression="gzip")
        group.create_dataset("labels", data=["cat", "dog"])
        file.attrs["version"] = 1
        file.attrs["classes"] = json.dumps(["cat", "dog"])
        file["alias"] = h5py.SoftLink("/train")
