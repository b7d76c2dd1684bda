internal import CordonCore
internal import CordonFormats

/// Follows every pickle of a file and reports what loading it would do.
struct PickleInspector {
    /// What the surrounding file allows.
    struct Setting {
        /// PyTorch archives give persistent ids a meaning.
        var allowsPersistentIDs = false
        /// Legacy PyTorch, joblib and NumPy files carry raw data behind or between pickles.
        var allowsTrailing = false
    }

    private let inspection: Inspection
    private let view: ByteView
    private let spot: Spot

    /// Follows the pickles in `view`, which starts with one.
    static func inspect(_ view: ByteView, at spot: Spot, setting: Setting = Setting(), in inspection: Inspection) {
        PickleInspector(inspection: inspection, view: view, spot: spot).run(setting)
    }

    private func run(_ setting: Setting) {
        var setting = setting
        let isExpired = inspection.expiry
        let (trace, end) = view.withSpan { bytes -> (PickleTrace, PickleEnd) in
            var machine = PickleMachine(limits: PickleLimits(isExpired: isExpired))
            let legacy = TorchLegacy.matches(bytes)
            if legacy {
                setting.allowsPersistentIDs = true
                setting.allowsTrailing = true
            }
            var position = 0
            var count = 0
            var end: PickleEnd
            repeat {
                end = machine.run(bytes, from: position)
                count += 1
                guard case .stop(let next) = end, count < 10_000 else { break }
                position = next
            } while PickleSniffer.startsPickle(bytes, at: position)
            return (machine.trace, end)
        }
        report(trace, end, setting)
        followNested(trace)
        guard let head = view.withSpan({ Self.texts($0) }) else { return }
        SecretInspector.inspect(
            ByteView(copying: head), .init(spot: spot, hasLines: false), allowsBare: false, tokensOnly: true,
            in: inspection)
        let pairs = view.withSpan { PickledPairs.text($0, limit: Self.searchedForSecrets) }
        guard !pairs.isEmpty else { return }
        SecretInspector.inspect(
            ByteView(copying: pairs), .init(spot: spot, hasLines: false), allowsBare: false, namedOnly: true,
            in: inspection)
    }

    /// The first bytes with lengths and marks of texts blanked, so that they do not run into the texts behind them.
    private static func texts(_ bytes: RawSpan) -> [UInt8]? {
        guard var head = bytes.copy(at: 0, count: min(bytes.byteCount, searchedForSecrets)) else { return nil }
        let isText = head.first != 0x80
        for index in head.indices.dropLast() {
            // SHORT_BINUNICODE has a length of one byte; UNICODE of protocol 0 a letter at the beginning of a line.
            if head[index] == 0x8C { head[index + 1] = 0x20 }
            // BINUNICODE has four bytes of length; what remembers the text behind it are letters.
            if head[index] == 0x58, index + 5 < head.count, head[index + 3] == 0, head[index + 4] == 0 {
                let end = index + 5 + Int(head[index + 1]) + Int(head[index + 2]) << 8
                if end < head.count, [0x71, 0x72, 0x94].contains(head[end]) { head[end] = 0x20 }
            }
            if isText, head[index] == 0x0A, head[index + 1] == UInt8(ascii: "V") { head[index + 1] = 0x20 }
        }
        return head
    }

    /// Texts stand before arrays.
    private static let searchedForSecrets = 16 << 20

    private func report(_ trace: PickleTrace, _ end: PickleEnd, _ setting: Setting) {
        for item in trace.imports {
            for verdict in PicklePolicy.verdicts(on: item) {
                inspection.report(
                    verdict.rule, at: spot.offset(item.callOffset ?? item.offset), verdict.message,
                    subject: item.fullName, severity: verdict.severity)
            }
        }
        for anomaly in trace.anomalies { report(anomaly, hasImports: !trace.imports.isEmpty) }
        if let offset = trace.firstPersistentID, !setting.allowsPersistentIDs {
            inspection.report(
                Rules.picklePersistentID, at: spot.offset(offset), "uses persistent ids outside a PyTorch file",
                subject: "persistent id")
        }
        finish(trace, end, setting)
    }

    private func report(_ anomaly: PickleAnomaly, hasImports: Bool) {
        let place = spot.offset(anomaly.offset)
        let detail = anomaly.detail
        switch anomaly.kind {
        case .computedName:
            inspection.report(
                Rules.pickleComputed, at: place, "imports a name that is computed: \(detail)", subject: "name")
        case .computedCall:
            inspection.report(Rules.pickleComputed, at: place, "calls a computed value: \(detail)", subject: "call")
        case .longName:
            inspection.report(Rules.pickleComputed, at: place, "imports \(detail)", subject: "long name")
        case .extensionCode: inspection.report(Rules.pickleExtension, at: place, detail, subject: "extension")
        case .frame: inspection.report(Rules.pickleFrame, at: place, detail, subject: "frame")
        case .expansion, .resource:
            inspection.report(Rules.pickleResource, at: place, detail, subject: "\(anomaly.kind)")
        case .limit: inspection.skipped("\(spot.prefix)pickle: \(detail)")
        case .unknownOpcode, .truncated, .underflow, .protocolVersion:
            if hasImports {
                inspection.report(
                    Rules.pickleBroken, at: place, "loading stops here, after the imports above: \(detail)",
                    subject: "\(anomaly.kind)")
            } else {
                inspection.skipped("\(spot.prefix)broken pickle at offset \(anomaly.offset): \(detail)")
            }
        }
    }

    private func finish(_ trace: PickleTrace, _ end: PickleEnd, _ setting: Setting) {
        switch end {
        case .stop(let next):
            guard next < view.count else { return }
            let rest = view.suffix(from: next)
            if !setting.allowsTrailing, !rest.isPadding {
                inspection.report(
                    Rules.pickleTrailing, at: spot.offset(next), "\(view.count - next) bytes after the last STOP",
                    subject: "trailing")
            }
            inspection.inspectLeftover(rest, offset: next, at: spot)
        case .broken(let offset):
            HiddenPickles.search(view, from: offset + 1, at: spot, in: inspection)
        case .limit(let offset):
            inspection.skipped("\(spot.prefix)pickle not followed beyond offset \(offset)")
        }
    }

    private func followNested(_ trace: PickleTrace) {
        for range in trace.nestedPickles {
            guard let part = view.part(offset: range.lowerBound, count: range.count) else { continue }
            inspection.inspectPart(part, at: spot.inside("bytes@\(range.lowerBound)"), quietly: true)
        }
        for part in trace.loadedParts {
            guard let raw = view.part(offset: part.range.lowerBound, count: part.range.count) else { continue }
            let content = part.isLatin1Text ? raw.latin1 : raw
            inspection.inspectPart(content, at: spot.inside("loaded@\(part.range.lowerBound)"))
        }
        for range in trace.skippedArrays where !inspection.isExpired { probe(range) }
        for range in trace.encodedPickles {
            let text = view.withSpan { $0.copy(at: range.lowerBound, count: range.count) } ?? []
            guard let decoded = Base64.decode(text) else { continue }
            inspection.inspectPart(
                ByteView(copying: decoded), at: spot.inside("base64@\(range.lowerBound)"), quietly: true)
        }
    }
}

extension PickleInspector {
    /// Array bytes that joblib skips are opcodes for every other unpickler.
    private func probe(_ range: Range<Int>) {
        let isCode = view.withSpan {
            PickleSniffer.runs($0, from: range.lowerBound, needsImport: true, isContinuation: true)
        }
        guard isCode else { return }
        inspection.report(
            Rules.pickleHidden, at: spot.offset(range.lowerBound),
            "the bytes of an array are opcodes for unpicklers other than joblib", subject: "array \(range.lowerBound)")
    }
}

/// PyTorch's format before 1.6: five pickles, then storages. Source: `torch/serialization.py`, `_legacy_save`.
enum TorchLegacy {
    /// The first pickle is the number 0x1950a86a20f9469cfc6c.
    static func matches(_ bytes: RawSpan) -> Bool {
        bytes.hasBytes([0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E])
    }
}

extension ByteView {
    /// Text in which every character stands for one byte, as protocol 2 writes bytes, turned back; at most 16 MiB.
    var latin1: ByteView {
        let text = withSpan { $0.text(0..<$0.byteCount, limit: 16 << 20) }
        return ByteView(copying: text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) })
    }

    /// Whether there is nothing but zeros or white space, up to 4 KiB.
    var isPadding: Bool {
        guard count <= 4096 else { return false }
        return withSpan { bytes in
            for index in 0..<bytes.byteCount {
                guard let byte = bytes.byte(at: index), byte == 0 || byte == 0x20 || (0x09...0x0D).contains(byte) else {
                    return false
                }
            }
            return true
        }
    }
}
