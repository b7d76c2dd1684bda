internal import CSystem
internal import CordonCore
internal import CordonFormats

/// A secret in a text.
struct SecretHit {
    let rule: Rule
    /// What it is, for example `GitHub personal access token`.
    let kind: String
    let range: Range<Int>
    /// What is known of it besides, for example `checksum right`.
    let note: String
    let severity: Severity
    let confidence: Confidence
    /// The name that it is given to, where that is how it was found.
    var name: String?
}

/// Finds secrets in text: providers' own forms, private keys, passwords in addresses, web tokens, and values whose names say what they
/// are.
///
/// One pass looks for three-byte anchors of all patterns at once; what stands around them is read by hand-written matchers, so that no
/// text makes it slow.
///
/// - Complexity: O(n), about a nanosecond a byte where there are no anchors.
/// - Note: Not found: secrets without a form of their own and without a telling name; names in other languages than English; values put
///   together from parts; what is encrypted, compressed or in pictures. Whether a secret still works is never asked.
struct SecretSearch {
    /// What kind of text it is.
    struct Setting {
        /// Whether values without quotes are values; in programs they are expressions.
        var allowsBare = true
        /// Whether the text is a test, an example or a document: assigned values there are mostly made up.
        var isIllustration = false
    }

    private let bytes: TextBytes
    private let setting: Setting
    private var hits: [SecretHit] = []
    /// Ends of what was taken, so that a token is reported once, as the most telling kind.
    private var takenUntil = 0
    private var rejected: [Range<Int>] = []
    /// Where the last private key ended: what begins inside of one is none.
    private var keyEnd = 0
    private let isExpired: () -> Bool
    /// Whether a provider's prefix stands where a literal ends soon after: the rest may be added to it.
    private var mayContinue = false

    /// At most so many of one text.
    static let most = 500

    /// All secrets in order.
    static func hits(in view: ByteView, setting: Setting, isExpired: @escaping () -> Bool = { false }) -> [SecretHit] {
        view.withSpan { span in
            span.withUnsafeBytes { raw in
                var search = SecretSearch(
                    bytes: TextBytes(base: raw.bindMemory(to: UInt8.self)), setting: setting, isExpired: isExpired)
                search.run()
                return search.settled + joined(search, raw.bindMemory(to: UInt8.self))
            }
        }
    }

    /// Tokens that are put together from literals; only where the text holds the beginning of one.
    private static func joined(_ search: SecretSearch, _ bytes: UnsafeBufferPointer<UInt8>) -> [SecretHit] {
        guard search.mayContinue, let joined = JoinedLiterals(bytes) else { return [] }
        return joined.text.withUnsafeBufferPointer { text in
            var inner = SecretSearch(bytes: TextBytes(base: text), setting: search.setting, isExpired: search.isExpired)
            inner.run()
            return inner.settled.filter { $0.rule.id == Rules.secretToken.id && !joined.isWhole($0.range) }.map { hit in
                let range = joined.original(hit.range.lowerBound)..<joined.original(hit.range.upperBound - 1) + 1
                return SecretHit(
                    rule: hit.rule, kind: hit.kind, range: range, note: ", in parts\(hit.note)",
                    severity: hit.severity, confidence: .medium)
            }
        }
    }

    private init(bytes: TextBytes, setting: Setting, isExpired: @escaping () -> Bool) {
        self.bytes = bytes
        self.setting = setting
        self.isExpired = isExpired
    }

    private mutating func run() {
        var (position, anchors) = (0, 0)
        let table = AnchorTable.shared
        while position < bytes.count, hits.count < Self.most {
            anchors += 1
            if anchors & 1023 == 0, isExpired() { return }
            position = table.next(bytes.base, from: position)
            guard position < bytes.count else { return }
            _ = table.forEach(bytes.base, at: position) { target in
                take(target, at: position)
                return false
            }
            position += 1
        }
    }

    private mutating func take(_ target: AnchorTable.Target, at position: Int) {
        switch target {
        case .token(let index): token(TokenKind.all[index], at: position)
        case .privateKey: privateKey(at: position)
        case .address: if let found = AddressWithPassword(bytes, at: position) { address(found) }
        case .driver:
            if bytes.has("@tcp(", at: position), let found = AddressWithPassword(bytes, driverAt: position) {
                address(found)
            }
        case .webToken: webToken(at: position)
        case .name: assigned(at: position)
        case .command: command(at: position)
        case .accounts: accounts(at: position)
        }
    }

    // MARK: Kinds

    private mutating func token(_ kind: TokenKind, at position: Int) {
        guard let range = kind.shape.match(bytes, anchorAt: position) else {
            mayContinue = mayContinue || endsSoon(position)
            return
        }
        // Digests of installed files are in base64, which may look like anything.
        guard !bytes.has("sha256=", at: range.lowerBound - 7), !bytes.has("sha512-", at: range.lowerBound - 7) else {
            return
        }
        let text = bytes.copy(range)
        let holds = TokenChecks.holds(kind.check, text)
        // A form with a checksum that is wrong was made up, and its value is no other secret either.
        guard holds != false, !Randomness.isExample(text) else { return rejected.append(range) }
        hits.append(
            SecretHit(
                rule: Rules.secretToken, kind: kind.name, range: range, note: holds == true ? ", checksum right" : "",
                severity: holds != true && setting.isIllustration ? min(kind.severity, .medium) : kind.severity,
                confidence: .high))
    }

    /// Whether a quote and a plus sign follow within sixteen bytes.
    private func endsSoon(_ position: Int) -> Bool {
        guard let end = (position..<position + 16).first(where: { bytes[$0] == 0x22 || bytes[$0] == 0x27 }) else {
            return false
        }
        var next = end + 1
        while next - end < 80, bytes[next] != 0, bytes[next] <= 0x20 { next += 1 }
        return bytes[next] == UInt8(ascii: "+")
    }

    private mutating func privateKey(at position: Int) {
        guard position >= keyEnd, bytes.has("-----BEGIN ", at: position) else { return }
        guard let block = PrivateKeyBlock(bytes, at: position) else {
            keyEnd = position + 64
            return
        }
        keyEnd = block.range.upperBound
        hits.append(
            SecretHit(
                rule: Rules.secretPrivateKey,
                kind: block.label == "PRIVATE KEY"
                    ? "private key"
                    : block.label.split(separator: " ").map {
                        $0 == "PRIVATE" || $0 == "KEY" || $0 == "BLOCK" ? $0.lowercased() : String($0)
                    }.joined(separator: " "), range: block.range,
                note: block.isEncrypted ? ", behind a passphrase" : block.isCut ? ", cut short" : "",
                severity: block.isEncrypted || block.isCut ? .low : setting.isIllustration ? .medium : .high,
                confidence: .high))
    }

    private mutating func address(_ address: AddressWithPassword) {
        // Examples have a short word there, and so do passwords that are no better.
        let isWord =
            address.password.count <= 12
            && bytes.copy(address.password).allSatisfy { TextBytes.isLetter($0) || [0x5B, 0x5D, 0x5F].contains($0) }
        let isWeak = address.isLocal || isWord
        hits.append(
            SecretHit(
                rule: Rules.secretAddress, kind: "password in a \(address.scheme) address", range: address.password,
                note: "",
                severity: isWeak || setting.isIllustration ? .low : .high, confidence: isWeak ? .low : .medium))
    }

    private mutating func webToken(at position: Int) {
        guard let token = WebToken(bytes, at: position) else { return }
        guard !token.isHarmless else { return rejected.append(token.range) }
        hits.append(
            SecretHit(
                rule: Rules.secretWebToken, kind: "JSON Web Token", range: token.range, note: "",
                severity: setting.isIllustration ? .low : .medium, confidence: .medium))
    }

    private mutating func command(at position: Int) {
        guard CommandPassword.anchors.contains(where: { bytes.has($0, at: position) }),
            let found = CommandPassword(bytes, at: position)
        else { return }
        hits.append(
            SecretHit(
                rule: Rules.secretAssigned, kind: "password in a command", range: found.value, note: "",
                severity: setting.isIllustration ? .info : .medium, confidence: .medium, name: found.program))
    }

    /// cloud-init's `chpasswd`, whose lines are `name:password`, and the command of that name behind `echo`.
    private mutating func accounts(at position: Int) {
        guard bytes.has("chpasswd", at: position), !TextBytes.isAlphanumeric(bytes[position - 1]) else { return }
        let isList = bytes[position + 8] == UInt8(ascii: ":")
        var start = isList ? bytes.lineEnd(position) + 1 : bytes.lineStart(position, most: 300)
        for _ in 0..<(isList ? 12 : 1) {
            let end = isList ? bytes.lineEnd(start, most: 300) : position
            guard start < bytes.count, bytes[start] <= 0x20 || !isList else { return }
            if let value = account(start..<end) {
                hits.append(
                    SecretHit(
                        rule: Rules.secretAssigned, kind: "password of an account", range: value, note: "",
                        severity: setting.isIllustration ? .info : .medium, confidence: .medium, name: "chpasswd"))
            }
            start = end + 1
        }
    }

    /// The password of `name:password`, which has no spaces and is no hash.
    private func account(_ line: Range<Int>) -> Range<Int>? {
        guard let colon = line.first(where: { bytes[$0] == UInt8(ascii: ":") }),
            TextBytes.isAlphanumeric(bytes[colon - 1]),
            bytes[colon + 1] > 0x20
        else { return nil }
        var end = colon + 1
        while end < line.upperBound, bytes[end] > 0x20, ![0x22, 0x27, 0x7C].contains(bytes[end]) { end += 1 }
        let value = bytes.copy(colon + 1..<end)
        guard value.count >= 8, value[0] != UInt8(ascii: "$"), !Randomness.isExample(value),
            AssignmentJudge.classes(value) >= 2, Randomness.entropy(value) >= 2.4
        else { return nil }
        return colon + 1..<end
    }

    private mutating func assigned(at position: Int) {
        guard position >= takenUntil, let assigned = AssignedValue(bytes, around: position) else { return }
        takenUntil = position + 3
        var range = assigned.value
        if let shorter = withoutScheme(range, assigned) { range = shorter }
        let value = bytes.copy(range)
        if let kind = structured(assigned, value) {
            return hits.append(
                SecretHit(
                    rule: Rules.secretAssigned, kind: kind, range: range, note: "",
                    severity: setting.isIllustration ? .low : .high, confidence: .high,
                    name: assigned.name))
        }
        guard let verdict = AssignmentJudge(allowsBare: setting.allowsBare).judge(assigned, value) else { return }
        let severity: Severity =
            verdict.isProvider
            ? setting.isIllustration ? .medium : .high
            : setting.isIllustration ? .info : verdict.confidence == .medium ? .medium : .low
        hits.append(
            SecretHit(
                rule: Rules.secretAssigned, kind: verdict.kind, range: range, note: "", severity: severity,
                confidence: verdict.confidence,
                name: assigned.name))
    }

    /// Behind `Bearer`, `Basic` and `token` stands the value.
    private func withoutScheme(_ range: Range<Int>, _ assigned: AssignedValue) -> Range<Int>? {
        for scheme in ["bearer", "basic", "token"] as [StaticString]
        where bytes.has(scheme, at: range.lowerBound, foldingCase: true) {
            var start = range.lowerBound + scheme.utf8CodeUnitCount
            guard bytes[start] == 0x20 else { continue }
            while bytes[start] == 0x20 { start += 1 }
            var end = start
            while end - start < 4096,
                TokenShape.isMember(bytes[end], of: UInt8(ascii: "v")) || "+/=~".utf8.contains(bytes[end])
            { end += 1 }
            return end > start ? start..<end : nil
        }
        return nil
    }

    /// Values whose surroundings say what they are.
    private func structured(_ assigned: AssignedValue, _ value: [UInt8]) -> String? {
        if assigned.words == ["auth"], value.count >= 8, let pair = Base64.decode(value),
            pair.contains(UInt8(ascii: ":")),
            pair.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }), !Randomness.isExample(pair)
        {
            return "registry credential"
        }
        if assigned.words == ["key"], value.count == 32,
            value.allSatisfy({ TokenShape.isMember($0, of: UInt8(ascii: "h")) }),
            Set(value).count > 6
        {
            let before = bytes.text(
                max(0, assigned.value.lowerBound - 200)..<min(bytes.count, assigned.value.upperBound + 200))
            if before.contains("\"username\"") { return "Kaggle API key" }
        }
        let isHex =
            value.count == 40 && value.allSatisfy { TokenShape.isMember($0, of: UInt8(ascii: "h")) }
            && Set(value).count > 6
        if isHex, AssignmentJudge.noun(assigned.words) == "password" || assigned.words.last == "key" {
            let line = bytes.text(bytes.lineStart(assigned.value.lowerBound, most: 300)..<assigned.value.lowerBound)
            if line.contains("wandb") || previousLines(assigned.value.lowerBound).contains("api.wandb.ai") {
                return "Weights & Biases API key"
            }
        }
        // Spark and Hadoop name the account in the setting: `fs.azure.account.key.NAME.dfs.core.windows.net`.
        if value.count == 88, value.suffix(2) == Array("==".utf8)[...], Base64.decode(value)?.count == 64,
            assigned.name.contains("account.key")
        {
            return "Azure storage account key"
        }
        // The data of Kubernetes configurations and secrets is base64.
        if ["client-key-data"].contains(assigned.name), value.count > 100,
            Base64.decode(value)?.starts(with: "-----BEGIN".utf8) == true
        {
            return "Kubernetes client key"
        }
        return nil
    }

    private func previousLines(_ offset: Int) -> String { bytes.text(max(0, offset - 160)..<offset) }

    // MARK: Overlaps

    /// One hit for each place: a provider's form before a name, and nothing inside of what turned out to be made up.
    private var settled: [SecretHit] {
        let strong = hits.filter { $0.rule.id != Rules.secretAssigned.id && $0.rule.id != Rules.secretAddress.id }
        var result: [SecretHit] = []
        for hit in hits.sorted(by: { ($0.range.lowerBound, -$0.range.count) < ($1.range.lowerBound, -$1.range.count) })
        {
            let isWeak = hit.rule.id == Rules.secretAssigned.id || hit.rule.id == Rules.secretAddress.id
            if isWeak,
                strong.contains(where: { $0.range.overlaps(hit.range) })
                    || rejected.contains(where: { $0.overlaps(hit.range) })
            {
                continue
            }
            if let last = result.last, last.range.overlaps(hit.range) { continue }
            result.append(hit)
        }
        return result
    }
}
