/// Elements of a MATLAB file of level 5 (MathWorks, "MAT-File Format", R2024).
package struct MATFile: Sendable {
    /// An element of the file itself.
    package struct Element: Sendable {
        /// Type: 14 for a matrix, 15 for a compressed one.
        package let type: Int
        /// Its content.
        package let range: Range<Int>
    }

    /// Elements in order.
    package private(set) var elements: [Element] = []
    /// What does not fit.
    package private(set) var failure: String?

    /// Whether the header has the version and the mark of the byte order. Only little-endian files are read.
    package static func matches(_ bytes: RawSpan) -> Bool { bytes.hasBytes([0x00, 0x01, 0x49, 0x4D], at: 124) }

    /// Reads the elements' heads from `start`. O(elements).
    package static func read(_ bytes: RawSpan, from start: Int = 128) -> MATFile {
        var file = MATFile()
        var position = start
        while position < bytes.byteCount, file.elements.count < 100_000 {
            guard let type = bytes.littleEndian(at: position, as: UInt32.self),
                let size = bytes.littleEndian(at: position + 4, as: UInt32.self)
            else {
                file.failure = "it ends in an element's head"
                return file
            }
            guard bytes.contains(offset: position + 8, count: Int(size)) else {
                file.failure = "an element of \(size) bytes at \(position)"
                return file
            }
            guard (1...18).contains(type) else {
                file.failure = "an element of the type \(type) at \(position)"
                return file
            }
            file.elements.append(Element(type: Int(type), range: position + 8..<position + 8 + Int(size)))
            position += 8 + Int(size)
            // Compressed elements are not padded.
            if type != 15 { position = (position + 7) / 8 * 8 }
        }
        return file
    }

    /// The class of a matrix: 3 for objects, 16 for function handles, 17 for opaque ones; `nil` when it does not fit.
    package static func matrixClass(_ bytes: RawSpan) -> Int? {
        bytes.littleEndian(at: 0, as: UInt32.self) == 6 ? bytes.byte(at: 8).map { Int($0) } : nil
    }
}
