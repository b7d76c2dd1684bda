"""Exports models of scikit-learn as their users do, runs them with cordon and with ONNX Runtime, and compares.

Run by `make interop-engine`, in the virtual environment of `make test-deps`.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import warnings

import numpy
import onnx
import onnxruntime
import pyarrow.parquet
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, Int64TensorType, StringTensorType
from sklearn import (calibration, cluster, compose, decomposition, discriminant_analysis, ensemble, feature_extraction,
                     feature_selection, gaussian_process, impute, isotonic, kernel_approximation, linear_model, mixture,
                     multiclass, multioutput, naive_bayes, neighbors, neural_network, pipeline, preprocessing,
                     random_projection, svm, tree)

warnings.filterwarnings("ignore")
onnxruntime.set_default_logger_severity(3)
random = numpy.random.default_rng(7)
ROWS = 240
X = random.normal(size=(ROWS, 6)).astype(numpy.float32)
X[:, 3] = X[:, 3].round()
TWO = (X[:, 0] + X[:, 1] ** 2 > 0.6).astype(int)
THREE = numpy.digitize(X[:, 0] + 0.5 * X[:, 2], [-0.5, 0.6])
WORDS = numpy.array(["no", "maybe", "yes"])[THREE]
VALUE = (2 * X[:, 0] - X[:, 1] + 0.1 * X[:, 2] ** 2).astype(numpy.float32)
PLAIN = {"zipmap": False}
failures = []
compared = 0
unsupported = []


def run(name, model, data, folder, tolerance):
    """Both runtimes on the same rows; `data` maps inputs to columns."""
    global compared
    path = folder / "model.onnx"
    path.write_bytes(model.SerializeToString())
    session = onnxruntime.InferenceSession(path)
    names = [output.name for output in session.get_outputs()]
    wanted = dict(zip(names, session.run(None, data)))
    listed = json.loads(subprocess.run([str(CORDON), "model", "info", path, "--format", "json"], capture_output=True,
                                       text=True).stdout)
    missing = [entry["name"] for entry in listed["operators"] if not entry["supported"]]
    if missing:
        unsupported.append((name, missing))
        return
    columns = {}
    for key, values in data.items():
        columns[key] = pyarrow.array(values.reshape(-1).tolist()) if values.shape[1] == 1 else pyarrow.FixedSizeListArray.from_arrays(
            pyarrow.array(values.reshape(-1)), values.shape[1])
    pyarrow.parquet.write_table(pyarrow.table(columns), folder / "rows.parquet")
    done = subprocess.run([str(CORDON), "model", "run", path, "--data", folder / "rows.parquet", "--output",
                           folder / "out.parquet"], capture_output=True, text=True)
    if done.returncode != 0:
        failures.append(f"{name}: {done.stderr.strip()[:300]}")
        return
    table = pyarrow.parquet.read_table(folder / "out.parquet")
    (folder / "out.parquet").unlink()
    for key, value in wanted.items():
        mine = numpy.array(table[key].to_pylist())
        theirs = numpy.array(value).reshape(mine.shape)  # Labels may come as a row.
        if theirs.dtype.kind in "fc":
            scale = max(1, float(numpy.abs(theirs).max()))
            worst = float(numpy.abs(mine.astype(float) - theirs).max()) / scale
            ok = worst <= tolerance
        else:
            # A tie may fall either way in the last bit.
            worst = float((mine != theirs).mean())
            ok = worst <= 0.01
        if not ok:
            failures.append(f"{name}, output '{key}': differs by {worst:.3g}")
    compared += 1


def classifiers():
    for labels, kind in [(TWO, "two"), (THREE, "three"), (WORDS, "words")]:
        for kernel in ["rbf", "linear", "poly", "sigmoid"]:
            yield f"SVC {kernel} {kind}", svm.SVC(kernel=kernel, decision_function_shape="ovo"), labels
        yield f"SVC ovr {kind}", svm.SVC(), labels
        yield f"SVC calibrated {kind}", calibration.CalibratedClassifierCV(svm.SVC(), cv=3), labels
        yield f"NuSVC {kind}", svm.NuSVC(nu=0.2), labels
        yield f"LinearSVC {kind}", svm.LinearSVC(), labels
        yield f"LogisticRegression {kind}", linear_model.LogisticRegression(), labels
        yield f"SGDClassifier {kind}", linear_model.SGDClassifier(loss="log_loss", random_state=0), labels
        yield f"RidgeClassifier {kind}", linear_model.RidgeClassifier(), labels
        yield f"DecisionTree {kind}", tree.DecisionTreeClassifier(random_state=0), labels
        yield f"RandomForest {kind}", ensemble.RandomForestClassifier(20, random_state=0), labels
        yield f"ExtraTrees {kind}", ensemble.ExtraTreesClassifier(20, random_state=0), labels
        yield f"GradientBoosting {kind}", ensemble.GradientBoostingClassifier(n_estimators=10, random_state=0), labels
        yield f"HistGradientBoosting {kind}", ensemble.HistGradientBoostingClassifier(max_iter=10), labels
        yield f"AdaBoost {kind}", ensemble.AdaBoostClassifier(n_estimators=8, random_state=0), labels
        yield f"Bagging {kind}", ensemble.BaggingClassifier(n_estimators=4, random_state=0), labels
        yield f"KNeighbors {kind}", neighbors.KNeighborsClassifier(), labels
        yield f"GaussianNB {kind}", naive_bayes.GaussianNB(), labels
        yield f"BernoulliNB {kind}", naive_bayes.BernoulliNB(), labels
        yield f"LDA {kind}", discriminant_analysis.LinearDiscriminantAnalysis(), labels
        yield f"QDA {kind}", discriminant_analysis.QuadraticDiscriminantAnalysis(), labels
        yield f"MLP {kind}", neural_network.MLPClassifier((8,), max_iter=300, random_state=0), labels
        yield f"OneVsRest {kind}", multiclass.OneVsRestClassifier(linear_model.LogisticRegression()), labels
        yield f"Voting {kind}", ensemble.VotingClassifier(
            [("a", linear_model.LogisticRegression()), ("b", tree.DecisionTreeClassifier(max_depth=3))], voting="soft", flatten_transform=False), labels
        yield f"Stacking {kind}", ensemble.StackingClassifier(
            [("a", linear_model.LogisticRegression()), ("b", naive_bayes.GaussianNB())]), labels


def regressors():
    yield "LinearRegression", linear_model.LinearRegression()
    yield "Ridge", linear_model.Ridge()
    yield "Lasso", linear_model.Lasso(0.01)
    yield "ElasticNet", linear_model.ElasticNet(0.01)
    yield "BayesianRidge", linear_model.BayesianRidge()
    yield "Huber", linear_model.HuberRegressor()
    yield "Poisson", linear_model.PoissonRegressor()
    for kernel in ["rbf", "linear", "poly", "sigmoid"]:
        yield f"SVR {kernel}", svm.SVR(kernel=kernel)
    yield "NuSVR", svm.NuSVR()
    yield "LinearSVR", svm.LinearSVR()
    yield "DecisionTree regression", tree.DecisionTreeRegressor(random_state=0)
    yield "RandomForest regression", ensemble.RandomForestRegressor(20, random_state=0)
    yield "ExtraTrees regression", ensemble.ExtraTreesRegressor(20, random_state=0)
    yield "GradientBoosting regression", ensemble.GradientBoostingRegressor(n_estimators=10, random_state=0)
    yield "HistGradientBoosting regression", ensemble.HistGradientBoostingRegressor(max_iter=10)
    yield "AdaBoost regression", ensemble.AdaBoostRegressor(n_estimators=5, random_state=0)
    yield "KNeighbors regression", neighbors.KNeighborsRegressor()
    yield "MLP regression", neural_network.MLPRegressor(hidden_layer_sizes=(8,), max_iter=300, random_state=0)
    yield "GaussianProcess", gaussian_process.GaussianProcessRegressor(gaussian_process.kernels.RBF(3.0), alpha=1e-2)
    yield "PLS-like pipeline", pipeline.make_pipeline(decomposition.PCA(3), linear_model.LinearRegression())
    yield "MultiOutput", multioutput.MultiOutputRegressor(linear_model.Ridge())


def transformers():
    for name, step in [
        ("StandardScaler", preprocessing.StandardScaler()), ("MinMaxScaler", preprocessing.MinMaxScaler()),
        ("MaxAbsScaler", preprocessing.MaxAbsScaler()), ("RobustScaler", preprocessing.RobustScaler()),
        ("Normalizer", preprocessing.Normalizer()), ("Binarizer", preprocessing.Binarizer()),
        ("PolynomialFeatures", preprocessing.PolynomialFeatures(2)),
        ("KBins", preprocessing.KBinsDiscretizer(4, encode="onehot-dense", quantile_method="averaged_inverted_cdf")),
        ("PowerTransformer", preprocessing.PowerTransformer()), ("PCA", decomposition.PCA(3)),
        ("IncrementalPCA", decomposition.IncrementalPCA(3)), ("TruncatedSVD", decomposition.TruncatedSVD(3)),
        ("KernelPCA", decomposition.KernelPCA(3, kernel="rbf")), ("KMeans", cluster.KMeans(3, n_init=2, random_state=0)),
        ("GaussianMixture", mixture.GaussianMixture(2, random_state=0)),
        ("SelectKBest", feature_selection.SelectKBest(k=3)), ("VarianceThreshold", feature_selection.VarianceThreshold()),
        ("RandomProjection", random_projection.GaussianRandomProjection(4, random_state=0)),
        ("IsolationForest", ensemble.IsolationForest(n_estimators=20, random_state=0)), ("OneClassSVM", svm.OneClassSVM()),
        ("LocalOutlierFactor", neighbors.LocalOutlierFactor(novelty=True)),
        ("Imputer", impute.SimpleImputer()), ("KNNImputer", impute.KNNImputer()),
    ]:
        yield name, step


def attempt(name, make, data, folder, tolerance=1e-4):
    try:
        model = make()
    except Exception as error:  # Not every estimator can be exported by every version.
        print(f"  skl2onnx does not export {name}: {str(error).splitlines()[0][:100]}")
        return
    try:
        run(name, model, data, folder, tolerance)
    except Exception as error:
        failures.append(f"{name}: {error!r}"[:300])


def main(folder):
    for name, estimator, labels in classifiers():
        attempt(name, lambda: to_onnx(estimator.fit(X, labels), X[:1], options=None if "LinearSVC" in name else {id(estimator): PLAIN}),
                {"X": X}, folder)
    for name, estimator in regressors():
        target = {"MultiOutput": numpy.stack([VALUE, -VALUE], 1), "Poisson": numpy.exp(VALUE)}.get(name, VALUE)
        attempt(name, lambda: to_onnx(estimator.fit(X, target), X[:1]), {"X": X}, folder, 1e-3 if "Process" in name else 1e-4)
    holes = X.copy()
    holes[::7, 1] = numpy.nan
    for name, step in transformers():
        rows = holes if "Imputer" in name else X
        attempt(name, lambda: to_onnx(step.fit(rows, TWO), X[:1], target_opset={"": 18, "ai.onnx.ml": 3}), {"X": rows}, folder)
    # With the map that skl2onnx gives by default, on columns of text and numbers as tables have them.
    words = numpy.array([["a", "b", "c"][row % 3] for row in range(ROWS)]).reshape(-1, 1)
    number = X[:, :1]
    import pandas
    frame = pandas.DataFrame({"word": words[:, 0], "number": number[:, 0]})
    mixed = pipeline.make_pipeline(
        compose.ColumnTransformer([("w", preprocessing.OneHotEncoder(handle_unknown="ignore"), ["word"]),
                                   ("n", preprocessing.StandardScaler(), ["number"])]),
        linear_model.LogisticRegression())
    attempt("ColumnTransformer", lambda: to_onnx(
        mixed.fit(frame, TWO), initial_types=[("word", StringTensorType([None, 1])), ("number", FloatTensorType([None, 1]))],
        options={id(mixed.steps[-1][1]): PLAIN}), {"word": words.astype(object), "number": number}, folder)
    ordinal = pipeline.make_pipeline(preprocessing.OrdinalEncoder(), tree.DecisionTreeClassifier())
    attempt("OrdinalEncoder", lambda: to_onnx(
        ordinal.fit(words, TWO), initial_types=[("word", StringTensorType([None, 1]))],
        options={id(ordinal.steps[-1][1]): PLAIN}), {"word": words.astype(object)}, folder)


parser = argparse.ArgumentParser()
parser.add_argument("--cordon", required=True, type=pathlib.Path)
CORDON = parser.parse_args().cordon.resolve()
with tempfile.TemporaryDirectory() as name:
    main(pathlib.Path(name))
for failure in failures:
    print("FAILED:", failure)
for name, missing in unsupported:
    print("not supported:", name, missing)
print(f"scikit-learn: {compared} models agree with ONNX Runtime within 1e-4, {len(failures)} do not, {len(unsupported)} need "
      "operators that are not supported")
sys.exit(1 if failures else 0)
