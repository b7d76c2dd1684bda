internal import CordonCore

/// Names a key in a token (RFC 7512). The PIN never stands in it: arguments can be seen by other users.
package struct PKCS11URI: Sendable, Equatable {
    /// The module's shared library.
    package var modulePath: String?
    /// The token's label.
    package var token: String?
    /// The token's serial number.
    package var serial: String?
    /// The slot's number.
    package var slot: Int?
    /// The key's identifier.
    package var id: [UInt8]?
    /// The key's label.
    package var object: String?
    /// File that holds the PIN.
    package var pinSource: String?

    /// Parses a URI.
    package init(_ text: String) throws(IntegrityFailure) {
        guard text.hasPrefix("pkcs11:") else {
            throw IntegrityFailure(
                .wrongUse,
                "a PKCS #11 URI begins with 'pkcs11:', for example 'pkcs11:token=prod;object=release?module-path=/usr/lib/softhsm/libsofthsm2.so'"
            )
        }
        let halves = text.dropFirst(7).split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var seen: Set<String> = []
        for part in (halves.first ?? "").split(separator: ";") { try set(part, &seen) }
        if halves.count == 2 { for part in halves[1].split(separator: "&") { try set(part, &seen) } }
        guard id != nil || object != nil else {
            throw IntegrityFailure(.wrongUse, "the PKCS #11 URI names no key: give 'object=LABEL' or 'id=%01'")
        }
        guard modulePath != nil else {
            throw IntegrityFailure(
                .wrongUse, "the PKCS #11 URI names no module: give '?module-path=/path/to/module.so'")
        }
    }

    private mutating func set(_ part: Substring, _ seen: inout Set<String>) throws(IntegrityFailure) {
        let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard sides.count == 2, let bytes = Self.decoded(sides[1]) else {
            throw IntegrityFailure(.wrongUse, "the PKCS #11 URI has a part that is not 'name=value'")
        }
        let name = String(sides[0])
        guard seen.insert(name).inserted else {
            throw IntegrityFailure(
                .wrongUse, "the PKCS #11 URI names '\(PrintableText.quoting(name, limit: 40))' twice")
        }
        let value = String(decoding: bytes, as: UTF8.self)
        switch name {
        case "token": token = value
        case "serial": serial = value
        case "slot-id":
            guard let number = Int(value), number >= 0 else {
                throw IntegrityFailure(.wrongUse, "'slot-id' in the PKCS #11 URI is not a number")
            }
            slot = number
        case "id": id = bytes
        case "object": object = value
        case "module-path": modulePath = value
        case "pin-source":
            guard !value.hasPrefix("|") else {
                throw IntegrityFailure(.wrongUse, "'pin-source' may name a file, not a command")
            }
            pinSource = value.hasPrefix("file:") ? String(value.dropFirst(5)) : value
        case "pin-value":
            throw IntegrityFailure(
                .wrongUse,
                "the PKCS #11 URI holds the PIN, which other users of this machine can see; use 'pin-source=/path' or --passphrase-file"
            )
        case "type" where value != "private": throw IntegrityFailure(.wrongUse, "the PKCS #11 URI names no private key")
        default: return
        }
    }

    private static func decoded(_ text: Substring) -> [UInt8]? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2,
                let value = Hexadecimal.decode(String(decoding: rest.prefix(2), as: UTF8.self).lowercased().utf8)
            else { return nil }
            bytes += value
            rest = rest.dropFirst(2)
        }
        return bytes
    }
}
