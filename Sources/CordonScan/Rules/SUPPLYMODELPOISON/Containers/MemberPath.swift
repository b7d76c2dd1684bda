internal import CordonCore

/// Judges names of archive members as paths to be written.
enum MemberPath {
    /// Why unpacking under this name leaves the folder; `nil` when it does not.
    static func escape(_ name: [UInt8]) -> String? {
        if isPlain(name) { return nil }
        if name.contains(0) { return "a zero byte in the name" }
        let text = String(decoding: name, as: UTF8.self)
        let parts = text.split(omittingEmptySubsequences: false) { $0 == "/" || $0 == "\\" }
        if text.hasPrefix("/") || text.hasPrefix("\\") { return "an absolute path" }
        if name.count > 1, name[1] == UInt8(ascii: ":"), (0x41...0x7A).contains(name[0]) { return "a drive letter" }
        var depth = 0
        for part in parts {
            if part == ".." { depth -= 1 } else if part != ".", !part.isEmpty { depth += 1 }
            if depth < 0 { return "'..' out of the folder" }
        }
        return nil
    }

    /// Nothing in the name could leave a folder: the usual case, decided without splitting.
    private static func isPlain(_ name: [UInt8]) -> Bool {
        guard let first = name.first, first != UInt8(ascii: "/"), first != UInt8(ascii: ".") else { return false }
        return !name.contains { $0 == 0 || $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: ":") }
            && !String(decoding: name, as: UTF8.self).contains(ascii: "..")
    }

    /// Whether a link at `name` to `target` leaves the folder.
    static func linkEscape(_ name: [UInt8], target: [UInt8], relativeToName: Bool) -> String? {
        if !relativeToName { return escape(target) }
        let folder = name.lastIndex(of: UInt8(ascii: "/")).map { Array(name[...$0]) } ?? []
        if target.first == UInt8(ascii: "/") { return "an absolute path" }
        return escape(folder + target)
    }
}
