internal import CordonFormats

/// What ordinary models import, and how they use it. Everything else is reported.
///
/// The list says what is harmless *in that use*: `operator.itemgetter` may be made but its result may not be called.
/// Source: pickles saved by the libraries themselves; see `Benchmarks/benign`.
struct PickleAllowList {
    /// Referenced, called, instantiated, state set.
    static let made: PickleUse = [.referenced, .called, .instantiated, .setState]
    private static let kept: PickleUse = [.referenced, .instantiated, .setState]

    private var exact: [String: PickleUse] = [:]

    /// Built once; 0.1 ms.
    static let shared = PickleAllowList()

    private init() {
        addPython()
        addArrays()
        addTorch()
        addLearning()
    }

    /// How `module.name` may be used; empty when it is not known.
    func uses(module: String, name: String) -> PickleUse {
        if let uses = exact[module + " " + name] { return uses }
        if module.hasPrefix("__torch__"), Self.isIdentifier(name) { return Self.made }
        if let family = Self.families.first(where: { Self.belongs(module, to: $0.prefix) }) {
            return family.uses(of: name)
        }
        // Array functions as values, such as the function of a FunctionTransformer.
        let isArrays = ["numpy", "numpy.core", "numpy._core", "numpy.linalg", "numpy.fft"].contains {
            Self.belongs(module, to: $0)
        }
        return isArrays && Self.isIdentifier(name) ? [.referenced] : []
    }

    /// The uses named for exactly this import, families left aside.
    func exactUses(module: String, name: String) -> PickleUse { exact[module + " " + name] ?? [] }

    private mutating func add(_ module: String, _ uses: PickleUse, _ names: String) {
        for name in names.split(separator: " ") { exact[module + " " + name] = uses }
    }

    private mutating func addPython() {
        let made = Self.made
        for module in ["builtins", "__builtin__"] {
            add(
                module, made,
                """
                set frozenset list dict tuple int float complex bool str bytes bytearray object slice range xrange long \
                unicode memoryview NoneType
                """)
            add(
                module, [.referenced],
                "Ellipsis NotImplemented None True False len abs min max sum round sorted any all hash id ord chr repr divmod pow"
            )
            add(module, [.referenced, .called], "getattr type")
        }
        // Nodes of a syntax tree are data until somebody compiles them.
        add(
            "ast", made,
            """
            Module Interactive Expression FunctionDef AsyncFunctionDef ClassDef Return Delete Assign AugAssign AnnAssign For \
            AsyncFor While If With AsyncWith Match Raise Try TryStar Assert Import ImportFrom Global Nonlocal Expr Pass Break \
            Continue BoolOp NamedExpr BinOp UnaryOp Lambda IfExp Dict Set ListComp SetComp DictComp GeneratorExp Await Yield \
            YieldFrom Compare Call FormattedValue JoinedStr Constant Attribute Subscript Starred Name List Tuple Slice Load \
            Store Del And Or Add Sub Mult MatMult Div Mod Pow LShift RShift BitOr BitXor BitAnd FloorDiv Invert Not UAdd USub \
            Eq NotEq Lt LtE Gt GtE Is IsNot In NotIn comprehension ExceptHandler arguments arg keyword alias withitem \
            match_case Num Str Bytes NameConstant Ellipsis Index ExtSlice
            """)
        add("collections", made, "OrderedDict defaultdict Counter deque ChainMap UserDict UserList UserString")
        add("_collections", made, "deque defaultdict OrderedDict")
        add("datetime", made, "date datetime time timedelta timezone tzinfo")
        add("_datetime", made, "date datetime time timedelta timezone")
        add("decimal", made, "Decimal Context")
        add("_decimal", made, "Decimal")
        add("fractions", made, "Fraction")
        add("uuid", made, "UUID SafeUUID")
        add("re", made, "_compile Pattern compile RegexFlag")
        add("_sre", made, "compile")
        add("random", made, "Random SystemRandom")
        add("_random", made, "Random")
        add("array", made, "array _array_reconstructor")
        add("copyreg", made, "_reconstructor __newobj__ __newobj_ex__")
        add("copy_reg", made, "_reconstructor __newobj__ __newobj_ex__")
        add("_codecs", [.referenced, .called], "encode")
        add("argparse", made, "Namespace")
        add("types", made, "SimpleNamespace MappingProxyType")
        add("pathlib", made, "Path PosixPath WindowsPath PurePath PurePosixPath PureWindowsPath")
        add("pathlib._local", made, "Path PosixPath WindowsPath PurePath PurePosixPath PureWindowsPath")
        add("ipaddress", made, "IPv4Address IPv6Address IPv4Network IPv6Network IPv4Interface IPv6Interface")
        add("zoneinfo", made, "ZoneInfo ZoneInfo._unpickle")
        add("functools", made, "partial")
        add("operator", made, "itemgetter attrgetter methodcaller")
        add("_operator", made, "itemgetter attrgetter methodcaller")
        add("UserDict", made, "UserDict IterableUserDict")
        add("io", made, "BytesIO StringIO")
        add("_io", made, "BytesIO StringIO")
        add("time", made, "struct_time")
        add("string", made, "Template")
        add("enum", made, "Enum IntEnum Flag IntFlag StrEnum")
        add("logging", [.referenced, .called], "getLogger")
        add("itertools", made, "count repeat cycle chain product permutations combinations islice")
        add("inspect", [.referenced], "_empty Parameter Signature")
        add("dataclasses", [.referenced], "_MISSING_TYPE MISSING _HAS_DEFAULT_FACTORY_CLASS")
        add("typing", [.referenced], "Any Union Optional List Dict Tuple Callable")
        add("weakref", made, "WeakValueDictionary WeakKeyDictionary WeakSet")
        add("abc", [.referenced], "ABC ABCMeta")
        add("numbers", [.referenced], "Number Real Integral Rational Complex")
        add("math", [.referenced], "exp log log1p expm1 sqrt sin cos tan tanh floor ceil fabs")
        add("calendar", [.referenced], "Month Day")
        add("email.charset", [], "Charset")
    }

    private mutating func addArrays() {
        let made = Self.made
        for core in ["numpy.core", "numpy._core"] {
            add(core + ".multiarray", made, "_reconstruct scalar ndarray dtype")
            add(core + ".numeric", made, "_frombuffer")
            add(core + "._internal", made, "_ctypes _reconstruct")
            add(core, made, "_ufunc_reconstruct ufunc")
            add(core + "._multiarray_umath", made, "_reconstruct scalar _ufunc_reconstruct ufunc")
            add(core + ".records", made, "recarray record")
            add(core + "._multiarray_tests", [], "none")
            add(core + ".defchararray", made, "chararray")
            add(core + ".memmap", [.referenced], "memmap")
        }
        add(
            "numpy", made,
            """
            ndarray dtype bool_ bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 intc uintc intp uintp longlong \
            ulonglong float16 float32 float64 float128 longdouble complex64 complex128 complex256 clongdouble str_ bytes_ \
            object_ void datetime64 timedelta64 matrix recarray record generic number integer floating poly1d ufunc \
            half single double byte short long ubyte ushort ulong unicode_ string_ chararray
            """)
        for module in ["numpy", "numpy.lib.function_base", "numpy.lib._function_base_impl"] {
            add(module, Self.kept, "vectorize")
        }
        add("numpy.dtypes", made, "Float64DType Float32DType Int64DType Int32DType StrDType StringDType ObjectDType")
        add("numpy.ma.core", made, "_mareconstruct MaskedArray MaskedConstant")
        add("numpy.ma", made, "MaskedArray")
        add("numpy.matrixlib.defmatrix", made, "matrix")
        add("numpy.rec", made, "recarray record")
        add("numpy.lib.polynomial", made, "poly1d")
        add("numpy.lib._polynomial_impl", made, "poly1d")
        add("numpy.random", made, "RandomState Generator __RandomState_ctor")
        add("numpy.random.mtrand", made, "RandomState")
        add("numpy.random._generator", made, "Generator")
        add("numpy.random._pickle", made, "__randomstate_ctor __bit_generator_ctor __generator_ctor")
        add("numpy.random._mt19937", made, "MT19937")
        add("numpy.random._pcg64", made, "PCG64 PCG64DXSM")
        add("numpy.random._philox", made, "Philox")
        add("numpy.random._sfc64", made, "SFC64")
        add(
            "numpy.random.bit_generator", made, "SeedSequence __pyx_unpickle_SeedSequence SeedlessSequence BitGenerator"
        )
        add("joblib.numpy_pickle", made, "NumpyArrayWrapper NDArrayWrapper ZNDArrayWrapper")
        add("joblib.numpy_pickle_compat", made, "NDArrayWrapper ZNDArrayWrapper")
        add("sklearn.externals.joblib.numpy_pickle", made, "NumpyArrayWrapper NDArrayWrapper")
    }

    private mutating func addTorch() {
        let made = Self.made
        add(
            "torch._utils", made,
            """
            _rebuild_tensor _rebuild_tensor_v2 _rebuild_tensor_v3 _rebuild_parameter _rebuild_parameter_with_state \
            _rebuild_parameter_v2 _rebuild_sparse_tensor _rebuild_sparse_csr_tensor _rebuild_qtensor \
            _rebuild_meta_tensor_no_storage _rebuild_wrapper_subclass _rebuild_device_tensor_from_numpy \
            _rebuild_device_tensor_from_cpu_tensor _rebuild_nested_tensor
            """)
        add("torch._tensor", made, "_rebuild_from_type_v2 _rebuild_from_type Tensor")
        add("torch.nn.parameter", made, "Parameter Buffer UninitializedParameter UninitializedBuffer")
        add("torch", made, "Size device Tensor Generator")
        add("torch.storage", made, "TypedStorage UntypedStorage _TypedStorage _UntypedStorage _load_from_bytes")
        add("torch.serialization", made, "_get_layout")
        add("torch._C", [.referenced], "_nn")
        let types = """
            FloatStorage DoubleStorage HalfStorage LongStorage IntStorage ShortStorage CharStorage ByteStorage BoolStorage \
            BFloat16Storage ComplexFloatStorage ComplexDoubleStorage QUInt8Storage QInt8Storage QInt32Storage \
            QUInt4x2Storage QUInt2x4Storage UntypedStorage TypedStorage
            """
        add("torch", made, types)
        add("torch.cuda", made, types)
        add(
            "torch", [.referenced],
            """
            float float16 float32 float64 double half bfloat16 int int8 int16 int32 int64 long short uint8 uint16 uint32 \
            uint64 bool complex32 complex64 complex128 quint8 qint8 qint32 quint4x2 quint2x4 float8_e4m3fn float8_e5m2 \
            float8_e4m3fnuz float8_e5m2fnuz strided sparse_coo sparse_csr sparse_csc sparse_bsr sparse_bsc \
            per_tensor_affine per_channel_affine per_tensor_symmetric per_channel_symmetric contiguous_format \
            preserve_format channels_last relu sigmoid tanh softmax
            """)
        add("torch._C._nn", [.referenced], "gelu silu relu leaky_relu elu softplus hardtanh")
        add("torch.distributions.constraints", [.referenced], "real positive simplex")
        add(
            "torch.jit._pickle", made,
            "build_intlist build_doublelist build_boollist build_tensorlist restore_type_tag build_tensor_from_id")
    }

    private mutating func addLearning() {
        let made = Self.made
        add("sklearn.neighbors._kd_tree", made, "newObj KDTree KDTree64 KDTree32")
        add("sklearn.neighbors._ball_tree", made, "newObj BallTree BallTree64 BallTree32")
        add("sklearn.neighbors._dist_metrics", made, "newObj")
        add("sklearn.metrics._dist_metrics", made, "newObj")
        add("scipy.sparse._base", made, "sparray")
        add("scipy._lib._ccallback", [.referenced], "LowLevelCallable")
        add(
            "pyarrow.lib", made,
            "type_for_alias py_buffer _restore_array _reconstruct_record_batch chunked_array field schema")
        add(
            "pandas", made,
            """
            Index RangeIndex Series DataFrame NA NaT NaTType Categorical CategoricalDtype CategoricalIndex StringDtype \
            PeriodDtype BooleanDtype DatetimeTZDtype IntervalDtype SparseDtype Int8Dtype Int16Dtype Int32Dtype Int64Dtype \
            UInt8Dtype UInt16Dtype UInt32Dtype UInt64Dtype Float32Dtype Float64Dtype ArrowDtype IntervalIndex Interval \
            DatetimeIndex MultiIndex PeriodIndex Period TimedeltaIndex Timedelta Timestamp DateOffset Flags
            """)
        add("joblib.memory", Self.kept, "Memory")
        add("tokenizers.models", made, "Model")
        add(
            "pyarrow.lib", made,
            "list_ struct map_ timestamp decimal128 dictionary large_list _reconstruct_table int64 string")
        add("dill._dill", made, "_create_array")
        add("torch", made, "ScriptObject")
        add("pytz", made, "_p _UTC")
        add("dateutil.tz.tz", made, "tzutc tzlocal tzoffset")
        add("dateutil.relativedelta", made, "relativedelta")
        add("networkx.classes.graph", made, "Graph")
        add("tokenizers", made, "Tokenizer")
    }

    /// A library whose classes are plain data holders, by module prefix.
    private struct Family {
        let prefix: String
        /// Whether its classes may be called as constructors, not only instantiated.
        let callsClasses: Bool

        func uses(of name: String) -> PickleUse {
            guard PickleAllowList.isIdentifier(name) else {
                // A class inside a class, such as an enumeration.
                let parts = name.split(separator: ".")
                if callsClasses, parts.allSatisfy({ PickleAllowList.isClassName(String($0)) }), !name.contains("__") {
                    return PickleAllowList.made
                }
                // A method of a class, as bound methods are pickled: kept, not called.
                return name.split(separator: ".").allSatisfy { !$0.hasPrefix("__") } ? [.referenced] : []
            }
            if PickleAllowList.isRebuilder(name) { return PickleAllowList.made }
            if PickleAllowList.isClassName(name), callsClasses { return PickleAllowList.made }
            return PickleAllowList.kept
        }
    }

    private static let families: [Family] =
        [
            "sklearn", "scipy", "pandas.core", "pandas._libs", "pandas.tseries", "pandas.arrays", "lightgbm", "xgboost",
            "catboost", "_catboost", "statsmodels", "patsy", "networkx.classes", "imblearn", "category_encoders",
            "hdbscan",
            "umap", "polars", "xarray", "mlxtend", "feature_engine", "regex._regex_core", "hmmlearn",
            "lifelines", "tokenizers",
            "gensim",
        ].map { Family(prefix: $0, callsClasses: true) }
        + [
            "torch.nn.modules", "torch.nn.quantized", "torch.nn.quantizable", "torch.nn.intrinsic", "torch.nn.init",
            "torch.nn.functional", "torch.nn.utils", "torch.optim", "torch.ao.nn", "torch.ao.quantization",
            "torch.quantization", "torch.utils.data.dataset", "torch.nn.parallel", "torch.distributions",
            "torchvision.models", "torchvision.ops", "torchvision.transforms",
            "torchaudio.models", "torchaudio.transforms", "timm.models", "timm.layers", "transformers.models",
            "transformers.configuration_utils", "transformers.generation", "transformers.tokenization_utils_base",
            "transformers.training_args", "transformers.trainer_utils", "sentence_transformers.models",
            "ultralytics.nn",
            "pytorch_lightning.callbacks", "lightning_fabric", "omegaconf", "numpy.polynomial", "networkx", "skl2onnx",
            "keras.layers", "keras.src.layers", "keras.models", "keras.src.models", "spacy", "flair",
        ].map { Family(prefix: $0, callsClasses: false) }

    private static func belongs(_ module: String, to prefix: String) -> Bool {
        module.hasPrefix(prefix)
            && (module.utf8.count == prefix.utf8.count || module.dropFirst(prefix.count).hasPrefix("."))
    }

    static func isIdentifier(_ name: String) -> Bool {
        name.utf8.allSatisfy {
            ($0 >= 0x61 && $0 <= 0x7A) || ($0 >= 0x41 && $0 <= 0x5A) || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x5F
        }
    }

    /// `CamelCase`, with leading underscores allowed.
    private static func isClassName(_ name: String) -> Bool {
        // Cython code templates put a type letter in front: `dKalmanFilter`.
        let letters = name.utf8.drop { $0 == 0x5F }.prefix(2)
        return letters.contains { (0x41...0x5A).contains($0) }
    }

    /// Module functions that exist only to rebuild an object from its pickled parts.
    private static func isRebuilder(_ name: String) -> Bool {
        ["__pyx_unpickle_", "_unpickle", "_rebuild_", "_new_", "_reconstruct", "__unpickle", "newObj"].contains {
            name.hasPrefix($0)
        }
            || name.hasSuffix("_unpickle")
    }
}
