"""Keras 3 models in the `.keras`, HDF5 and weights formats, without TensorFlow."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")

from .shelf import Shelf  # noqa: E402


def write(shelf: Shelf) -> None:
    """Save every model in each format."""
    import keras

    for name, build in models(keras).items():
        with shelf.attempt(f"keras/{name}"):
            model = build()
            model.save(shelf.path("keras", f"{name}.keras"))
            model.save(shelf.path("keras", f"{name}.h5"))
            model.save_weights(shelf.path("keras", f"{name}.weights.h5"))
            shelf.path("keras", f"{name}.json").write_text(model.to_json())


def models(keras: Any) -> dict[str, Callable[[], Any]]:
    """Models over the built-in layers; none holds Python code."""
    layers = keras.layers
    return {
        "dense": lambda: compiled(
            keras,
            [
                keras.Input((4,)),
                layers.Dense(8, activation="relu"),
                layers.Dropout(0.1),
                layers.Dense(1, activation="sigmoid"),
            ],
        ),
        "images": lambda: compiled(
            keras,
            [
                keras.Input((8, 8, 3)),
                layers.Rescaling(1 / 255),
                layers.RandomFlip(),
                layers.Conv2D(4, 3),
                layers.BatchNormalization(),
                layers.MaxPooling2D(),
                layers.GlobalAveragePooling2D(),
                layers.Dense(2, activation="softmax"),
            ],
        ),
        "sequence": lambda: keras.Sequential(
            [
                keras.Input((5,)),
                layers.Embedding(10, 4),
                layers.Bidirectional(layers.LSTM(3, return_sequences=True)),
                layers.GRU(2),
            ]
        ),
        "wrapped": lambda: keras.Sequential(
            [
                keras.Input((5, 4)),
                layers.TimeDistributed(layers.Dense(3)),
                layers.LayerNormalization(),
                layers.Flatten(),
            ]
        ),
        "functional": lambda: functional(keras),
        "attention": lambda: attention(keras),
        "nested": lambda: keras.Sequential(
            [functional(keras), layers.Dense(1, kernel_regularizer="l2", kernel_initializer="he_normal")]
        ),
    }


def compiled(keras: Any, stack: list) -> Any:
    """A compiled sequential model that has been trained for one step."""
    import numpy

    model = keras.Sequential(stack)
    model.compile(
        optimizer=keras.optimizers.Adam(1e-3), loss="binary_crossentropy", metrics=["accuracy", keras.metrics.AUC()]
    )
    shape = model.input_shape[1:]
    model.fit(numpy.ones((4, *shape)), numpy.ones((4, model.output_shape[-1])), verbose=0)
    return model


def functional(keras: Any) -> Any:
    """A functional model with a skip connection."""
    layers = keras.layers
    source = keras.Input((4,), name="source")
    hidden = layers.Dense(4, activation="gelu")(source)
    return keras.Model(source, layers.Add()([source, hidden]), name="block")


def attention(keras: Any) -> Any:
    """A model with attention."""
    layers = keras.layers
    source = keras.Input((6, 4))
    return keras.Model(source, layers.MultiHeadAttention(2, 2)(source, source))
