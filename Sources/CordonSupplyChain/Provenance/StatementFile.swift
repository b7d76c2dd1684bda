package import CordonFormats
internal import CordonCore

/// Statements in a file: bare, in DSSE envelopes, in Sigstore bundles, one or one a line.
package enum StatementFile {
    /// One statement with the bytes that carry its signature, if any do.
    package struct Entry: Sendable {
        /// The statement.
        package let statement: ProvenanceStatement
        /// The envelope or bundle; `nil` for a bare statement.
        package let bundle: [UInt8]?
        /// Line of a file of lines, from 1; 0 otherwise.
        package fileprivate(set) var line: Int
    }

    /// Calls `body` for every statement; returns why others could not be read, at most 100 reasons.
    package static func read(_ view: ByteView, _ body: (Entry) -> Void) -> [String] {
        if let document = try? JSONDocument.parse(view) {
            guard let entry = entry(document.root, view, line: 0) else { return [] }
            switch entry {
            case .success(let entry): body(entry)
            case .failure(let reason): return [reason.reason]
            }
            return []
        }
        var failures: [String] = []
        var start = 0
        var line = 0
        OrderedPipeline.run({
            guard start < view.count else { return nil }
            let wanted = min(start + chunkByteCount, view.count)
            let end = view.withSpan { $0.firstIndex(of: 0x0A, from: wanted, to: view.count) } ?? view.count
            defer { start = end + 1 }
            return view.part(offset: start, count: end - start)?.copied
        }) { (chunk: ByteView) in
            parsed(chunk)
        } _: { chunk in
            for (number, result) in chunk.results {
                switch result {
                case .success(var entry):
                    entry.line = line + number
                    body(entry)
                case .failure(let failure):
                    if failures.count < 100 { failures.append("line \(line + number): \(failure.reason)") }
                }
            }
            line += chunk.lineCount
            return true
        }
        return failures
    }

    private static let chunkByteCount = 2 << 20

    private struct Chunk: Sendable {
        var results: [(line: Int, result: Result<Entry, DataFailure>)] = []
        var lineCount = 0
    }

    private static func parsed(_ view: ByteView) -> Chunk {
        var chunk = Chunk()
        var start = 0
        while start <= view.count {
            let end = view.withSpan { $0.firstIndex(of: 0x0A, from: start, to: view.count) } ?? view.count
            chunk.lineCount += 1
            defer { start = end + 1 }
            guard end > start, let part = view.part(offset: start, count: end - start),
                let document = try? JSONDocument.parse(part)
            else { continue }
            if let result = entry(document.root, part, line: chunk.lineCount) {
                chunk.results.append((chunk.lineCount, result))
            }
        }
        return chunk
    }

    private static func entry(_ root: JSONValue, _ view: ByteView, line: Int) -> Result<Entry, DataFailure>? {
        if ProvenanceStatement.matches(root) {
            guard let statement = ProvenanceStatement(root) else {
                return .failure(DataFailure(line: line, reason: "a statement without a subject digest or predicate"))
            }
            return .success(Entry(statement: statement, bundle: nil, line: line))
        }
        if let signed = root["signed"], ProvenanceStatement.isLink(signed) {
            guard let statement = ProvenanceStatement(link: signed) else {
                return .failure(DataFailure(line: line, reason: "a link without a product that the step made"))
            }
            // Signed in the way before envelopes, which is not checked here: it counts as unsigned.
            return .success(Entry(statement: statement, bundle: nil, line: line))
        }
        let envelope = root["dsseEnvelope"] ?? root
        guard let payload = envelope["payload"]?.string, let type = envelope["payloadType"]?.string else { return nil }
        guard type.contains("in-toto") else { return nil }
        guard
            let bytes = Base64.decode(Array(payload.utf8))
                ?? Base64.decode(Array(payload.replacing("\n", with: "").utf8))
        else { return .failure(DataFailure(line: line, reason: "an envelope whose payload is not base64")) }
        guard let inner = try? JSONDocument.parse(ByteView(copying: bytes)),
            let statement = ProvenanceStatement(inner.root) ?? ProvenanceStatement(link: inner.root)
        else { return .failure(DataFailure(line: line, reason: "an envelope whose payload is no usable statement")) }
        let isSigned = root["dsseEnvelope"] != nil || !(envelope["signatures"]?.elements.isEmpty ?? true)
        return .success(
            Entry(
                statement: statement, bundle: isSigned ? view.withSpan { $0.copy(at: 0, count: view.count) } : nil,
                line: line))
    }
}
