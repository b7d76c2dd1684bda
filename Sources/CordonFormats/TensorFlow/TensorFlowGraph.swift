/// A distinct TensorFlow operation with the first node that uses it.
package struct TensorFlowOperation: Sendable {
    /// Name of the first node.
    package let node: String
    /// Offset of that node in the file, in bytes.
    package let offset: Int
    /// Nodes that use it.
    package var count: Int
    /// String attributes of the first node, cut, at most eight.
    package let strings: [String]
}

/// The operations of a SavedModel, frozen GraphDef or MetaGraphDef.
///
/// Source: tensorflow/core/protobuf/{saved_model,meta_graph}.proto, tensorflow/core/framework/{graph,node_def,
/// function,attr_value}.proto.
package struct TensorFlowGraph: Sendable {
    /// The message that the file is.
    package enum Kind: String, Sendable { case savedModel, metaGraph, graph }
    /// The message that the file is.
    package private(set) var kind: Kind
    /// Distinct operations, at most 8,192.
    package private(set) var operations: [String: TensorFlowOperation] = [:]
    /// Functions of the graph's library.
    package private(set) var functions: Set<Substring> = []
    /// Files that the model says belong to it.
    package private(set) var assets: [String] = []
    /// Whether some message does not parse.
    package private(set) var isMalformed = false
    private var nodeCount = 0

    private init(kind: Kind) { self.kind = kind }

    /// Reads a graph; `nil` when the bytes are none. O(nodes).
    package static func read(_ bytes: RawSpan) -> TensorFlowGraph? {
        let all = 0..<bytes.byteCount
        for kind in [Kind.savedModel, .metaGraph, .graph] {
            var graph = TensorFlowGraph(kind: kind)
            switch kind {
            case .savedModel: graph.savedModel(all, bytes)
            case .metaGraph: graph.metaGraph(all, bytes)
            case .graph: graph.graphDef(all, bytes)
            }
            if graph.nodeCount > 0, !graph.operations.keys.contains("") { return graph }
        }
        return nil
    }

    private mutating func each(
        _ range: Range<Int>, _ bytes: RawSpan, _ body: (inout TensorFlowGraph, ProtobufField) -> Void
    ) {
        var reader = ProtobufReader(range)
        while let field = reader.next(bytes) { body(&self, field) }
        if reader.isMalformed { isMalformed = true }
    }

    private mutating func savedModel(_ range: Range<Int>, _ bytes: RawSpan) {
        each(range, bytes) { graph, field in
            if field.number == 2, let inner = field.range { graph.metaGraph(inner, bytes) }
        }
    }

    private mutating func metaGraph(_ range: Range<Int>, _ bytes: RawSpan) {
        each(range, bytes) { graph, field in
            guard let inner = field.range else { return }
            if field.number == 2 { graph.graphDef(inner, bytes) }
            if field.number == 6 { graph.asset(inner, bytes) }
        }
    }

    private mutating func asset(_ range: Range<Int>, _ bytes: RawSpan) {
        each(range, bytes) { graph, field in
            if field.number == 2, let inner = field.range, graph.assets.count < 1024 {
                graph.assets.append(bytes.text(inner))
            }
        }
    }

    private mutating func graphDef(_ range: Range<Int>, _ bytes: RawSpan) {
        each(range, bytes) { graph, field in
            guard let inner = field.range else { return }
            if field.number == 1 { graph.node(inner, bytes) }
            if field.number == 2 { graph.library(inner, bytes) }
        }
    }

    private mutating func library(_ range: Range<Int>, _ bytes: RawSpan) {
        each(range, bytes) { graph, field in
            guard field.number == 1, let function = field.range else { return }
            graph.each(function, bytes) { graph, field in
                if field.number == 1, let signature = field.range { graph.signature(signature, bytes) }
                if field.number == 3, let inner = field.range { graph.node(inner, bytes) }
            }
        }
    }

    /// An OpDef; its first field is the function's name.
    private mutating func signature(_ range: Range<Int>, _ bytes: RawSpan) {
        each(range, bytes) { graph, field in
            if field.number == 1, let inner = field.range, graph.functions.count < 65536 {
                graph.functions.insert(Substring(bytes.text(inner, limit: 256)))
            }
        }
    }

    private mutating func node(_ range: Range<Int>, _ bytes: RawSpan) {
        var name = ""
        var operation = ""
        var strings: [String] = []
        each(range, bytes) { graph, field in
            guard let inner = field.range else { return }
            switch field.number {
            case 1: name = bytes.text(inner, limit: 256)
            case 2: operation = bytes.text(inner, limit: 256)
            case 5: graph.attribute(inner, bytes, &strings)
            default: break
            }
        }
        // An operation's name is an identifier; anything else means that these bytes are not a graph.
        guard let first = operation.utf8.first,
            (0x41...0x5A).contains(first) || first == 0x5F || operation.contains(">")
        else {
            if operation.utf8.first.map({ !(0x61...0x7A).contains($0) }) ?? true { isMalformed = true }
            if nodeCount == 0 { operations[""] = TensorFlowOperation(node: "", offset: 0, count: 0, strings: []) }
            return
        }
        nodeCount += 1
        if operations[operation] != nil {
            operations[operation]?.count += 1
        } else if operations.count < 8192 {
            operations[operation] = TensorFlowOperation(
                node: name, offset: range.lowerBound, count: 1, strings: strings)
        }
    }

    /// A map entry: key, then an AttrValue whose field 2 is a string.
    private mutating func attribute(_ range: Range<Int>, _ bytes: RawSpan, _ strings: inout [String]) {
        var found: [String] = []
        each(range, bytes) { graph, field in
            guard field.number == 2, let value = field.range else { return }
            graph.each(value, bytes) { _, field in
                if field.number == 2, let inner = field.range { found.append(bytes.text(inner, limit: 256)) }
            }
        }
        for text in found where strings.count < 8 { strings.append(text) }
    }
}
