internal import CordonFormats

/// What content is recognised as.
enum FileFormat: String, Hashable {
    case pickle, zip, tar, gzip, zlib, bzip2, xz, lzma, zstd, lz4
    case numpy = "npy"
    case safetensors, onnx, gguf, tflite
    case hdf5
    case tensorflow
    case json, yaml, jinja, text
    case sevenZip = "7z"
    case rar, executable, image, audio, font, pdf, parquet, arrow, sqlite, bytecode, javaArchive
    case wideText = "utf-16 text"
    case textGraph = "tensorflow text"
    case python = "python source"
    case rObject = "R object"
    case coreML = "Core ML"
    case coreMLWeights = "Core ML weights"
    case paddle = "Paddle program"
    case cntk = "CNTK"
    case tensorRT = "TensorRT engine"
    case executorch = "ExecuTorch"
    case catBoost = "CatBoost"
    case mxnetParameters = "MXNet parameters"
    case ubjson = "UBJSON"
    case xgboost = "XGBoost binary"
    case messagePack = "MessagePack"
    case lfsPointer = "git-lfs pointer"
    case javaObject = "Java object stream"
    case dotNetObject = ".NET object stream"
    case torch7 = "Torch7 archive"
    case bson
    case juliaStream = "Julia object stream"
    case avro
    case matlab = "MATLAB file"
    case zfile = "joblib 0.9 stream"
    case caffe = "Caffe model"
    case paddleParameters = "Paddle parameters"

    /// What to say about a format that has no inspector.
    var notInspected: String? {
        switch self {
        case .rar: "RAR archive: recognised, not opened"
        case .executable: "native program or library: recognised, not inspected"
        case .image: "image: recognised, not inspected"
        case .audio: "audio or video: recognised, not inspected"
        case .font: "Type 1 font: recognised, not inspected"
        case .pdf: "PDF document: recognised, not inspected"
        case .parquet, .arrow: "\(rawValue) table: recognised, not inspected"
        case .sqlite: "SQLite database: recognised, not inspected"
        case .bytecode: "compiled Python code: recognised, not inspected"
        case .javaArchive: "Java class: recognised, not inspected"
        case .lfsPointer: "Git LFS pointer: the content is elsewhere; run 'git lfs pull' and scan again"
        default: nil
        }
    }
}

/// Recognises content by its bytes. Names and extensions are never asked.
enum Sniffer {
    /// The format that the first bytes show, or `nil`.
    ///
    /// - Complexity: O(1) for formats with a magic; text and protobuf are read as far as it takes to tell.
    static func format(of view: ByteView) -> FileFormat? {
        view.withSpan { bytes in
            if SafetensorsFile.matches(bytes) { return .safetensors }
            return magic(bytes) ?? structure(bytes)
        }
    }

    private static func magic(_ bytes: RawSpan) -> FileFormat? {
        switch bytes.byte(at: 0) {
        case 0x80: return startsWithPickle(bytes) ? isFont(bytes) ? .font : .pickle : nil
        case 0x50: return zipOrParquet(bytes)
        case 0x1F: return bytes.byte(at: 1) == 0x8B ? .gzip : nil
        case 0x42 where RSerialization.matches(bytes): return .rObject
        case 0x52 where RSerialization.matches(bytes): return .rObject
        case 0x42 where bytes.hasBytes("BZh") && isBlockSize(bytes): return .bzip2
        case 0xFD: return bytes.hasBytes([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0]) ? .xz : nil
        case 0x28: return bytes.hasBytes([0x28, 0xB5, 0x2F, 0xFD]) ? .zstd : nil
        case 0x04: return bytes.hasBytes([0x04, 0x22, 0x4D, 0x18]) ? .lz4 : nil
        case 0x93: return bytes.hasBytes([0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]) ? .numpy : nil
        case 0x47:
            return bytes.hasBytes("GGUF") ? .gguf : bytes.hasBytes("GIF87a") || bytes.hasBytes("GIF89a") ? .image : nil
        case 0x37: return SevenZipArchive.matches(bytes) ? .sevenZip : bytes.hasBytes("7JL") ? .juliaStream : nil
        case 0xAC: return JavaStream.matches(bytes) ? .javaObject : nil
        case 0x00 where DotNetStream.matches(bytes): return .dotNetObject
        case 0x52: return bytes.hasBytes("Rar!") ? .rar : bytes.hasBytes("RIFF") ? .audio : nil
        case 0x7F: return bytes.hasBytes([0x7F, 0x45, 0x4C, 0x46]) ? .executable : nil
        // A library of object files (ar).
        case 0x21: return bytes.hasBytes("!<arch>\n") ? .executable : nil
        case 0x4D:
            return isPortableExecutable(bytes) ? .executable : bytes.hasBytes([0x4D, 0x4D, 0, 0x2A]) ? .image : nil
        case 0x89:
            if bytes.hasBytes([0x89, 0x50, 0x4E, 0x47]) { return .image }
            return bytes.hasBytes([0x89, 0x48, 0x44, 0x46]) ? .hdf5 : nil
        case 0xFF: return bytes.hasBytes([0xFF, 0xD8, 0xFF]) ? .image : nil
        case 0x25: return bytes.hasBytes("%PDF") ? .pdf : nil
        case 0x41: return bytes.hasBytes("ARROW1") ? .arrow : nil
        case 0x53: return bytes.hasBytes("SQLite format 3") ? .sqlite : nil
        case 0xCF, 0xCE, 0xFE: return isMachO(bytes) ? .executable : nil
        case 0xCA: return bytes.hasBytes([0xCA, 0xFE, 0xBA, 0xBE]) ? .javaArchive : nil
        case 0x4F: return AvroFile.matches(bytes) ? .avro : bytes.hasBytes("OggS") ? .audio : nil
        case 0x58 where RSerialization.matches(bytes): return .rObject
        default: return nil
        }
    }

    private static func startsWithPickle(_ bytes: RawSpan) -> Bool {
        guard let version = bytes.byte(at: 1) else { return false }
        return version <= 5
    }

    /// Whether these are the segments of a Type 1 font in its binary form, and no pickle that loads anything.
    ///
    /// A segment begins with 0x80, its kind and its length (Adobe Technical Note 5040, section 3.3).
    private static func isFont(_ bytes: RawSpan) -> Bool {
        guard bytes.byte(at: 1) == 1, bytes.hasBytes("%!PS-AdobeFont", at: 6) || bytes.hasBytes("%!FontType1", at: 6),
            let length = bytes.littleEndian(at: 2, as: UInt32.self),
            bytes.byte(at: 6 + Int(length)) == 0x80, (1...3).contains(bytes.byte(at: 7 + Int(length)) ?? 0)
        else { return false }
        return !PickleSniffer.loadsAnything(bytes)
    }

    private static func zipOrParquet(_ bytes: RawSpan) -> FileFormat? {
        if bytes.hasBytes("PK\u{3}\u{4}") || bytes.hasBytes("PK\u{5}\u{6}") { return .zip }
        return bytes.hasBytes("PAR1") ? .parquet : nil
    }

    private static func isBlockSize(_ bytes: RawSpan) -> Bool {
        guard let digit = bytes.byte(at: 3) else { return false }
        return (0x31...0x39).contains(digit) && (bytes.byte(at: 4) == 0x31 || bytes.byte(at: 4) == 0x17)
    }

    private static func isPortableExecutable(_ bytes: RawSpan) -> Bool {
        guard bytes.hasBytes("MZ"), let offset = bytes.littleEndian(at: 0x3C, as: UInt32.self) else { return false }
        return bytes.hasBytes("PE\u{0}\u{0}", at: Int(offset))
    }

    private static func isMachO(_ bytes: RawSpan) -> Bool {
        [0xFEED_FACE, 0xFEED_FACF, 0xCEFA_EDFE, 0xCFFA_EDFE].contains(bytes.bigEndian(at: 0, as: UInt32.self) ?? 0)
    }

    // MARK: Formats without a magic at the start

    private static func structure(_ bytes: RawSpan) -> FileFormat? {
        if TFLiteModel.matches(bytes) { return .tflite }
        if let binary = BinaryModels.format(bytes) { return binary }
        if MATFile.matches(bytes) { return .matlab }
        if Torch7Archive.matches(bytes) { return .torch7 }
        if ProtobufModels.isPaddleParameters(bytes) { return .paddleParameters }
        if bytes.hasBytes("ZF0x"), let first = bytes.byte(at: 21), first == 0x78 || first == 0x4C { return .zfile }
        if isZlib(bytes) { return .zlib }
        if isLZMA(bytes) { return .lzma }
        if bytes.byteCount >= 512, TarArchive.matches(bytes) { return .tar }
        let isText = TextSniffer.isText(bytes)
        if isText, RSerialization.matches(bytes) { return .rObject }
        if PickleSniffer.isHeaderless(bytes) { return .pickle }
        if isText { return TextSniffer.format(bytes) }
        if HDF5File.superblock(bytes) != nil { return .hdf5 }
        if isMessage(bytes) {
            if ONNXModel.read(bytes) != nil { return .onnx }
            if TensorFlowGraph.read(bytes) != nil { return .tensorflow }
            if let model = ProtobufModels.format(bytes) { return model }
        }
        if TextEncoding.wide(bytes) != nil { return .wideText }
        if isBytecode(bytes) { return .bytecode }
        if BSONDocument.matches(bytes) { return .bson }
        if MessagePackReader.matches(bytes) { return .messagePack }
        return nil
    }

    /// Whether the first field could be one of a model's: a low number, a varint or something with a length.
    private static func isMessage(_ bytes: RawSpan) -> Bool {
        guard let tag = bytes.byte(at: 0) else { return false }
        return (tag & 7 == 0 || tag & 7 == 2) && tag >= 8 && tag < 0x80
    }

    private static func isZlib(_ bytes: RawSpan) -> Bool {
        guard let header = bytes.bigEndian(at: 0, as: UInt16.self) else { return false }
        return header >> 8 == 0x78 && header % 31 == 0 && header & 0x20 == 0
    }

    /// The old .lzma header: properties, a power-of-two dictionary, a size that is unknown or small.
    private static func isLZMA(_ bytes: RawSpan) -> Bool {
        guard bytes.byte(at: 0) == 0x5D, let dictionary = bytes.littleEndian(at: 1, as: UInt32.self),
            let size = bytes.littleEndian(at: 5, as: UInt64.self)
        else { return false }
        return dictionary != 0 && dictionary.nonzeroBitCount <= 2 && (size == .max || size < 1 << 42)
    }

    /// CPython writes a version number and CR LF.
    private static func isBytecode(_ bytes: RawSpan) -> Bool {
        bytes.byteCount > 16 && bytes.hasBytes([0x0D, 0x0A], at: 2)
            && (bytes.byte(at: 1) == 0x0D || bytes.byte(at: 1) == 0x0E)
    }
}

/// Text in UTF-16 or UTF-32, which Python's JSON reader accepts.
enum TextEncoding {
    /// Width of a code unit in bytes and whether the most significant byte comes first.
    struct Wide: Hashable {
        let width: Int
        let isBigEndian: Bool
        let start: Int
    }

    /// By byte-order mark, or by the zeros around a first ASCII character.
    static func wide(_ bytes: RawSpan) -> Wide? {
        if bytes.hasBytes([0xFF, 0xFE, 0, 0]) { return Wide(width: 4, isBigEndian: false, start: 4) }
        if bytes.hasBytes([0, 0, 0xFE, 0xFF]) { return Wide(width: 4, isBigEndian: true, start: 4) }
        if bytes.hasBytes([0xFF, 0xFE]) { return Wide(width: 2, isBigEndian: false, start: 2) }
        if bytes.hasBytes([0xFE, 0xFF]) { return Wide(width: 2, isBigEndian: true, start: 2) }
        guard let head = bytes.copy(at: 0, count: 8) else { return nil }
        let ascii = head.map { (0x09...0x7E).contains($0) }
        if ascii == [true, false, true, false, true, false, true, false] {
            return Wide(width: 2, isBigEndian: false, start: 0)
        }
        if ascii == [false, true, false, true, false, true, false, true] {
            return Wide(width: 2, isBigEndian: true, start: 0)
        }
        return nil
    }

    /// The same text in UTF-8, at most the first 16 MiB; invalid units become U+FFFD.
    static func utf8(_ bytes: RawSpan, _ encoding: Wide) -> [UInt8] {
        var units: [UInt16] = []
        var position = encoding.start
        let end = min(bytes.byteCount, 16 << 20)
        while position + encoding.width <= end {
            if encoding.width == 2 {
                units.append(
                    (encoding.isBigEndian
                        ? bytes.bigEndian(at: position, as: UInt16.self)
                        : bytes.littleEndian(at: position, as: UInt16.self)) ?? 0)
            } else {
                let value =
                    encoding.isBigEndian
                    ? bytes.bigEndian(at: position, as: UInt32.self) : bytes.littleEndian(at: position, as: UInt32.self)
                let scalar = value.flatMap { Unicode.Scalar($0) } ?? "\u{FFFD}"
                units.append(contentsOf: UTF16.encode(scalar).map { Array($0) } ?? [])
            }
            position += encoding.width
        }
        return Array(String(decoding: units, as: UTF16.self).utf8)
    }
}

/// Tells the kinds of text apart.
enum TextSniffer {
    /// Whether the first 4 KiB look like text in UTF-8 or an 8-bit code: no control bytes.
    static func isText(_ bytes: RawSpan) -> Bool {
        guard bytes.byteCount > 0 else { return false }
        for index in 0..<min(bytes.byteCount, 4096) {
            guard let byte = bytes.byte(at: index) else { return true }
            if byte < 0x09 || (0x0E..<0x20).contains(byte) && byte != 0x1B || byte == 0x7F { return false }
        }
        return true
    }

    /// JSON, a Jinja template, YAML, or just text.
    static func format(_ bytes: RawSpan) -> FileFormat {
        var position = bytes.hasBytes("\u{FEFF}") ? 3 : 0
        while let byte = bytes.byte(at: position), byte == 0x20 || (0x09...0x0D).contains(byte) { position += 1 }
        if bytes.byte(at: position) == UInt8(ascii: "{") || bytes.byte(at: position) == UInt8(ascii: "[") {
            let next = bytes.byte(at: position + 1)
            let isList = bytes.byte(at: position) == UInt8(ascii: "[")
            if isList, isSection(bytes, position) { return .text }
            if isList || next != UInt8(ascii: "%") && next != UInt8(ascii: "{") && next != UInt8(ascii: "#") {
                return .json
            }
        }
        if bytes.hasBytes("version https://git-lfs.github.com/spec/") { return .lfsPointer }
        if has("op: \"", bytes), has("node {", bytes) || has("node_def {", bytes) {
            return .textGraph
        }
        if isTemplate(bytes) { return .jinja }
        if PythonSource.matches(bytes) { return .python }
        let namesPython = has("python/", bytes)
        return looksLikeYAML(bytes) || (namesPython && namesTag(bytes)) ? .yaml : .text
    }

    /// Whether a line is a section's name of TOML or INI, such as `[tool.ruff]`, which no JSON list is.
    private static func isSection(_ bytes: RawSpan, _ start: Int) -> Bool {
        guard let end = bytes.firstIndex(of: 0x0A, from: start, to: min(bytes.byteCount, start + 200)),
            var line = bytes.copy(at: start, count: end - start)
        else { return false }
        while let last = line.last, last <= 0x20 { line.removeLast() }
        guard line.last == UInt8(ascii: "]") else { return false }
        let name = line.drop { $0 == UInt8(ascii: "[") }.prefix { $0 != UInt8(ascii: "]") }
        let isName = name.allSatisfy { $0 > 0x7F || $0 != 0x2C && $0 != UInt8(ascii: "{") && $0 >= 0x20 }
        guard isName, let first = name.first, first | 0x20 >= 0x61 && first | 0x20 <= 0x7A || first == 0x5F else {
            return false
        }
        return !["true", "false", "null", "NaN", "Infinity"].contains(String(decoding: name, as: UTF8.self))
    }

    /// Whether a Python tag stands anywhere: such text is read as YAML whatever it begins with.
    private static func namesTag(_ bytes: RawSpan) -> Bool {
        ["!!python/", "2002:python/", "!python/"].contains {
            bytes.firstRange(of: Array($0.utf8), from: 0, to: bytes.byteCount) != nil
        }
    }

    private static func has(_ text: StaticString, _ bytes: RawSpan) -> Bool { bytes.contains(text) }

    /// Template blocks with statements, or expressions that reach for internals, in something that is not source code.
    private static func isTemplate(_ bytes: RawSpan) -> Bool {
        guard JinjaTemplate.matches(bytes) else { return false }
        let statements = [
            "set ", "if ", "for ", "macro ", "raw", "include ", "extends ", "import ", "from ", "filter ", "with ",
            "call ", "block ",
        ]
        let hasStatement = statements.contains { word in
            ["{% ", "{%- ", "{%"].contains { find($0 + word, bytes) }
        }
        let reaches = bytes.hasPair(0x7B, 0x7B) && (has("__", bytes) || has("|attr", bytes) || has("| attr", bytes))
        return (hasStatement || reaches) && !isSourceCode(bytes)
    }

    /// Whether a line begins like a statement of a programming language.
    private static func isSourceCode(_ bytes: RawSpan) -> Bool {
        let starts = [
            "def ", "class ", "import ", "from ", "#include", "package ", "use ", "function ", "const ", "var ", "#!",
            "<?php", "fn ", ".TH ",
        ]
        return starts.contains { bytes.hasBytes(Array($0.utf8)) || find("\n" + $0, bytes) }
    }

    private static func find(_ text: String, _ bytes: RawSpan) -> Bool {
        bytes.firstRange(of: Array(text.utf8), from: 0, to: bytes.byteCount) != nil
    }

    private enum LineKind { case empty, marker, key, other }

    private static func lineKind(_ line: [UInt8]) -> LineKind {
        let trimmed = line.drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
        guard let first = trimmed.first, first != UInt8(ascii: "#") else { return .empty }
        if line.starts(with: "---".utf8) || line.first == UInt8(ascii: "%") || trimmed.starts(with: "!!".utf8)
            || trimmed.starts(with: "- ".utf8) || trimmed.starts(with: "? ".utf8) || trimmed.starts(with: "!<".utf8)
        {
            return .marker
        }
        guard let colon = trimmed.firstIndex(of: UInt8(ascii: ":")), colon > trimmed.startIndex else { return .other }
        let after = trimmed[(colon + 1)...].first
        let brackets = Array("(){}[]=;<>".utf8)
        let isKey = first == UInt8(ascii: "\"") || !trimmed[..<colon].contains { brackets.contains($0) }
        return isKey && (after == nil || after == 0x20 || after == 0x0D) ? .key : .other
    }

    /// Whether the first lines that are not comments are `key: value`, a list, a tag or a document start.
    private static func looksLikeYAML(_ bytes: RawSpan) -> Bool {
        var position = 0
        var checked = 0
        while position < bytes.byteCount, checked < 3 {
            let end = bytes.firstIndex(of: 0x0A, from: position, to: bytes.byteCount) ?? bytes.byteCount
            let line = bytes.copy(at: position, count: min(256, end - position)) ?? []
            position = end + 1
            switch lineKind(line) {
            case .empty: continue
            case .marker: return true
            case .other: return false
            case .key: checked += 1
            }
        }
        return checked > 0
    }
}
