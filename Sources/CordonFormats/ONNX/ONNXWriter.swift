/// Writes an ``ONNXProgram`` to the wire. Source: onnx/onnx `onnx/onnx.proto3`, IR version 13.
package struct ONNXWriter {
    private var wire = ProtobufWriter()

    /// The bytes of a model, weights inside.
    ///
    /// - Throws: where a constant's data lies in another file (load it first) or the whole exceeds 2 GiB, the most that
    ///   protocol buffers hold.
    package static func write(_ program: ONNXProgram) throws(ONNXFailure) -> [UInt8] {
        var wire = ProtobufWriter()
        wire.integer(1, program.irVersion)
        wire.text(2, program.producer.name)
        wire.text(3, program.producer.version)
        try wire.message(7) { wire throws(ONNXFailure) in try graph(program.graph, &wire) }
        for (domain, version) in program.operatorSets.sorted(by: { $0.key < $1.key }) {
            wire.set(8, domain, version)
        }
        for (key, value) in program.metadata {
            wire.message(14) { wire in
                wire.text(1, key)
                wire.text(2, value)
            }
        }
        for function in program.functions {
            try wire.message(25) { wire throws(ONNXFailure) in try Self.function(function, &wire) }
        }
        guard wire.bytes.count < 1 << 31 else {
            throw ONNXFailure(offset: nil, reason: "the model exceeds 2 GiB, the most that one file of ONNX can hold")
        }
        return wire.bytes
    }

    private static func graph(_ graph: ONNXGraph, _ wire: inout ProtobufWriter) throws(ONNXFailure) {
        for node in graph.nodes { try wire.message(1) { wire throws(ONNXFailure) in try Self.node(node, &wire) } }
        wire.text(2, graph.name)
        for constant in graph.constants {
            try wire.message(5) { wire throws(ONNXFailure) in try Self.constant(constant, &wire) }
        }
        for info in graph.inputs { wire.message(11) { value(info, &$0) } }
        for info in graph.outputs { wire.message(12) { value(info, &$0) } }
        for info in graph.values { wire.message(13) { value(info, &$0) } }
    }

    private static func function(_ function: ONNXFunction, _ wire: inout ProtobufWriter) throws(ONNXFailure) {
        wire.text(1, function.name)
        for name in function.inputs { wire.text(4, name, always: true) }
        for name in function.outputs { wire.text(5, name, always: true) }
        for name in function.attributes { wire.text(6, name) }
        for node in function.nodes { try wire.message(7) { wire throws(ONNXFailure) in try Self.node(node, &wire) } }
        for (domain, version) in function.operatorSets.sorted(by: { $0.key < $1.key }) { wire.set(9, domain, version) }
        wire.text(10, function.domain)
        for (name, value) in function.defaults.sorted(by: { $0.key < $1.key }) {
            try wire.message(11) { wire throws(ONNXFailure) in try attribute(name, value, &wire) }
        }
    }

    private static func node(_ node: ONNXNode, _ wire: inout ProtobufWriter) throws(ONNXFailure) {
        for name in node.inputs { wire.text(1, name, always: true) }
        for name in node.outputs { wire.text(2, name, always: true) }
        wire.text(3, node.name)
        wire.text(4, node.type)
        for (name, value) in node.attributes.sorted(by: { $0.key < $1.key }) {
            try wire.message(5) { wire throws(ONNXFailure) in try attribute(name, value, &wire) }
        }
        wire.text(7, node.domain)
    }

    private static func attribute(
        _ name: String, _ value: ONNXAttribute, _ wire: inout ProtobufWriter
    ) throws(ONNXFailure) {
        wire.text(1, name)
        switch value {
        case .float(let number):
            wire.float(2, number)
            wire.integer(20, 1)
        case .integer(let number):
            wire.integer(3, number, always: true)
            wire.integer(20, 2)
        case .text(let text):
            wire.data(4, text)
            wire.integer(20, 3)
        case .tensor(let constant):
            try wire.message(5) { wire throws(ONNXFailure) in try Self.constant(constant, &wire) }
            wire.integer(20, 4)
        case .graph(let inner):
            try wire.message(6) { wire throws(ONNXFailure) in try graph(inner, &wire) }
            wire.integer(20, 5)
        case .floats(let numbers):
            for number in numbers { wire.float(7, number) }
            wire.integer(20, 6)
        case .integers(let numbers):
            for number in numbers { wire.integer(8, number, always: true) }
            wire.integer(20, 7)
        case .texts(let texts):
            for text in texts { wire.data(9, text) }
            wire.integer(20, 8)
        case .tensors(let constants):
            for constant in constants {
                try wire.message(10) { wire throws(ONNXFailure) in try Self.constant(constant, &wire) }
            }
            wire.integer(20, 9)
        case .graphs(let graphs):
            for inner in graphs { try wire.message(11) { wire throws(ONNXFailure) in try graph(inner, &wire) } }
            wire.integer(20, 10)
        case .reference(let name): wire.text(21, name)
        case .other:
            throw ONNXFailure(offset: nil, reason: "attribute '\(name)' is of a kind that cannot be written back")
        }
    }

    private static func constant(_ constant: ONNXConstant, _ wire: inout ProtobufWriter) throws(ONNXFailure) {
        for extent in constant.shape { wire.integer(1, extent, always: true) }
        wire.integer(2, constant.type)
        switch constant.data {
        case .texts(let texts): for text in texts { wire.data(6, text) }
        case .bytes(let view): wire.data(9, view)
        case .external:
            throw ONNXFailure(
                offset: nil, reason: "the data of '\(constant.name)' lies in another file and is not loaded")
        }
        wire.text(8, constant.name)
    }

    private static func value(_ info: ONNXValueInfo, _ wire: inout ProtobufWriter) {
        wire.text(1, info.name)
        wire.message(2) { kind(info.kind, &$0) }
    }

    private static func kind(_ kind: ONNXValueInfo.Kind, _ wire: inout ProtobufWriter) {
        switch kind {
        case .tensor(let type, let shape):
            wire.message(1) { wire in
                wire.integer(1, type)
                guard let shape else { return }
                wire.message(2) { wire in
                    for extent in shape {
                        wire.message(1) { wire in
                            switch extent {
                            case .fixed(let number): wire.integer(1, number, always: true)
                            case .named(let name): wire.text(2, name)
                            }
                        }
                    }
                }
            }
        case .sequence(let element): wire.message(4) { wire in wire.message(1) { Self.kind(element, &$0) } }
        case .optional(let element): wire.message(9) { wire in wire.message(1) { Self.kind(element, &$0) } }
        case .other: break
        }
    }
}
