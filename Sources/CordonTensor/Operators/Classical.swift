internal import CordonFormats

extension OperatorSet {
    private static let ml = "ai.onnx.ml"

    /// Linear models and preparation of tables. Source: ONNX-ML operators, versions 1–5.
    static let classical: [Operator] = [
        Operator("LinearRegressor", domain: ml) { node in
            let x = try rows(node.tensor(0))
            let targets = node.integer("targets", 1)
            let sums = try linear(node, x, targets)
            return [Value(try finished(sums, targets, node))]
        },
        Operator("LinearClassifier", domain: ml, body: linearClassifier),
        Operator("SVMRegressor", domain: ml, body: supportRegressor),
        Operator("SVMClassifier", domain: ml, body: supportClassifier),
        Operator("Scaler", domain: ml) { node in
            let x = try node.tensor(0).cast(to: .float32)
            let width = x.shape.last ?? 1
            func row(_ name: String, _ standard: Double) throws -> Tensor {
                let values = node.reals(name) ?? [standard]
                guard values.count == 1 || values.count == width else {
                    throw TensorFailure(.shape, "'\(name)' for \(width) features")
                }
                return try Tensor(values.map { Float($0) }, shape: [values.count])
            }
            return [Value(try (x - row("offset", 0)) * row("scale", 1))]
        },
        Operator("Normalizer", domain: ml) { node in
            let x = try node.tensor(0).cast(to: .float32)
            let axis = max(0, x.rank - 1)
            let norm: Tensor
            switch node.text("norm", "MAX") {
            case "L1": norm = try x.apply("abs").sum([axis], keep: true)
            case "L2": norm = try (x * x).sum([axis], keep: true).apply("sqrt")
            default: norm = try call("aten::amax", "", .tensor(x), .integers([axis]), true)
            }
            let isZero = try call("aten::eq", "Scalar", .tensor(norm), 0)
            return [Value(try x / isZero.choosing(.filled(norm.shape, 1), norm))]
        },
        Operator("Imputer", domain: ml) { node in
            let x = try node.tensor(0)
            let row: Tensor
            let isMissing: Tensor
            if x.type.isFloating {
                let values = node.reals("imputed_value_floats") ?? []
                row = try Tensor.of(values, shape: [values.count], type: .float64).cast(to: x.type)
                let wanted = node.real("replaced_value_float", 0)
                isMissing =
                    wanted.isNaN ? try x.apply("isnan") : try call("aten::eq", "Scalar", .tensor(x), .real(wanted))
            } else {
                let values = node.exacts("imputed_value_int64s") ?? []
                row = try Tensor(values.map(Int64.init), shape: [values.count]).cast(to: x.type)
                isMissing = try call(
                    "aten::eq", "Scalar", .tensor(x), .integer(node.exact("replaced_value_int64") ?? 0))
            }
            guard row.count == 1 || row.count == x.shape.last else {
                throw TensorFailure(.model, "\(row.count) values to impute in \(x.shape)")
            }
            return try node.like(0, isMissing.choosing(row, x))
        },
        Operator("Binarizer", domain: ml) { node in
            let x = try node.tensor(0)
            return try node.like(
                0, call("aten::gt", "Scalar", .tensor(x), .real(node.real("threshold", 0))).cast(to: x.type))
        },
        Operator("ArrayFeatureExtractor", domain: ml, half: .asIs) { node in
            let x = try node.tensor(0)
            guard x.rank > 0 else { throw TensorFailure(.shape, "a scalar has no features") }
            let index = try positive(node.tensor(1), x.shape[x.rank - 1])
            let picked = try x.picked(x.rank - 1, index.integers())
            return try node.like(0, x.rank == 1 ? picked.reshaped([1, picked.count]) : picked)
        },
        Operator("FeatureVectorizer", domain: ml) { node in
            let parts = try node.inputs.indices.map { try rows(node.tensor($0)).cast(to: .float32) }
            return [Value(try .concatenated(parts, 1))]
        },
        Operator("OneHotEncoder", domain: ml, half: .asIs, body: oneHotEncoder),
        Operator("LabelEncoder", domain: ml, half: .asIs, body: labelEncoder),
        Operator("CategoryMapper", domain: ml, half: .asIs) { node in
            let (texts, numbers) = (node.texts("cats_strings") ?? [], node.exacts("cats_int64s") ?? [])
            guard texts.count == numbers.count else {
                throw TensorFailure(.model, "\(texts.count) texts and \(numbers.count) numbers")
            }
            if case .texts(let elements, let shape) = try node.value(0) {
                let table = Dictionary(zip(texts, numbers), uniquingKeysWith: { $1 })
                let standard = node.exact("default_int64") ?? -1
                return [Value(try Tensor(elements.map { Int64(table[$0] ?? standard) }, shape: shape))]
            }
            let x = try node.tensor(0)
            let table = Dictionary(zip(numbers, texts), uniquingKeysWith: { $1 })
            return [
                .texts(try x.integers().map { table[$0] ?? node.text("default_string", "_Unused") }, shape: x.shape)
            ]
        },
        Operator("ZipMap", domain: ml, half: .asIs) { node in
            let scores = try rows(node.tensor(0))
            let keys = node.texts("classlabels_strings") ?? (node.exacts("classlabels_int64s") ?? []).map(String.init)
            guard keys.count == scores.shape[1] else {
                throw TensorFailure(.shape, "\(keys.count) labels for \(scores.shape)")
            }
            return [.maps(keys: keys, scores: scores)]
        },
    ]

    static func rows(_ x: Tensor) throws -> Tensor {
        guard x.rank == 1 || x.rank == 2 else {
            throw TensorFailure(.shape, "\(x.shape) where rows of features were expected")
        }
        return x.rank == 1 ? try x.reshaped([1, x.count]) : x
    }

    private static func linear(_ node: NodeCall, _ x: Tensor, _ targets: Int) throws -> Tensor {
        let coefficients = node.reals("coefficients") ?? []
        guard (1...(1 << 18)).contains(targets), coefficients.count == targets * x.shape[1] else {
            throw TensorFailure(
                .shape, "\(coefficients.count) coefficients for \(targets) targets of \(x.shape[1]) features")
        }
        let weights = try Tensor(coefficients.map { Float($0) }, shape: [targets, x.shape[1]])
        var sums = try x.cast(to: .float32).matmul(weights.transposed(0, 1))
        if let intercepts = node.reals("intercepts"), !intercepts.isEmpty {
            guard intercepts.count == targets else {
                throw TensorFailure(.shape, "\(intercepts.count) intercepts for \(targets) targets")
            }
            sums = try sums + Tensor(intercepts.map { Float($0) }, shape: [targets])
        }
        return sums
    }

    static func finished(_ sums: Tensor, _ width: Int, _ node: NodeCall) throws -> Tensor {
        switch node.text("post_transform", "NONE") {
        case "NONE": return sums
        case "LOGISTIC": return try sums.apply("sigmoid")
        case "SOFTMAX": return try sums.softmax(sums.rank - 1)
        case let other:
            let scores = transformed(try sums.doubles(), width: width, other)
            return try Tensor.of(scores, shape: sums.shape, type: .float64).cast(to: .float32)
        }
    }

    private static func linearClassifier(_ node: NodeCall) throws -> [Value] {
        let x = try rows(node.tensor(0))
        let count = max(node.texts("classlabels_strings")?.count ?? 0, node.integers("classlabels_ints")?.count ?? 0)
        let classes = x.shape[1] == 0 ? 0 : (node.reals("coefficients") ?? []).count / x.shape[1]
        let sums = try linear(node, x, classes)
        let transform = node.text("post_transform", "NONE")
        if classes == 1, count == 2 {
            // One row of weights decides between two labels.
            let values = try sums.doubles()
            var scores: [Double] = []
            for value in values {
                let p = transformed([value], width: 1, transform)[0]
                scores += transform == "LOGISTIC" ? [1 - p, p] : [-p, p]
            }
            return try [
                labels(node, values.map { $0 > 0 ? 1 : 0 }),
                Value(Tensor.of(scores, shape: [values.count, 2], type: .float64).cast(to: .float32)),
            ]
        }
        let choices = try call("aten::argmax", "", .tensor(sums), 1).integers()
        return try [labels(node, choices), Value(finished(sums, classes, node))]
    }

    private static func oneHotEncoder(_ node: NodeCall) throws -> [Value] {
        let allowsUnknown = node.integer("zeros", 1) == 1
        let (places, shape, width): ([Int?], [Int], Int)
        if case .texts(let elements, let from) = try node.value(0) {
            let categories = node.texts("cats_strings") ?? []
            let table = Dictionary(zip(categories, categories.indices), uniquingKeysWith: { first, _ in first })
            (places, shape, width) = (elements.map { table[$0] }, from, categories.count)
        } else {
            let x = try node.tensor(0)
            let categories = node.exacts("cats_int64s") ?? []
            let table = Dictionary(zip(categories, categories.indices), uniquingKeysWith: { first, _ in first })
            (places, shape, width) = (try x.integers().map { table[$0] }, x.shape, categories.count)
        }
        guard places.count * width < 1 << 30 else {
            throw TensorFailure(.shape, "\(places.count) values in \(width) categories")
        }
        var hot = [Float](repeating: 0, count: places.count * width)
        for (index, place) in places.enumerated() {
            guard let place else {
                guard allowsUnknown else { throw TensorFailure(.model, "a value that is in no category") }
                continue
            }
            hot[index * width + place] = 1
        }
        return [Value(try Tensor(hot, shape: shape + [width]))]
    }

    /// One side of a label encoder's table.
    private enum Labels {
        case texts([String])
        case numbers([Double])
        case whole([Int])

        var count: Int {
            switch self {
            case .texts(let texts): texts.count
            case .numbers(let numbers): numbers.count
            case .whole(let numbers): numbers.count
            }
        }
    }

    /// Which key each element of a value is, and the value's shape.
    private static func places(_ value: Value, _ keys: Labels) throws -> (places: [Int?], shape: [Int]) {
        switch (value, keys) {
        case (.texts(let elements, let shape), .texts(let texts)):
            let table = Dictionary(zip(texts, texts.indices), uniquingKeysWith: { $1 })
            return (elements.map { table[$0] }, shape)
        case (.tensor(let tensor, _), .numbers(let numbers)):
            let table = Dictionary(zip(numbers.map(\.bitPattern), numbers.indices), uniquingKeysWith: { $1 })
            let missing = numbers.firstIndex { $0.isNaN }
            return (try tensor.doubles().map { $0.isNaN ? missing : table[$0.bitPattern] }, tensor.shape)
        case (.tensor(let tensor, _), .whole(let numbers)) where !tensor.type.isFloating:
            let table = Dictionary(zip(numbers, numbers.indices), uniquingKeysWith: { $1 })
            return (try tensor.integers().map { table[$0] }, tensor.shape)
        default: throw TensorFailure(.type, "the input is not of the keys' type")
        }
    }

    private static func labelEncoder(_ node: NodeCall) throws -> [Value] {
        func side(_ name: String) throws -> (labels: Labels, code: Int)? {
            if let texts = node.texts("\(name)_strings") { return (.texts(texts), ElementCode.text) }
            if let numbers = node.exacts("\(name)_int64s") { return (.whole(numbers), ElementCode.int64) }
            if let numbers = node.reals("\(name)_floats") { return (.numbers(numbers), ElementCode.float32) }
            switch try node.constant("\(name)_tensor") {
            case .texts(let texts, _): return (.texts(texts), ElementCode.text)
            case .tensor(let tensor, let code):
                return (
                    tensor.type.isFloating ? .numbers(try tensor.doubles()) : .whole(try tensor.integers()), code
                )
            default: return nil
            }
        }
        var (keys, values) = (try side("keys"), try side("values"))
        if keys == nil, let classes = node.texts("classes_strings") {
            // Version 1: text to place, or place to text.
            let numbers = Labels.whole(Array(classes.indices))
            var isText = false
            if case .texts = try node.value(0) { isText = true }
            keys = isText ? (.texts(classes), ElementCode.text) : (numbers, ElementCode.int64)
            values = isText ? (numbers, ElementCode.int64) : (.texts(classes), ElementCode.text)
        }
        guard let keys, let values, keys.labels.count == values.labels.count else {
            throw TensorFailure(.model, "keys and values do not fit each other")
        }
        let (places, from) = try Self.places(node.value(0), keys.labels)
        let standard = try node.constant("default_tensor")
        if case .texts(let texts) = values.labels {
            var fallback = node.text("default_string", "_Unused")
            if case .texts(let given, _) = standard, let first = given.first { fallback = first }
            return [.texts(places.map { $0.map { texts[$0] } ?? fallback }, shape: from)]
        }
        guard let type = ElementCode.element(values.code) else { throw unknown(values.code) }
        let mapped: Tensor
        switch values.labels {
        case .whole(let numbers):
            let fallback = try standard?.tensor?.integers().first ?? node.exact("default_int64") ?? -1
            mapped = try Tensor(places.map { Int64($0.map { numbers[$0] } ?? fallback) }, shape: from)
        case .numbers(let numbers):
            let fallback = try standard?.tensor?.doubles().first ?? node.real("default_float", -0.0)
            mapped = try Tensor.of(places.map { $0.map { numbers[$0] } ?? fallback }, shape: from, type: .float64)
        case .texts: throw unknown(values.code)
        }
        return [.tensor(try mapped.cast(to: type), code: values.code)]
    }
}
