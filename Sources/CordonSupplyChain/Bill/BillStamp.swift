internal import CordonCore
internal import CordonFormats

/// What differs between two bills of the same content: when, and under which number.
package struct BillStamp: Sendable {
    /// RFC 3339, UTC, whole seconds.
    package let time: String
    /// A random UUID; `nil` takes one from the content, so that the bill is the same byte for byte.
    package let identifier: String?

    /// The current time and a random identifier; both fixed when `epoch` is given (the SOURCE_DATE_EPOCH convention of
    /// reproducible-builds.org).
    ///
    /// - Parameters:
    ///   - now: seconds since 1970.
    ///   - epoch: seconds since 1970 to use instead.
    package init(now: Int, epoch: Int?) {
        time = Timestamp.text(epoch ?? now)
        guard epoch == nil else {
            identifier = nil
            return
        }
        var generator = SystemRandomNumberGenerator()
        var bytes: [UInt8] = []
        for _ in 0..<2 { withUnsafeBytes(of: generator.next() as UInt64) { bytes += $0 } }
        identifier = Self.uuid(bytes)
    }

    /// The identifier, or one made from a digest of the content.
    func identifier(for content: [UInt8]) -> String {
        identifier ?? Self.uuid(Array(Digest.sha256(of: content).bytes.prefix(16)))
    }

    /// Source: RFC 9562, version 4 layout of random bits, version 8 would fit digests but few readers accept it.
    private static func uuid(_ bytes: [UInt8]) -> String {
        var bytes = bytes
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        let digits = Array(Hexadecimal.encode(bytes))
        return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }.joined(separator: "-")
    }
}

/// Formats of a bill of materials.
package enum BillFormat: String, Sendable, CaseIterable {
    case cycloneDX16 = "cyclonedx-1.6"
    case cycloneDX17 = "cyclonedx-1.7"
    case spdx301 = "spdx-3.0.1"
}

/// A bill of materials of an inventory.
package struct BillOfMaterials: Sendable {
    private let content: BillContent

    /// Collects the content. O(parts log parts).
    package init(_ inventory: Inventory) { content = BillBuilder.content(inventory) }

    /// The document's bytes.
    ///
    /// - Parameter version: Cordon's version, for the tool entry.
    package func document(_ format: BillFormat, stamp: BillStamp, version: String) -> [UInt8] {
        switch format {
        case .cycloneDX16: CycloneDXWriter(content: content, isNew: false, version: version).document(stamp)
        case .cycloneDX17: CycloneDXWriter(content: content, isNew: true, version: version).document(stamp)
        case .spdx301: SPDXWriter(content: content, version: version).document(stamp)
        }
    }

    /// How many parts there are of each kind, in the order of the kinds.
    package var counts: [(kind: String, count: Int)] {
        Dictionary(grouping: content.parts, by: \.kind.rawValue).map { ($0.key, $0.value.count) }.sorted { $0.0 < $1.0 }
    }
}
