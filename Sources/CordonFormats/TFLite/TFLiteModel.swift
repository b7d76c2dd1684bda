/// The operator codes of a TensorFlow Lite model.
///
/// Source: tensorflow/compiler/mlir/lite/schema/schema.fbs, version 3; FlatBuffers internals documentation.
package struct TFLiteModel: Sendable {
    /// Names of custom operators; `Flex…` ones run TensorFlow operations.
    package private(set) var customOperators: [String] = []
    package private(set) var operatorCount = 0
    /// Why the model cannot be followed; `nil` when it could.
    package private(set) var failure: String?

    /// Whether the file identifier is there.
    package static func matches(_ bytes: RawSpan) -> Bool { bytes.hasBytes("TFL3", at: 4) }

    /// Reads the operator codes. O(operator codes).
    package static func read(_ bytes: RawSpan) -> TFLiteModel {
        var model = TFLiteModel()
        guard let root = FlatTable(bytes, pointerAt: 0), root.field(0, bytes) != nil || root.field(1, bytes) != nil else {
            model.failure = "the root table does not fit"
            return model
        }
        model.checkBuffers(bytes, root)
        guard let field = root.field(1, bytes), let codes = FlatVector(bytes, pointerAt: field) else {
            model.failure = root.field(1, bytes) == nil ? nil : "the operator codes do not fit"
            return model
        }
        model.operatorCount = codes.count
        for index in 0..<codes.count {
            guard let code = FlatTable(bytes, pointerAt: codes.start + 4 * index) else {
                model.failure = model.failure ?? "operator code \(index) does not fit"
                return model
            }
            guard let name = code.field(1, bytes), let text = FlatVector(bytes, pointerAt: name, width: 1) else { continue }
            model.customOperators.append(bytes.text(text.start..<(text.start + text.count), limit: 256))
        }
        return model
    }

    /// Every buffer's data must lie inside the file; weights may also be addressed by offset and size.
    private mutating func checkBuffers(_ bytes: RawSpan, _ root: FlatTable) {
        guard let field = root.field(4, bytes) else { return }
        guard let buffers = FlatVector(bytes, pointerAt: field) else {
            failure = "the list of buffers does not fit"
            return
        }
        for index in 0..<buffers.count {
            guard let buffer = FlatTable(bytes, pointerAt: buffers.start + 4 * index) else {
                failure = "buffer \(index) does not fit"
                return
            }
            if let data = buffer.field(0, bytes), FlatVector(bytes, pointerAt: data, width: 1) == nil {
                failure = "the data of buffer \(index) does not fit"
                return
            }
        }
    }
}

/// A FlatBuffers table: fields through its vtable, every offset checked.
private struct FlatTable {
    private let start: Int
    private let vtable: Int
    private let vtableSize: Int

    init?(_ bytes: RawSpan, pointerAt pointer: Int) {
        guard let offset = bytes.littleEndian(at: pointer, as: UInt32.self) else { return nil }
        start = pointer + Int(offset)
        guard let back = bytes.littleEndian(at: start, as: Int32.self) else { return nil }
        vtable = start - Int(back)
        guard let size = bytes.littleEndian(at: vtable, as: UInt16.self), size >= 4,
            bytes.contains(offset: vtable, count: Int(size))
        else { return nil }
        vtableSize = Int(size)
    }

    /// Where a field's value lies; `nil` when the table does not have it.
    func field(_ index: Int, _ bytes: RawSpan) -> Int? {
        let slot = 4 + 2 * index
        guard slot + 2 <= vtableSize, let offset = bytes.littleEndian(at: vtable + slot, as: UInt16.self), offset != 0
        else { return nil }
        return start + Int(offset)
    }
}

/// A FlatBuffers vector or string.
private struct FlatVector {
    let start: Int
    let count: Int

    init?(_ bytes: RawSpan, pointerAt pointer: Int, width: Int = 4) {
        guard let offset = bytes.littleEndian(at: pointer, as: UInt32.self),
            let length = bytes.littleEndian(at: pointer + Int(offset), as: UInt32.self)
        else { return nil }
        start = pointer + Int(offset) + 4
        count = Int(length)
        guard bytes.contains(offset: start, count: count * width) else { return nil }
    }
}
