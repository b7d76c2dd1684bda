internal import CordonCore
internal import CordonFormats

/// 7z archives: names, links, encryption, and every file that can be unpacked.
enum SevenZipInspector {
    /// A header may be packed, and that one again.
    private static let packings = 4

    static func inspect(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        guard !inspection.isTooDeep(spot) else { return }
        let range: Range<Int>
        switch view.withSpan({ SevenZipArchive.start($0) }) {
        case .header(let found): range = found
        case .broken(let reason):
            malformed(reason, at: spot, in: inspection)
            inspection.skipped("\(spot.prefix)7z archive: \(reason)")
            return HiddenPickles.search(view, from: 0, at: spot, in: inspection)
        }
        guard !range.isEmpty, var header = view.part(offset: range.lowerBound, count: range.count) else { return }
        do throws(SevenZipFailure) {
            for _ in 0..<packings {
                let members = inspection.membersLeft
                let read = header.withSpan {
                    bytes -> Result<(archive: SevenZipArchive, isPacked: Bool), SevenZipFailure> in
                    do throws(SevenZipFailure) {
                        return .success(
                            try SevenZipArchive.read(bytes, fileSize: view.count, memberLimit: members))
                    } catch {
                        return .failure(error)
                    }
                }
                let (archive, isPacked) = try read.get()
                guard isPacked else { return contents(archive, view, at: spot, in: inspection) }
                guard let folder = archive.folders.first else { throw SevenZipFailure(reason: "the header is missing") }
                if folder.isEncrypted {
                    return sealed("the names of the files are encrypted", "names", at: spot, in: inspection)
                }
                guard let unpacked = unpack(folder, view, at: spot, in: inspection) else {
                    return sealed("the header is packed by an unknown method", "header", at: spot, in: inspection)
                }
                header = unpacked
            }
            throw SevenZipFailure(reason: "the header is packed again and again")
        } catch {
            malformed(error.reason, at: spot, in: inspection)
            inspection.skipped("\(spot.prefix)7z archive: \(error.reason)")
            HiddenPickles.search(view, from: 0, at: spot, in: inspection)
        }
    }

    private static func contents(_ archive: SevenZipArchive, _ view: ByteView, at spot: Spot, in inspection: Inspection)
    {
        let filled = archive.entries.filter(\.hasContent)
        for entry in archive.entries { check(entry, at: spot, in: inspection) }
        let parts = archive.folders.reduce(0) { $0 + $1.parts.count }
        if parts != filled.count {
            malformed("\(filled.count) files and \(parts) contents", at: spot, in: inspection)
        }
        var next = 0
        for folder in archive.folders {
            let names = filled.dropFirst(next).prefix(folder.parts.count).map(\.name)
            next += folder.parts.count
            if folder.isEncrypted {
                sealed("\(names.count) files are encrypted", "encrypted \(names.first ?? "")", at: spot, in: inspection)
                continue
            }
            guard let content = unpack(folder, view, at: spot, in: inspection) else {
                inspection.skipped(
                    "\(spot.prefix)7z archive: \(names.count) files are packed by a method that is not read")
                continue
            }
            var offset = 0
            for (index, size) in folder.parts.enumerated() {
                guard inspection.takeMember(spot) else { return }
                let name = index < names.count ? names[index] : "\(index)"
                let room = max(0, min(size, content.count - offset))
                if room < size {
                    inspection.skipped(
                        "\(spot.prefix)7z archive: the end of '\(PrintableText.quoting(name))' did not come out")
                }
                if room > 0, let part = content.part(offset: offset, count: room) {
                    inspection.inspectPart(part, at: spot.inside(name))
                }
                offset += room
            }
        }
    }

    private static func check(_ entry: SevenZipArchive.Entry, at spot: Spot, in inspection: Inspection) {
        let place = Place(member: spot.inside(entry.name).member)
        if let reason = MemberPath.escape(Array(entry.name.utf8)) {
            inspection.report(Rules.tarPath, at: place, "the name has \(reason)", subject: entry.name)
        }
        if let mode = entry.mode, mode & 0o170000 == 0o120000 {
            inspection.report(Rules.tarLink, at: place, "a symbolic link", subject: entry.name, severity: .medium)
        }
    }

    private static func unpack(
        _ folder: SevenZipArchive.Folder, _ view: ByteView, at spot: Spot, in inspection: Inspection
    ) -> ByteView? {
        guard folder.isChain, let packed = view.part(offset: folder.packed.lowerBound, count: folder.packed.count)
        else {
            return nil
        }
        if packed.count == 0 { return ByteView(copying: []) }
        let chain = folder.coders.map { (id: $0.id, properties: $0.properties) }
        return inspection.decompress(chain: chain, packed, size: folder.size, at: spot)?.view
    }

    private static func sealed(_ text: String, _ subject: String, at spot: Spot, in inspection: Inspection) {
        inspection.report(Rules.archiveSealed, at: spot.offset(0), text, subject: subject)
        inspection.skipped("\(spot.prefix)7z archive: \(text)")
    }

    private static func malformed(_ text: String, at spot: Spot, in inspection: Inspection) {
        inspection.report(Rules.tarMalformed, at: spot.offset(0), "7z: \(text)", subject: "7z structure")
    }
}
