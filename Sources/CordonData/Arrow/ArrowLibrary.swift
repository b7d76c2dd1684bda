internal import ArrowABI
internal import Glibc

/// Arrow C++, loaded at first use.
enum ArrowLibrary {
    /// The table of functions. Immutable after it was made; its functions may be called from any thread.
    struct Table: @unchecked Sendable {
        let pointer: UnsafePointer<cordon_arrow>
    }

    private static let opened: Result<Table, DatasetFailure> = open()

    static func table() throws(DatasetFailure) -> cordon_arrow { try opened.get().pointer.pointee }

    private typealias Open = @convention(c) (Int32) -> UnsafePointer<cordon_arrow>?

    private static func open() -> Result<Table, DatasetFailure> {
        var folder = [CChar](repeating: 0, count: 4096)
        let isFound = cordon_arrow_program_folder(&folder, folder.count)
        let base = isFound ? folder.withUnsafeBufferPointer { String(cString: $0.baseAddress!) } : "."
        let name = "libCordonArrow.so"
        let places = [base + "/" + name, base + "/../lib/cordon/" + name]
        guard let path = places.first(where: { access($0, R_OK) == 0 }) else {
            return .failure(
                DatasetFailure(.unavailable, "\(name) is not beside the program; 'make build' puts it there"))
        }
        guard let library = dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
            let reason = dlerror().map { String(cString: $0) } ?? "no reason given"
            return .failure(DatasetFailure(.unavailable, "\(name) cannot be loaded: \(reason)"))
        }
        guard let symbol = dlsym(library, "cordon_arrow_open"),
            let table = unsafeBitCast(symbol, to: Open.self)(Int32(CORDON_ARROW_VERSION))
        else { return .failure(DatasetFailure(.unavailable, "\(name) is of another version; build it again")) }
        // Sizes in a hostile file are only claims: a quarter of the machine's memory is the most that they get.
        let share = sysconf(Int32(_SC_PHYS_PAGES)) / 4 * sysconf(Int32(_SC_PAGESIZE))
        table.pointee.set_memory_limit(Int64(share))
        return .success(Table(pointer: table))
    }
}

extension DatasetFailure {
    /// A failure that the shim told.
    init(_ error: cordon_arrow_error, _ file: String) {
        var error = error
        let text = withUnsafeBytes(of: &error.message) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        self.init(.malformed, "\(file): \(text)")
    }
}
