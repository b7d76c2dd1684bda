internal import Glibc
internal import Synchronization
internal import TorchABI

/// The native library below all tensors, loaded at first use.
///
/// Commands that need no tensor never load it: it costs 0.9 CPU-seconds when linked directly.
public enum Engine {
    /// The table of functions. Immutable after it was made, and its functions may be called from any thread.
    struct Table: @unchecked Sendable {
        let pointer: UnsafePointer<cordon_torch>
    }

    private static let opened: Result<Table, TensorFailure> = open()

    /// Whether tensors can be made here; loads the library.
    public static var isAvailable: Bool {
        if case .success = opened { return true }
        return false
    }

    static func table() throws(TensorFailure) -> cordon_torch { try opened.get().pointer.pointee }

    /// Threads that one operation may use, at least 1. All processors unless said otherwise.
    public static func setThreadCount(_ count: Int) throws(TensorFailure) {
        try table().set_threads(Int32(clamping: max(1, count)))
    }

    /// Most bytes that all tensors together may take; an operation that wants more fails with ``TensorFailure/Code/memory``.
    public static func setMemoryLimit(_ byteCount: Int) throws(TensorFailure) {
        try table().set_memory_limit(Int64(max(1, byteCount)))
    }

    /// Bytes that tensors take now, the most that they took, and bytes kept for reuse.
    public static func memory() throws(TensorFailure) -> (live: Int, peak: Int, cached: Int) {
        let memory = try table().memory()
        return (Int(memory.live), Int(memory.peak), Int(memory.cached))
    }

    /// Gives memory that is kept for reuse back to the system.
    public static func releaseCache() throws(TensorFailure) { try table().release_cache() }

    /// Runs `body` with operations recorded for gradients on this thread, or not.
    static func recording<Value>(_ on: Bool, _ body: () throws -> Value) throws -> Value {
        let table = try table()
        let before = table.set_recording(on)
        defer { _ = table.set_recording(before) }
        return try body()
    }

    private typealias Open = @convention(c) (Int32) -> UnsafePointer<cordon_torch>?

    private static func open() -> Result<Table, TensorFailure> {
        prepare()
        let name = "libCordonTorch.so"
        let places = [folder() + "/" + name, folder() + "/../lib/cordon/" + name]
        guard let path = places.first(where: { access($0, R_OK) == 0 }) else {
            return .failure(
                TensorFailure(.unavailable, "\(name) is not beside the program; 'make build' puts it there"))
        }
        guard let library = dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
            let reason = dlerror().map { String(cString: $0) } ?? "no reason given"
            return .failure(
                TensorFailure(.unavailable, "\(name) cannot be loaded: \(reason). Install libtorch and libopenblas."))
        }
        guard let symbol = dlsym(library, "cordon_torch_open"),
            let table = unsafeBitCast(symbol, to: Open.self)(Int32(CORDON_TORCH_VERSION))
        else { return .failure(TensorFailure(.unavailable, "\(name) is of another version; build it again")) }
        let share = sysconf(Int32(_SC_PHYS_PAGES)) / 4 * 3 * sysconf(Int32(_SC_PAGESIZE))
        table.pointee.set_memory_limit(Int64(share))
        return .success(Table(pointer: table))
    }

    private static func folder() -> String {
        var path = [CChar](repeating: 0, count: 4096)
        guard cordon_program_folder(&path, path.count) else { return "." }
        return path.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    /// Settings that libraries read while they are loaded; what the user has set stays.
    private static func prepare() {
        // libtorch 1.13 uses the 512-bit forms of its own kernels only when it is told to.
        if cordon_has_avx512() { setenv("ATEN_CPU_CAPABILITY", "avx512", 0) }
        // OpenMP's threads would spin while OpenBLAS's own compute: a product then takes up to twice its time.
        setenv("OMP_WAIT_POLICY", "passive", 0)
        // Remarks on libtorch's own future; failures are told as errors.
        setenv("GLOG_minloglevel", "3", 0)
    }
}
