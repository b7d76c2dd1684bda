/// Universal Binary JSON, draft 12, as XGBoost writes it: keys without a marker, integers big-endian.
package struct UBJSONReader: Sendable {
    /// Why reading stopped; `nil` where the value is whole.
    package private(set) var failure: String?
    /// Where the value ends.
    package private(set) var end = 0
    /// Of each of XGBoost's trees the integer arrays, and `num_nodes`.
    package private(set) var trees: [[String: [Int]]] = []
    /// `num_trees` as stated.
    package private(set) var statedTrees: Int?
    /// `num_feature` as stated.
    package private(set) var features: Int?
    private var count = 0

    private static let deepest = 200
    private static let kept: Set<String> = ["left_children", "right_children", "split_indices"]

    /// Whether an object with a plausible first key begins here.
    package static func isObject(_ bytes: RawSpan) -> Bool {
        var reader = UBJSONReader()
        var position = 1
        guard let key = reader.key(bytes, &position) else { return false }
        return !key.isEmpty && key.utf8.count < 64 && key.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
            && bytes.byte(at: position).map { "{[SCTFZNiUIlLdDu".utf8.contains($0) } ?? false
    }

    /// Reads one value. O(n).
    package static func read(_ bytes: RawSpan) -> UBJSONReader {
        var reader = UBJSONReader()
        var position = 0
        if !reader.value(bytes, &position, 0, nil), reader.failure == nil {
            reader.failure = "the data ends at offset \(position)"
        }
        reader.end = position
        return reader
    }

    private mutating func stop(_ reason: String) -> Bool {
        if failure == nil { failure = reason }
        return false
    }

    private mutating func integer(_ bytes: RawSpan, _ position: inout Int) -> Int? {
        guard let marker = bytes.byte(at: position) else { return nil }
        position += 1
        return number(marker, bytes, &position)
    }

    private func number(_ marker: UInt8, _ bytes: RawSpan, _ position: inout Int) -> Int? {
        switch marker {
        case UInt8(ascii: "i"):
            defer { position += 1 }; return bytes.byte(at: position).map { Int(Int8(bitPattern: $0)) }
        case UInt8(ascii: "U"): defer { position += 1 }; return bytes.byte(at: position).map(Int.init)
        case UInt8(ascii: "I"):
            defer { position += 2 }; return bytes.bigEndian(at: position, as: Int16.self).map(Int.init)
        case UInt8(ascii: "l"):
            defer { position += 4 }; return bytes.bigEndian(at: position, as: Int32.self).map(Int.init)
        case UInt8(ascii: "L"):
            defer { position += 8 }; return bytes.bigEndian(at: position, as: Int64.self).map(Int.init)
        default: return nil
        }
    }

    private mutating func key(_ bytes: RawSpan, _ position: inout Int) -> String? {
        guard let length = integer(bytes, &position), length >= 0, length < 1 << 20,
            let text = bytes.text(at: position, count: length)
        else { return nil }
        position += length
        return text
    }

    private mutating func value(_ bytes: RawSpan, _ position: inout Int, _ depth: Int, _ name: String?) -> Bool {
        count += 1
        guard depth < Self.deepest, count < 20_000_000 else { return stop("nested too deep, or too many values") }
        guard let marker = bytes.byte(at: position) else { return false }
        position += 1
        switch marker {
        case UInt8(ascii: "{"): return object(bytes, &position, depth, name)
        case UInt8(ascii: "["): return array(bytes, &position, depth, name)
        case UInt8(ascii: "S"):
            let start = position
            guard let text = key(bytes, &position) else { return stop("a text at offset \(start) does not fit") }
            note(name, text)
            return true
        case UInt8(ascii: "C"): position += 1
        case UInt8(ascii: "T"), UInt8(ascii: "F"), UInt8(ascii: "Z"), UInt8(ascii: "N"): break
        case UInt8(ascii: "d"): position += 4
        case UInt8(ascii: "D"): position += 8
        default:
            guard let number = number(marker, bytes, &position) else {
                return stop("a type that does not exist at offset \(position - 1)")
            }
            note(name, String(number))
        }
        return position <= bytes.byteCount
    }

    private mutating func note(_ name: String?, _ text: String) {
        switch name {
        case "num_nodes": if !trees.isEmpty { trees[trees.count - 1]["num_nodes"] = Int(text).map { [$0] } }
        case "num_trees": statedTrees = Int(text)
        case "num_feature": if features == nil { features = Int(text) }
        default: break
        }
    }

    private mutating func object(_ bytes: RawSpan, _ position: inout Int, _ depth: Int, _ name: String?) -> Bool {
        if name == "trees[]" { trees.append([:]) }
        while true {
            guard let next = bytes.byte(at: position) else { return false }
            if next == UInt8(ascii: "}") {
                position += 1
                return true
            }
            if next == UInt8(ascii: "N") {
                position += 1
                continue
            }
            let start = position
            guard let key = key(bytes, &position) else { return stop("a key at offset \(start) does not fit") }
            guard value(bytes, &position, depth + 1, key) else { return false }
        }
    }

    private mutating func array(_ bytes: RawSpan, _ position: inout Int, _ depth: Int, _ name: String?) -> Bool {
        var type: UInt8?
        var stated: Int?
        if bytes.byte(at: position) == UInt8(ascii: "$") {
            type = bytes.byte(at: position + 1)
            position += 2
        }
        if bytes.byte(at: position) == UInt8(ascii: "#") {
            position += 1
            guard let number = integer(bytes, &position), number >= 0 else {
                return stop("a count at offset \(position) does not fit")
            }
            stated = number
        }
        guard type == nil || stated != nil else { return stop("a typed list without a count at offset \(position)") }
        let isKept = name.map { Self.kept.contains($0) } ?? false && !trees.isEmpty
        var numbers: [Int] = []
        if let type, let stated,
            let width = [0x69: 1, 0x55: 1, 0x43: 1, 0x49: 2, 0x6C: 4, 0x64: 4, 0x4C: 8, 0x44: 8][Int(type)]
        {
            guard stated <= (bytes.byteCount - position) / width else {
                return stop("a list of \(stated) at offset \(position) does not fit")
            }
            if isKept {
                numbers.reserveCapacity(stated)
                for _ in 0..<stated { numbers.append(number(type, bytes, &position) ?? -2) }
            } else {
                position += stated * width
            }
        } else {
            var index = 0
            while stated.map({ index < $0 }) ?? true {
                guard let next = bytes.byte(at: position) else { return false }
                if stated == nil, next == UInt8(ascii: "]") {
                    position += 1
                    break
                }
                let before = position
                if isKept, let number = integer(bytes, &position) {
                    numbers.append(number)
                } else {
                    position = before
                    guard value(bytes, &position, depth + 1, name == "trees" ? "trees[]" : nil) else { return false }
                }
                index += 1
            }
        }
        if isKept, let name { trees[trees.count - 1][name] = numbers }
        return true
    }
}
