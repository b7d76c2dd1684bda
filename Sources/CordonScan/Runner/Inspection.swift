internal import CordonCore
internal import CordonFormats
internal import CSystem

/// One file being inspected: its findings, what could not be looked at, and what is left of its limits.
///
/// Used by one thread from beginning to end.
final class Inspection {
    let path: AssetPath
    /// Whether the file is a test, an example or a document, whose findings weigh less.
    let isIllustration: Bool
    let limits: ScanLimits
    private(set) var findings: [Finding] = []
    private(set) var skips: [String] = []
    /// Format of the file itself, once recognised.
    var format: FileFormat?
    /// Bytes that decompression may still produce.
    private(set) var bytesLeft: Int
    /// Members that containers may still have.
    private(set) var membersLeft: Int
    /// Whether a large text is being looked at, and no other one elsewhere.
    var isInLane = false
    /// Members of the zip archive that is being looked at, for parts that name others.
    var memberNames: Set<String> = []
    private let deadline: Deadline
    private var seen: Set<Key> = []
    private var dropped = 0

    private static let findingLimit = 200
    private static let skipLimit = 50

    private struct Key: Hashable {
        let rule: String
        let member: String?
        let subject: String
    }

    init(path: AssetPath, byteCount: Int, limits: ScanLimits, isIllustration: Bool? = nil) {
        self.path = path
        self.isIllustration = isIllustration ?? path.isIllustration
        self.limits = limits
        bytesLeft = limits.totalBytes
        membersLeft = limits.members
        deadline = Deadline(limit: limits.time, byteCount: byteCount)
    }

    /// Whether the file's time is over; cheap enough to ask often.
    var isExpired: Bool { deadline.isOver }

    /// The same as a value for readers.
    var expiry: @Sendable () -> Bool {
        let deadline = deadline
        return { deadline.isOver }
    }

    // MARK: Findings

    /// Adds a finding; the same rule, member and subject count once.
    func report(
        _ rule: Rule, at place: Place, _ message: String, subject: String, severity: Severity? = nil,
        confidence: Confidence = .high
    ) {
        let subject = PrintableText.quoting(subject, limit: 200)
        guard seen.insert(Key(rule: rule.id, member: place.member, subject: subject)).inserted else { return }
        guard findings.count < Self.findingLimit else {
            dropped += 1
            return
        }
        findings.append(
            Finding(
                ruleID: rule.id, severity: severity ?? rule.severity, confidence: confidence, path: path, place: place,
                message: PrintableText.quoting(message, limit: 400), subject: subject))
    }

    /// Notes that something was not looked at.
    func skipped(_ reason: String) {
        let text = PrintableText.quoting(reason, limit: 300)
        if skips.count < Self.skipLimit, !skips.contains(text) { skips.append(text) }
    }

    /// A limit was hit: a finding, and a part that was not looked at.
    func limitHit(_ rule: Rule, at spot: Spot, _ message: String, severity: Severity? = nil) {
        report(rule, at: Place(member: spot.member), message, subject: "limit", severity: severity)
        skipped("\(spot.prefix)\(message)")
    }

    /// Says what was left out, once everything is done.
    func finish() {
        if dropped > 0 { skips.append("\(dropped) more findings in this file are not listed") }
        if isExpired {
            limitHit(Rules.limitTime, at: Spot(), "stopped after \(limits.time.seconds) s of CPU time per 50 MB")
        }
    }

    /// What the report says about the file.
    var outcome: Outcome {
        if findings.contains(where: { $0.severity > .info }) { return .failed }
        if let reason = skips.first { return .notEvaluated(reason: reason) }
        return .passed
    }

    // MARK: Limits

    /// Whether another container level would be too deep; reports it.
    func isTooDeep(_ spot: Spot) -> Bool {
        guard spot.depth >= limits.depth else { return false }
        limitHit(Rules.limitDepth, at: spot, "containers nested deeper than \(limits.depth)")
        return true
    }

    /// Takes one member from the budget; reports once when it is used up.
    func takeMember(_ spot: Spot) -> Bool {
        guard membersLeft > 0 else {
            limitHit(Rules.limitMembers, at: Spot(), "more than \(limits.members) members")
            return false
        }
        membersLeft -= 1
        return !isExpired
    }

    /// What a container says beforehand that it grows to, in bytes.
    struct StatedSize {
        let member: Int
        /// Of all its members.
        let total: Int

        /// As much as a model or a sparse array takes, not what fills a memory.
        var isOrdinary: Bool { total <= 1 << 30 }
    }

    /// Decompresses within the limits; what came out before a limit is still inspected.
    func decompress(_ compression: Compression, _ view: ByteView, at spot: Spot, stated: StatedSize? = nil)
        -> Decompressed
    {
        func run(bytes: Int, ratio: Int) -> Decompressed {
            let limits = DecompressionLimits(bytes: bytes, ratio: ratio, isExpired: expiry)
            return view.withSpan { Decompressor.run(compression, $0, limits: limits) }
        }
        var result = run(bytes: bytesLeft, ratio: limits.ratio)
        if case .ratio = result.stop, let stated, stated.isOrdinary, stated.member < bytesLeft,
            result.view.count <= stated.member
        {
            // As large as it says, if it is honest; what grows beyond that is what it was taken for.
            let whole = run(bytes: stated.member + 1, ratio: .max)
            if case .bytes = whole.stop {} else { result = whole }
        }
        account(result, compression.rawValue, at: spot)
        return result
    }

    /// The same for a chain of 7z's methods; `nil` when the libraries do not know one of them.
    func decompress(
        chain: [(id: [UInt8], properties: [UInt8])], _ view: ByteView, size: Int, at spot: Spot
    ) -> Decompressed? {
        let limits = DecompressionLimits(bytes: bytesLeft, ratio: limits.ratio, isExpired: expiry)
        guard let result = view.withSpan({ Decompressor.run(chain: chain, $0, size: size, limits: limits) }) else {
            return nil
        }
        account(result, "7z", at: spot)
        return result
    }

    private func account(_ result: Decompressed, _ kind: String, at spot: Spot) {
        bytesLeft -= min(bytesLeft, result.view.count)
        switch result.stop {
        case nil: break
        case .ratio:
            limitHit(Rules.limitRatio, at: spot, "\(kind) grows more than \(self.limits.ratio) times")
        case .bytes:
            limitHit(
                Rules.limitBytes, at: spot, "more than \(self.limits.totalBytes) decompressed bytes in one file")
        case .time: break
        case .corrupt(let reason):
            report(
                Rules.streamBroken, at: spot.offset(result.consumed), "\(kind) stream: \(reason)",
                subject: "stream")
            skipped("\(spot.prefix)the rest of the \(kind) stream: \(reason)")
        case .spool(let reason): skipped("\(spot.prefix)decompressed data: \(reason)")
        }
    }
}

/// CPU time of the thread that works on a file.
///
/// Wall-clock time would make results depend on what else the machine does.
private struct Deadline: Sendable {
    private let end: Int64

    init(limit: Duration, byteCount: Int) {
        let shares = max(1, Double(byteCount) / 50e6)
        end = cordon_thread_cpu_nanoseconds() + Int64(min(limit.seconds * shares * 1e9, 1e15))
    }

    var isOver: Bool { cordon_thread_cpu_nanoseconds() > end }
}

extension Duration {
    /// The duration in seconds.
    package var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
