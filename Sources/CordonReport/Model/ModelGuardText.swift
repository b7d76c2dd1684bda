internal import CordonCore
internal import CordonFormats
package import CordonModelDefense

/// The lines that `cordon model guard` reads and writes.
package enum ModelGuardText {
    /// The answer for a row as one line of JSON.
    package static func line(_ answer: ModelGuard.Answer, row: Int) -> String {
        var json = JSONWriter(isCompact: true)
        json.object { json in
            json.number("row", row)
            json.number("class", answer.label)
            json.boolean("alarm", answer.isAlarm)
            json.number("score", (answer.score * 100).rounded() / 100)
            json.string("test", answer.test.rawValue)
        }
        return String(decoding: json.bytes, as: UTF8.self)
    }

    /// Why a line has no answer.
    package static func refusal(row: Int, _ reason: String) -> String {
        var json = JSONWriter(isCompact: true)
        json.object { json in
            json.number("row", row)
            json.string("error", reason)
        }
        return String(decoding: json.bytes, as: UTF8.self)
    }

    /// The numbers of a JSON array of this length; `nil` for anything else.
    package static func numbers(_ line: String, count: Int) -> [Float]? {
        guard let root = (try? JSONDocument.parse(ByteView(copying: Array(line.utf8))))?.root, root.isArray else {
            return nil
        }
        let numbers = root.elements.compactMap { $0.double.map { Float($0) } }
        return numbers.count == count && root.elements.count == count && numbers.allSatisfy(\.isFinite) ? numbers : nil
    }
}
