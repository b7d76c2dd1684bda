internal import CordonFormats
internal import Glibc

/// Finds out what a path holds.
struct DatasetOpener {
    let path: String
    let options: DatasetOptions
    private(set) var files: [String] = []
    private(set) var byteCount = 0

    private static let mostFiles = 5_000_000

    init(path: String, options: DatasetOptions) {
        self.path = path
        self.options = options
    }

    mutating func open() throws(DatasetFailure) -> any TableSource {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw DatasetFailure(.system, "\(path): \(String(cString: strerror(errno)))")
        }
        if status.st_mode & S_IFMT == S_IFDIR { return try folder() }
        return try file(path, name: path)
    }

    // MARK: Files

    /// A file by its first bytes.
    private mutating func file(_ path: String, name: String) throws(DatasetFailure) -> any TableSource {
        try file(FileBytes(path, name: name), path: path, name: name)
    }

    /// Bytes in memory.
    mutating func open(_ bytes: FileBytes) throws(DatasetFailure) -> any TableSource {
        try file(bytes, path: path, name: path)
    }

    private mutating func file(
        _ given: FileBytes, path: String, name: String
    ) throws(DatasetFailure) -> any TableSource {
        var bytes = given
        byteCount += bytes.byteCount
        var start = try bytes.start(600)
        if let compression = Self.compression(start) {
            bytes = try bytes.decompressed(compression)
            start = try bytes.start(600)
        }
        guard !start.isEmpty else { throw DatasetFailure(.unknownFormat, "\(name): an empty file") }
        if start.starts(with: Array("PAR1".utf8)) {
            guard let descriptor = bytes.file else {
                throw DatasetFailure(.unknownFormat, "\(name): Parquet within another compression")
            }
            return try ArrowSource(descriptor, file: name, isParquet: true)
        }
        let isStream = start.starts(with: [0xFF, 0xFF, 0xFF, 0xFF]) && start.count > 8
        if start.starts(with: Array("ARROW1".utf8)) || isStream {
            guard let descriptor = bytes.file else {
                throw DatasetFailure(.unknownFormat, "\(name): Arrow within another compression")
            }
            return try ArrowSource(descriptor, file: name, isParquet: false)
        }
        if start.starts(with: [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]) { return try NumPySource(npy: bytes) }
        if start.starts(with: [0x50, 0x4B]) { return try NumPySource(npz: bytes) }
        if IDXSource.matches(start) { return try idx([(path: path, bytes: bytes)]) }
        if Self.isTar(start) { return try WebDatasetSource(bytes) }
        let first = start.first { ![0x20, 0x09, 0x0A, 0x0D, 0xEF, 0xBB, 0xBF].contains($0) }
        let asText = Set(options.roles.filter { $0.key == .text || $0.key == .messages }.values)
        if first == 0x7B || first == 0x5B { return try JSONSource(bytes, asText: asText) }
        guard !start.contains(0) else {
            throw DatasetFailure(
                .unknownFormat,
                "\(name): not a dataset that is known: Parquet, Arrow, CSV, TSV, JSON, JSON Lines, NumPy, IDX, tar or a folder of pictures"
            )
        }
        return try CSVSource(bytes, separator: options.separator, asText: asText)
    }

    private static func compression(_ start: [UInt8]) -> Compression? {
        if start.starts(with: [0x1F, 0x8B]) { return .gzip }
        if start.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) { return .zstd }
        if start.starts(with: [0x42, 0x5A, 0x68]) { return .bzip2 }
        if start.starts(with: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]) { return .xz }
        return nil
    }

    private static func isTar(_ start: [UInt8]) -> Bool {
        start.count >= 512 && ByteView(copying: start).withSpan { TarArchive.matches($0) }
    }

    /// Images and labels of MNIST's kind. A single file is looked up beside its other half.
    private mutating func idx(_ given: [(path: String, bytes: FileBytes)]) throws(DatasetFailure) -> any TableSource {
        var files = given.map { (name: Self.idxName($0.path), bytes: $0.bytes) }
        if given.count == 1 {
            let path = given[0].path
            let pairs = [
                ("images-idx3", "labels-idx1"), ("labels-idx1", "images-idx3"), ("images.idx3", "labels.idx1"),
                ("labels.idx1", "images.idx3"),
            ]
            for (from, to) in pairs {
                guard let range = Self.range(of: from, in: path) else { continue }
                let other = String(path[..<range.lowerBound]) + to + String(path[range.upperBound...])
                guard access(other, R_OK) == 0 else { continue }
                var bytes = try FileBytes(other, name: other)
                byteCount += bytes.byteCount
                if let compression = Self.compression(try bytes.start(16)) {
                    bytes = try bytes.decompressed(compression)
                }
                files.append((name: Self.idxName(other), bytes: bytes))
            }
        }
        return try IDXSource(files.sorted { $0.name < $1.name })
    }

    private static func range(of needle: String, in text: String) -> Range<String.Index>? {
        let (bytes, wanted) = (Array(text.utf8), Array(needle.utf8))
        guard bytes.count >= wanted.count else { return nil }
        for start in stride(from: bytes.count - wanted.count, through: 0, by: -1)
        where bytes[start..<(start + wanted.count)].elementsEqual(wanted) {
            let low = text.utf8.index(text.utf8.startIndex, offsetBy: start)
            return low..<text.utf8.index(low, offsetBy: wanted.count)
        }
        return nil
    }

    private static func idxName(_ path: String) -> String {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return name.utf8.starts(with: "".utf8) && range(of: "label", in: name) != nil ? "label" : "image"
    }

    // MARK: Folders

    private mutating func folder() throws(DatasetFailure) -> any TableSource {
        let all = try list()
        let names = Set(all)
        if names.contains("dataset_dict.json") || names.contains("state.json") { return try saved(all) }
        func having(_ endings: Set<String>) -> [String] { all.filter { endings.contains(Self.ending($0)) } }
        let pictures = having(ImageFolderSource.endings)
        let groups: [[String]] = [
            having(["parquet"]), having(["arrow", "feather", "ipc"]), all.filter { Self.ending($0) == "tar" },
            having(["jsonl", "ndjson", "json"]).filter { !Self.isDescription($0) }, having(["csv", "tsv"]),
            all.filter { Self.range(of: "idx3-ubyte", in: $0) != nil || Self.range(of: "idx1-ubyte", in: $0) != nil },
            having(["npz"]), having(["npy"]),
        ]
        if !pictures.isEmpty, groups[0].isEmpty, groups[1].isEmpty {
            let metadata = ["metadata.csv", "metadata.jsonl"].first { names.contains($0) }
            var table: (any TableSource)?
            if let metadata { table = try file(path + "/" + metadata, name: metadata) }
            files = pictures
            for picture in pictures {
                var status = stat()
                if stat(path + "/" + picture, &status) == 0 { byteCount += Int(status.st_size) }
            }
            do {
                return try ImageFolderSource(root: path, files: pictures, metadata: table)
            } catch let failure as DatasetFailure { throw failure } catch { throw DatasetFailure(.system, "\(error)") }
        }
        if !groups[5].isEmpty { return try idxFolder(groups[5]) }
        guard let chosen = groups.first(where: { !$0.isEmpty }) else {
            throw DatasetFailure(
                .unknownFormat,
                "\(path): \(all.count) files, none of them a dataset that is known; give Parquet, Arrow, CSV, TSV, JSON, JSON Lines, NumPy, IDX, WebDataset tar or a folder of pictures"
            )
        }
        files = chosen
        try Self.allowFiles(chosen.count)
        var parts: [any TableSource] = []
        for name in chosen { parts.append(try file(path + "/" + name, name: name)) }
        return parts.count == 1 ? parts[0] : try MultiSource(parts, names: chosen)
    }

    /// Lets as many files be open as there are: each is opened twice by Arrow.
    private static func allowFiles(_ count: Int) throws(DatasetFailure) {
        var limit = rlimit()
        let wanted = rlim_t(2 * count + 64)
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < wanted else {
            return
        }
        guard limit.rlim_max >= wanted else {
            throw DatasetFailure(
                .limit,
                "\(count) files, and this system lets a program open \(limit.rlim_max); raise the limit ('ulimit -n') or join the files"
            )
        }
        limit.rlim_cur = wanted
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    private static func ending(_ name: String) -> String {
        var parts = name.split(separator: "/").last.map { $0.split(separator: ".") } ?? []
        if let last = parts.last, ["gz", "zst", "bz2", "xz"].contains(last.lowercased()) { parts.removeLast() }
        return parts.count > 1 ? parts[parts.count - 1].lowercased() : ""
    }

    /// JSON files that describe and hold no rows.
    private static func isDescription(_ path: String) -> Bool {
        let name = path.split(separator: "/").last.map { $0.lowercased() } ?? ""
        return [
            "dataset_info.json", "dataset_infos.json", "state.json", "config.json", "croissant.json", "metadata.json",
            "datapackage.json", "dataset_dict.json", "package.json", "tokenizer.json", "tokenizer_config.json",
        ].contains(name)
    }

    /// What `datasets.save_to_disk` writes: Arrow streams that `state.json` lists, in one folder per split.
    private mutating func saved(_ all: [String]) throws(DatasetFailure) -> any TableSource {
        let states = all.filter { $0 == "state.json" || $0.hasSuffix("/state.json") }
        var (parts, names): ([any TableSource], [String]) = ([], [])
        for state in states {
            let folder = state.split(separator: "/").dropLast().joined(separator: "/")
            let bytes = try FileBytes(path + "/" + state, name: state)
            let document: JSONDocument
            do {
                document = try JSONDocument.parse(bytes.whole(limit: 64 << 20))
            } catch { throw DatasetFailure(.malformed, "\(state): \(error)") }
            let entries = document.root["_data_files"]?.elements ?? []
            try Self.allowFiles(parts.count + entries.count)
            for entry in entries {
                guard let name = entry["filename"]?.string, !name.isEmpty, name.first != "/",
                    !name.split(separator: "/").contains("..")
                else { throw DatasetFailure(.malformed, "\(state): a data file that is not in its folder") }
                let relative = folder.isEmpty ? name : folder + "/" + name
                parts.append(try file(path + "/" + relative, name: relative))
                names.append(relative)
            }
        }
        guard !parts.isEmpty else { throw DatasetFailure(.malformed, "\(path): 'state.json' lists no data files") }
        files = names
        return parts.count == 1 ? parts[0] : try MultiSource(parts, names: names)
    }

    /// Pairs of images and labels; training comes before test.
    private mutating func idxFolder(_ names: [String]) throws(DatasetFailure) -> any TableSource {
        var groups: [String: [(path: String, bytes: FileBytes)]] = [:]
        for name in names {
            let base = name.split(separator: "-").first.map(String.init) ?? name
            var bytes = try FileBytes(path + "/" + name, name: name)
            byteCount += bytes.byteCount
            if let compression = Self.compression(try bytes.start(16)) { bytes = try bytes.decompressed(compression) }
            groups[base, default: []].append((path: name, bytes: bytes))
        }
        files = names
        let order = groups.keys.sorted { ($0.hasPrefix("train") ? 0 : 1, $0) < ($1.hasPrefix("train") ? 0 : 1, $1) }
        var parts: [any TableSource] = []
        for key in order {
            let members = groups[key, default: []].map { (name: Self.idxName($0.path), bytes: $0.bytes) }
            parts.append(try IDXSource(members.sorted { $0.name < $1.name }))
        }
        return parts.count == 1 ? parts[0] : try MultiSource(parts, names: order)
    }

    /// All files below the folder, sorted; hidden ones and links out of regular files are left out.
    private func list() throws(DatasetFailure) -> [String] {
        var (found, folders): ([String], [String]) = ([], [""])
        while let folder = folders.popLast() {
            guard let stream = opendir(folder.isEmpty ? path : path + "/" + folder) else {
                throw DatasetFailure(.system, "\(path)/\(folder): \(String(cString: strerror(errno)))")
            }
            defer { closedir(stream) }
            while let entry = readdir(stream) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                guard !name.hasPrefix(".") else { continue }
                let relative = folder.isEmpty ? name : folder + "/" + name
                var kind = Int32(entry.pointee.d_type)
                if kind == Int32(DT_UNKNOWN) || kind == Int32(DT_LNK) {
                    var status = stat()
                    guard stat(path + "/" + relative, &status) == 0 else { continue }
                    // A link to a folder could lead round in a circle.
                    kind =
                        status.st_mode & S_IFMT == S_IFREG
                        ? Int32(DT_REG)
                        : kind == Int32(DT_UNKNOWN) && status.st_mode & S_IFMT == S_IFDIR ? Int32(DT_DIR) : 0
                }
                if kind == Int32(DT_DIR) { folders.append(relative) }
                if kind == Int32(DT_REG) { found.append(relative) }
                guard found.count + folders.count <= Self.mostFiles else {
                    throw DatasetFailure(.limit, "\(path): more than \(Self.mostFiles) files")
                }
            }
        }
        return found.sorted()
    }
}
