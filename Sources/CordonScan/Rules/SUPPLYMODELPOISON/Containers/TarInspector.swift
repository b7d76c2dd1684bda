internal import CordonCore
internal import CordonFormats

/// Tar archives: names, links, devices, and every file in them.
enum TarInspector {
    static func inspect(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        guard !inspection.isTooDeep(spot) else { return }
        let members = inspection.membersLeft
        let archive = view.withSpan { TarArchive.read($0, memberLimit: members) }
        if let failure = archive.failure {
            inspection.report(Rules.tarMalformed, at: spot.offset(failure.offset), failure.reason, subject: "structure")
            inspection.skipped("\(spot.prefix)tar entries after offset \(failure.offset)")
            HiddenPickles.search(view, from: failure.offset, at: spot, in: inspection)
        }
        if archive.isCut {
            inspection.limitHit(Rules.limitMembers, at: spot, "more than \(inspection.limits.members) members")
        }
        let isTorch = Set(archive.entries.prefix(16).map(\.text)).isSuperset(of: ["pickle", "storages", "tensors"])
        var links: Set<String> = []
        for entry in archive.entries {
            guard inspection.takeMember(spot) else { return }
            if let link = throughLink(entry, links) {
                inspection.report(
                    Rules.tarLink,
                    at: Place(member: spot.inside(entry.text).member, offset: spot.base + entry.headerOffset),
                    "the path goes through the link '\(PrintableText.quoting(link, limit: 100))' of this archive",
                    subject: "through \(entry.text)")
            }
            if entry.kind == .symbolicLink { links.insert(normal(entry.text)) }
            check(entry, view, at: spot, isTorch: isTorch, in: inspection)
        }
        let rest = view.suffix(from: archive.end)
        if archive.failure == nil, !archive.isCut, rest.count > 0, !rest.isZero {
            inspection.report(
                Rules.tarMalformed, at: spot.offset(archive.end), "\(rest.count) bytes after the end of the archive",
                subject: "trailing", severity: .low)
            inspection.inspectLeftover(rest, offset: archive.end, at: spot)
        }
    }

    /// An earlier symbolic link that the entry's path, or its target, passes through.
    private static func throughLink(_ entry: TarEntry, _ links: Set<String>) -> String? {
        guard !links.isEmpty else { return nil }
        var paths = [entry.text]
        if entry.kind == .symbolicLink || entry.kind == .hardLink {
            let target = String(decoding: entry.linkTarget, as: UTF8.self)
            let folder = entry.text.split(separator: "/").dropLast().joined(separator: "/")
            paths.append(entry.kind == .hardLink || folder.isEmpty ? target : folder + "/" + target)
        }
        for path in paths {
            var prefix = ""
            for part in path.split(separator: "/").dropLast() where part != "." {
                prefix += prefix.isEmpty ? String(part) : "/" + part
                if links.contains(prefix) { return prefix }
            }
        }
        return nil
    }

    private static func normal(_ path: String) -> String {
        path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
    }

    private static func check(
        _ entry: TarEntry, _ view: ByteView, at spot: Spot, isTorch: Bool, in inspection: Inspection
    ) {
        let inner = spot.inside(entry.text)
        let place = Place(member: inner.member, offset: spot.base + entry.headerOffset)
        if let reason = MemberPath.escape(entry.name) {
            inspection.report(Rules.tarPath, at: place, "the name has \(reason)", subject: entry.text)
        }
        if entry.kind == .file, entry.mode & 0o6000 != 0 {
            inspection.report(
                Rules.tarDevice, at: place, "the set-user-id or set-group-id bit is set", subject: "mode \(entry.text)",
                severity: .medium)
        }
        switch entry.kind {
        case .symbolicLink, .hardLink:
            let relative = entry.kind == .symbolicLink
            if let reason = MemberPath.linkEscape(entry.name, target: entry.linkTarget, relativeToName: relative) {
                let target = PrintableText.quoting(bytes: entry.linkTarget, limit: 100)
                inspection.report(Rules.tarLink, at: place, "a link to '\(target)': \(reason)", subject: entry.text)
            }
        case .device: inspection.report(Rules.tarDevice, at: place, "a device or FIFO", subject: entry.text)
        case .file, .other:
            guard let content = view.part(offset: entry.dataOffset, count: entry.size) else { return }
            if isTorch, Sniffer.format(of: content) == .pickle {
                PickleInspector.inspect(
                    content, at: inner, setting: .init(allowsPersistentIDs: true, allowsTrailing: true), in: inspection)
            } else {
                inspection.inspectPart(content, at: inner)
            }
        case .directory: break
        }
    }
}

extension ByteView {
    /// Whether all bytes are zero, however many.
    var isZero: Bool {
        withSpan { bytes in
            var index = 0
            while let word = bytes.littleEndian(at: index, as: UInt64.self) {
                if word != 0 { return false }
                index += 8
            }
            while let byte = bytes.byte(at: index) {
                if byte != 0 { return false }
                index += 1
            }
            return true
        }
    }
}
