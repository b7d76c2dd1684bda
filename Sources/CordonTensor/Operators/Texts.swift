internal import CordonFormats

extension OperatorSet {
    /// Text. Regular expressions are left out: a hostile pattern could run for ever.
    static let texts: [Operator] = [
        Operator("StringConcat", half: .asIs) { node in
            let (a, b) = (try node.texts(0), try node.texts(1))
            let shape = try broadcast(a.shape, b.shape)
            // A loop that joins a text with itself doubles it each time.
            let size = a.elements.reduce(0) { $0 + $1.utf8.count } + b.elements.reduce(0) { $0 + $1.utf8.count }
            guard size < 1 << 28, shape.reduce(1, *) <= textLimit else {
                throw TensorFailure(.memory, "texts of \(size) bytes")
            }
            let (left, right) = (try spread(a.elements, a.shape, shape), try spread(b.elements, b.shape, shape))
            return [.texts(zip(left, right).map { $0 + $1 }, shape: shape)]
        },
        Operator("StringSplit", half: .asIs, body: split),
        Operator("StringNormalizer", half: .asIs) { node in
            let (elements, shape) = try node.texts(0)
            let stopwords = node.texts("stopwords") ?? []
            let isSensitive = node.integer("is_case_sensitive", 0) == 1
            let stops = Set(isSensitive ? stopwords : stopwords.map { $0.lowercased() })
            var kept = elements.filter { !stops.contains(isSensitive ? $0 : $0.lowercased()) }
            switch node.text("case_change_action", "NONE") {
            case "LOWER": kept = kept.map { $0.lowercased() }
            case "UPPER": kept = kept.map { $0.uppercased() }
            default: break
            }
            if kept.isEmpty { kept = [""] }
            guard shape.count <= 2, shape.count < 2 || shape[0] == 1 else {
                throw TensorFailure(.shape, "texts of \(shape)")
            }
            return [.texts(kept, shape: shape.count == 2 ? [1, kept.count] : [kept.count])]
        },
    ]

    /// Elements repeated to a shape that theirs broadcasts to.
    private static func spread(_ elements: [String], _ from: [Int], _ to: [Int]) throws -> [String] {
        if from == to { return elements }
        let index = try Tensor.counting(elements.count).reshaped(from).expanded(to).integers()
        return index.map { elements[$0] }
    }

    private static func split(_ node: NodeCall) throws -> [Value] {
        let (elements, shape) = try node.texts(0)
        let delimiter = node.text("delimiter", "")
        let most = node.integer("maxsplit") ?? Int.max
        let rows = elements.map { delimiter.isEmpty ? words($0, most) : parts($0, delimiter, most) }
        let width = rows.map(\.count).max() ?? 0
        guard rows.count * width <= textLimit else {
            throw TensorFailure(.shape, "\(rows.count) texts of up to \(width) parts")
        }
        let padded = rows.flatMap { $0 + [String](repeating: "", count: width - $0.count) }
        return [
            .texts(padded, shape: shape + [width]), Value(try Tensor(rows.map { Int64($0.count) }, shape: shape)),
        ]
    }

    private static func words(_ text: String, _ most: Int) -> [String] {
        var (found, rest): ([String], Substring) = ([], text[...])
        while true {
            rest = rest.drop { $0.isWhitespace }
            guard !rest.isEmpty else { return found }
            if found.count == most {
                return found + [String(rest).trimmed]
            }
            let word = rest.prefix { !$0.isWhitespace }
            found.append(String(word))
            rest = rest[word.endIndex...]
        }
    }

    private static func parts(_ text: String, _ delimiter: String, _ most: Int) -> [String] {
        let (bytes, mark) = (Array(text.utf8), Array(delimiter.utf8))
        if bytes.isEmpty { return [] }
        var (found, start, position): ([String], Int, Int) = ([], 0, 0)
        while position + mark.count <= bytes.count, found.count < most {
            if bytes[position..<(position + mark.count)].elementsEqual(mark) {
                found.append(String(decoding: bytes[start..<position], as: UTF8.self))
                position += mark.count
                start = position
            } else {
                position += 1
            }
        }
        return found + [String(decoding: bytes[start...], as: UTF8.self)]
    }

    /// Text features of scikit-learn. Source: ONNX operator TfIdfVectorizer, opset 9.
    static let classicalText: [Operator] = [
        Operator("TfIdfVectorizer", half: .asIs) { node in
            let rows: [[String]]
            let isFlat: Bool
            switch try node.value(0) {
            case .texts(let elements, let shape):
                guard shape.count == 1 || shape.count == 2, shape[0] <= textLimit else {
                    throw TensorFailure(.shape, "texts of \(shape)")
                }
                isFlat = shape.count == 1
                let width = shape.last ?? 0
                rows = isFlat ? [elements] : (0..<shape[0]).map { Array(elements[($0 * width)..<(($0 + 1) * width)]) }
            case .tensor(let tensor, _):
                guard tensor.rank == 1 || tensor.rank == 2, tensor.shape[0] <= textLimit else {
                    throw TensorFailure(.shape, "numbers of \(tensor.shape)")
                }
                isFlat = tensor.rank == 1
                let numbers = try tensor.integers().map(String.init)
                let width = tensor.shape.last ?? 0
                rows =
                    isFlat ? [numbers] : (0..<tensor.shape[0]).map { Array(numbers[($0 * width)..<(($0 + 1) * width)]) }
            default: throw TensorFailure(.type, "neither text nor numbers")
            }
            let (counts, width) = try grams(node, rows)
            return [Value(try Tensor(counts, shape: isFlat ? [width] : [rows.count, width]))]
        }
    ]

    private static func grams(_ node: NodeCall, _ rows: [[String]]) throws -> ([Float], Int) {
        let pool = node.texts("pool_strings") ?? (node.exacts("pool_int64s") ?? []).map(String.init)
        let starts = node.integers("ngram_counts") ?? []
        let indexes = node.integers("ngram_indexes") ?? []
        let weights = node.reals("weights")
        let mode = node.text("mode", "TF")
        let lengths = (node.integer("min_gram_length", 1), node.integer("max_gram_length", 1))
        let skips = node.integer("max_skip_count", 0)
        guard (1...64).contains(lengths.0), (lengths.0...64).contains(lengths.1), (0...1024).contains(skips),
            indexes.allSatisfy({ (0..<(1 << 24)).contains($0) })
        else { throw TensorFailure(.model, "lengths, skips or indexes out of range") }
        // Where each gram of the pool counts.
        var places: [[String]: [Int]] = [:]
        var gram = 0
        for (size, start) in starts.enumerated() {
            let end = size + 1 < starts.count ? starts[size + 1] : pool.count
            guard start >= 0, start <= end, end <= pool.count else {
                throw TensorFailure(.model, "'ngram_counts' do not fit the pool")
            }
            for position in stride(from: start, to: end, by: size + 1) where position + size < end {
                if (lengths.0...lengths.1).contains(size + 1) {
                    places[Array(pool[position...(position + size)]), default: []].append(gram)
                }
                gram += 1
            }
        }
        guard gram <= indexes.count else { throw TensorFailure(.model, "\(gram) grams and \(indexes.count) indexes") }
        let width = (indexes.max() ?? -1) + 1
        guard rows.count * width < 1 << 28 else { throw TensorFailure(.shape, "\(rows.count) rows of \(width)") }
        var counts = [Float](repeating: 0, count: rows.count * width)
        for (row, words) in rows.enumerated() {
            for size in lengths.0...lengths.1 {
                for skip in 0...(size == 1 ? 0 : skips) {
                    let reach = (size - 1) * (skip + 1)
                    guard words.count > reach else { continue }
                    try node.run.tick()
                    for start in 0..<(words.count - reach) {
                        let key = (0..<size).map { words[start + $0 * (skip + 1)] }
                        for gram in places[key] ?? [] { counts[row * width + indexes[gram]] += 1 }
                    }
                }
            }
        }
        if mode == "TF" { return (counts, width) }
        var scale = [Float](repeating: 1, count: width)
        if let weights {
            guard weights.count >= min(gram, indexes.count) else {
                throw TensorFailure(.model, "\(weights.count) weights")
            }
            for (gram, index) in indexes.enumerated() where gram < weights.count { scale[index] = Float(weights[gram]) }
        }
        for place in counts.indices {
            let weight = scale[place % max(1, width)]
            counts[place] = mode == "IDF" ? (counts[place] > 0 ? weight : 0) : counts[place] * weight
        }
        return (counts, width)
    }
}
