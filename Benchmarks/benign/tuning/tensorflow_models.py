"""TensorFlow 2 with Keras 2: SavedModel, HDF5, `.keras`, checkpoints, frozen graphs and TFLite."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from . import keras_models  # noqa: E402
from .shelf import Shelf  # noqa: E402

LIBRARY = "tensorflow-cpu"


def write(shelf: Shelf) -> None:
    """Save every model in each format."""
    import tensorflow as tf

    for name, build in models(tf.keras).items():
        with shelf.attempt(f"{LIBRARY}/{name}"):
            write_model(shelf, tf, name, build())
    for writer in (write_module, write_graph, write_records, write_optimised):
        with shelf.attempt(f"{LIBRARY}/{writer.__name__}"):
            writer(shelf, tf)


def models(keras: Any) -> dict[str, Callable[[], Any]]:
    """The Keras 3 models and the applications, made by Keras 2."""
    shape = (32, 32, 3)
    applications = {
        "mobilenet": lambda: keras.applications.MobileNetV2(input_shape=shape, alpha=0.35, weights=None, classes=2),
        "efficientnet": lambda: keras.applications.EfficientNetB0(input_shape=shape, weights=None, classes=2),
    }
    return keras_models.models(keras) | applications


def write_model(shelf: Shelf, tf: Any, name: str, model: Any) -> None:
    """Save one Keras model in each format."""
    model.save(shelf.path(LIBRARY, f"{name}.keras"))
    model.save(shelf.path(LIBRARY, f"{name}.h5"))
    model.save_weights(shelf.path(LIBRARY, f"{name}.weights.h5"))
    model.save_weights(shelf.path(LIBRARY, f"{name}-checkpoint/weights"))
    shelf.path(LIBRARY, f"{name}.json").write_text(model.to_json())
    folder = shelf.path(LIBRARY, f"{name}-saved/saved_model.pb").parent
    tf.saved_model.save(model, str(folder))
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    if name in ("sequence",):
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS, tf.lite.OpsSet.SELECT_TF_OPS]
        converter._experimental_lower_tensor_list_ops = False
    shelf.path(LIBRARY, f"{name}.tflite").write_bytes(converter.convert())


def write_module(shelf: Shelf, tf: Any) -> None:
    """A SavedModel of a plain module with a lookup table and an asset."""
    vocabulary = shelf.path(LIBRARY, "assets/vocabulary.txt")
    vocabulary.write_text("the\ncat\n")

    class Lookup(tf.Module):
        def __init__(self, path: Path) -> None:
            super().__init__()
            reader = tf.lookup.TextFileInitializer(
                str(path), tf.string, tf.lookup.TextFileIndex.WHOLE_LINE, tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER
            )
            self.table = tf.lookup.StaticHashTable(reader, -1)
            self.scale = tf.Variable(2.0)

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
        def __call__(self, words: Any) -> Any:
            return tf.cast(self.table.lookup(tf.strings.lower(words)), tf.float32) * self.scale

    tf.saved_model.save(Lookup(vocabulary), str(shelf.path(LIBRARY, "lookup-saved/saved_model.pb").parent))


def write_graph(shelf: Shelf, tf: Any) -> None:
    """A frozen graph in binary and text."""

    @tf.function
    def step(x: Any) -> Any:
        return tf.nn.relu(tf.matmul(x, tf.eye(3)))

    graph = step.get_concrete_function(tf.TensorSpec([None, 3])).graph.as_graph_def()
    for file, text in (("frozen.pb", False), ("frozen.pbtxt", True)):
        target = shelf.path(LIBRARY, file)
        tf.io.write_graph(graph, str(target.parent), target.name, as_text=text)


def write_records(shelf: Shelf, tf: Any) -> None:
    """A record file and an object checkpoint."""
    with tf.io.TFRecordWriter(str(shelf.path(LIBRARY, "data.tfrecord"))) as writer:
        features = {"label": tf.train.Feature(int64_list=tf.train.Int64List(value=[1]))}
        writer.write(tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString())
    tf.train.Checkpoint(step=tf.Variable(1), w=tf.Variable([1.0])).save(
        str(shelf.path(LIBRARY, "object-checkpoint/ckpt"))
    )


def write_optimised(shelf: Shelf, tf: Any) -> None:
    """Quantised TFLite models."""
    import numpy

    model = keras_models.models(tf.keras)["dense"]()
    for name, types in {"float16": [tf.float16], "dynamic": None}.items():
        converter = tf.lite.TFLiteConverter.from_keras_model(model)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if types:
            converter.target_spec.supported_types = types
        shelf.path(LIBRARY, f"quantised-{name}.tflite").write_bytes(converter.convert())
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([numpy.ones((1, 4), "f4")] for _ in range(3))
    shelf.path(LIBRARY, "quantised-integer.tflite").write_bytes(converter.convert())
