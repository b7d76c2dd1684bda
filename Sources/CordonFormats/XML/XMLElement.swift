internal import CExpat

/// One element of an XML document.
package final class XMLElement: @unchecked Sendable {
    // `@unchecked Sendable`: written only while `parse` runs, on one thread, and never after it has returned the root.

    /// Local name, the namespace prefix removed.
    package let name: String
    /// Attributes as written.
    package let attributes: [String: String]
    /// The text directly inside, joined, at most 64 KiB.
    package fileprivate(set) var text = ""
    /// Elements inside, in order.
    package fileprivate(set) var children: [XMLElement] = []
    /// Counted from 1.
    package let line: Int

    fileprivate init(name: String, attributes: [String: String], line: Int) {
        self.name = name
        self.attributes = attributes
        self.line = line
    }

    /// The first child of a name.
    package subscript(name: String) -> XMLElement? { children.first { $0.name == name } }
    /// All children of a name.
    package func all(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }
    /// The text without white space around it.
    package var trimmed: String { String(text.trimmingWhitespace) }

    /// Reads a document with expat. A document type declaration is refused: entities are how XML reaches outside.
    ///
    /// - Complexity: O(n); at most 500,000 elements, 256 deep.
    package static func parse(_ bytes: [UInt8]) throws(DataFailure) -> XMLElement {
        let builder = XMLBuilder()
        guard let parser = XML_ParserCreate(nil) else {
            throw DataFailure(line: 0, reason: "the XML parser does not start")
        }
        defer { XML_ParserFree(parser) }
        builder.parser = parser
        XML_SetUserData(parser, Unmanaged.passUnretained(builder).toOpaque())
        XML_SetElementHandler(
            parser, { data, name, attributes in XMLBuilder.of(data)?.open(name, attributes) },
            { data, _ in XMLBuilder.of(data)?.close() })
        XML_SetCharacterDataHandler(parser) { data, text, count in XMLBuilder.of(data)?.append(text, count) }
        XML_SetStartDoctypeDeclHandler(parser) { data, _, _, _, _ in
            XMLBuilder.of(data)?.stop("a document type declaration, which is refused")
        }
        let status = bytes.withUnsafeBytes { buffer in
            XML_Parse(parser, buffer.bindMemory(to: CChar.self).baseAddress, Int32(clamping: buffer.count), 1)
        }
        let line = Int(XML_GetCurrentLineNumber(parser))
        if let reason = builder.reason { throw DataFailure(line: line, reason: reason) }
        guard status == XML_STATUS_OK, let root = builder.root, bytes.count <= Int32.max else {
            let reason = XML_ErrorString(XML_GetErrorCode(parser)).map { String(cString: $0) } ?? "not XML"
            throw DataFailure(line: line, reason: reason)
        }
        return root
    }
}

private final class XMLBuilder {
    var parser: XML_Parser?
    var root: XMLElement?
    var reason: String?
    private var open: [XMLElement] = []
    private var count = 0

    static func of(_ data: UnsafeMutableRawPointer?) -> XMLBuilder? {
        data.map { Unmanaged<XMLBuilder>.fromOpaque($0).takeUnretainedValue() }
    }

    func stop(_ reason: String) {
        self.reason = reason
        if let parser { XML_StopParser(parser, 0) }
    }

    func open(_ name: UnsafePointer<CChar>?, _ list: UnsafeMutablePointer<UnsafePointer<CChar>?>?) {
        count += 1
        guard count <= 500_000, open.count < 256, let name else {
            return stop("more than 500000 elements, or nested deeper than 256")
        }
        var attributes: [String: String] = [:]
        var position = 0
        while let list, let key = list[position], let value = list[position + 1] {
            attributes[String(cString: key)] = String(cString: value)
            position += 2
        }
        let full = String(cString: name)
        let element = XMLElement(
            name: full.split(separator: ":").last.map(String.init) ?? full, attributes: attributes,
            line: parser.map { Int(XML_GetCurrentLineNumber($0)) } ?? 0)
        if let parent = open.last { parent.children.append(element) } else if root == nil { root = element }
        open.append(element)
    }

    func close() { _ = open.popLast() }

    func append(_ text: UnsafePointer<CChar>?, _ count: Int32) {
        guard let text, let element = open.last, element.text.utf8.count < 65_536 else { return }
        let bytes = UnsafeRawBufferPointer(start: text, count: Int(count))
        element.text += String(decoding: bytes, as: UTF8.self)
    }
}

extension Substring {
    /// The text without white space and line ends at both ends.
    package var trimmingWhitespace: Substring {
        // Nearly every text begins and ends with a character that is plainly none.
        let plain: ClosedRange<UInt8> = 0x21...0x7E
        if let first = utf8.first, let last = utf8.last, plain.contains(first), plain.contains(last) { return self }
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0.isNewline }
        guard let first = firstIndex(where: { !isSpace($0) }), let last = lastIndex(where: { !isSpace($0) }) else {
            return self[endIndex...]
        }
        return self[first...last]
    }
}

extension StringProtocol {
    /// The text without white space and line ends at both ends.
    package var trimmingWhitespace: Substring { Substring(self).trimmingWhitespace }
}
