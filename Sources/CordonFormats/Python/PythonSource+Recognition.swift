extension PythonSource {
    /// Whether text begins like Python: an import, a definition, a decorator or a docstring among its first lines.
    package static func matches(_ bytes: RawSpan) -> Bool {
        var position = 0
        for _ in 0..<40 {
            let end = bytes.firstIndex(of: 0x0A, from: position, to: bytes.byteCount) ?? bytes.byteCount
            guard position < end || end < bytes.byteCount else { return false }
            let isStart =
                switch bytes.byte(at: position) {
                case UInt8(ascii: "i"): bytes.hasBytes("import ", at: position)
                case UInt8(ascii: "f"): bytes.hasBytes("from ", at: position)
                case UInt8(ascii: "d"): bytes.hasBytes("def ", at: position)
                case UInt8(ascii: "c"): bytes.hasBytes("class ", at: position)
                case UInt8(ascii: "a"): bytes.hasBytes("async def ", at: position)
                case UInt8(ascii: "@"): true
                default: false
                }
            if isStart {
                let line = bytes.text(position..<end, limit: 200)
                return line.hasPrefix("from ") ? line.contains(" import ") : !line.hasSuffix(";") && !line.contains("{")
            }
            position = end + 1
        }
        return false
    }
}
