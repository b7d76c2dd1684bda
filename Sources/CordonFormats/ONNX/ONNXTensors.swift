/// Where the weights of an ONNX model lie: initializers with raw data in the file.
///
/// Source: onnx/onnx `onnx/onnx.proto3`, `GraphProto.initializer` and `TensorProto`. Typed data fields and external data
/// are left out.
package struct ONNXTensor: Sendable {
    /// Its name.
    package let name: String
    /// `TensorProto.DataType`.
    package let type: Int
    /// Its extents.
    package let shape: [Int]
    /// Where its data lies, in bytes.
    package let data: Range<Int>

    /// The initializers of the main graph, at most 100,000. O(nodes + tensors).
    package static func list(_ bytes: RawSpan) -> [ONNXTensor] {
        var tensors: [ONNXTensor] = []
        var model = ProtobufReader(0..<bytes.byteCount)
        while let field = model.next(bytes) {
            guard field.number == 7, let range = field.range else { continue }
            var graph = ProtobufReader(range)
            while let part = graph.next(bytes), tensors.count < 100_000 {
                guard part.number == 5, let inner = part.range, let tensor = read(bytes, inner) else { continue }
                tensors.append(tensor)
            }
        }
        return tensors
    }

    private static func read(_ bytes: RawSpan, _ range: Range<Int>) -> ONNXTensor? {
        var reader = ProtobufReader(range)
        var (name, type, shape): (String, Int, [Int]) = ("", 0, [])
        var data: Range<Int>?
        while let field = reader.next(bytes) {
            switch (field.number, field.value) {
            case (1, .varint(let extent)): shape.append(Int(clamping: extent))
            case (1, .bytes(let packed)):
                var position = packed.lowerBound
                while position < packed.upperBound, shape.count < 64,
                    let extent = ProtobufReader.varint(bytes, &position, packed.upperBound)
                {
                    shape.append(Int(clamping: extent))
                }
            case (2, .varint(let code)): type = Int(clamping: code)
            case (8, .bytes(let text)): name = bytes.text(text, limit: 512)
            case (9, .bytes(let raw)): data = raw
            default: continue
            }
            if shape.count > 64 { return nil }
        }
        guard let data, !name.isEmpty else { return nil }
        return ONNXTensor(name: name, type: type, shape: shape, data: data)
    }
}
