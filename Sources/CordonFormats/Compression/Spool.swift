internal import CSystem
internal import Glibc

/// Keeps decompressed bytes: in memory up to 8 MiB, beyond that in an unnamed temporary file that is mapped to be read.
final class Spool {
    struct Failure: Error {
        let text: String
    }

    private static let memoryLimit = 8 << 20

    private var memory: [UInt8] = []
    private var descriptor: Int32 = -1
    private var written = 0

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    func append(_ bytes: UnsafeBufferPointer<UInt8>) -> Failure? {
        if descriptor < 0, memory.count + bytes.count <= Self.memoryLimit {
            memory.append(contentsOf: bytes)
            return nil
        }
        if descriptor < 0 {
            if let failure = openFile() { return failure }
            if let failure = memory.withUnsafeBufferPointer(write) { return failure }
            memory = []
        }
        return write(bytes)
    }

    func finish() -> Result<ByteView, Failure> {
        guard descriptor >= 0 else { return .success(ByteView(copying: memory)) }
        do {
            return .success(ByteView(try ByteStorage.file(descriptor: descriptor, byteCount: written)))
        } catch {
            return .failure(Failure(text: "the temporary file cannot be read back"))
        }
    }

    private func openFile() -> Failure? {
        let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array((folder + "/cordon-XXXXXX").utf8CString)
        descriptor = cordon_temporary_file(&template)
        guard descriptor >= 0 else {
            return Failure(text: "no temporary file in \(folder): \(String(cString: strerror(errno)))")
        }
        unlink(template)
        return nil
    }

    private func write(_ bytes: UnsafeBufferPointer<UInt8>) -> Failure? {
        var done = 0
        while done < bytes.count {
            let count = Glibc.write(descriptor, bytes.baseAddress! + done, bytes.count - done)
            if count < 0 {
                if errno == EINTR { continue }
                return Failure(text: "the temporary file cannot be written: \(String(cString: strerror(errno)))")
            }
            done += count
        }
        written += done
        return nil
    }
}
