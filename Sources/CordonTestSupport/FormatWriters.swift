/// Writes fields of protocol-buffers messages.
package enum Protobuf {
    /// A length-delimited field.
    package static func field(_ number: Int, _ content: [UInt8]) -> [UInt8] {
        varint(UInt64(number << 3 | 2)) + varint(UInt64(content.count)) + content
    }

    /// A text field.
    package static func field(_ number: Int, _ text: String) -> [UInt8] { field(number, Array(text.utf8)) }

    /// A varint field.
    package static func field(_ number: Int, _ value: UInt64) -> [UInt8] { varint(UInt64(number << 3)) + varint(value) }

    private static func varint(_ value: UInt64) -> [UInt8] {
        value < 128 ? [UInt8(value)] : [UInt8(value & 127) | 128] + varint(value >> 7)
    }

    /// An ONNX model around a graph.
    package static func onnx(graph: [UInt8], _ rest: [UInt8] = []) -> [UInt8] {
        field(1, UInt64(8)) + field(7, graph) + field(8, field(2, UInt64(17))) + rest
    }
}

/// Writes tar entries.
package enum Tar {
    /// Two empty blocks.
    package static let end = [UInt8](repeating: 0, count: 1024)

    /// One ustar header block and its data.
    package static func entry(
        _ name: String, type: Character = "0", link: String = "", data: [UInt8] = [], mode: String = "0000644"
    ) -> [UInt8] {
        let size = String(data.count, radix: 8)
        var block = padded(name, 100) + padded(mode, 8) + padded("0", 8) + padded("0", 8)
        block += padded(String(repeating: "0", count: 11 - size.count) + size, 12) + padded("0", 12)
        block +=
            Array("        ".utf8) + Array(String(type).utf8) + padded(link, 100) + padded("ustar", 6)
            + Array("00".utf8)
        block += [UInt8](repeating: 0, count: 512 - block.count)
        let sum = block.reduce(0) { $0 + Int($1) }
        block.replaceSubrange(148..<156, with: padded(String(sum, radix: 8), 7) + [0x20])
        return block + data + [UInt8](repeating: 0, count: (512 - data.count % 512) % 512)
    }

    private static func padded(_ text: String, _ size: Int) -> [UInt8] {
        Array(text.utf8) + [UInt8](repeating: 0, count: size - text.utf8.count)
    }
}

/// Writes safetensors files from a header text and data.
package func safetensors(_ header: String, _ data: [UInt8] = []) -> [UInt8] {
    littleEndian(UInt64(header.utf8.count)) + Array(header.utf8) + data
}
