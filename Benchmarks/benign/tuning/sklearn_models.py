"""scikit-learn: every estimator class, and the usual compositions of them."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn import compose, datasets, ensemble, feature_extraction, linear_model, model_selection, neighbors
from sklearn import decomposition, gaussian_process, impute, pipeline, preprocessing, svm, tree, cluster
from sklearn.base import BaseEstimator
from sklearn.metrics import make_scorer, f1_score
from sklearn.utils import all_estimators

from .shelf import JOBLIB_COMPRESSIONS, Shelf

LIBRARY = "scikit-learn"
TEXTS = ["the cat sat", "a dog ran", "the cat ran", "a bird sang"] * 8
GENERATOR = np.random.RandomState(0)
X = np.abs(GENERATOR.normal(size=(32, 4))) + 0.1
Y = np.array([0, 1] * 16)
TARGETS = X[:, :2].copy()
LABELS = np.column_stack([Y, 1 - Y])


def write(shelf: Shelf) -> None:
    """Save every estimator that can be fitted on tiny data, and the compositions."""
    warnings.simplefilter("ignore")
    for name, kind in all_estimators():
        with shelf.attempt(f"{LIBRARY}/{name}"):
            shelf.model(LIBRARY, name, fitted(kind))
    shelf.each(LIBRARY, compositions(), shelf.model)
    shelf.each(LIBRARY, data_objects(), shelf.model)
    forest = ensemble.RandomForestClassifier(3).fit(X, Y)
    shelf.pickle(LIBRARY, "forest-all-protocols", forest, range(6))
    shelf.joblib(LIBRARY, "forest-all-compressions", forest, JOBLIB_COMPRESSIONS)


def fitted(kind: type) -> BaseEstimator:
    """An instance of `kind`, fitted on the first of the candidate inputs it takes."""
    model = instance(kind)
    failure: Exception | None = None
    columns = ((X[:, 0], Y), (X[:, :1], X[:, 1]))
    for arguments in ((X, Y), (X, LABELS), (X, TARGETS), (X,), (X @ X.T,), (TEXTS,), *columns, ([{"a": 1}, {"b": 2}],)):
        try:
            return model.fit(*arguments)
        except Exception as error:  # noqa: BLE001 - the next input may suit
            failure = error
    raise failure or RuntimeError("no input fits")


def instance(kind: type) -> BaseEstimator:
    """An unfitted instance, with inner estimators for the classes that need them."""
    inner = linear_model.LogisticRegression()
    pair = [("a", inner), ("b", tree.DecisionTreeClassifier(max_depth=2))]
    regressors = [("a", linear_model.Ridge()), ("b", tree.DecisionTreeRegressor(max_depth=2))]
    special: dict[str, Callable[[], Any]] = {
        "ColumnTransformer": lambda: kind([("s", preprocessing.StandardScaler(), [0, 1])]),
        "FeatureUnion": lambda: kind([("s", preprocessing.StandardScaler())]),
        "Pipeline": lambda: kind([("s", preprocessing.StandardScaler()), ("m", inner)]),
        "GridSearchCV": lambda: kind(inner, {"C": [0.1, 1]}, cv=2),
        "RandomizedSearchCV": lambda: kind(inner, {"C": [0.1, 1]}, n_iter=2, cv=2),
        "HalvingGridSearchCV": lambda: kind(inner, {"C": [0.1, 1]}, cv=2),
        "HalvingRandomSearchCV": lambda: kind(inner, {"C": [0.1, 1]}, cv=2),
        "GaussianRandomProjection": lambda: kind(2),
        "SparseRandomProjection": lambda: kind(2),
        "SelectKBest": lambda: kind(k=2),
        "SelfTrainingClassifier": lambda: kind(inner),
        "SparseCoder": lambda: kind(np.eye(4)),
        "StackingClassifier": lambda: kind(pair, cv=2),
        "StackingRegressor": lambda: kind(regressors, cv=2),
        "VotingClassifier": lambda: kind(pair),
        "VotingRegressor": lambda: kind(regressors),
        "FrozenEstimator": lambda: kind(inner.fit(X, Y)),
        "ClassifierChain": lambda: kind(inner),
        "RegressorChain": lambda: kind(linear_model.Ridge()),
        "MultiOutputRegressor": lambda: kind(linear_model.Ridge()),
        "SelectFromModel": lambda: kind(ensemble.RandomForestClassifier(3)),
        "TunedThresholdClassifierCV": lambda: kind(inner, cv=2),
    }
    if kind.__name__ in special:
        return special[kind.__name__]()
    try:
        return kind()
    except TypeError:
        return kind(inner)


def compositions() -> dict[str, Callable[[], Any]]:
    """Models made of several parts, as people deploy them."""
    scaler = preprocessing.StandardScaler
    logistic = linear_model.LogisticRegression
    return {
        "pipeline-scaler-svc": lambda: pipeline.make_pipeline(scaler(), svm.SVC(probability=True)).fit(X, Y),
        "pipeline-text": lambda: pipeline.make_pipeline(
            feature_extraction.text.TfidfVectorizer(ngram_range=(1, 2), dtype=np.float32), logistic()
        ).fit(TEXTS, Y),
        "pipeline-hashing-sgd": lambda: pipeline.make_pipeline(
            feature_extraction.text.HashingVectorizer(n_features=64), linear_model.SGDClassifier(loss="hinge")
        ).fit(TEXTS, Y),
        "columns-onehot": mixed_columns,
        "grid-search-forest": lambda: model_selection.GridSearchCV(
            ensemble.RandomForestClassifier(3), {"max_depth": [1, 2]}, cv=2, scoring=make_scorer(f1_score)
        ).fit(X, Y),
        "random-search-distributions": random_search,
        "function-log1p": lambda: preprocessing.FunctionTransformer(np.log1p, np.expm1).fit(X),
        "function-sqrt": lambda: preprocessing.FunctionTransformer(np.sqrt).fit(X),
        "function-pipeline": lambda: pipeline.make_pipeline(
            preprocessing.FunctionTransformer(np.log1p, validate=True), linear_model.Ridge()
        ).fit(X, X[:, 0]),
        "target-log": lambda: compose.TransformedTargetRegressor(
            linear_model.Ridge(), func=np.log1p, inverse_func=np.expm1
        ).fit(X, X[:, 0]),
        "gp-kernels": gaussian,
        "dbscan-cosine": lambda: cluster.DBSCAN(metric="cosine").fit(X),
        "imputer-union": lambda: pipeline.make_union(impute.SimpleImputer(), decomposition.PCA(2)).fit(X),
        "bagged-trees": lambda: ensemble.BaggingClassifier(n_estimators=3, random_state=np.random.RandomState(1)).fit(
            X, Y
        ),
        "boosted-init": lambda: ensemble.GradientBoostingClassifier(n_estimators=3, init=logistic()).fit(X, Y),
        "random-state-generator": lambda: cluster.KMeans(2, n_init=1, random_state=np.random.RandomState(3)).fit(X),
        "cross-validation-splits": lambda: model_selection.cross_validate(
            logistic(), X, Y, cv=2, return_estimator=True
        ),
        "model-with-metadata": lambda: {
            "model": logistic().fit(X, Y),
            "features": list("abcd"),
            "metrics": {"f1": 0.5},
        },
        "models-by-name": lambda: {str(c): logistic(C=c).fit(X, Y) for c in (0.1, 1.0)},
        "kernel-svc": lambda: svm.SVC(kernel="precomputed").fit(X @ X.T, Y),
    }


def mixed_columns() -> Any:
    """A preprocessing model over a table with text and numbers."""
    import pandas as pd

    table = pd.DataFrame({"age": X[:, 0], "pay": X[:, 1], "city": ["Rome", "Oslo"] * 16, "note": TEXTS})
    parts = compose.ColumnTransformer(
        [
            (
                "num",
                pipeline.make_pipeline(impute.SimpleImputer(strategy="median"), preprocessing.RobustScaler()),
                ["age", "pay"],
            ),
            ("cat", preprocessing.OneHotEncoder(handle_unknown="ignore"), ["city"]),
            ("txt", feature_extraction.text.CountVectorizer(), "note"),
        ],
        remainder="drop",
    )
    return pipeline.make_pipeline(parts, linear_model.LogisticRegression()).fit(table, Y)


def random_search() -> Any:
    """A search over SciPy distributions."""
    from scipy import stats

    space = {"C": stats.loguniform(0.01, 10), "fit_intercept": [True, False]}
    return model_selection.RandomizedSearchCV(
        linear_model.LogisticRegression(), space, n_iter=2, cv=2, random_state=0
    ).fit(X, Y)


def gaussian() -> Any:
    """A Gaussian process with a compound kernel."""
    kernels = gaussian_process.kernels
    kernel = (
        kernels.ConstantKernel() * kernels.RBF()
        + kernels.WhiteKernel()
        + kernels.Matern() * kernels.RationalQuadratic()
    )
    return gaussian_process.GaussianProcessRegressor(kernel).fit(X, X[:, 0])


def data_objects() -> dict[str, Callable[[], Any]]:
    """Data sets and splitters that people save beside their models."""
    return {
        "bunch-iris": lambda: datasets.load_iris(),
        "bunch-frame": lambda: datasets.load_wine(as_frame=True),
        "splitter": lambda: model_selection.StratifiedKFold(3, shuffle=True, random_state=0),
        "scorer": lambda: make_scorer(f1_score, average="macro"),
        "neighbours-tree": lambda: neighbors.KDTree(X),
        "neighbours-ball": lambda: neighbors.BallTree(X),
    }
