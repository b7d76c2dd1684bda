import CordonFormats
import CordonTestSupport
import Glibc
import Testing

@Suite("Bytes of files")
struct ByteStorageTests {
    private let folder = TemporaryFolder()

    @Test("A mapped file that shrinks while it is read gives zeros and is reported, not a crash")
    func shrinking() throws {
        let path = folder.write([UInt8](repeating: 7, count: 1 << 20), to: "model.bin")
        let descriptor = open(path, O_RDONLY)
        defer { close(descriptor) }
        let storage = try ByteStorage.file(descriptor: descriptor, byteCount: 1 << 20)
        var last: UInt8?
        #expect(storage.guarded { last = ByteView(storage).withSpan { $0.byte(at: (1 << 20) - 1) } } == false)
        #expect(last == 7)
        #expect(truncate(path, 0) == 0)
        #expect(storage.guarded { last = ByteView(storage).withSpan { $0.byte(at: (1 << 20) - 1) } })
        #expect(last == 0)
    }

    @Test("Views never reach outside their storage")
    func views() {
        let view = ByteView(copying: [1, 2, 3, 4])
        #expect(view.part(offset: 1, count: 2)?.withSpan { $0.copy(at: 0, count: 2) } == [2, 3])
        #expect(view.part(offset: 3, count: 2)?.count == nil && view.part(offset: -1, count: 1)?.count == nil)
        #expect(view.part(offset: .max, count: .max)?.count == nil && view.suffix(from: 9).count == 0)
        view.withSpan { bytes in
            #expect(bytes.byte(at: 4) == nil && bytes.byte(at: -1) == nil && bytes.byte(at: .min) == nil)
            #expect(
                bytes.littleEndian(at: 1, as: UInt32.self) == nil
                    && bytes.bigEndian(at: 0, as: UInt32.self) == 0x0102_0304)
            #expect(
                bytes.littleEndian(at: .max, as: UInt64.self) == nil && bytes.firstIndex(of: 3, from: -5, to: .max) == 2
            )
            #expect(
                bytes.firstRange(of: [3, 4], from: 0, to: 4) == 2 && bytes.firstRange(of: [], from: 0, to: 4) == nil)
        }
    }
}
