internal import CordonCore
internal import CordonFormats
internal import CordonSigning

/// OSV records in folders, zip dumps and single files, one after the other.
///
/// Source: osv.dev data dumps: one JSON object a file; a zip of such files per ecosystem.
package struct AdvisoryFiles {
    private enum Entry {
        case file(String)
        case member(ZipMember, ByteView, String)
    }
    private var entries: [Entry] = []
    private var next = 0
    /// Most bytes of one record.
    private static let recordLimit = 32 << 20

    /// Lists the records of the named folders and files.
    ///
    /// - Throws: when a path cannot be read or holds no record.
    package init(_ paths: [String]) throws(AdvisoryFailure) {
        for path in paths { try add(path) }
    }

    /// How many records there are.
    package var count: Int { entries.count }

    private mutating func add(_ path: String) throws(AdvisoryFailure) {
        let shown = PrintableText.quoting(path, limit: 300)
        let tree: Tree
        let found: [TreeEntry]
        do throws(IntegrityFailure) {
            tree = try Tree(path)
            found = tree.single == nil ? try tree.entries(TreeRules()) : []
        } catch {
            throw AdvisoryFailure("\(error.message) A folder of OSV records or an OSV zip dump is expected.")
        }
        let before = entries.count
        if tree.single == nil {
            for entry in found where entry.kind == .regular {
                let name = String(decoding: entry.path, as: UTF8.self)
                if name.hasSuffix(".json") { entries.append(.file(path + "/" + name)) }
                if name.hasSuffix(".zip") { try addArchive(path + "/" + name) }
            }
        } else if path.hasSuffix(".json") {
            entries.append(.file(path))
        } else {
            try addArchive(path)
        }
        guard entries.count > before else {
            throw AdvisoryFailure("'\(shown)' holds no OSV record: no file that ends in .json")
        }
    }

    private mutating func addArchive(_ path: String) throws(AdvisoryFailure) {
        let shown = PrintableText.quoting(path, limit: 300)
        let storage: ByteStorage
        do throws(IntegrityFailure) {
            storage = try SmallFile.storage(path, what: "dump")
        } catch {
            throw AdvisoryFailure(error.message)
        }
        let view = ByteView(storage)
        guard let archive = view.withSpan({ ZipArchive.read($0, memberLimit: 5_000_000) }), !archive.isCut else {
            throw AdvisoryFailure("'\(shown)' is neither an OSV record (.json) nor a zip dump")
        }
        for member in archive.members
        where !member.isDirectory && member.name.hasSuffix(".json")
            && !member.name.hasPrefix("__MACOSX/") && !InventoryCollector.last(member.name).hasPrefix("._")
        {
            entries.append(.member(member, view, path))
        }
    }

    /// The next record; `nil` at the end. Throws at the first record that cannot be read: an import is whole or none.
    package mutating func record() throws(AdvisoryFailure) -> Advisory? {
        guard next < entries.count else { return nil }
        let entry = entries[next]
        next += 1
        let (bytes, place) = try contents(entry)
        do throws(DataFailure) {
            return try Advisory(try .json(bytes))
        } catch {
            let line = error.line > 0 ? ", line \(error.line)" : ""
            throw AdvisoryFailure(
                "\(PrintableText.quoting(place, limit: 400))\(line): \(error.reason). Nothing was imported: correct or remove it."
            )
        }
    }

    private func contents(_ entry: Entry) throws(AdvisoryFailure) -> ([UInt8], String) {
        switch entry {
        case .file(let path):
            do throws(IntegrityFailure) {
                return (try SmallFile.contents(path, what: "record", limit: Self.recordLimit), path)
            } catch {
                throw AdvisoryFailure("\(error.message). Nothing was imported.")
            }
        case .member(let member, let view, let path):
            let place = "\(path)!/\(member.name)"
            let header = member.header
            guard header.size <= Self.recordLimit, !header.isEncrypted,
                let raw = view.part(offset: member.dataOffset, count: header.compressedSize)
            else {
                throw AdvisoryFailure("\(PrintableText.quoting(place, limit: 400)) is encrypted, too large or cut off")
            }
            if header.method == 0 { return (raw.withSpan { $0.copy(at: 0, count: raw.count) } ?? [], place) }
            guard header.method == 8 else {
                throw AdvisoryFailure(
                    "\(PrintableText.quoting(place, limit: 400)) is compressed in a way that is not read")
            }
            let limits = DecompressionLimits(bytes: Self.recordLimit, ratio: 2000, isExpired: { false })
            let result = raw.withSpan { Decompressor.run(.deflate, $0, limits: limits) }
            guard result.stop == nil else {
                throw AdvisoryFailure("\(PrintableText.quoting(place, limit: 400)) is damaged. Nothing was imported.")
            }
            return (result.view.withSpan { $0.copy(at: 0, count: result.view.count) } ?? [], place)
        }
    }
}
