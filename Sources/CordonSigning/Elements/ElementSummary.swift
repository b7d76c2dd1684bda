internal import CordonCore
internal import CordonFormats

/// What the elements of one file hash to: the root of a Merkle tree (RFC 9162, section 2.1) with a leaf an element.
///
/// Kept in the `annotations` of the file's resource, which other verifiers of OpenSSF Model Signing pass over.
package struct ElementSummary: Sendable, Hashable {
    /// What an element is.
    package enum Kind: String, Sendable, CaseIterable {
        /// A line of a JSONL file, without its line feed.
        case jsonlLine = "jsonl-line"
        /// A member of a zip archive: its name and its content as stored.
        case zipMember = "zip-member"
        /// A member of a tar archive: its name and its content.
        case tarMember = "tar-member"
        /// A row group of a Parquet file; the last element is everything outside row groups.
        case parquetRowGroup = "parquet-row-group"

        /// What people call an element.
        package var noun: String {
            switch self {
            case .jsonlLine: "line"
            case .zipMember, .tarMember: "member"
            case .parquetRowGroup: "row group"
            }
        }
    }
    /// What an element is.
    package let kind: Kind
    /// Number of elements.
    package let count: Int
    /// Root of the Merkle tree, 32 bytes.
    package let rootHash: [UInt8]

    func write(_ entry: inout JSONWriter) {
        entry.object("annotations") { annotations in
            annotations.string("elementKind", kind.rawValue)
            annotations.string("treeSize", String(count))
            annotations.string("rootHash", Hexadecimal.encode(rootHash))
        }
    }

    /// `nil` when there are no annotations of this kind.
    static func read(_ json: JSONValue?) throws(IntegrityFailure) -> ElementSummary? {
        guard let json, let kindName = json["elementKind"]?.string else { return nil }
        guard let kind = Kind(rawValue: kindName) else {
            throw IntegrityFailure(
                .unsupported,
                "the elements are of a kind that is not known: '\(PrintableText.quoting(kindName, limit: 60))'")
        }
        guard let count = json["treeSize"]?.int64, (0...ElementReader.elementLimit).contains(count),
            let text = json["rootHash"]?.string,
            let root = Hexadecimal.decode(text.utf8), root.count == 32
        else { throw IntegrityFailure(.malformed, "the annotations of a resource lack 'treeSize' or 'rootHash'") }
        return ElementSummary(kind: kind, count: count, rootHash: root)
    }
}
