internal import Glibc

/// The names a pickle imports, found again without building strings.
///
/// The hash only narrows the search; a hit is confirmed by comparing the bytes, so collisions cannot confuse two names.
struct PickleNames {
    /// Callables whose result the machine follows.
    enum Special: UInt8 {
        case none, getattr, importer, partial, codec, metaclass, sized, consumer, endless, typeLoader, bytesLoader
        case applier, reconstructor, arrayWrapper, fileWrapper, formula
    }

    private struct Spelling {
        let number: Int
        let module: Range<Int>
        let name: Range<Int>
    }
    private struct Key: Hashable {
        let module: String
        let name: String
        let isAttribute: Bool
    }

    private var spellings: [UInt64: Spelling] = [:]
    private var numbers: [Key: Int] = [:]
    private var specials: ContiguousArray<Special> = []
    /// The spellings met last, by the low bits of their hash: models name the same few things over and over.
    private var recent = ContiguousArray<(hash: UInt64, spelling: Spelling)?>(repeating: nil, count: 64)

    /// FNV-1a over module, line feed, name.
    static func hash(_ bytes: RawSpan, _ module: Range<Int>, _ name: Range<Int>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for range in [module, name] {
            for index in range {
                // Ranges come from opcodes that were read whole, so they lie inside the span.
                hash = (hash ^ UInt64(bytes.byte(at: index) ?? 0)) &* 0x100_0000_01B3
            }
            hash = (hash ^ 0x0A) &* 0x100_0000_01B3
        }
        return hash
    }

    /// The number of a name that was spelled the same way before.
    func number(_ hash: UInt64, _ bytes: RawSpan, _ module: Range<Int>, _ name: Range<Int>) -> Int? {
        let slot = recent[Int(hash & 63)]
        guard let known = slot?.hash == hash ? slot?.spelling : spellings[hash], Self.same(bytes, known.module, module),
            Self.same(bytes, known.name, name)
        else { return nil }
        return known.number
    }

    mutating func remember(_ number: Int, _ hash: UInt64, _ module: Range<Int>, _ name: Range<Int>) {
        spellings[hash] = Spelling(number: number, module: module, name: name)
        recent[Int(hash & 63)] = (hash, Spelling(number: number, module: module, name: name))
    }

    /// The number of a name, made by `create` when it is new.
    mutating func number(
        module: String, name: String, origin: PickleImport.Origin, create: () -> Int
    ) -> Int {
        let key = Key(module: module, name: name, isAttribute: origin == .attribute)
        if let known = numbers[key] { return known }
        let number = create()
        numbers[key] = number
        specials.append(Self.special(module, name))
        return number
    }

    /// What the machine has to know about an import.
    func special(_ number: Int) -> Special { specials[number] }

    private static func special(_ module: String, _ name: String) -> Special {
        switch (module, name) {
        case ("builtins", "getattr"), ("__builtin__", "getattr"): .getattr
        case ("numpy.core", "_ufunc_reconstruct"), ("numpy._core", "_ufunc_reconstruct"): .importer
        case ("functools", "partial"): .partial
        case ("_codecs", "encode"), ("codecs", "encode"): .codec
        case ("builtins", "type"), ("__builtin__", "type"): .metaclass
        case ("builtins", "list"), ("builtins", "tuple"), ("builtins", "set"), ("builtins", "frozenset"),
            ("__builtin__", "list"), ("__builtin__", "tuple"), ("__builtin__", "set"), ("collections", "deque"),
            ("collections", "Counter"):
            .consumer
        case ("itertools", "count"), ("itertools", "cycle"), ("itertools", "repeat"), ("builtins", "range"),
            ("__builtin__", "xrange"):
            .endless
        case ("statsmodels.base.data", _): .formula
        case ("torch.storage", "_load_from_bytes"): .bytesLoader
        case ("torch._tensor", "_rebuild_from_type_v2"), ("torch._tensor", "_rebuild_from_type"): .applier
        case ("copyreg", "_reconstructor"), ("copy_reg", "_reconstructor"): .reconstructor
        case ("numpy", "ndarray"), ("builtins", "bytearray"), ("__builtin__", "bytearray"), ("builtins", "bytes"):
            .sized
        case ("joblib.numpy_pickle", "NumpyArrayWrapper"): .arrayWrapper
        case ("joblib.numpy_pickle_compat", "NDArrayWrapper"), ("joblib.numpy_pickle", "NDArrayWrapper"),
            ("joblib.numpy_pickle_compat", "ZNDArrayWrapper"):
            .fileWrapper
        case ("dill._dill", "_load_type"), ("dill.dill", "_load_type"): .typeLoader
        default: .none
        }
    }

    private static func same(_ bytes: RawSpan, _ a: Range<Int>, _ b: Range<Int>) -> Bool {
        guard a.count == b.count else { return false }
        if a == b || a.isEmpty { return true }
        return bytes.withUnsafeBytes { buffer in
            // A non-empty range inside the span, so the span has a base address.
            let base = buffer.baseAddress!
            return memcmp(base + a.lowerBound, base + b.lowerBound, a.count) == 0
        }
    }
}
