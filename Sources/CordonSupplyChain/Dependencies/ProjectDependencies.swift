/// The dependency files of one project tree, read and connected: includes, manifests with their locks.
package struct ProjectDependencies: Sendable {
    /// One file.
    package struct File: Sendable {
        /// Path relative to the scanned root, as text.
        package let path: String
        /// What it says.
        package var content: DependencyFile
        /// Files that it includes and that were found, by number.
        package var included: [Int] = []
        /// Constraint files among them.
        package var constraints: [Int] = []
        /// The lock files beside a manifest, by number.
        package var locks: [Int] = []

        /// Makes a file.
        package init(path: String, content: DependencyFile) {
            self.path = path
            self.content = content
        }

        /// The folder's path; empty at the top.
        package var folder: String { path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "" }
        /// The last component.
        package var name: String { path.split(separator: "/").last.map(String.init) ?? path }
    }
    /// All files, in the order of their paths.
    package private(set) var files: [File]
    /// Files that include each file.
    private var includers: [[Int]] = []
    /// What went wrong while connecting them: file, line, reason.
    package private(set) var problems: [(file: Int, line: Int, reason: String)] = []

    /// Connects files.
    ///
    /// - Parameter includedReader: reads a file that another one includes and that its name does not give away; `nil`
    ///   when it is not there.
    /// - Complexity: O(files + includes), of which 20,000 are followed.
    package init(_ files: [File], reading includedReader: (String) -> [UInt8]?) {
        self.files = files.sorted { $0.path < $1.path }
        resolveIncludes(includedReader)
        findCycles()
        pairLocks()
        includers = Array(repeating: [], count: self.files.count)
        for (number, file) in self.files.enumerated() {
            for member in file.included { includers[member].append(number) }
        }
    }

    /// Most files that take part in includes.
    private static let fileLimit = 2000
    /// Most includes that are followed.
    private static let includeLimit = 20_000

    private mutating func resolveIncludes(_ read: (String) -> [UInt8]?) {
        var numbers = Dictionary(files.indices.map { (files[$0].path, $0) }, uniquingKeysWith: { first, _ in first })
        var next = 0
        var followed = 0
        while next < files.count {
            // Commands run somewhere else than where they are written: what they name is looked for here and at the top.
            let isCommand = ["Dockerfile", "notebook"].contains(files[next].content.format)
            for include in files[next].content.includes where !PythonRequirementLine.isURL(include.path) {
                followed += 1
                if followed > Self.includeLimit {
                    problems.append(
                        (next, include.line, "more than \(Self.includeLimit) includes: the rest was not followed"))
                    return
                }
                if isCommand {
                    let candidates = [files[next].folder, ""].compactMap { Self.resolve(include.path, from: $0) }
                    if let number = candidates.lazy.compactMap({ numbers[$0] }).first {
                        files[next].included.append(number)
                    }
                    continue
                }
                guard let path = Self.resolve(include.path, from: files[next].folder) else {
                    problems.append((next, include.line, "includes '\(include.path)', which lies outside the project"))
                    continue
                }
                if numbers[path] == nil, files.count < Self.fileLimit, let bytes = read(path) {
                    numbers[path] = files.count
                    files.append(File(path: path, content: RequirementsReader.read(bytes)))
                }
                guard let number = numbers[path] else {
                    problems.append((next, include.line, "includes '\(include.path)', which is not there"))
                    continue
                }
                if include.isConstraint {
                    files[next].constraints.append(number)
                } else {
                    files[next].included.append(number)
                }
            }
            next += 1
        }
    }

    /// The path that a relative one leads to; `nil` when it leads out.
    private static func resolve(_ path: String, from folder: String) -> String? {
        if path.hasPrefix("/") { return nil }
        var parts = folder.split(separator: "/")
        for part in path.split(separator: "/") {
            switch part {
            case ".": continue
            case "..": if parts.popLast() == nil { return nil }
            default: parts.append(part)
            }
        }
        return parts.joined(separator: "/")
    }

    /// Reports each circle of includes once, at the file that closes it.
    private mutating func findCycles() {
        var state = [UInt8](repeating: 0, count: files.count)
        for start in files.indices where state[start] == 0 {
            var stack: [(file: Int, next: Int)] = [(start, 0)]
            state[start] = 1
            while let (file, next) = stack.last {
                let targets = files[file].included + files[file].constraints
                guard next < targets.count else {
                    state[file] = 2
                    stack.removeLast()
                    continue
                }
                stack[stack.count - 1].next += 1
                let target = targets[next]
                if state[target] == 1 {
                    let line = files[file].content.includes.first?.line ?? 0
                    problems.append((file, line, "includes itself, by way of '\(files[target].path)'"))
                } else if state[target] == 0 {
                    state[target] = 1
                    stack.append((target, 0))
                }
            }
        }
    }

    private static let lockNames: [String: [String]] = [
        "pyproject.toml": ["poetry.lock", "pdm.lock", "uv.lock", "pylock.toml"], "Pipfile": ["Pipfile.lock"],
        "package.json": ["package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml"],
        "Cargo.toml": ["Cargo.lock"], "Gemfile": ["Gemfile.lock"], "environment.yml": ["conda-lock.yml"],
        "environment.yaml": ["conda-lock.yml"],
    ]

    private mutating func pairLocks() {
        let numbers = Dictionary(files.indices.map { (files[$0].path, $0) }, uniquingKeysWith: { first, _ in first })
        for index in files.indices {
            let name = files[index].name
            let prefix = files[index].folder.isEmpty ? "" : files[index].folder + "/"
            var names = Self.lockNames[name] ?? []
            if name == "pyproject.toml" {
                names += files.filter { $0.folder == files[index].folder && $0.name.hasPrefix("pylock.") }.map(\.name)
            }
            if name.hasSuffix(".in") {
                names = [String(name.dropLast(3)) + ".txt"]
                if numbers[prefix + names[0]] != nil { files[index].content.role = .library }
            }
            files[index].locks = Set(names.compactMap { numbers[prefix + $0] }).sorted()
        }
    }

    /// The files that are resolved together with one: those that include it, directly or not, and all that these and it
    /// include, itself among them. O(files + includes).
    package func resolvedWith(_ file: Int) -> [Int] {
        reach(reach([file]) { includers[$0] }) { files[$0].included }
    }

    private func reach(_ start: [Int], _ next: (Int) -> [Int]) -> [Int] {
        var seen = Set(start)
        var queue = start
        var position = 0
        while position < queue.count {
            for target in next(queue[position]) where seen.insert(target).inserted { queue.append(target) }
            position += 1
        }
        return queue
    }

    /// Constraint files of the files that are resolved together.
    package func constraints(of members: [Int]) -> Set<Int> { Set(members.flatMap { files[$0].constraints }) }
}
