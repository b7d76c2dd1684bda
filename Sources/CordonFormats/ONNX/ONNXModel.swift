/// A place outside the file that a tensor's data is read from.
package struct ONNXExternalData: Hashable, Sendable {
    /// Name of the tensor.
    package let tensor: String
    /// The path as written; empty when there is none.
    package let location: String
    /// Offset of the message in the file, in bytes.
    package let offset: Int
    /// Keys and values other than the location.
    package let settings: [String: String]
}

/// A distinct operator with the first node that uses it.
package struct ONNXOperator: Hashable, Sendable {
    /// The operator set's domain; empty for the standard.
    package let domain: String
    /// The operator's name.
    package let type: String

    /// Makes a name.
    package init(domain: String, type: String) {
        self.domain = domain
        self.type = type
    }
}

/// Where and how an operator is first used.
package struct ONNXOperatorUse: Sendable {
    /// Name of the first node.
    package let node: String
    /// Offset of the message in the file, in bytes.
    package let offset: Int
    /// Nodes that use it.
    package var count: Int
    /// String attributes of the first node, cut, at most eight.
    package let strings: [(name: String, value: String)]
}

/// What an ONNX model declares, without its weights.
///
/// Source: onnx/onnx `onnx/onnx.proto3`, IR version 13. Walks the wire format over the mapped file: weights are skipped.
package struct ONNXModel: Sendable {
    /// Version of the file format.
    package private(set) var irVersion: UInt64 = 0
    /// Domains of the operator sets that the model needs, at most 256.
    package private(set) var domains: Set<String> = []
    /// Distinct operators, at most 4,096.
    package private(set) var operators: [ONNXOperator: ONNXOperatorUse] = [:]
    /// Functions that the model brings, at most 4,096.
    package private(set) var functions: [ONNXOperator] = []
    /// Tensors whose data lies in other files, at most 65,536.
    package private(set) var external: [ONNXExternalData] = []
    /// Keys and values of the metadata, at most 256.
    package private(set) var metadata: [(key: String, value: String)] = []
    /// Elements of all tensors that are not computed.
    package private(set) var elementCount = 0
    /// The same by `TensorProto.DataType`.
    package private(set) var elementsByType: [UInt64: Int] = [:]
    /// Tensors whose dimensions do not fit their data, at most 64.
    package private(set) var sizeMismatches: [(tensor: String, offset: Int, detail: String)] = []
    /// Whether some message does not parse.
    package private(set) var isMalformed = false
    /// Whether subgraphs are nested deeper than 32.
    package private(set) var isTooDeep = false
    /// Nodes in all graphs and functions.
    package private(set) var nodeCount = 0
    /// Functions of the model that call themselves, directly or through others.
    package var recursiveFunctions: [ONNXOperator] {
        functionCalls.keys.filter { reaches($0) }.sorted { ($0.domain, $0.type) < ($1.domain, $1.type) }
    }
    private var functionCalls: [ONNXOperator: Set<ONNXOperator>] = [:]
    private var currentFunction: ONNXOperator?
    private var hasGraph = false
    /// Whether the model says which operator sets it needs; without that it is not whole.
    package private(set) var hasOpset = false

    private init() {}

    /// Reads a model; `nil` when the bytes are not one (no graph, or no IR version and operator sets).
    ///
    /// - Complexity: O(nodes + tensors).
    package static func read(_ bytes: RawSpan) -> ONNXModel? {
        var model = ONNXModel()
        var reader = ProtobufReader(0..<bytes.byteCount)
        while let field = reader.next(bytes) { model.take(field, bytes) }
        model.isMalformed = model.isMalformed || reader.isMalformed
        guard model.hasGraph || !model.functions.isEmpty, model.irVersion > 0, model.irVersion < 1000 else {
            return nil
        }
        guard model.hasOpset || model.nodeCount > 0 else { return nil }
        return model
    }

    private mutating func take(_ field: ProtobufField, _ bytes: RawSpan) {
        switch (field.number, field.value) {
        case (1, .varint(let version)): irVersion = version
        case (7, .bytes(let range)):
            hasGraph = true
            graph(range, bytes, depth: 0)
        case (8, .bytes(let range)):
            hasOpset = true
            if domains.count < 256 { domains.insert(text(1, range, bytes)) }
        case (14, .bytes(let range)):
            if metadata.count < 256 { metadata.append((text(1, range, bytes), text(2, range, bytes))) }
        case (20, .bytes(let range)):
            each(range, bytes) { model, field in
                if let inner = field.range, field.number == 1 || field.number == 2 {
                    model.graph(inner, bytes, depth: 0)
                }
            }
        case (25, .bytes(let range)): function(range, bytes)
        default: break
        }
    }

    private mutating func each(
        _ range: Range<Int>, _ bytes: RawSpan, _ body: (inout ONNXModel, ProtobufField) -> Void
    ) {
        var reader = ProtobufReader(range)
        while let field = reader.next(bytes) { body(&self, field) }
        if reader.isMalformed { isMalformed = true }
    }

    private mutating func graph(_ range: Range<Int>, _ bytes: RawSpan, depth: Int) {
        guard depth < 32 else {
            isTooDeep = true
            return
        }
        each(range, bytes) { model, field in
            guard let inner = field.range else { return }
            switch field.number {
            case 1: model.node(inner, bytes, depth: depth)
            case 5: model.tensor(inner, bytes)
            case 15:
                // Sparse tensors: values and indices are tensors.
                model.each(inner, bytes) { model, field in
                    if let part = field.range, field.number < 3 { model.tensor(part, bytes) }
                }
            default: break
            }
        }
    }

    private mutating func function(_ range: Range<Int>, _ bytes: RawSpan) {
        let name = ONNXOperator(domain: text(10, range, bytes), type: text(1, range, bytes))
        if functions.count < 4096 {
            functions.append(name)
            functionCalls[name] = []
            currentFunction = name
        }
        defer { currentFunction = nil }
        each(range, bytes) { model, field in
            if field.number == 7, let inner = field.range { model.node(inner, bytes, depth: 0) }
        }
    }

    private mutating func node(_ range: Range<Int>, _ bytes: RawSpan, depth: Int) {
        nodeCount += 1
        var name = ""
        var type = ""
        var domain = ""
        var strings: [(String, String)] = []
        each(range, bytes) { model, field in
            guard let inner = field.range else { return }
            switch field.number {
            case 3: name = bytes.text(inner, limit: 256)
            case 4: type = bytes.text(inner, limit: 256)
            case 7: domain = bytes.text(inner, limit: 256)
            case 5: model.attribute(inner, bytes, depth: depth, &strings)
            default: break
            }
        }
        let key = ONNXOperator(domain: domain, type: type)
        if let currentFunction { functionCalls[currentFunction]?.insert(key) }
        if operators[key] != nil {
            operators[key]?.count += 1
        } else if operators.count < 4096 {
            operators[key] = ONNXOperatorUse(node: name, offset: range.lowerBound, count: 1, strings: strings)
        }
    }

    private mutating func attribute(
        _ range: Range<Int>, _ bytes: RawSpan, depth: Int, _ strings: inout [(String, String)]
    ) {
        var name = ""
        var found: [(String, String)] = []
        each(range, bytes) { model, field in
            guard let inner = field.range else { return }
            switch field.number {
            case 1: name = bytes.text(inner, limit: 256)
            case 4, 9: if found.count < 8 { found.append((name, bytes.text(inner, limit: 512))) }
            case 5, 10: model.tensor(inner, bytes)
            case 6, 11: model.graph(inner, bytes, depth: depth + 1)
            default: break
            }
        }
        for (_, value) in found where strings.count < 8 { strings.append((name, value)) }
    }

    private mutating func tensor(_ range: Range<Int>, _ bytes: RawSpan) {
        var tensor = ONNXTensorSizes()
        var entries: [(String, String)] = []
        each(range, bytes) { model, field in
            tensor.take(field, bytes)
            if field.number == 13, let inner = field.range {
                entries.append((model.text(1, inner, bytes), model.text(2, inner, bytes)))
            }
        }
        if !entries.isEmpty, external.count < 65536 {
            let locations = entries.filter { $0.0 == "location" }.map(\.1)
            let settings = Dictionary(entries.filter { $0.0 != "location" }, uniquingKeysWith: { $1 })
            for location in locations.isEmpty ? [""] : locations {
                external.append(
                    ONNXExternalData(
                        tensor: tensor.name, location: location, offset: range.lowerBound, settings: settings))
            }
        }
        if let count = tensor.elementCount {
            let (sum, overflow) = elementCount.addingReportingOverflow(count)
            if !overflow {
                elementCount = sum
                elementsByType[tensor.type, default: 0] += count
            }
        }
        if entries.isEmpty, let detail = tensor.mismatch, sizeMismatches.count < 64 {
            sizeMismatches.append((tensor.name, range.lowerBound, detail))
        }
    }

    /// Whether following calls from a function leads back to it.
    private func reaches(_ start: ONNXOperator) -> Bool {
        var queue = Array(functionCalls[start] ?? [])
        var seen: Set<ONNXOperator> = []
        while let next = queue.popLast() {
            if next == start { return true }
            if seen.insert(next).inserted { queue += functionCalls[next] ?? [] }
        }
        return false
    }

    private func text(_ number: Int, _ range: Range<Int>, _ bytes: RawSpan) -> String {
        var reader = ProtobufReader(range)
        var result = ""
        while let field = reader.next(bytes) {
            if field.number == number, let inner = field.range { result = bytes.text(inner) }
        }
        return result
    }
}

/// Collects what is needed to compare a tensor's dimensions with the data it carries.
private struct ONNXTensorSizes {
    var name = ""
    private var elements: Int? = 1
    private(set) var type: UInt64 = 0
    private var rawCount: Int?
    private var hasTyped = false
    private var isExternal = false

    /// Elements that the dimensions give.
    var elementCount: Int? { elements }

    mutating func take(_ field: ProtobufField, _ bytes: RawSpan) {
        switch (field.number, field.value) {
        case (1, .varint(let extent)): multiply(extent)
        case (1, .bytes(let range)):
            var position = range.lowerBound
            while position < range.upperBound, let extent = ProtobufReader.varint(bytes, &position, range.upperBound) {
                multiply(extent)
            }
        case (2, .varint(let code)): type = code
        case (8, .bytes(let range)): name = bytes.text(range, limit: 256)
        case (9, .bytes(let range)): rawCount = range.count
        case (14, .varint(let place)): isExternal = place == 1
        case (4, _), (5, _), (6, _), (7, _), (10, _), (11, _): hasTyped = true
        default: break
        }
    }

    private mutating func multiply(_ extent: UInt64) {
        guard let current = elements, let factor = Int(exactly: extent) else {
            elements = nil
            return
        }
        let (product, overflow) = current.multipliedReportingOverflow(by: factor)
        elements = overflow ? nil : product
    }

    var mismatch: String? {
        guard !isExternal else { return nil }
        guard let elements else { return "dimensions beyond 63 bits" }
        guard let bits = Self.bits[type], let rawCount else {
            return elements > 1 << 40 && !hasTyped ? "\(elements) elements and no data" : nil
        }
        let (total, overflow) = elements.multipliedReportingOverflow(by: bits)
        if overflow { return "dimensions beyond 63 bits" }
        return (total + 7) / 8 == rawCount ? nil : "\(elements) elements of \(bits) bits in \(rawCount) bytes"
    }

    /// Bits per element of each `TensorProto.DataType` that raw data can hold.
    private static let bits: [UInt64: Int] = [
        1: 32, 2: 8, 3: 8, 4: 16, 5: 16, 6: 32, 7: 64, 9: 8, 10: 16, 11: 64, 12: 32, 13: 64, 14: 64, 15: 128, 16: 16,
        17: 8, 18: 8, 19: 8, 20: 8, 21: 4, 22: 4, 23: 4, 24: 8, 25: 2, 26: 2,
    ]
}
