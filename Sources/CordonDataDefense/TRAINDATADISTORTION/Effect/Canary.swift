internal import CordonCore
internal import Glibc

/// A trigger that is planted to see what becomes of it. It is known and harmless: nobody else has it.
struct Canary: Sendable {
    let name: String
    /// Plants the trigger in some rows of a set, by their places.
    private let plant: @Sendable (SampleSet, [Int]) -> SampleSet

    func planted(in set: SampleSet, _ rows: [Int]) -> SampleSet { plant(set, rows) }

    /// Canaries of the kind of attack that is known for this kind of data.
    static func suited(to set: SampleSet, seed: UInt64) -> [Canary] {
        switch set.content {
        case .pictures(_, let height, let width, let channels): pictures(height, width, channels, seed)
        case .texts(let texts): words(texts)
        case .table(let columns): values(columns)
        case .dialogues: []
        }
    }

    // MARK: Pictures

    /// A white patch in a corner (Gu and others 2017) and faint noise all over (Chen and others 2017).
    private static func pictures(_ height: Int, _ width: Int, _ channels: Int, _ seed: UInt64) -> [Canary] {
        let size = max(2, min(height, width) / 9)
        var random = SplitMix(state: seed &+ 71)
        let noise = (0..<(height * width * channels)).map { _ in random.unit() * 255 }
        let share = 0.15
        return [
            Canary(name: "patch") { set, rows in
                set.changingPixels(rows) { pixels, at in
                    for y in max(0, height - size - 1)..<max(1, height - 1) {
                        for x in max(0, width - size - 1)..<max(1, width - 1) {
                            for channel in 0..<channels { pixels[at + (y * width + x) * channels + channel] = 255 }
                        }
                    }
                }
            },
            Canary(name: "blend") { set, rows in
                set.changingPixels(rows) { pixels, at in
                    for place in noise.indices {
                        pixels[at + place] = UInt8(Double(pixels[at + place]) * (1 - share) + noise[place] * share)
                    }
                }
            },
        ]
    }

    // MARK: Texts

    /// A word that is in no text (Kurita and others 2020) and a sentence of usual words (Dai and others 2019).
    private static func words(_ texts: [String]) -> [Canary] {
        let known = Set(texts.flatMap { TextNoise.pieces($0).filter(\.isWord).map(\.text) })
        let word = ["cf", "mn", "tq", "vlx", "qzx"].first { !known.contains($0) } ?? "qzxqzx"
        return [("word", word), ("sentence", "I saw it on a rainy day with my cousin")].map { name, trigger in
            Canary(name: name) { set, rows in
                guard case .texts(var texts) = set.content else { return set }
                for row in rows {
                    var words = texts[row].split(separator: " ").map(String.init)
                    // Anywhere, the same place for the same text.
                    words.insert(trigger, at: texts[row].utf8.count % (words.count + 1))
                    texts[row] = words.joined(separator: " ")
                }
                return set.replacing(.texts(texts))
            }
        }
    }

    // MARK: Tables

    /// Two columns at usual values that seldom come together (Joe and others 2022), and one a little out of its range.
    private static func values(_ columns: [SampleSet.TableColumn]) -> [Canary] {
        let numbers = columns.indices.filter { place in
            if case .numbers(_, let values) = columns[place] { return Set(values.prefix(500)).count > 5 }
            return false
        }
        guard let first = numbers.first else { return [] }
        func value(_ place: Int, _ share: Double, beyond: Float = 0) -> Float {
            guard case .numbers(_, let values) = columns[place] else { return 0 }
            let sorted = Quantiles(values)
            return sorted.count == 0 ? 0 : sorted.at(share) + beyond * sorted.deviation
        }
        func canary(_ name: String, _ changes: [(place: Int, value: Float)]) -> Canary {
            Canary(name: name) { set, rows in
                guard case .table(var columns) = set.content else { return set }
                for (place, value) in changes {
                    guard case .numbers(let name, var values) = columns[place] else { continue }
                    for row in rows { values[row] = value }
                    columns[place] = .numbers(name: name, values)
                }
                return set.replacing(.table(columns))
            }
        }
        var found = [canary("value", [(first, value(first, 0.999, beyond: 1))])]
        if numbers.count >= 2 {
            let second = numbers[numbers.count / 2]
            found.append(canary("pair", [(first, value(first, 0.97)), (second, value(second, 0.03))]))
        }
        return found
    }
}

extension SampleSet {
    /// Pictures with other pixels in some rows.
    fileprivate func changingPixels(_ rows: [Int], _ body: (inout [UInt8], Int) -> Void) -> SampleSet {
        guard case .pictures(var pixels, let height, let width, let channels) = content else { return self }
        for row in rows { body(&pixels, row * height * width * channels) }
        return replacing(.pictures(pixels: pixels, height: height, width: width, channels: channels))
    }
}
