internal import Glibc

/// Bytes that must not be seen: a private key, a passphrase. Kept out of core dumps and swap, erased when released.
///
/// `@unchecked Sendable`: the memory is written only in `init` and erased only in `deinit`.
public final class SecretBytes: @unchecked Sendable {
    private let base: UnsafeMutableRawPointer
    private let capacity: Int
    /// Number of bytes.
    public let count: Int

    /// Copies the bytes; the caller erases its own copy.
    ///
    /// Fails when the system has no memory left.
    public init?(copying bytes: some Collection<UInt8>) {
        count = bytes.count
        let page = 4096
        capacity = (max(1, bytes.count) + page - 1) / page * page
        let mapped = mmap(nil, capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let mapped, mapped != MAP_FAILED else { return nil }
        base = mapped
        // Both are best effort: a container may forbid locking memory.
        mlock(base, capacity)
        madvise(base, capacity, MADV_DONTDUMP)
        var offset = 0
        for byte in bytes {
            base.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
            offset += 1
        }
    }

    deinit {
        explicit_bzero(base, capacity)
        munmap(base, capacity)
    }

    /// Lends the bytes; `body` keeps no copy.
    public func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(start: base, count: count))
    }
}

extension SecretBytes: CustomStringConvertible, CustomReflectable {
    /// Never the bytes.
    public var description: String { "secret of \(count) bytes" }
    /// Nothing to see.
    public var customMirror: Mirror { Mirror(self, children: [] as [Mirror.Child]) }
}
