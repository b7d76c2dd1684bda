internal import CCompression

/// CRC-32 as zip and gzip use it (ISO 3309), by zlib.
package enum CRC32 {
    /// The checksum of a span. O(n).
    package static func checksum(_ bytes: RawSpan) -> UInt32 {
        bytes.withUnsafeBytes { buffer in
            UInt32(truncatingIfNeeded: crc32_z(0, buffer.bindMemory(to: UInt8.self).baseAddress, buffer.count))
        }
    }
}
