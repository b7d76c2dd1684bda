import CordonTestSupport

/// The smallest HDF5 file with one string attribute on its root group.
///
/// HDF5 File Format Specification 3.0: superblock version 0, object header version 1, attribute message version 1.
enum HDF5Sample {
    static func file(attribute: String, value: String) -> [UInt8] {
        let message = attributeMessage(attribute, value)
        let header =
            [1, 0] + littleEndian(UInt16(1)) + littleEndian(UInt32(1)) + littleEndian(UInt32(message.count + 8))
            + [0, 0, 0, 0] + littleEndian(UInt16(0x0C)) + littleEndian(UInt16(message.count)) + [0, 0, 0, 0] + message
        let root = UInt64(96)
        let undefined = UInt64.max
        let superblock: [UInt8] =
            [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 0, 0, 8, 8, 0] + littleEndian(UInt16(4))
            + littleEndian(UInt16(16)) + littleEndian(UInt32(0)) + littleEndian(UInt64(0)) + littleEndian(undefined)
            + littleEndian(root + UInt64(header.count)) + littleEndian(undefined)
            + littleEndian(UInt64(0)) + littleEndian(root) + [UInt8](repeating: 0, count: 24)
        return superblock + header
    }

    private static func attributeMessage(_ name: String, _ value: String) -> [UInt8] {
        func padded(_ bytes: [UInt8]) -> [UInt8] { bytes + [UInt8](repeating: 0, count: (8 - bytes.count % 8) % 8) }
        let nameBytes = Array(name.utf8) + [0]
        let type: [UInt8] = [0x13, 0, 0, 0] + littleEndian(UInt32(value.utf8.count))
        let space: [UInt8] = [1, 0, 0, 0, 0, 0, 0, 0]
        return [1, 0] + littleEndian(UInt16(nameBytes.count)) + littleEndian(UInt16(type.count))
            + littleEndian(UInt16(space.count)) + padded(nameBytes) + padded(type) + padded(space)
            + padded(Array(value.utf8))
    }
}
