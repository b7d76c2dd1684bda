/// Programs and libraries of processors, found anywhere in bytes by more than their magic.
package enum NativeCode {
    /// What was found.
    package struct Found: Hashable, Sendable {
        /// In bytes.
        package let offset: Int
        /// `ELF`, `PE` or `Mach-O`.
        package let kind: String
        /// Whether it is a graphics processor's, as engines hold them.
        package let isAccelerator: Bool
    }

    /// All in `start..<end`, at most 64.
    ///
    /// - Complexity: O(n).
    package static func search(_ bytes: RawSpan, from start: Int, to end: Int) -> [Found] {
        var found: [Found] = []
        for (first, kind) in [(UInt8(0x7F), "ELF"), (0x4D, "PE"), (0xCF, "Mach-O"), (0xFE, "Mach-O")] {
            var position = start
            while found.count < 64, let hit = bytes.firstIndex(of: first, from: position, to: end) {
                position = hit + 1
                switch kind {
                case "ELF":
                    if let machine = elf(bytes, hit) {
                        found.append(Found(offset: hit, kind: kind, isAccelerator: [190, 224].contains(machine)))
                    }
                case "PE":
                    if portable(bytes, hit) { found.append(Found(offset: hit, kind: kind, isAccelerator: false)) }
                default: if mach(bytes, hit) { found.append(Found(offset: hit, kind: kind, isAccelerator: false)) }
                }
            }
        }
        return found.sorted { $0.offset < $1.offset }
    }

    /// The machine of an ELF header (System V ABI, chapter 4).
    private static func elf(_ bytes: RawSpan, _ offset: Int) -> Int? {
        guard bytes.hasBytes([0x7F, 0x45, 0x4C, 0x46], at: offset), let width = bytes.byte(at: offset + 4),
            let order = bytes.byte(at: offset + 5),
            (1...2).contains(width), (1...2).contains(order), bytes.byte(at: offset + 6) == 1
        else { return nil }
        let machine =
            order == 1
            ? bytes.littleEndian(at: offset + 18, as: UInt16.self) : bytes.bigEndian(at: offset + 18, as: UInt16.self)
        let kind =
            order == 1
            ? bytes.littleEndian(at: offset + 16, as: UInt16.self) : bytes.bigEndian(at: offset + 16, as: UInt16.self)
        guard let machine, let kind, kind <= 4 || kind >= 0xFE00, machine < 300 else { return nil }
        return Int(machine)
    }

    private static func portable(_ bytes: RawSpan, _ offset: Int) -> Bool {
        guard bytes.byte(at: offset + 1) == 0x5A, let header = bytes.littleEndian(at: offset + 0x3C, as: UInt32.self),
            header >= 0x40, header < 0x1000
        else { return false }
        return bytes.hasBytes("PE\u{0}\u{0}", at: offset + Int(header))
    }

    private static func mach(_ bytes: RawSpan, _ offset: Int) -> Bool {
        let magic = bytes.littleEndian(at: offset, as: UInt32.self)
        guard magic == 0xFEED_FACF || magic == 0xFEED_FACE else { return false }
        let type = bytes.littleEndian(at: offset + 12, as: UInt32.self) ?? 0
        let processor = (bytes.littleEndian(at: offset + 4, as: UInt32.self) ?? 0) & 0xFF_FFFF
        return (1...12).contains(type) && [7, 12, 18].contains(processor)
    }
}
