"""Boosting, statistics and other learning libraries."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from .shelf import Shelf

GENERATOR = np.random.RandomState(0)
X = GENERATOR.normal(size=(60, 4))
Y = np.array([0, 1, 1] * 20)
TARGET = X @ [1.0, 2.0, -1.0, 0.5]
SENTENCES = [["the", "cat", "sat"], ["a", "dog", "ran"], ["the", "dog", "sat"]] * 5


def write(shelf: Shelf) -> None:
    """Save the models of every library that is installed."""
    warnings.simplefilter("ignore")
    for write_library in (xgboost, lightgbm, catboost, statsmodels, imbalanced, others, gensim):
        with shelf.attempt(write_library.__name__):
            write_library(shelf)


def xgboost(shelf: Shelf) -> None:
    """XGBoost: the scikit-learn classes, boosters, and its own formats."""
    import xgboost as xgb

    small = {"n_estimators": 3, "max_depth": 2}
    values = {
        "classifier": lambda: xgb.XGBClassifier(**small).fit(X, Y),
        "regressor": lambda: xgb.XGBRegressor(**small).fit(X, TARGET),
        "ranker": lambda: xgb.XGBRanker(**small).fit(X, Y, group=[30, 30]),
        "forest": lambda: xgb.XGBRFClassifier(n_estimators=3).fit(X, Y),
        "linear": lambda: xgb.XGBRegressor(booster="gblinear", n_estimators=2).fit(X, TARGET),
        "booster": lambda: xgb.XGBClassifier(**small).fit(X, Y).get_booster(),
        "callbacks": lambda: xgb.XGBClassifier(**small, callbacks=[xgb.callback.EarlyStopping(2)]).fit(
            X, Y, eval_set=[(X, Y)], verbose=False
        ),
    }
    shelf.each("xgboost-cpu", values, shelf.model)
    booster = values["booster"]()
    for suffix in ("json", "ubj"):
        booster.save_model(shelf.path("xgboost-cpu", f"booster.{suffix}"))


def lightgbm(shelf: Shelf) -> None:
    """LightGBM: the scikit-learn classes, boosters, and its text format."""
    import lightgbm as lgb

    small = {"n_estimators": 3, "min_child_samples": 2, "verbose": -1}
    values = {
        "classifier": lambda: lgb.LGBMClassifier(**small).fit(X, Y),
        "regressor": lambda: lgb.LGBMRegressor(**small).fit(X, TARGET),
        "ranker": lambda: lgb.LGBMRanker(**small).fit(X, Y, group=[30, 30]),
        "booster": lambda: lgb.LGBMClassifier(**small).fit(X, Y).booster_,
        "cross-validation": lambda: lgb.cv(
            {"objective": "binary", "verbose": -1}, lgb.Dataset(X, Y), 3, nfold=2, return_cvbooster=True
        ),
    }
    shelf.each("lightgbm", values, shelf.model)
    values["booster"]().save_model(shelf.path("lightgbm", "booster.txt"))


def catboost(shelf: Shelf) -> None:
    """CatBoost: its classes and its own format."""
    import catboost as cat

    small = {"iterations": 3, "depth": 2, "verbose": False, "allow_writing_files": False}
    values = {
        "classifier": lambda: cat.CatBoostClassifier(**small).fit(X, Y),
        "regressor": lambda: cat.CatBoostRegressor(**small).fit(X, TARGET),
        "ranker": lambda: cat.CatBoostRanker(**small).fit(X, Y, group_id=[0] * 30 + [1] * 30),
    }
    shelf.each("catboost", values, shelf.model)
    model = values["classifier"]()
    for kind in ("cbm", "json", "onnx"):
        with shelf.attempt(f"catboost/{kind}"):
            model.save_model(str(shelf.path("catboost", f"classifier.{kind}")), format=kind)


def statsmodels(shelf: Shelf) -> None:
    """statsmodels: fitted results."""
    import pandas as pd
    import statsmodels.api as sm
    import statsmodels.formula.api as formulas
    from statsmodels.tsa import api as tsa

    table = pd.DataFrame(X, columns=list("abcd")).assign(y=TARGET, g=Y)
    series = pd.Series(np.cumsum(X[:, 0]) + 20, index=pd.date_range("2024-01-01", periods=60))
    exog = sm.add_constant(X)
    values: dict[str, Callable[[], Any]] = {
        "ols": lambda: sm.OLS(TARGET, exog).fit(),
        "wls": lambda: sm.WLS(TARGET, exog, np.ones(60)).fit(),
        "gls": lambda: sm.GLS(TARGET, exog).fit(),
        "rlm": lambda: sm.RLM(TARGET, exog).fit(),
        "logit": lambda: sm.Logit(Y, exog).fit(disp=0),
        "probit": lambda: sm.Probit(Y, exog).fit(disp=0),
        "poisson": lambda: sm.Poisson(Y, exog).fit(disp=0),
        "quantile": lambda: sm.QuantReg(TARGET + X[:, 0] ** 2, exog).fit(),
        "glm": lambda: sm.GLM(Y, exog, family=sm.families.Binomial()).fit(),
        "glm-gamma": lambda: sm.GLM(np.exp(TARGET / 5), exog, family=sm.families.Gamma(sm.families.links.Log())).fit(),
        "formula": lambda: formulas.ols("y ~ a + np.log(b**2) + C(g)", table).fit(),
        "mixed": lambda: formulas.mixedlm("y ~ a", table, groups=table["g"]).fit(),
        "gee": lambda: formulas.gee("g ~ a", "b", table, family=sm.families.Binomial()).fit(),
        "arima": lambda: tsa.ARIMA(series, order=(1, 0, 1)).fit(),
        "sarimax": lambda: tsa.SARIMAX(series, order=(1, 0, 0)).fit(disp=0),
        "autoregression": lambda: tsa.AutoReg(series, 1).fit(),
        "holt-winters": lambda: tsa.ExponentialSmoothing(series, trend="add").fit(),
        "vector": lambda: tsa.VAR(table[["a", "b"]]).fit(1),
        "decomposition": lambda: tsa.seasonal_decompose(series, period=7),
        "density": lambda: sm.nonparametric.KDEUnivariate(X[:, 0]).fit(),
        "survival": lambda: sm.PHReg(np.exp(TARGET / 5), X).fit(),
    }
    shelf.each("statsmodels", values, shelf.model)
    with shelf.attempt("statsmodels/save"):
        values["ols"]().save(str(shelf.path("statsmodels", "ols-own-save.pickle")), remove_data=True)


def imbalanced(shelf: Shelf) -> None:
    """imbalanced-learn: samplers and pipelines."""
    from imblearn import combine, ensemble, over_sampling, pipeline, under_sampling
    from sklearn.linear_model import LogisticRegression

    values = {
        "smote-pipeline": lambda: pipeline.make_pipeline(over_sampling.SMOTE(), LogisticRegression()).fit(X, Y),
        "random-over": lambda: fit_sampler(over_sampling.RandomOverSampler()),
        "adasyn": lambda: fit_sampler(over_sampling.ADASYN()),
        "random-under": lambda: fit_sampler(under_sampling.RandomUnderSampler()),
        "tomek": lambda: fit_sampler(under_sampling.TomekLinks()),
        "smote-tomek": lambda: fit_sampler(combine.SMOTETomek()),
        "balanced-forest": lambda: ensemble.BalancedRandomForestClassifier(3).fit(X, Y),
        "rus-boost": lambda: ensemble.RUSBoostClassifier(n_estimators=3).fit(X, Y),
    }
    shelf.each("imbalanced-learn", values, shelf.model)


def fit_sampler(sampler: Any) -> Any:
    """A sampler after it has seen data."""
    sampler.fit_resample(X, Y)
    return sampler


def others(shelf: Shelf) -> None:
    """Small libraries with the scikit-learn interface."""
    for library, build in {
        "hdbscan": hdbscan_models,
        "hmmlearn": hmm_models,
        "mlxtend": mlxtend_models,
        "category_encoders": encoder_models,
        "feature-engine": feature_models,
        "lifelines": survival_models,
    }.items():
        with shelf.attempt(library):
            shelf.each(library, build(), shelf.model)


def hdbscan_models() -> dict[str, Callable[[], Any]]:
    """Density clustering."""
    import hdbscan

    return {"clusters": lambda: hdbscan.HDBSCAN(min_cluster_size=5, prediction_data=True).fit(X)}


def hmm_models() -> dict[str, Callable[[], Any]]:
    """Hidden Markov models."""
    from hmmlearn import hmm

    return {
        "gaussian": lambda: hmm.GaussianHMM(2, n_iter=2).fit(X),
        "mixture": lambda: hmm.GMMHMM(2, n_iter=2).fit(X),
        "categorical": lambda: hmm.CategoricalHMM(2, n_iter=2).fit(Y.reshape(-1, 1)),
    }


def mlxtend_models() -> dict[str, Callable[[], Any]]:
    """Ensembles and selectors."""
    from mlxtend.classifier import EnsembleVoteClassifier, StackingClassifier
    from mlxtend.feature_selection import SequentialFeatureSelector
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression()
    return {
        "vote": lambda: EnsembleVoteClassifier([model, model]).fit(X, Y),
        "stack": lambda: StackingClassifier([model], model).fit(X, Y),
        "selector": lambda: SequentialFeatureSelector(model, k_features=2, cv=2).fit(X, Y),
    }


def encoder_models() -> dict[str, Callable[[], Any]]:
    """Encoders for categories."""
    import category_encoders as encoders
    import pandas as pd

    table = pd.DataFrame({"city": ["Rome", "Oslo", "Bern"] * 20, "n": X[:, 0]})
    kinds = (
        "TargetEncoder",
        "OrdinalEncoder",
        "BinaryEncoder",
        "OneHotEncoder",
        "CatBoostEncoder",
        "WOEEncoder",
        "HashingEncoder",
        "CountEncoder",
    )
    return {kind: lambda kind=kind: getattr(encoders, kind)(cols=["city"]).fit(table, Y) for kind in kinds}


def feature_models() -> dict[str, Callable[[], Any]]:
    """Feature preparation."""
    import pandas as pd
    from feature_engine import discretisation, encoding, imputation

    table = pd.DataFrame({"city": ["Rome", "Oslo", "Bern"] * 20, "n": X[:, 0]})
    return {
        "rare": lambda: encoding.RareLabelEncoder(n_categories=1, variables=["city"]).fit(table),
        "median": lambda: imputation.MeanMedianImputer(variables=["n"]).fit(table),
        "bins": lambda: discretisation.EqualFrequencyDiscretiser(q=3, variables=["n"]).fit(table),
    }


def survival_models() -> dict[str, Callable[[], Any]]:
    """Survival analysis; lifelines saves with dill because its models hold functions."""
    import lifelines
    import pandas as pd

    table = pd.DataFrame({"t": np.exp(TARGET / 5), "e": Y, "a": X[:, 0]})
    return {
        "cox": lambda: lifelines.CoxPHFitter().fit(table, "t", "e"),
        "weibull": lambda: lifelines.WeibullFitter().fit(table["t"], table["e"]),
        "kaplan-meier": lambda: lifelines.KaplanMeierFitter().fit(table["t"], table["e"]),
        "aft": lambda: lifelines.WeibullAFTFitter().fit(table, "t", "e"),
    }


def gensim(shelf: Shelf) -> None:
    """gensim: word vectors and topics, by its own `save`, which pickles."""
    from gensim import corpora, models

    words = corpora.Dictionary(SENTENCES)
    bags = [words.doc2bow(sentence) for sentence in SENTENCES]
    small = {"vector_size": 8, "min_count": 1, "epochs": 1}
    documents = [models.doc2vec.TaggedDocument(s, [i]) for i, s in enumerate(SENTENCES)]
    values = {
        "dictionary": lambda: words,
        "word2vec": lambda: models.Word2Vec(SENTENCES, **small),
        "fasttext": lambda: models.FastText(SENTENCES, bucket=50, **small),
        "doc2vec": lambda: models.Doc2Vec(documents, **small),
        "vectors": lambda: models.Word2Vec(SENTENCES, **small).wv,
        "tfidf": lambda: models.TfidfModel(bags),
        "lsi": lambda: models.LsiModel(bags, num_topics=2, id2word=words),
        "lda": lambda: models.LdaModel(bags, 2, words),
        "phrases": lambda: models.Phrases(SENTENCES, min_count=1),
    }
    shelf.each("gensim", values, lambda library, name, value: value.save(str(shelf.path(library, f"{name}.model"))))
    shelf.each("gensim", values, shelf.pickle)
