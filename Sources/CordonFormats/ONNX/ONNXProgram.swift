/// Why an ONNX file cannot be used as a program.
package struct ONNXFailure: Error, Hashable, Sendable {
    /// Offset of the message that does not fit, in bytes; `nil` where it is about the whole.
    package let offset: Int?
    /// What was expected and what was found.
    package let reason: String

    /// Makes a failure.
    package init(offset: Int?, reason: String) {
        self.offset = offset
        self.reason = reason
    }
}

/// An ONNX model with everything that running it needs. Weights stay where they lie in the file.
///
/// Source: onnx/onnx `onnx/onnx.proto3`, IR version 13. ``ONNXModel`` is the summary that inspectors use.
package struct ONNXProgram: Sendable {
    /// Version of the file format.
    package var irVersion = 10
    /// Versions of the operator sets by domain; empty for the standard, also where the file says "ai.onnx".
    package var operatorSets: [String: Int] = [:]
    /// Name and version of the tool that wrote the file.
    package var producer = (name: "", version: "")
    /// The main graph.
    package var graph = ONNXGraph()
    /// Functions that the model brings.
    package var functions: [ONNXFunction] = []
    /// Keys and values of the metadata.
    package var metadata: [(key: String, value: String)] = []

    /// An empty program.
    package init() {}
}

/// A graph: nodes in the order of the file, constants, inputs and outputs.
package struct ONNXGraph: Sendable {
    /// Its name.
    package var name = ""
    /// Nodes in the order of the file.
    package var nodes: [ONNXNode] = []
    /// Weights and other constants.
    package var constants: [ONNXConstant] = []
    /// What callers give, and constants that they may replace.
    package var inputs: [ONNXValueInfo] = []
    /// What comes out.
    package var outputs: [ONNXValueInfo] = []
    /// Types of values in between, where the file tells them.
    package var values: [ONNXValueInfo] = []

    /// An empty graph.
    package init() {}
}

/// One node.
package struct ONNXNode: Sendable {
    /// Its name; may be empty.
    package var name = ""
    /// The operator.
    package var type = ""
    /// The operator set's domain; empty for the standard.
    package var domain = ""
    /// Names of values; empty for an optional one that is left out.
    package var inputs: [String] = []
    /// Names of the values that it gives; empty for one that nobody wants.
    package var outputs: [String] = []
    /// Settings by name.
    package var attributes: [String: ONNXAttribute] = [:]
    /// Offset of the message in the file; 0 for a node made here.
    package var offset = 0

    /// A node made here.
    package init(
        _ type: String, name: String = "", domain: String = "", inputs: [String], outputs: [String],
        attributes: [String: ONNXAttribute] = [:]
    ) {
        self.type = type
        self.name = name
        self.domain = domain
        self.inputs = inputs
        self.outputs = outputs
        self.attributes = attributes
    }

    init() {}

    /// What people call the node: its name, or what it is and gives.
    package var label: String {
        let kind = domain.isEmpty ? type : "\(domain).\(type)"
        return name.isEmpty ? "\(kind) -> \(outputs.first ?? "nothing")" : "'\(name)' (\(kind))"
    }
}

/// The value of an attribute.
package enum ONNXAttribute: Sendable {
    case float(Float)
    case integer(Int)
    case text([UInt8])
    case tensor(ONNXConstant)
    case graph(ONNXGraph)
    case floats([Float])
    case integers([Int])
    case texts([[UInt8]])
    case tensors([ONNXConstant])
    case graphs([ONNXGraph])
    /// In a function's body: the attribute of this name of the node that calls it.
    case reference(String)
    /// Of a kind that no operator here uses: types and sparse tensors.
    case other
}

/// A function that a model brings: a graph with formal parameters.
package struct ONNXFunction: Sendable {
    /// Its name, which nodes use as operator.
    package var name = ""
    /// Its domain.
    package var domain = ""
    /// Names of its parameters.
    package var inputs: [String] = []
    /// Names of its results.
    package var outputs: [String] = []
    /// Attributes that callers must give.
    package var attributes: [String] = []
    /// Attributes with defaults.
    package var defaults: [String: ONNXAttribute] = [:]
    /// Its body.
    package var nodes: [ONNXNode] = []
    /// Versions of the operator sets by domain; empty for those of the model.
    package var operatorSets: [String: Int] = [:]

    /// Makes a function.
    package init(
        name: String = "", domain: String = "", inputs: [String] = [], outputs: [String] = [], nodes: [ONNXNode] = []
    ) {
        self.name = name
        self.domain = domain
        self.inputs = inputs
        self.outputs = outputs
        self.nodes = nodes
    }
}

/// Name and type of a value.
package struct ONNXValueInfo: Sendable, Hashable {
    /// One extent.
    package enum Extent: Hashable, Sendable {
        case fixed(Int)
        /// Any number; the same name stands for the same number.
        case named(String)
    }
    /// What a value is.
    package indirect enum Kind: Hashable, Sendable {
        /// `TensorProto.DataType`, and extents where the rank is known.
        case tensor(type: Int, shape: [Extent]?)
        case sequence(Kind)
        case optional(Kind)
        case other
    }
    /// The name.
    package var name: String
    /// What it is.
    package var kind: Kind

    /// Makes a description.
    package init(name: String, kind: Kind) {
        self.name = name
        self.kind = kind
    }
}

/// A constant tensor.
package struct ONNXConstant: Sendable {
    /// Where the elements are.
    package enum Data: Sendable {
        /// Row-major, little-endian, as `raw_data` has them.
        case bytes(ByteView)
        case texts([[UInt8]])
        /// In another file, beside the model.
        case external(location: String, offset: Int, length: Int?)
    }
    /// The name.
    package var name: String
    /// `TensorProto.DataType`.
    package var type: Int
    /// Extents; empty for a scalar.
    package var shape: [Int]
    /// The elements.
    package var data: Data

    /// Makes a constant.
    package init(name: String, type: Int, shape: [Int], data: Data) {
        self.name = name
        self.type = type
        self.shape = shape
        self.data = data
    }

    /// Elements, or `nil` where the extents, those that are 0 left aside, exceed 44 bits.
    package var count: Int? {
        var count = 1
        for extent in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: max(1, extent))
            guard !overflow, product <= 1 << 44 else { return nil }
            count = product
        }
        return shape.contains(0) ? 0 : count
    }

    /// Bits of an element in raw data; `nil` for text and types that do not exist.
    package static func bits(_ type: Int) -> Int? {
        switch type {
        case 2, 3, 9, 17...20, 24: 8
        case 4, 5, 10, 16: 16
        case 1, 6, 12: 32
        case 7, 11, 13, 14: 64
        case 15: 128
        case 21...23: 4
        case 25, 26: 2
        default: nil
        }
    }

    /// The element type in ONNX's words.
    package static func typeName(_ type: Int) -> String {
        let names = [
            "undefined", "float32", "uint8", "int8", "uint16", "int16", "int32", "int64", "string", "bool", "float16",
            "float64", "uint32", "uint64", "complex64", "complex128", "bfloat16", "float8e4m3fn", "float8e4m3fnuz",
            "float8e5m2", "float8e5m2fnuz", "uint4", "int4", "float4e2m1", "float8e8m0", "uint2", "int2",
        ]
        return names.indices.contains(type) ? names[type] : "type \(type)"
    }
}
