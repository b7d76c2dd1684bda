internal import CordonCore
internal import CordonFormats

/// What is special about the zip archives that PyTorch writes.
///
/// Source: PyTorch `caffe2/serialize/inline_container.cc` (one top folder, `data.pkl`, `version`, `data/N`), TorchScript
/// `code/`, `constants.pkl`; `torch/package` (`.data/`, sources beside pickles).
struct TorchArchive {
    /// Whether this is one: a `data.pkl` or a torch package's `.data/version`.
    let isTorch: Bool
    private let isPackage: Bool
    private let prefixes: Set<String>
    private let sources: [String]

    init(_ members: [ZipMember]) {
        var prefixes: Set<String> = []
        var package = false
        var sources: [String] = []
        for member in members.prefix(100_000) {
            let name = member.name
            if name.hasSuffix("/data.pkl") { prefixes.insert(String(name.dropLast("data.pkl".count))) }
            if name == "data.pkl" { prefixes.insert("") }
            if name.contains(ascii: ".data/version") || name.contains(ascii: ".data/extern_modules") { package = true }
            if let range = name.rangeOfCode { prefixes.insert(String(name[..<range])) }
            if name.hasSuffix(".py"), sources.count < 64 { sources.append(name) }
        }
        isTorch = !prefixes.isEmpty || package
        isPackage = package
        self.prefixes = prefixes
        self.sources = sources
    }

    /// Whether a member holds a storage's raw bytes.
    func isTensorData(_ name: String) -> Bool {
        guard isTorch, let slash = name.lastIndex(of: "/") else { return false }
        let folder = name[..<slash]
        let file = name[name.index(after: slash)...]
        if isPackage, folder.hasSuffix(".data"), file.hasSuffix(".storage") { return true }
        let isNumber = !file.isEmpty && file.utf8.allSatisfy { (0x30...0x39).contains($0) }
        return isNumber
            && prefixes.contains { folder == $0 + "data" || folder == $0 + "constants" || folder == $0 + "tensors" }
    }

    /// Whether a member is one of the small notes that PyTorch writes beside the data.
    func isNote(_ name: String, byteCount: Int) -> Bool {
        guard isTorch, byteCount <= 4096 else { return false }
        let last = name.split(separator: "/").last ?? ""
        return Self.notes.contains(last)
    }

    private static let notes: Set<Substring> = [
        "version", "byteorder", "serialization_id", ".format_version", ".storage_alignment", "format_version",
        "storage_alignment", "extern_modules", "archive_format",
    ]

    /// Reports what belongs to the archive as a whole.
    func check(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        if isPackage, let source = sources.first {
            inspection.report(
                Rules.torchPackage, at: spot.inside(source).offset(0),
                "\(sources.count) Python source files that loading imports, '\(PrintableText.quoting(source))' first",
                subject: "torch.package")
        }
    }

    /// A storage is numbers; it is only checked for beginning like something that can be loaded.
    static func inspectStorage(_ content: ByteView, at spot: Spot, in inspection: Inspection) {
        let isLoadable = content.withSpan { bytes in
            if bytes.hasBytes([0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]) || bytes.hasBytes("PK\u{3}\u{4}") { return true }
            if bytes.byte(at: 0) == 0x80, (2...5).contains(bytes.byte(at: 1) ?? 0) {
                return PickleSniffer.runs(bytes, from: 0, needsImport: true)
            }
            return PickleSniffer.isPolyglot(bytes)
        }
        if isLoadable { inspection.inspectPart(content, at: spot) }
    }
}

extension String {
    /// Where `code/__torch__` begins: TorchScript sources.
    fileprivate var rangeOfCode: String.Index? {
        guard contains(ascii: "code/__torch__") else { return nil }
        if hasPrefix("code/__torch__") { return startIndex }
        let parts = split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count > 2, parts[1] == "code", parts[2].hasPrefix("__torch__") else { return nil }
        return parts[1].startIndex
    }
}
