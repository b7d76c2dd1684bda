internal import CYAML

extension DataNode {
    /// Reads the first document of a YAML stream, as libyaml parses it. No tag is resolved to an object.
    ///
    /// Aliases stand for what their anchor holds; what they expand to counts against ``valueLimit``, so that a small file
    /// cannot become a large tree. Source: YAML 1.1.
    package static func yaml(_ bytes: [UInt8]) throws(DataFailure) -> DataNode {
        var parser = yaml_parser_t()
        guard yaml_parser_initialize(&parser) == 1 else {
            throw DataFailure(line: 0, reason: "the YAML parser does not start")
        }
        defer { yaml_parser_delete(&parser) }
        let result = bytes.withUnsafeBufferPointer { buffer -> Result<DataNode, DataFailure> in
            yaml_parser_set_input_string(&parser, buffer.baseAddress, buffer.count)
            var builder = YAMLBuilder()
            do throws(DataFailure) { return .success(try builder.build(&parser)) } catch { return .failure(error) }
        }
        return try result.get()
    }
}

/// Builds the tree from events; a stack of its own instead of recursion.
private struct YAMLBuilder {
    private struct Level {
        let isMapping: Bool
        let line: Int
        let anchor: String?
        var elements: [DataNode] = []
        var members: [DataNode.Member] = []
        var key: String?
        /// Values inside so far, and the depth of the deepest.
        var size = 1
        var depth = 1
    }
    private var levels: [Level] = []
    private var anchors: [String: (node: DataNode, size: Int, depth: Int)] = [:]
    private var count = 0
    private static let depthLimit = 128

    mutating func build(_ parser: inout yaml_parser_t) throws(DataFailure) -> DataNode {
        while true {
            var event = yaml_event_t()
            guard yaml_parser_parse(&parser, &event) == 1 else {
                throw DataFailure(
                    line: Int(parser.problem_mark.line) + 1,
                    reason: parser.problem.map { String(cString: $0) } ?? "not YAML")
            }
            defer { yaml_event_delete(&event) }
            let line = Int(event.start_mark.line) + 1
            switch event.type {
            case YAML_STREAM_END_EVENT: return DataNode(.null, line: 1)
            case YAML_SCALAR_EVENT:
                try spend(1, line)
                if let done = add(scalar(event, line), anchor: Self.name(event.data.scalar.anchor), size: 1, depth: 1) {
                    return done
                }
            case YAML_MAPPING_START_EVENT:
                try open(true, line, Self.name(event.data.mapping_start.anchor))
            case YAML_SEQUENCE_START_EVENT:
                try open(false, line, Self.name(event.data.sequence_start.anchor))
            case YAML_MAPPING_END_EVENT, YAML_SEQUENCE_END_EVENT:
                guard let level = levels.popLast() else { continue }
                let value: DataNode.Value = level.isMapping ? .map(level.members) : .list(level.elements)
                if let done = add(
                    DataNode(value, line: level.line), anchor: level.anchor, size: level.size, depth: level.depth)
                {
                    return done
                }
            case YAML_ALIAS_EVENT:
                guard let found = anchors[Self.name(event.data.alias.anchor) ?? ""] else {
                    throw DataFailure(line: line, reason: "an alias without its anchor")
                }
                try spend(found.size, line)
                // What an alias stands for is as deep as if it were written out.
                guard levels.count + found.depth <= Self.depthLimit else {
                    throw DataFailure(line: line, reason: "nested deeper than \(Self.depthLimit)")
                }
                if let done = add(found.node, anchor: nil, size: found.size, depth: found.depth) { return done }
            default: break
            }
        }
    }

    private static func name(_ anchor: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        anchor.map { String(cString: $0) }
    }

    private mutating func spend(_ values: Int, _ line: Int) throws(DataFailure) {
        count += values
        guard count <= DataNode.valueLimit else {
            throw DataFailure(line: line, reason: "more than \(DataNode.valueLimit) values")
        }
    }

    private mutating func open(_ isMapping: Bool, _ line: Int, _ anchor: String?) throws(DataFailure) {
        try spend(1, line)
        guard levels.count < Self.depthLimit else {
            throw DataFailure(line: line, reason: "nested deeper than \(Self.depthLimit)")
        }
        levels.append(Level(isMapping: isMapping, line: line, anchor: anchor))
    }

    /// Adds a finished node to the level it belongs to; returns it when it is the whole document.
    private mutating func add(_ node: DataNode, anchor: String?, size: Int, depth: Int) -> DataNode? {
        if let anchor, anchors.count < 10_000 { anchors[anchor] = (node, size, depth) }
        guard let last = levels.indices.last else { return node }
        levels[last].size += size
        levels[last].depth = max(levels[last].depth, depth + 1)
        guard levels[last].isMapping else {
            levels[last].elements.append(node)
            return nil
        }
        guard let key = levels[last].key else {
            // A collection as a key has no name that a reader of manifests would ask for.
            levels[last].key = node.string ?? node.boolean.map { $0 ? "true" : "false" } ?? ""
            return nil
        }
        levels[last].key = nil
        if key == "<<", case .map(let merged) = node.value {
            let own = Set(levels[last].members.map(\.key))
            levels[last].members.insert(contentsOf: merged.filter { !own.contains($0.key) }, at: 0)
        } else {
            levels[last].members.append(DataNode.Member(key: key, value: node))
        }
        return nil
    }

    private func scalar(_ event: yaml_event_t, _ line: Int) -> DataNode {
        let data = event.data.scalar
        guard let start = data.value else { return DataNode(.null, line: line) }
        let text = String(decoding: UnsafeBufferPointer(start: start, count: data.length), as: UTF8.self)
        guard data.style == YAML_PLAIN_SCALAR_STYLE else { return DataNode(.text(text), line: line) }
        switch text {
        case "", "~", "null", "Null", "NULL": return DataNode(.null, line: line)
        case "true", "True", "TRUE": return DataNode(.boolean(true), line: line)
        case "false", "False", "FALSE": return DataNode(.boolean(false), line: line)
        default: return DataNode(.plain(text), line: line)
        }
    }
}
