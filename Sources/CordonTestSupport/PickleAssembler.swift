/// Writes pickles opcode by opcode, honest or not, so that tests need no Python.
///
/// Opcode values: CPython `Lib/pickletools.py`.
package struct PickleAssembler {
    /// What has been written.
    package private(set) var bytes: [UInt8] = []

    /// An empty pickle.
    package init() {}

    /// Appends raw opcodes.
    package func raw(_ added: [UInt8]) -> PickleAssembler {
        var copy = self
        copy.bytes += added
        return copy
    }

    /// Appends opcodes that are ASCII characters.
    package func op(_ text: String) -> PickleAssembler { raw(Array(text.utf8)) }

    /// PROTO.
    package func proto(_ version: UInt8 = 4) -> PickleAssembler { raw([0x80, version]) }

    /// GLOBAL.
    package func global(_ module: String, _ name: String) -> PickleAssembler { op("c\(module)\n\(name)\n") }

    /// Two strings and STACK_GLOBAL.
    package func stackGlobal(_ module: String, _ name: String) -> PickleAssembler {
        string(module).string(name).raw([0x93])
    }

    /// SHORT_BINUNICODE, or BINUNICODE for long text.
    package func string(_ text: String) -> PickleAssembler {
        let utf8 = Array(text.utf8)
        if utf8.count < 256 { return raw([0x8C, UInt8(utf8.count)] + utf8) }
        return op("X").raw(littleEndian(UInt32(utf8.count))).raw(utf8)
    }

    /// BININT1, or BININT for larger numbers.
    package func integer(_ value: Int) -> PickleAssembler {
        (0..<256).contains(value)
            ? raw([0x4B, UInt8(value)]) : op("J").raw(littleEndian(UInt32(bitPattern: Int32(value))))
    }

    /// BINBYTES.
    package func byteString(_ content: [UInt8]) -> PickleAssembler {
        op("B").raw(littleEndian(UInt32(content.count))).raw(content)
    }

    /// TUPLE1 and REDUCE: calls what is below with one argument.
    package var call: PickleAssembler { raw([0x85]).op("R") }

    /// STOP.
    package var stop: PickleAssembler { op(".") }

    /// `module.name("echo cordon")` in protocol 4.
    package static func calling(_ module: String, _ name: String, _ argument: String = "echo cordon") -> [UInt8] {
        PickleAssembler().proto().stackGlobal(module, name).string(argument).call.stop.bytes
    }
}

/// The bytes of an integer, least significant first.
package func littleEndian<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
}
