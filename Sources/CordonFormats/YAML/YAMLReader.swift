internal import CYAML

/// A scalar of a YAML stream with the key it belongs to.
package struct YAMLScalar: Sendable {
    /// Keys from the outermost mapping inward; sequence items have no key of their own.
    package let path: [String]
    /// The text.
    package let value: String
    /// Counted from 1.
    package let line: Int
}

/// A tag other than the core schema's.
package struct YAMLTag: Sendable {
    /// The tag, shorthand resolved.
    package let tag: String
    /// The text.
    package let value: String
    /// Counted from 1.
    package let line: Int
}

/// What a YAML stream says: scalars with their keys, and tags. No object is built, no alias expanded.
///
/// Source: YAML 1.1, as libyaml reads it.
package struct YAMLReader: Sendable {
    /// Scalars that are values of keys, at most 100,000.
    package private(set) var scalars: [YAMLScalar] = []
    /// Tags, at most 1,000.
    package private(set) var tags: [YAMLTag] = []
    /// Whether the outermost node of the first document is a mapping or a sequence.
    package private(set) var hasCollection = false
    /// Where and why the stream stopped being YAML.
    package private(set) var failure: (line: Int, reason: String)?
    /// Whether the event or scalar limit cut the reading short.
    package private(set) var isCut = false

    private struct Level {
        var isMapping: Bool
        var key: String?
        var expectsKey: Bool
    }
    private var levels: [Level] = []
    private var eventCount = 0
    /// Scalars that aliases stand for; collections are not expanded.
    private var anchors: [String: String] = [:]

    private static let depthLimit = 256
    private static let eventLimit = 2_000_000

    /// Reads a stream. O(n), bounded by the limits above.
    package static func read(_ bytes: RawSpan) -> YAMLReader {
        var reader = YAMLReader()
        var parser = yaml_parser_t()
        guard yaml_parser_initialize(&parser) == 1 else {
            reader.failure = (0, "the parser does not start")
            return reader
        }
        defer { yaml_parser_delete(&parser) }
        bytes.withUnsafeBytes { buffer in
            yaml_parser_set_input_string(&parser, buffer.bindMemory(to: UInt8.self).baseAddress, buffer.count)
            reader.loop(&parser)
        }
        return reader
    }

    private mutating func loop(_ parser: inout yaml_parser_t) {
        while true {
            var event = yaml_event_t()
            guard yaml_parser_parse(&parser, &event) == 1 else {
                let reason = parser.problem.map { String(cString: $0) } ?? "not YAML"
                failure = (Int(parser.problem_mark.line) + 1, reason)
                return
            }
            defer { yaml_event_delete(&event) }
            eventCount += 1
            if event.type == YAML_STREAM_END_EVENT { return }
            guard eventCount < Self.eventLimit, levels.count < Self.depthLimit else {
                isCut = true
                return
            }
            take(event)
        }
    }

    private mutating func take(_ event: yaml_event_t) {
        let line = Int(event.start_mark.line) + 1
        switch event.type {
        case YAML_SCALAR_EVENT:
            let data = event.data.scalar
            let text = Self.text(data.value, data.length)
            note(data.tag, text, line)
            if let anchor = data.anchor, anchors.count < 10_000 { anchors[String(cString: anchor)] = text }
            scalar(text, line)
        case YAML_MAPPING_START_EVENT:
            note(event.data.mapping_start.tag, "", line)
            open(isMapping: true)
        case YAML_SEQUENCE_START_EVENT:
            note(event.data.sequence_start.tag, "", line)
            open(isMapping: false)
        case YAML_MAPPING_END_EVENT, YAML_SEQUENCE_END_EVENT:
            _ = levels.popLast()
            valueDone()
        case YAML_ALIAS_EVENT:
            let name = event.data.alias.anchor.map { String(cString: $0) } ?? ""
            scalar(anchors[name] ?? "", line)
        default: break
        }
    }

    private mutating func open(isMapping: Bool) {
        if levels.isEmpty { hasCollection = true }
        levels.append(Level(isMapping: isMapping, key: nil, expectsKey: isMapping))
    }

    private mutating func scalar(_ text: String, _ line: Int) {
        guard let last = levels.indices.last else { return }
        if levels[last].expectsKey {
            levels[last].key = text
            levels[last].expectsKey = false
            return
        }
        if scalars.count < 100_000 {
            scalars.append(YAMLScalar(path: levels.compactMap(\.key), value: text, line: line))
        } else {
            isCut = true
        }
        valueDone()
    }

    /// A value is complete; in a mapping the next node is a key.
    private mutating func valueDone() {
        guard let last = levels.indices.last, levels[last].isMapping else { return }
        if levels[last].expectsKey {
            // A collection was the key.
            levels[last].expectsKey = false
            levels[last].key = nil
        } else {
            levels[last].expectsKey = true
        }
    }

    private mutating func note(_ tag: UnsafeMutablePointer<yaml_char_t>?, _ value: String, _ line: Int) {
        guard let tag, tags.count < 1000 else { return }
        let text = String(cString: tag)
        let core = "tag:yaml.org,2002:"
        if !text.hasPrefix(core) || !Self.coreTags.contains(text.dropFirst(core.count)) {
            tags.append(YAMLTag(tag: text, value: value, line: line))
        }
    }

    private static let coreTags: Set<Substring> = [
        "str", "int", "float", "bool", "null", "map", "seq", "set", "omap", "pairs", "binary", "timestamp", "merge",
        "value",
        "yaml",
    ]

    private static func text(_ start: UnsafeMutablePointer<yaml_char_t>?, _ count: Int) -> String {
        guard let start else { return "" }
        return String(decoding: UnsafeBufferPointer(start: start, count: min(count, 65536)), as: UTF8.self)
    }
}
