/// Reads an ``ONNXProgram`` from the wire.
///
/// Source: onnx/onnx `onnx/onnx.proto3`, IR version 13. Every length is checked against the file; nesting ends at 32,
/// nodes at 1,000,000. Fields that running does not need are passed over.
package struct ONNXReader {
    private let view: ByteView
    private var nodeCount = 0
    private static let deepest = 32
    private static let mostNodes = 1_000_000
    private static let mostTensors = 1_000_000

    /// Reads a whole model.
    ///
    /// - Complexity: O(bytes of everything but raw data).
    /// - Throws: ``ONNXFailure`` with the offset of the first message that does not fit.
    package static func read(_ view: ByteView) throws(ONNXFailure) -> ONNXProgram {
        var reader = ONNXReader(view: view)
        return try view.withSpan { bytes throws(ONNXFailure) in try reader.program(bytes) }
    }

    /// Reads one `TensorProto`, as files of test data hold it.
    package static func constant(_ view: ByteView) throws(ONNXFailure) -> ONNXConstant {
        var reader = ONNXReader(view: view)
        return try view.withSpan { bytes throws(ONNXFailure) in
            try reader.constant(0..<bytes.byteCount, bytes)
        }
    }

    private init(view: ByteView) { self.view = view }

    private mutating func program(_ bytes: RawSpan) throws(ONNXFailure) -> ONNXProgram {
        var program = ONNXProgram()
        program.irVersion = 0
        var hasGraph = false
        try each(0..<bytes.byteCount, bytes) { reader, field throws(ONNXFailure) in
            switch (field.number, field.value) {
            case (1, .varint(let version)): program.irVersion = Int(clamping: version)
            case (2, .bytes(let range)): program.producer.name = bytes.text(range, limit: 256)
            case (3, .bytes(let range)): program.producer.version = bytes.text(range, limit: 256)
            case (7, .bytes(let range)):
                hasGraph = true
                program.graph = try reader.graph(range, bytes, depth: 0)
            case (8, .bytes(let range)): try reader.operatorSet(range, bytes, &program.operatorSets)
            case (14, .bytes(let range)):
                if program.metadata.count < 4096 {
                    let pair = try reader.pair(range, bytes)
                    program.metadata.append((pair.key, pair.value))
                }
            case (25, .bytes(let range)): program.functions.append(try reader.function(range, bytes))
            default: break
            }
        }
        guard hasGraph else { throw ONNXFailure(offset: nil, reason: "there is no graph: this is not an ONNX model") }
        if program.operatorSets.isEmpty { program.operatorSets[""] = 1 }
        return program
    }

    private mutating func each(
        _ range: Range<Int>, _ bytes: RawSpan,
        _ body: (inout ONNXReader, ProtobufField) throws(ONNXFailure) -> Void
    ) throws(ONNXFailure) {
        var reader = ProtobufReader(range)
        while let field = reader.next(bytes) { try body(&self, field) }
        if reader.isMalformed {
            throw ONNXFailure(offset: range.lowerBound, reason: "a message that is not protocol buffers")
        }
    }

    private mutating func operatorSet(
        _ range: Range<Int>, _ bytes: RawSpan, _ sets: inout [String: Int]
    ) throws(ONNXFailure) {
        var (domain, version) = ("", 1)
        try each(range, bytes) { _, field throws(ONNXFailure) in
            switch (field.number, field.value) {
            case (1, .bytes(let range)): domain = Self.domain(bytes.text(range, limit: 256))
            case (2, .varint(let number)): version = Int(clamping: number)
            default: break
            }
        }
        guard sets.count < 256 else {
            throw ONNXFailure(offset: range.lowerBound, reason: "more than 256 operator sets")
        }
        sets[domain] = max(sets[domain] ?? 0, version)
    }

    private static func domain(_ text: String) -> String { text == "ai.onnx" ? "" : text }

    private mutating func pair(
        _ range: Range<Int>, _ bytes: RawSpan
    ) throws(ONNXFailure) -> (key: String, value: String) {
        var pair = (key: "", value: "")
        try each(range, bytes) { _, field throws(ONNXFailure) in
            guard let inner = field.range else { return }
            if field.number == 1 { pair.key = bytes.text(inner) }
            if field.number == 2 { pair.value = bytes.text(inner, limit: 1 << 20) }
        }
        return pair
    }

    // MARK: Graphs and nodes

    private mutating func graph(_ range: Range<Int>, _ bytes: RawSpan, depth: Int) throws(ONNXFailure) -> ONNXGraph {
        guard depth < Self.deepest else {
            throw ONNXFailure(offset: range.lowerBound, reason: "graphs nested deeper than \(Self.deepest)")
        }
        var graph = ONNXGraph()
        try each(range, bytes) { reader, field throws(ONNXFailure) in
            guard let inner = field.range else { return }
            switch field.number {
            case 1: graph.nodes.append(try reader.node(inner, bytes, depth: depth))
            case 2: graph.name = bytes.text(inner, limit: 512)
            case 5:
                guard graph.constants.count < Self.mostTensors else {
                    throw ONNXFailure(offset: inner.lowerBound, reason: "more than \(Self.mostTensors) constants")
                }
                graph.constants.append(try reader.constant(inner, bytes))
            case 11: graph.inputs.append(try reader.valueInfo(inner, bytes))
            case 12: graph.outputs.append(try reader.valueInfo(inner, bytes))
            case 13: graph.values.append(try reader.valueInfo(inner, bytes))
            case 15:
                throw ONNXFailure(offset: inner.lowerBound, reason: "sparse constants are not read; store them dense")
            default: break
            }
        }
        return graph
    }

    private mutating func function(_ range: Range<Int>, _ bytes: RawSpan) throws(ONNXFailure) -> ONNXFunction {
        var function = ONNXFunction()
        try each(range, bytes) { reader, field throws(ONNXFailure) in
            guard let inner = field.range else { return }
            switch field.number {
            case 1: function.name = bytes.text(inner, limit: 512)
            case 4: function.inputs.append(bytes.text(inner, limit: 512))
            case 5: function.outputs.append(bytes.text(inner, limit: 512))
            case 6: function.attributes.append(bytes.text(inner, limit: 512))
            case 7: function.nodes.append(try reader.node(inner, bytes, depth: 1))
            case 9: try reader.operatorSet(inner, bytes, &function.operatorSets)
            case 10: function.domain = Self.domain(bytes.text(inner, limit: 256))
            case 11:
                let (name, value) = try reader.attribute(inner, bytes, depth: 1)
                function.defaults[name] = value
            default: break
            }
        }
        return function
    }

    private mutating func node(_ range: Range<Int>, _ bytes: RawSpan, depth: Int) throws(ONNXFailure) -> ONNXNode {
        nodeCount += 1
        guard nodeCount <= Self.mostNodes else {
            throw ONNXFailure(offset: range.lowerBound, reason: "more than \(Self.mostNodes) nodes")
        }
        var node = ONNXNode()
        node.offset = range.lowerBound
        try each(range, bytes) { reader, field throws(ONNXFailure) in
            guard let inner = field.range else { return }
            switch field.number {
            case 1: node.inputs.append(bytes.text(inner, limit: 1024))
            case 2: node.outputs.append(bytes.text(inner, limit: 1024))
            case 3: node.name = bytes.text(inner, limit: 1024)
            case 4: node.type = bytes.text(inner, limit: 256)
            case 5:
                let (name, value) = try reader.attribute(inner, bytes, depth: depth)
                node.attributes[name] = value
            case 7: node.domain = Self.domain(bytes.text(inner, limit: 256))
            default: break
            }
        }
        return node
    }

    // MARK: Attributes

    private mutating func attribute(
        _ range: Range<Int>, _ bytes: RawSpan, depth: Int
    ) throws(ONNXFailure) -> (String, ONNXAttribute) {
        var name = ""
        var type: UInt64 = 0
        var reference: String?
        var (float, integer, text): (Float, Int, [UInt8]) = (0, 0, [])
        var (floats, integers, texts): ([Float], [Int], [[UInt8]]) = ([], [], [])
        var (tensors, graphs): ([ONNXConstant], [ONNXGraph]) = ([], [])
        try each(range, bytes) { reader, field throws(ONNXFailure) in
            switch (field.number, field.value) {
            case (1, .bytes(let inner)): name = bytes.text(inner, limit: 256)
            case (2, .fixed(let inner)): float = Self.float(bytes, inner.lowerBound)
            case (3, .varint(let number)): integer = Int(bitPattern: UInt(number))
            case (4, .bytes(let inner)): text = bytes.copy(at: inner.lowerBound, count: inner.count) ?? []
            case (5, .bytes(let inner)), (10, .bytes(let inner)): tensors.append(try reader.constant(inner, bytes))
            case (6, .bytes(let inner)), (11, .bytes(let inner)):
                graphs.append(try reader.graph(inner, bytes, depth: depth + 1))
            case (7, .fixed(let inner)): floats.append(Self.float(bytes, inner.lowerBound))
            case (7, .bytes(let inner)):
                for offset in stride(from: inner.lowerBound, to: inner.upperBound - 3, by: 4) {
                    floats.append(Self.float(bytes, offset))
                }
            case (8, .varint(let number)): integers.append(Int(bitPattern: UInt(number)))
            case (8, .bytes(let inner)): integers += Self.varints(bytes, inner)
            case (9, .bytes(let inner)): texts.append(bytes.copy(at: inner.lowerBound, count: inner.count) ?? [])
            case (20, .varint(let code)): type = code
            case (21, .bytes(let inner)): reference = bytes.text(inner, limit: 256)
            default: break
            }
        }
        if let reference, !reference.isEmpty { return (name, .reference(reference)) }
        switch type {
        case 1: return (name, .float(float))
        case 2: return (name, .integer(integer))
        case 3: return (name, .text(text))
        case 4: return (name, tensors.first.map(ONNXAttribute.tensor) ?? .other)
        case 5: return (name, graphs.first.map(ONNXAttribute.graph) ?? .other)
        case 6: return (name, .floats(floats))
        case 7: return (name, .integers(integers))
        case 8: return (name, .texts(texts))
        case 9: return (name, .tensors(tensors))
        case 10: return (name, .graphs(graphs))
        default: return (name, .other)
        }
    }

    private static func float(_ bytes: RawSpan, _ offset: Int) -> Float {
        bytes.littleEndian(at: offset, as: UInt32.self).map(Float.init(bitPattern:)) ?? 0
    }

    private static func varints(_ bytes: RawSpan, _ range: Range<Int>) -> [Int] {
        var numbers: [Int] = []
        var position = range.lowerBound
        while position < range.upperBound, let number = ProtobufReader.varint(bytes, &position, range.upperBound) {
            numbers.append(Int(bitPattern: UInt(number)))
        }
        return numbers
    }

    // MARK: Types

    private mutating func valueInfo(_ range: Range<Int>, _ bytes: RawSpan) throws(ONNXFailure) -> ONNXValueInfo {
        var info = ONNXValueInfo(name: "", kind: .other)
        try each(range, bytes) { reader, field throws(ONNXFailure) in
            guard let inner = field.range else { return }
            if field.number == 1 { info.name = bytes.text(inner, limit: 1024) }
            if field.number == 2 { info.kind = try reader.kind(inner, bytes, depth: 0) }
        }
        return info
    }

    private mutating func kind(
        _ range: Range<Int>, _ bytes: RawSpan, depth: Int
    ) throws(ONNXFailure) -> ONNXValueInfo.Kind {
        guard depth < Self.deepest else { return .other }
        var kind = ONNXValueInfo.Kind.other
        try each(range, bytes) { reader, field throws(ONNXFailure) in
            guard let inner = field.range else { return }
            switch field.number {
            case 1: kind = try reader.tensorKind(inner, bytes)
            case 4, 9:
                var element = ONNXValueInfo.Kind.other
                try reader.each(inner, bytes) { reader, field throws(ONNXFailure) in
                    if field.number == 1, let part = field.range {
                        element = try reader.kind(part, bytes, depth: depth + 1)
                    }
                }
                kind = field.number == 4 ? .sequence(element) : .optional(element)
            default: break
            }
        }
        return kind
    }

    private mutating func tensorKind(_ range: Range<Int>, _ bytes: RawSpan) throws(ONNXFailure) -> ONNXValueInfo.Kind {
        var type = 0
        var shape: [ONNXValueInfo.Extent]?
        try each(range, bytes) { reader, field throws(ONNXFailure) in
            switch (field.number, field.value) {
            case (1, .varint(let code)): type = Int(clamping: code)
            case (2, .bytes(let inner)):
                var extents: [ONNXValueInfo.Extent] = []
                try reader.each(inner, bytes) { reader, field throws(ONNXFailure) in
                    guard field.number == 1, let part = field.range, extents.count < 64 else { return }
                    var extent = ONNXValueInfo.Extent.named("")
                    try reader.each(part, bytes) { _, field throws(ONNXFailure) in
                        switch (field.number, field.value) {
                        case (1, .varint(let number)): extent = .fixed(Int(bitPattern: UInt(number)))
                        case (2, .bytes(let name)): extent = .named(bytes.text(name, limit: 256))
                        default: break
                        }
                    }
                    extents.append(extent)
                }
                shape = extents
            default: break
            }
        }
        return .tensor(type: type, shape: shape)
    }
}

// MARK: Constants

extension ONNXReader {
    private mutating func constant(_ range: Range<Int>, _ bytes: RawSpan) throws(ONNXFailure) -> ONNXConstant {
        var constant = ONNXConstant(name: "", type: 0, shape: [], data: .texts([]))
        var raw: ByteView?
        var texts: [[UInt8]] = []
        var typed = TypedElements()
        var external: [String: String] = [:]
        var isExternal = false
        try each(range, bytes) { reader, field throws(ONNXFailure) in
            switch (field.number, field.value) {
            case (1, .varint(let extent)): constant.shape.append(Int(bitPattern: UInt(extent)))
            case (1, .bytes(let inner)): constant.shape += Self.varints(bytes, inner)
            case (2, .varint(let code)): constant.type = Int(clamping: code)
            case (6, .bytes(let inner)): texts.append(bytes.copy(at: inner.lowerBound, count: inner.count) ?? [])
            case (8, .bytes(let inner)): constant.name = bytes.text(inner, limit: 1024)
            case (9, .bytes(let inner)): raw = reader.view.part(offset: inner.lowerBound, count: inner.count)
            case (13, .bytes(let inner)):
                let pair = try reader.pair(inner, bytes)
                if external.count < 16 { external[pair.key] = pair.value }
            case (14, .varint(let place)): isExternal = place == 1
            default: typed.take(field, bytes)
            }
            guard constant.shape.count <= 64 else {
                throw ONNXFailure(offset: range.lowerBound, reason: "a constant of more than 64 axes")
            }
        }
        func failure(_ reason: String) -> ONNXFailure {
            ONNXFailure(offset: range.lowerBound, reason: "constant '\(constant.name)': \(reason)")
        }
        guard constant.shape.allSatisfy({ $0 >= 0 }), let count = constant.count else {
            throw failure("extents \(constant.shape) do not exist")
        }
        if isExternal {
            guard let location = external["location"], !location.isEmpty else { throw failure("no place of its data") }
            let offset = external["offset"].map { Int($0) } ?? 0
            let length = external["length"].map { Int($0) } ?? nil
            guard let offset, offset >= 0, external["length"] == nil || (length ?? -1) >= 0 else {
                throw failure("an offset or a length that is not a number")
            }
            constant.data = .external(location: location, offset: offset, length: length)
            return constant
        }
        if constant.type == 8 {
            guard texts.count == count else { throw failure("\(texts.count) texts for \(count) elements") }
            constant.data = .texts(texts)
            return constant
        }
        guard let bits = ONNXConstant.bits(constant.type) else {
            throw failure("elements of type \(constant.type), which does not exist")
        }
        let needed = (count * bits + 7) / 8
        let data = raw ?? typed.bytes(type: constant.type, bits: bits)
        guard data.count == needed else {
            throw failure("\(constant.shape) elements of \(bits) bits need \(needed) bytes, \(data.count) are there")
        }
        constant.data = .bytes(data)
        return constant
    }
}

/// Elements in the typed fields of a `TensorProto`.
private struct TypedElements {
    private var integers: [UInt64] = []
    /// Bytes of `float_data` and `double_data`.
    private var fixed: [UInt8] = []

    mutating func take(_ field: ProtobufField, _ bytes: RawSpan) {
        switch (field.number, field.value) {
        case (4, .bytes(let range)), (10, .bytes(let range)), (4, .fixed(let range)), (10, .fixed(let range)):
            fixed += bytes.copy(at: range.lowerBound, count: range.count) ?? []
        case (5, .varint(let number)), (7, .varint(let number)), (11, .varint(let number)): integers.append(number)
        case (5, .bytes(let range)), (7, .bytes(let range)), (11, .bytes(let range)):
            var position = range.lowerBound
            while position < range.upperBound, let number = ProtobufReader.varint(bytes, &position, range.upperBound) {
                integers.append(number)
            }
        default: break
        }
    }

    /// The elements as `raw_data` would have them. Types of 4 bits are packed in `int32_data` as in raw data.
    func bytes(type: Int, bits: Int) -> ByteView {
        if type == 1 || type == 11 || type == 14 || type == 15 { return ByteView(copying: fixed) }
        let size = max(1, bits / 8)
        var result: [UInt8] = []
        result.reserveCapacity(integers.count * size)
        for number in integers {
            for shift in 0..<size { result.append(UInt8(truncatingIfNeeded: number >> UInt64(8 * shift))) }
        }
        return ByteView(copying: result)
    }
}
