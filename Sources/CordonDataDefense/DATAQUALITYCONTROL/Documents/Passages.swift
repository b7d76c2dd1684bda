/// Sentences of a text, two by two, and what stands in comments and in elements that are not shown.
///
/// - Complexity: O(length).
struct Passages {
    struct Passage {
        let text: String
        /// The sentences that it is made of.
        var sentences: [String] = []
        /// Within a comment or an element that is not shown.
        let isHidden: Bool
    }

    private(set) var passages: [Passage] = []
    private let bytes: [UInt8]
    private var start = 0
    private var previous = ""

    private static let tagLimit = 400
    private static let shortest = 3

    init(_ text: String) {
        bytes = Array(text.utf8)
        var index = 0
        // A closing mark that was not found once will not be found later.
        var (commentEnds, elementEnds) = (true, true)
        while index < bytes.count {
            let byte = bytes[index]
            if byte == 0x3C, commentEnds, bytes[index...].starts(with: "<!--".utf8) {
                guard let end = find("-->", from: index + 4, to: bytes.count) else {
                    commentEnds = false
                    continue
                }
                hidden(index, from: index + 4, to: end, next: end + 3)
                index = end + 3
            } else if byte == 0x5B, bytes[index...].starts(with: "[//]: #".utf8) {
                let end = find("\n", from: index, to: bytes.count) ?? bytes.count
                hidden(index, from: index + 7, to: end, next: end)
                index = end
            } else if byte == 0x3C, elementEnds, let close = find(">", from: index, to: index + Self.tagLimit),
                Self.isHidden(String(decoding: bytes[index...close], as: UTF8.self).lowercased())
            {
                guard let end = find("</", from: close, to: bytes.count) else {
                    elementEnds = false
                    continue
                }
                hidden(index, from: close + 1, to: end, next: end)
                index = end
            } else {
                if byte == 0x0A || [0x2E, 0x21, 0x3F].contains(byte) && isEnd(index + 1) || isWideStop(index) {
                    take(upTo: index + 1, isHidden: false)
                    start = index + 1
                }
                index += 1
            }
        }
        take(upTo: bytes.count, isHidden: false)
    }

    /// Whether nothing, a space or a quotation mark follows.
    private func isEnd(_ place: Int) -> Bool {
        place >= bytes.count || bytes[place] <= 0x20 || bytes[place] == 0x22
    }

    /// The last byte of 。 ！ or ？.
    private func isWideStop(_ place: Int) -> Bool {
        guard place >= 2 else { return false }
        let three = bytes[(place - 2)...place]
        return three.elementsEqual([0xE3, 0x80, 0x82]) || three.elementsEqual([0xEF, 0xBC, 0x81])
            || three.elementsEqual([0xEF, 0xBC, 0x9F])
    }

    private func find(_ mark: String, from: Int, to limit: Int) -> Int? {
        let wanted = Array(mark.utf8)
        var place = from
        while place + wanted.count <= min(limit, bytes.count) {
            if bytes[place] == wanted[0], bytes[place..<(place + wanted.count)].elementsEqual(wanted) { return place }
            place += 1
        }
        return nil
    }

    private mutating func hidden(_ before: Int, from: Int, to: Int, next: Int) {
        take(upTo: before, isHidden: false)
        start = from
        take(upTo: to, isHidden: true)
        start = next
    }

    /// Ends a passage; it also stands together with the one before.
    private mutating func take(upTo end: Int, isHidden: Bool) {
        guard end > start else { return }
        let text = String(decoding: bytes[start..<end], as: UTF8.self)
        guard text.utf8.count >= Self.shortest else { return }
        passages.append(Passage(text: text, sentences: [text], isHidden: isHidden))
        if isHidden {
            previous = ""
            return
        }
        if !previous.isEmpty {
            passages.append(Passage(text: previous + " " + text, sentences: [previous, text], isHidden: false))
        }
        previous = text
    }

    private static let invisible = [
        "display:none", "visibility:hidden", "font-size:0", "font-size:1px", "opacity:0", "color:white", "color:#fff",
        "color=\"white\"", "color='white'", "color=\"#fff", "left:-9", "top:-9", "text-indent:-", "height:0", "width:0",
        "aria-hidden=\"true\"", "color:transparent", "clip:rect", "size=\"0\"", "size=\"1\"",
    ]

    /// Whether an element is there without being shown.
    private static func isHidden(_ tag: String) -> Bool {
        let packed = tag.filter { $0 != " " }
        return invisible.contains { packed.contains($0) } || tag.contains(" hidden") || tag.hasPrefix("<template")
            || tag.hasPrefix("<noscript")
    }
}
