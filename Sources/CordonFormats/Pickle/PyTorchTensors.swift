/// A tensor that a file of weights lists.
package struct ListedTensor: Hashable, Sendable {
    /// Its name; empty where the file is not followed far enough to tell.
    package let name: String
    /// The element type in the field's words: float32, bfloat16, int8.
    package let type: String
    /// Its extents.
    package let shape: [Int]

    /// Makes an entry.
    package init(name: String, type: String, shape: [Int]) {
        self.name = name
        self.type = type
        self.shape = shape
    }

    /// Elements; 0 beyond 63 bits.
    package var count: Int {
        var count = 1
        for extent in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: extent)
            guard !overflow else { return 0 }
            count = product
        }
        return count
    }
}

/// The tensors that a PyTorch pickle would make, found by following it. Nothing is loaded.
///
/// Source: pytorch/pytorch `torch/_utils.py`, `_rebuild_tensor_v2(storage, offset, size, stride, …)`, and
/// `torch/serialization.py`, persistent ids `('storage', class, key, place, count)`.
package enum PyTorchTensors {
    /// Tensors in the order in which they are made, at most 1,000,000. Names of the first keys of every dictionary only.
    package static func list(_ bytes: RawSpan) -> [ListedTensor] {
        var machine = PickleMachine(limits: PickleLimits(opcodes: 200_000_000))
        _ = machine.run(bytes, from: 0)
        var names: [Int: String] = [:]
        for (index, node) in machine.nodes.enumerated() where node.kind == .dictionary {
            let pairs = machine.keptItems(of: PickleValue(.node, index))
            for place in stride(from: 0, to: pairs.count - 1, by: 2) where pairs[place + 1].kind == .node {
                if let name = machine.text(of: pairs[place], in: bytes) { names[pairs[place + 1].payload] = name }
            }
        }
        var found: [ListedTensor] = []
        for (index, node) in machine.nodes.enumerated() where node.kind == .called && found.count < 1_000_000 {
            guard node.callee.kind == .imported, machine.trace.imports.indices.contains(node.callee.payload) else {
                continue
            }
            let made = machine.trace.imports[node.callee.payload].fullName
            guard made == "torch._utils._rebuild_tensor_v2" || made == "torch._utils._rebuild_tensor" else { continue }
            guard let arguments = machine.keptItems(of: PickleValue(.node, index)).first else { continue }
            let parts = machine.keptItems(of: arguments)
            guard parts.count >= 3 else { continue }
            let shape = machine.keptItems(of: parts[2]).compactMap(\.integerValue)
            found.append(ListedTensor(name: names[index] ?? "", type: type(parts[0], machine), shape: shape))
        }
        return found
    }

    /// The element type of a storage's class.
    private static func type(_ storage: PickleValue, _ machine: PickleMachine) -> String {
        guard storage.kind == .persistent, storage.payload != 0 else { return "unknown" }
        let parts = machine.keptItems(of: PickleValue(.node, storage.payload))
        guard parts.count >= 2, parts[1].kind == .imported, machine.trace.imports.indices.contains(parts[1].payload)
        else {
            return "unknown"
        }
        let name = machine.trace.imports[parts[1].payload].name
        let known = [
            "FloatStorage": "float32", "DoubleStorage": "float64", "HalfStorage": "float16",
            "BFloat16Storage": "bfloat16",
            "LongStorage": "int64", "IntStorage": "int32", "ShortStorage": "int16", "CharStorage": "int8",
            "ByteStorage": "uint8", "BoolStorage": "bool", "ComplexFloatStorage": "complex64",
        ]
        return known[name] ?? name
    }
}
