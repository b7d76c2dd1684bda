internal import CordonFormats
internal import CordonTensor

/// Content that was written into the low bits of weights: programs, archives, scripts, text.
///
/// Low bits of trained numbers look random. Bytes made of the lowest 8, 4, 2 or 1 bits of consecutive numbers are searched for
/// what files begin with and for long runs of text. Sources: Wang and others 2021 ("EvilModel"); Liu and others 2020
/// ("StegoNet").
///
/// - Note: Misses what is encrypted, spread by a key, or written in another order.
struct HiddenPayload {
    /// A place where something was found.
    struct Hit {
        let tensor: String
        let bits: Int
        let content: String
    }

    private static let marks: [(name: String, bytes: [UInt8])] = [
        ("an ELF program", [0x7F, 0x45, 0x4C, 0x46, 0x02, 0x01, 0x01]),
        ("a ZIP archive", [0x50, 0x4B, 0x03, 0x04, 0x14, 0x00]),
        ("a PNG picture", [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]),
        ("a 7z archive", [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C]),
        ("a gzip archive", [0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00]),
        ("a Windows program", Array("This program cannot be run in DOS mode".utf8)),
        ("a PDF document", Array("%PDF-1.".utf8)),
    ]
    /// By chance such a run comes once in 10³⁰ bytes.
    private static let shortestText = 64

    /// Looks through the bytes of one tensor of 32-bit numbers.
    static func search(_ bytes: UnsafeRawBufferPointer, named name: String) -> [Hit] {
        let count = bytes.count / 4
        guard count >= shortestText else { return [] }
        var hits: [Hit] = []
        for bits in [8, 4, 2, 1] {
            let perByte = 8 / bits
            let found = (0..<perByte).lazy.flatMap { first in
                (bits == 8 ? [true] : [true, false]).lazy.map { (first, $0) }
            }.compactMap { first, isLowFirst in
                content(stream(bytes, count, first: first, bits: bits, isLowFirst: isLowFirst))
            }.first
            if let found { hits.append(Hit(tensor: name, bits: bits, content: found)) }
        }
        return hits
    }

    /// Bytes of the lowest bits of consecutive numbers, from number `first` on.
    private static func stream(
        _ bytes: UnsafeRawBufferPointer, _ count: Int, first: Int, bits: Int, isLowFirst: Bool
    ) -> [UInt8] {
        let perByte = 8 / bits
        return (0..<((count - first) / perByte)).map { place in
            var value: UInt8 = 0
            for part in 0..<perByte {
                let low = bytes[4 * (first + place * perByte + part)] & UInt8((1 << bits) - 1)
                value |= low << UInt8(bits * (isLowFirst ? part : perByte - 1 - part))
            }
            return value
        }
    }

    /// What a stream of bytes holds; `nil` where it looks random.
    private static func content(_ stream: [UInt8]) -> String? {
        var run = 0
        for (place, byte) in stream.enumerated() {
            let isText = byte >= 0x20 && byte < 0x7F || byte == 0x0A || byte == 0x09
            run = isText ? run + 1 : 0
            if run == shortestText, isVaried(stream[(place + 1 - shortestText)...place]) { return "text" }
            for mark in marks where byte == mark.bytes[0] && stream.count - place >= mark.bytes.count {
                if stream[place..<(place + mark.bytes.count)].elementsEqual(mark.bytes) { return mark.name }
            }
        }
        return nil
    }

    /// Rounded weights give one byte again and again, which is no text.
    private static func isVaried(_ text: ArraySlice<UInt8>) -> Bool { Set(text).count >= 10 }
}
