/// The operator codes of a TensorFlow Lite model.
///
/// Source: tensorflow/compiler/mlir/lite/schema/schema.fbs, version 3; FlatBuffers internals documentation.
package struct TFLiteModel: Sendable {
    /// Names of custom operators; `Flex…` ones run TensorFlow operations.
    package private(set) var customOperators: [String] = []
    /// Why the model cannot be followed; `nil` when it could.
    package private(set) var failure: String?

    /// Whether the file identifier is there.
    package static func matches(_ bytes: RawSpan) -> Bool { bytes.hasBytes("TFL3", at: 4) }

    /// Reads the operator codes. O(operator codes).
    package static func read(_ bytes: RawSpan) -> TFLiteModel {
        var model = TFLiteModel()
        guard let root = FlatTable(bytes, pointerAt: 0), root.field(0, bytes) != nil || root.field(1, bytes) != nil
        else {
            model.failure = "the root table does not fit"
            return model
        }
        let bufferCount = model.checkBuffers(bytes, root)
        model.checkGraphs(bytes, root, bufferCount: bufferCount)
        guard let field = root.field(1, bytes), let codes = FlatVector(bytes, pointerAt: field) else {
            model.failure = root.field(1, bytes) == nil ? nil : "the operator codes do not fit"
            return model
        }
        for index in 0..<codes.count {
            guard let code = FlatTable(bytes, pointerAt: codes.start + 4 * index) else {
                model.failure = model.failure ?? "operator code \(index) does not fit"
                return model
            }
            guard let name = code.field(1, bytes), let text = FlatVector(bytes, pointerAt: name, width: 1) else {
                continue
            }
            model.customOperators.append(bytes.text(text.start..<(text.start + text.count), limit: 256))
        }
        return model
    }

    /// Every buffer's data must lie inside the file; weights may also be addressed by offset and size.
    private mutating func checkBuffers(_ bytes: RawSpan, _ root: FlatTable) -> Int {
        guard let field = root.field(4, bytes) else { return 0 }
        guard let buffers = FlatVector(bytes, pointerAt: field) else {
            failure = "the list of buffers does not fit"
            return 0
        }
        for index in 0..<buffers.count {
            guard let buffer = FlatTable(bytes, pointerAt: buffers.start + 4 * index) else {
                failure = "buffer \(index) does not fit"
                return buffers.count
            }
            if let data = buffer.field(0, bytes), FlatVector(bytes, pointerAt: data, width: 1) == nil {
                failure = "the data of buffer \(index) does not fit"
                return buffers.count
            }
            if let at = buffer.field(1, bytes), let offset = bytes.littleEndian(at: at, as: UInt64.self), offset > 1,
                !bytes.contains(offset: Int(clamping: offset), count: buffer.size(2, bytes))
            {
                failure = "the data of buffer \(index) lies outside the file"
                return buffers.count
            }
        }
        return buffers.count
    }

    /// Tensors name existing buffers, operators existing operator codes.
    private mutating func checkGraphs(_ bytes: RawSpan, _ root: FlatTable, bufferCount: Int) {
        guard failure == nil, let field = root.field(2, bytes) else { return }
        let codes = root.field(1, bytes).flatMap { FlatVector(bytes, pointerAt: $0) }?.count ?? 0
        guard let graphs = FlatVector(bytes, pointerAt: field) else {
            failure = "the list of subgraphs does not fit"
            return
        }
        for index in 0..<graphs.count {
            guard let graph = FlatTable(bytes, pointerAt: graphs.start + 4 * index) else {
                failure = "subgraph \(index) does not fit"
                return
            }
            check(bytes, graph, field: 0, index: 2, below: bufferCount, "tensor", "buffer")
            check(bytes, graph, field: 3, index: 0, below: codes, "operator", "operator code")
        }
    }

    private mutating func check(
        _ bytes: RawSpan, _ graph: FlatTable, field: Int, index: Int, below limit: Int, _ what: String, _ target: String
    ) {
        guard failure == nil, let place = graph.field(field, bytes) else { return }
        guard let rows = FlatVector(bytes, pointerAt: place) else {
            failure = "the list of \(what)s does not fit"
            return
        }
        for row in 0..<rows.count {
            guard let table = FlatTable(bytes, pointerAt: rows.start + 4 * row) else {
                failure = "\(what) \(row) does not fit"
                return
            }
            let number = table.field(index, bytes).flatMap { bytes.littleEndian(at: $0, as: UInt32.self) } ?? 0
            if Int(number) >= max(1, limit) {
                failure = "\(what) \(row) names \(target) \(number) of \(limit)"
                return
            }
        }
    }
}
