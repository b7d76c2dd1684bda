internal import CordonFormats

/// A private key between `-----BEGIN` and `-----END` lines (RFC 7468; OpenSSH's PROTOCOL.key; RFC 9580 for OpenPGP).
struct PrivateKeyBlock {
    let label: String
    let range: Range<Int>
    /// Whether a passphrase guards it.
    let isEncrypted: Bool
    /// Whether it is shortened: lines of dots, or less than its first bytes state.
    let isCut: Bool

    /// Reads a block whose dashes begin at `offset`; `nil` for public parts and for labels without a key behind them.
    init?(_ bytes: TextBytes, at offset: Int) {
        let labelStart = offset + 11
        guard bytes.has("-----BEGIN ", at: offset) else { return nil }
        var end = labelStart
        while end < labelStart + 48, bytes[end] >= 0x20, bytes[end] != UInt8(ascii: "-") { end += 1 }
        let label = bytes.text(labelStart..<end)
        guard label.hasSuffix("PRIVATE KEY") || label == "PGP PRIVATE KEY BLOCK", bytes.has("-----", at: end) else {
            return nil
        }
        var body: [UInt8] = []
        var position = end + 5
        var headers: [UInt8] = []
        // Lines of base64, as lines or with `\n` written out; headers have a colon.
        let limit = min(bytes.count, position + 16_384)
        while position < limit {
            if bytes.has("-----END", at: position) { break }
            if bytes[position] == UInt8(ascii: "\\") {
                position += 2
                continue
            }
            if TokenShape.isMember(bytes[position], of: UInt8(ascii: "b")) || bytes[position] == UInt8(ascii: "=") {
                body.append(bytes[position])
            } else if bytes[position] == UInt8(ascii: ":") {
                let lineEnd = bytes.lineEnd(position)
                headers += bytes.copy(position..<lineEnd)
                body.removeAll()
                position = lineEnd
            } else if ![0x20, 0x09, 0x0A, 0x0D, 0x22, 0x27, 0x2C, 0x2B, 0x23, 0x2D].contains(bytes[position]) {
                break
            }
            position += 1
        }
        guard body.count >= 60, !Randomness.isExample(Array(body.prefix(2000))),
            let der = Base64.decode(Array(body.prefix(4000)))
        else { return nil }
        // What every form begins with: a DER sequence, OpenSSH's magic, or an OpenPGP packet. A long random body counts as well: some
        // programs cut or wrap keys.
        let isEncryptedForm = String(decoding: headers, as: UTF8.self).contains("ENCRYPTED")
        let isKey =
            isEncryptedForm || der.first == 0x30 || der.starts(with: "openssh-key-v1\0".utf8)
            || label.hasPrefix("PGP") && (der.first ?? 0) & 0x80 != 0
            || body.count >= 160 && Randomness.entropy(body) > 5.2
        guard isKey else { return nil }
        let isElided = bytes[position] == UInt8(ascii: ".")
        let hasEnd = bytes.has("-----END", at: position) && body.count <= 4000
        // A DER sequence of two bytes of length (X.690, 8.1.3).
        let isShort =
            hasEnd && der.count > 4 && der[0] == 0x30 && der[1] == 0x82
            && der.count < Int(der[2]) << 8 + Int(der[3]) + 4
        isCut = isElided || isShort
        self.label = label
        range = offset..<position
        isEncrypted = label.hasPrefix("ENCRYPTED") || isEncryptedForm || Self.isSealedSSH(der)
    }

    /// An OpenSSH key whose cipher is not `none`.
    private static func isSealedSSH(_ der: [UInt8]) -> Bool {
        guard der.starts(with: "openssh-key-v1\0".utf8), der.count > 23 else { return false }
        return !der[19..<23].elementsEqual("none".utf8)
    }
}
