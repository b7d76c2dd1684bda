import CordonCore
import CordonData
import CordonDataDefense
import CordonFormats
import Glibc

/// Trains the model that tells orders to models from other text, and says how well it does with what others wrote.
///
/// The corpus is a list of `{"injections": […], "harmless": […]}`, one entry per author. Each author's texts are weighed by a
/// model that saw the other authors' and half of the documents; the threshold leaves one of a hundred other documents.
enum OrderBench {
    static let bits = 20
    static let epochs = 6
    static let decay: Float = 5e-4

    static let kept = 100_000

    struct Author {
        let injections: [String]
        let harmless: [String]
    }

    static func run(_ arguments: [String]) throws {
        var paths = arguments
        var target: String?
        if let place = paths.firstIndex(of: "--write") {
            target = paths[place + 1]
            paths.removeSubrange(place...(place + 1))
        }
        let authors = try JSONDocument.parse(ByteView(copying: bytes(paths[0]))).root.elements.map { entry in
            Author(
                injections: entry["injections"]?.elements.compactMap(\.string) ?? [],
                harmless: entry["harmless"]?.elements.compactMap(\.string) ?? [])
        }
        var documents: [String] = []
        for path in paths.dropFirst() {
            try Dataset(path).forEachBatch(columns: ["text"]) { batch in
                for row in 0..<batch.count { if let text = batch.columns[0].text(row) { documents.append(text) } }
                return true
            }
        }
        var random = SplitMix(state: 1)
        documents.shuffle(using: &random)
        let half = documents.count / 2
        var sums = (0.0, 0.0)
        for (place, author) in authors.enumerated() {
            let model = train(authors.enumerated().filter { $0.offset != place }.map(\.element), documents[..<half])
            let clean = documents[half...].map { OrderTraining.weight(of: $0, model, bits: bits) }.sorted()
            let limit = clean[clean.count * 99 / 100]
            let found = share(author.injections, model, limit)
            let false_ = share(author.harmless, model, limit)
            let rare = clean[clean.count * 999 / 1000]
            print(
                "author \(place + 1): limit \(limit), found \(found), look-alikes alerted \(false_); one of 1,000: limit \(rare), found \(share(author.injections, model, rare))"
            )
            sums = (sums.0 + found / Double(authors.count), sums.1 + false_ / Double(authors.count))
        }
        print("mean: found \(sums.0), look-alikes alerted \(sums.1)")
        guard let target else { return }
        try write(train(authors, documents[...]), to: target)
    }

    private static func share(
        _ texts: [String], _ model: (bias: Double, scale: Double, weights: [Int8]), _ limit: Double
    ) -> Double {
        Double(texts.count { OrderTraining.weight(of: $0, model, bits: bits) > limit }) / Double(max(1, texts.count))
    }

    private static func train(
        _ authors: [Author], _ documents: ArraySlice<String>
    ) -> (bias: Double, scale: Double, weights: [Int8]) {
        var training = OrderTraining(bits: bits)
        for author in authors {
            for text in author.injections { training.add(text, isOrder: true) }
            for text in author.harmless { training.add(text, isOrder: false) }
        }
        for text in documents { training.add(text, isOrder: false, importance: 0.3) }
        return training.run(epochs: epochs, decay: decay, kept: kept, seed: 1)
    }

    private static func bytes(_ path: String) -> [UInt8] {
        guard let file = fopen(path, "r") else { return [] }
        defer { fclose(file) }
        var found: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&part, 1, part.count, file), count > 0 { found += part[..<count] }
        return found
    }

    /// The model as source: distances to the next weight and weights, 8 bits each, base 64.
    private static func write(_ model: (bias: Double, scale: Double, weights: [Int8]), to path: String) throws {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        var text = ""
        var (buffer, filled): (UInt32, UInt32) = (0, 0)
        func put(_ byte: UInt8) {
            buffer = buffer << 8 | UInt32(byte)
            filled += 8
            while filled >= 6 {
                filled -= 6
                text.append(alphabet[Int(buffer >> filled & 63)])
            }
        }
        var last = -1
        for (place, weight) in model.weights.enumerated() where weight != 0 {
            var step = place - last - 1
            while step >= 255 {
                put(255)
                step -= 255
            }
            put(UInt8(step))
            put(UInt8(bitPattern: weight))
            last = place
        }
        if filled > 0 { text.append(alphabet[Int(buffer << (6 - filled) & 63)]) }
        var source = """
            // Made by `make orders-model`: `cordon-bench orders` on Benchmarks/dataquality/orders.json. Do not edit.

            /// Weights of ``OrderModel``.
            enum OrderWeights {
                static let bias = \(model.bias)
                static let bits = \(bits)
                static let scale = \(model.scale)
                // swift-format-ignore
                static let base64 = \"""

            """
        var rest = text[...]
        while !rest.isEmpty {
            source += "        " + rest.prefix(112) + "\\\n"
            rest = rest.dropFirst(112)
        }
        source += "\n        \"\"\"\n}\n"
        guard let file = fopen(path, "w") else { return print("\(path) cannot be written") }
        fputs(source, file)
        fclose(file)
    }
}
