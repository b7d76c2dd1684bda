/// Writes protocol-buffers messages. Source: Protocol Buffers documentation, "Encoding". Default values are left out.
package struct ProtobufWriter {
    /// What was written so far.
    package private(set) var bytes: [UInt8] = []

    /// An empty message.
    package init() {}

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest > 0x7F {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private mutating func tag(_ number: Int, _ wireType: UInt64) { varint(UInt64(number) << 3 | wireType) }

    /// A signed number of 64 bits.
    package mutating func integer(_ number: Int, _ value: Int, always: Bool = false) {
        guard value != 0 || always else { return }
        tag(number, 0)
        varint(UInt64(bitPattern: Int64(value)))
    }

    /// A number of four bytes.
    package mutating func float(_ number: Int, _ value: Float) {
        tag(number, 5)
        withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// Text, left out when empty unless said otherwise.
    package mutating func text(_ number: Int, _ value: String, always: Bool = false) {
        guard !value.isEmpty || always else { return }
        data(number, Array(value.utf8))
    }

    /// Bytes.
    package mutating func data(_ number: Int, _ value: [UInt8]) {
        tag(number, 2)
        varint(UInt64(value.count))
        bytes += value
    }

    /// Bytes that lie elsewhere.
    package mutating func data(_ number: Int, _ value: ByteView) {
        tag(number, 2)
        varint(UInt64(value.count))
        value.withSpan { span in span.withUnsafeBytes { bytes.append(contentsOf: $0) } }
    }

    /// An operator set: domain and version.
    mutating func set(_ number: Int, _ domain: String, _ version: Int) {
        message(number) { wire in
            wire.text(1, domain)
            wire.integer(2, version)
        }
    }

    /// A message within this one.
    package mutating func message<Failure: Error>(
        _ number: Int, _ body: (inout ProtobufWriter) throws(Failure) -> Void
    ) throws(Failure) {
        var inner = ProtobufWriter()
        try body(&inner)
        data(number, inner.bytes)
    }
}
