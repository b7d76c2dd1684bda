internal import ArrowABI

/// Turns Arrow's C structures into columns.
///
/// Source: Apache Arrow, "The Arrow C data interface", format strings.
enum ArrowColumns {
    /// Keeps an array until the last column over it is gone.
    final class Owner {
        private var array: ArrowArray
        init(_ array: ArrowArray) { self.array = array }
        deinit { array.release?(&array) }
    }

    /// Names and types of a schema's columns.
    static func fields(_ schema: ArrowSchema) -> [Field] {
        (0..<Int(schema.n_children)).compactMap { index in schema.children[index].map { field($0.pointee, 0) } }
    }

    private static func field(_ schema: ArrowSchema, _ depth: Int) -> Field {
        let name = schema.name.map { String(cString: $0) } ?? ""
        return Field(name: name, type: type(schema, depth))
    }

    private static func type(_ schema: ArrowSchema, _ depth: Int) -> ColumnType {
        if let dictionary = schema.dictionary { return type(dictionary.pointee, depth + 1) }
        let format = String(cString: schema.format)
        func child(_ index: Int) -> Field? {
            guard depth < 32, index < Int(schema.n_children) else { return nil }
            return schema.children[index].map { field($0.pointee, depth + 1) }
        }
        switch format {
        case "n": return .null
        case "b": return .boolean
        case "c": return .integer(bits: 8, isSigned: true)
        case "C": return .integer(bits: 8, isSigned: false)
        case "s": return .integer(bits: 16, isSigned: true)
        case "S": return .integer(bits: 16, isSigned: false)
        case "i": return .integer(bits: 32, isSigned: true)
        case "I": return .integer(bits: 32, isSigned: false)
        case "l": return .integer(bits: 64, isSigned: true)
        case "L": return .integer(bits: 64, isSigned: false)
        case "e": return .real(bits: 16)
        case "f": return .real(bits: 32)
        case "g": return .real(bits: 64)
        case "u", "U", "vu": return .text
        case "z", "Z", "vz": return .bytes
        case "+l", "+L", "+m": return child(0).map { .list($0.type, size: nil) } ?? .other(format)
        case "+s": return .record((0..<Int(schema.n_children)).compactMap(child))
        default:
            if format.hasPrefix("+w:"), let size = Int(format.dropFirst(3)), size >= 0, let element = child(0) {
                return .list(element.type, size: size)
            }
            if format.hasPrefix("w:"), Int(format.dropFirst(2)) != nil { return .bytes }
            if let decimal = decimal(format) { return decimal }
            if format.hasPrefix("td") || format.hasPrefix("ts") || format.hasPrefix("tt") || format.hasPrefix("tD") {
                return .time(format)
            }
            return .other(format)
        }
    }

    /// `d:precision,scale`, with the bits behind a comma where they are not 128.
    private static func decimal(_ format: String) -> ColumnType? {
        guard format.hasPrefix("d:") else { return nil }
        let parts = format.dropFirst(2).split(separator: ",").map { Int($0) }
        guard parts.count == 2 || parts.count == 3, let precision = parts[0], let scale = parts[1],
            let bits = parts.count == 3 ? parts[2] : 128, [32, 64, 128].contains(bits), (-1000...1000).contains(scale)
        else { return nil }
        return .decimal(precision: precision, scale: scale, bits: bits)
    }

    /// Whether a batch is made of lists of nothing: a few bytes of a file can claim any number of them.
    static func isHollow(_ array: ArrowArray, _ schema: ArrowSchema) -> Bool {
        for index in 0..<Int(min(array.n_children, schema.n_children)) {
            guard let child = array.children[index], let kind = schema.children[index] else { continue }
            let format = String(cString: kind.pointee.format)
            if child.pointee.length > hollowLimit, format == "n" || format == "+s" && kind.pointee.n_children == 0 {
                return true
            }
            if isHollow(child.pointee, kind.pointee) { return true }
        }
        return false
    }
    private static let hollowLimit = 1 << 24

    /// The columns of a struct array. Takes over the array.
    static func columns(_ array: ArrowArray, _ schema: ArrowSchema) -> [Column] {
        let owner = Owner(array)
        return (0..<Int(min(array.n_children, schema.n_children))).compactMap { index in
            guard let child = array.children[index], let kind = schema.children[index] else { return nil }
            return column(child.pointee, kind.pointee, owner, 0)
        }
    }

    private static func column(_ array: ArrowArray, _ schema: ArrowSchema, _ owner: Owner, _ depth: Int) -> Column {
        let format = String(cString: schema.format)
        var buffers: [UnsafeRawPointer?] = (0..<Int(array.n_buffers)).map { array.buffers[$0] }
        let type = type(schema, depth)
        var layout = layout(format)
        var children: [Column] = []
        if depth < 32 {
            for index in 0..<Int(min(array.n_children, schema.n_children)) {
                if let child = array.children[index], let kind = schema.children[index] {
                    children.append(column(child.pointee, kind.pointee, owner, depth + 1))
                }
            }
            if let dictionary = array.dictionary, let kind = schema.dictionary {
                let width: Int
                if case .fixed(let bytes) = layout { width = bytes } else { width = 0 }
                layout = .dictionary(bytes: width, isSigned: format == format.lowercased())
                children = [column(dictionary.pointee, kind.pointee, owner, depth + 1)]
            }
        }
        var sizes: [Int] = []
        if layout == .views, let last = buffers.popLast() ?? nil {
            sizes = (0..<max(0, buffers.count - 2)).map {
                Int(last.loadUnaligned(fromByteOffset: $0 * 8, as: Int64.self))
            }
        }
        let hasValidity = layout != .null && layout != .opaque && !buffers.isEmpty
        let validity = hasValidity ? buffers.removeFirst() : nil
        return Column(
            type: type, count: Int(array.length), layout: layout, offset: Int(array.offset),
            validity: array.null_count == 0 ? nil : validity, buffers: buffers, bufferSizes: sizes, children: children,
            owner: owner)
    }

    private static func layout(_ format: String) -> Column.Layout {
        switch format {
        case "n": return .null
        case "b": return .bits
        case "c", "C": return .fixed(1)
        case "s", "S", "e": return .fixed(2)
        case "i", "I", "f", "tdD", "tts", "ttm": return .fixed(4)
        case "l", "L", "g", "tdm", "ttu", "ttn": return .fixed(8)
        case "u", "z": return .variable(isLarge: false)
        case "U", "Z": return .variable(isLarge: true)
        case "vu", "vz": return .views
        case "+l", "+m": return .list(isLarge: false)
        case "+L": return .list(isLarge: true)
        case "+s": return .record
        default:
            if format.hasPrefix("ts") || format.hasPrefix("tD") { return .fixed(8) }
            if format.hasPrefix("+w:"), let size = Int(format.dropFirst(3)) { return .fixedList(size) }
            if format.hasPrefix("w:"), let size = Int(format.dropFirst(2)) { return .fixed(size) }
            if case .decimal(_, _, let bits)? = decimal(format) { return .fixed(bits / 8) }
            return .opaque
        }
    }
}
