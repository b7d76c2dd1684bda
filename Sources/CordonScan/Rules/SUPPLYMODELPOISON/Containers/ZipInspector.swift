internal import CordonCore
internal import CordonFormats

/// Zip archives: structure, names, and every member that is not raw tensor data.
struct ZipInspector {
    private let archive: ZipArchive
    private let view: ByteView
    private let spot: Spot
    private let inspection: Inspection
    private let layout: TorchArchive
    /// What all members say that they grow to, in bytes.
    private let statedTotal: Int

    static func inspect(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        guard !inspection.isTooDeep(spot) else { return }
        let members = inspection.membersLeft
        guard let archive = view.withSpan({ ZipArchive.read($0, memberLimit: members) }) else { return }
        ZipInspector(
            archive: archive, view: view, spot: spot, inspection: inspection, layout: TorchArchive(archive.members),
            statedTotal: archive.members.reduce(0) { $0 &+ min($1.header.size, 1 << 40) }
        ).run()
    }

    /// A zip archive behind or inside something else: the file is two things at once.
    static func inspectAppended(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        let found = view.withSpan { bytes in
            // The signature's third byte is rare in text, where most files end here.
            var position = bytes.byteCount - 65_557
            while let hit = bytes.firstIndex(of: 5, from: position, to: bytes.byteCount) {
                if bytes.hasBytes([0x50, 0x4B, 5, 6], at: hit - 2) { return true }
                position = hit + 1
            }
            return false
        }
        guard found, let archive = view.withSpan({ ZipArchive.read($0, memberLimit: 64) }),
            archive.members.contains(where: { $0.local != nil })
        else { return }
        inspection.report(
            Rules.zipSurroundings, at: spot.offset(archive.prefixCount),
            "a zip archive follows \(archive.prefixCount) bytes of something else", subject: "prefix")
        inspect(view, at: spot, in: inspection)
    }

    private func run() {
        for anomaly in archive.anomalies { report(anomaly) }
        if archive.droppedAnomalies > 0 {
            inspection.skipped("\(spot.prefix)\(archive.droppedAnomalies) more structural anomalies are not listed")
        }
        if archive.isCut {
            inspection.limitHit(Rules.limitMembers, at: spot, "more than \(inspection.limits.members) members")
        }
        checkSurroundings()
        layout.check(view, at: spot, in: inspection)
        let outer = inspection.memberNames
        inspection.memberNames = Set(archive.members.map(\.name))
        defer { inspection.memberNames = outer }
        for member in archive.members {
            guard inspection.takeMember(spot) else { return }
            check(member)
        }
    }

    private func report(_ anomaly: ZipAnomaly) {
        let rule =
            switch anomaly.kind {
            case .disagreement: Rules.zipDisagreement
            case .overlap: Rules.zipOverlap
            case .unlisted: Rules.zipUnlisted
            case .duplicate: Rules.zipDuplicate
            case .noLocalHeader, .malformed, .severalEnds: Rules.zipMalformed
            }
        let name = anomaly.member.map { PrintableText.quoting($0, limit: 120) }
        inspection.report(
            rule, at: spot.offset(anomaly.offset), (name.map { "'\($0)': " } ?? "") + anomaly.detail,
            subject: "\(anomaly.kind) \(name ?? "")")
    }

    private func checkSurroundings() {
        if archive.prefixCount > 0 {
            surroundings(0..<archive.prefixCount, "before the first member")
        }
        if !archive.trailing.isEmpty { surroundings(archive.trailing, "after the end record") }
        for gap in archive.gaps { surroundings(gap, "between members") }
        if let comment = view.part(offset: archive.comment.lowerBound, count: archive.comment.count), comment.count > 0
        {
            HiddenPickles.search(comment, from: 0, at: spot.shifted(archive.comment.lowerBound), in: inspection)
        }
    }

    private func surroundings(_ range: Range<Int>, _ place: String) {
        guard let part = view.part(offset: range.lowerBound, count: range.count), !part.isPadding else { return }
        inspection.report(
            Rules.zipSurroundings, at: spot.offset(range.lowerBound), "\(range.count) bytes \(place)", subject: place)
        // A file's own prefix was sniffed as the file; everything else is looked at here.
        if range.lowerBound > 0 { inspection.inspectLeftover(part, offset: range.lowerBound, at: spot) }
    }

    // MARK: Members

    private func check(_ member: ZipMember) {
        let inner = spot.inside(member.name)
        if let reason = MemberPath.escape(member.header.name) ?? member.local.flatMap({ MemberPath.escape($0.name) }) {
            inspection.report(
                Rules.zipPath, at: Place(member: inner.member), "the name has \(reason)", subject: member.name)
        }
        if member.isSymbolicLink || member.isSpecial {
            inspection.report(
                Rules.zipLink, at: Place(member: inner.member), linkMessage(member), subject: member.name,
                severity: linkEscapes(member) ? .high : .medium)
        }
        guard !member.isDirectory || member.header.size > 0, member.local != nil else { return }
        for header in readings(of: member) { inspectContent(member, header, at: inner) }
    }

    private func linkTarget(_ member: ZipMember) -> [UInt8] {
        view.withSpan { $0.copy(at: member.dataOffset, count: min(4096, max(0, member.header.compressedSize))) } ?? []
    }

    private func linkEscapes(_ member: ZipMember) -> Bool {
        member.isSymbolicLink
            && MemberPath.linkEscape(member.header.name, target: linkTarget(member), relativeToName: true) != nil
    }

    private func linkMessage(_ member: ZipMember) -> String {
        member.isSymbolicLink
            ? "a symbolic link to '\(PrintableText.quoting(bytes: linkTarget(member), limit: 100))'"
            : "a device, FIFO or socket"
    }

    /// The ways in which programs may read the member: by the directory, and by the local header if that differs.
    private func readings(of member: ZipMember) -> [ZipHeader] {
        guard let central = member.central, let local = member.local else { return [member.header] }
        let differs =
            local.method != central.method
            || (local.compressedSize != central.compressedSize && !(local.hasDescriptor && local.compressedSize == 0))
        return differs ? [central, local] : [central]
    }

    private func inspectContent(_ member: ZipMember, _ header: ZipHeader, at inner: Spot) {
        if header.isEncrypted {
            inspection.report(
                Rules.zipEncrypted, at: Place(member: inner.member), "bit 0 of the flags is set", subject: member.name)
        }
        let available = view.count - member.dataOffset
        guard let raw = view.part(offset: member.dataOffset, count: max(0, min(header.compressedSize, available)))
        else {
            return
        }
        if header.compressedSize > available {
            inspection.report(
                Rules.zipMalformed, at: spot.offset(member.dataOffset),
                "'\(PrintableText.quoting(member.name))' ends after the file", subject: "size \(member.name)")
        }
        guard let content = content(raw, header, at: inner) else { return }
        if !header.isEncrypted { checkCRC(content, header, member, at: inner) }
        if header.isEncrypted, Sniffer.format(of: content) == nil {
            inspection.skipped("\(inner.prefix)encrypted")
            return
        }
        if layout.isTensorData(member.name) { return TorchArchive.inspectStorage(content, at: inner, in: inspection) }
        if layout.isTorch, member.name.contains(ascii: "code/"), member.name.hasSuffix(".py") {
            return TorchScriptInspector.inspect(content, at: inner, in: inspection)
        }
        if layout.isTorch, Sniffer.format(of: content) == .pickle {
            return PickleInspector.inspect(
                content, at: inner, setting: .init(allowsPersistentIDs: true), in: inspection)
        }
        if layout.isNote(member.name, byteCount: content.count), Sniffer.format(of: content) == .text { return }
        inspection.inspectPart(content, at: inner)
    }

    /// The member's content: as it lies there, or decompressed.
    private func content(_ raw: ByteView, _ header: ZipHeader, at inner: Spot) -> ByteView? {
        let stated = Inspection.StatedSize(member: header.size, total: statedTotal)
        switch header.method {
        case 0: return raw
        case 8: return inspection.decompress(.deflate, raw, at: inner, stated: stated).view
        case 12: return inspection.decompress(.bzip2, raw, at: inner, stated: stated).view
        case 14: return inspection.decompress(.zipLZMA, raw, at: inner, stated: stated).view
        case 93: return inspection.decompress(.zstd, raw, at: inner, stated: stated).view
        case 95: return inspection.decompress(.xz, raw, at: inner, stated: stated).view
        default:
            inspection.report(
                Rules.zipMethod, at: Place(member: inner.member), "method \(header.method)", subject: "method")
            inspection.skipped("\(inner.prefix)compression method \(header.method) is not known")
            return nil
        }
    }

    /// Checked for what had to be decompressed and for small stored members.
    private func checkCRC(_ content: ByteView, _ header: ZipHeader, _ member: ZipMember, at inner: Spot) {
        guard header.method != 0 || content.count <= 1 << 20, content.count == header.size else {
            if header.method != 0 || content.count <= 1 << 20, !inspection.isExpired, content.count != header.size {
                inspection.report(
                    Rules.zipCRC, at: Place(member: inner.member),
                    "\(content.count) bytes where \(header.size) are stated",
                    subject: member.name)
            }
            return
        }
        let checksum = content.withSpan { CRC32.checksum($0) }
        let expected = header.crc == 0 && header.hasDescriptor ? member.header.crc : header.crc
        if checksum != expected {
            inspection.report(
                Rules.zipCRC, at: Place(member: inner.member), "the CRC-32 is wrong", subject: member.name)
        }
    }
}
