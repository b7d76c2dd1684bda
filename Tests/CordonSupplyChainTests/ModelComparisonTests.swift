import CordonTestSupport
import Testing

@testable import CordonSupplyChain

/// Numbers of a normal distribution, the same for the same seed.
private struct Normal {
    var state: UInt64

    mutating func uniform() -> Double {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (Double(state >> 11) + 0.5) / Double(1 << 53)
    }

    /// A sum of twelve uniform numbers less six: mean 0, variance 1.
    mutating func values(_ count: Int, scale: Float = 1) -> [Float] {
        (0..<count).map { _ in scale * Float((0..<12).reduce(-6.0) { sum, _ in sum + uniform() }) }
    }
}

@Suite("Comparing weights")
struct ModelComparisonTests {
    private let folder = TemporaryFolder()
    private static let width = 48

    private func model(_ name: String, _ tensors: [(String, [Int], [Float])]) {
        var offset = 0
        var parts: [String] = []
        var data: [UInt8] = []
        for (name, shape, values) in tensors {
            parts.append(
                #""\#(name)":{"dtype":"F32","shape":\#(shape),"data_offsets":[\#(offset),\#(offset + 4 * values.count)]}"#
            )
            offset += 4 * values.count
            data += values.flatMap { littleEndian($0.bitPattern) }
        }
        folder.write(safetensors("{\(parts.joined(separator: ","))}", data), to: name)
    }

    private func base(_ seed: UInt64) -> [(String, [Int], [Float])] {
        var random = Normal(state: seed)
        let size = Self.width
        return [("embed.weight", [64, size], random.values(64 * size))]
            + (0..<4).map { ("layers.\($0).weight", [size, size], random.values(size * size)) }
    }

    private func compare(_ tensors: [(String, [Int], [Float])]) async throws -> ModelComparison {
        model("a.safetensors", base(1))
        model("b.safetensors", tensors)
        return try await ModelComparison.compare(folder.path + "/a.safetensors", folder.path + "/b.safetensors")
    }

    @Test("Bit for bit the same is identical, also under a wrapper's names")
    func identical() async throws {
        #expect(try await compare(base(1)).verdict == .identical)
        let wrapped = base(1).map { ("base_model.\($0.0)", $0.1, $0.2) }
        #expect(try await compare(wrapped).verdict == .identical)
    }

    @Test("A little noise everywhere is the same lineage; other numbers are no relation")
    func noise() async throws {
        var random = Normal(state: 9)
        let tuned = base(1).map { name, shape, values in
            (name, shape, zip(values, random.values(values.count, scale: 0.03)).map { $0 + $1 })
        }
        let result = try await compare(tuned)
        #expect(result.verdict == .sameLineage && result.adapterRank == nil)
        #expect((result.medianCosine ?? 0) > 0.99 && (result.medianDistance ?? 1) < 0.05)
        let other = try await compare(base(2))
        #expect(other.verdict == .noRelation && abs(other.medianCosine ?? 1) < 0.1)
    }

    @Test("Words added to the vocabulary are counted, and changed layers named")
    func vocabulary() async throws {
        var tensors = base(1)
        var random = Normal(state: 5)
        tensors[0] = (tensors[0].0, [70, Self.width], tensors[0].2 + random.values(6 * Self.width))
        tensors[2].2 = zip(tensors[2].2, random.values(tensors[2].2.count, scale: 0.02)).map { $0 + $1 }
        let result = try await compare(tensors)
        #expect(result.verdict == .sameLineage)
        #expect(result.addedRows.map(\.rows) == [6])
        #expect(result.changed.map(\.name).filter { $0.contains("layers") }.count == 1)
    }

    @Test("A merged LoRA is told by the rank of the difference", arguments: [1, 4, 8])
    func adapters(rank: Int) async throws {
        var random = Normal(state: UInt64(rank))
        let size = Self.width
        let merged = base(1).map { name, shape, values -> (String, [Int], [Float]) in
            guard name.hasPrefix("layers") else { return (name, shape, values) }
            let (down, up) = (random.values(rank * size, scale: 0.1), random.values(size * rank, scale: 0.1))
            let sum = values.indices.map { index -> Float in
                let (row, column) = (index / size, index % size)
                return values[index]
                    + (0..<rank).reduce(Float(0)) { $0 + up[row * rank + $1] * down[$1 * size + column] }
            }
            return (name, shape, sum)
        }
        let result = try await compare(merged)
        #expect(result.verdict == .sameLineage && result.adapterRank == rank)
    }

    @Test("Names in common but no shape, and no name in common, are not called related")
    func unlike() async throws {
        let narrow = (0..<4).map { ("layers.\($0).weight", [8, 8], [Float](repeating: 1, count: 64)) }
        let reshaped = try await compare(narrow)
        #expect(reshaped.verdict == .notComparable && reshaped.reshaped.count == 4)
        let named = try await compare(base(1).map { ("x." + $0.0.replacing(".", with: "_"), $0.1, $0.2) })
        #expect(named.verdict == .notComparable && named.tensors.isEmpty && named.onlyFirst.count == 5)
    }
}
