internal import CordonCore
internal import CordonFormats
internal import CordonSigning

/// Agent components and services that configuration files name. Values of environment variables, headers and secrets in
/// arguments are never taken over, only their names.
///
/// Source: Model Context Protocol registry `server.json` 2025-12-11; Agent Skills specification; A2A protocol, "Agent
/// Card"; Compose specification.
extension InventoryCollector {
    mutating func readAgents() {
        for item in items where !item.folder.contains("site-packages") {
            let name = item.name.lowercased()
            switch name {
            case ".mcp.json", "mcp.json", "claude_desktop_config.json", "mcp_config.json", "mcp-config.json":
                readServers(item)
            case "server.json": readRegistryServer(item)
            case "skill.md": readSkill(item)
            case "agent-card.json", "agent.json": readAgentCard(item)
            case "docker-compose.yml", "docker-compose.yaml", "compose.yml", "compose.yaml": readCompose(item)
            case ".env", ".env.example", ".env.sample", ".env.template": readEnvironment(item)
            default: readPrompt(item, name)
            }
        }
    }

    private mutating func add(_ asset: InventoryAsset, _ item: InventoryReader.Item) {
        var asset = asset
        asset.files = [
            InventoryFile(path: item.path, byteCount: item.entry.identity.byteCount, digest: digest(item))
        ]
        inventory.assets.append(asset)
    }

    private mutating func digest(_ item: InventoryReader.Item) -> String? {
        if let known = digests[item.path] { return known }
        let found = reader.text(item).map { Digest.sha256(of: $0).hex }
        digests[item.path] = found
        if let found { digestValues.insert(found) }
        return found
    }

    // MARK: MCP

    private mutating func readServers(_ item: InventoryReader.Item) {
        guard let bytes = reader.text(item) else { return }
        guard let root = try? DataNode.json(Self.withoutComments(bytes)) else {
            inventory.skipped.append("\(AssetPath(item.path).display): not JSON, so its MCP servers are not listed")
            return
        }
        for server in (root["mcpServers"] ?? root["servers"] ?? root["mcp"]?["servers"])?.members ?? [] {
            var asset = InventoryAsset(.mcpServer, name: server.key, location: item.path)
            func add(_ field: InventoryAsset.Field, _ key: String, _ value: String?) {
                asset.add(field, value, .claimed, Evidence(file: item.path, place: "mcpServers.\(server.key).\(key)"))
            }
            let url = server.value["url"]?.string ?? server.value["serverUrl"]?.string
            add(.transport, "type", server.value["type"]?.string ?? (url == nil ? "stdio" : "http"))
            add(.endpoint, "url", url.map(Redaction.url))
            // Some write program and arguments as one text.
            let command = (server.value["command"]?.strings ?? []).flatMap { ShellWords.split($0) }
            let arguments = Array(command.dropFirst()) + (server.value["args"]?.strings ?? [])
            if let program = command.first {
                add(.command, "command", ([program] + Redaction.arguments(arguments)).joined(separator: " "))
                add(.package, "args", Self.package(program, arguments))
            }
            let names =
                (server.value["env"]?.members ?? []).map(\.key) + (server.value["headers"]?.members ?? []).map(\.key)
            add(.environment, "env", names.sorted().joined(separator: ", "))
            self.add(asset, item)
        }
    }

    /// Line comments and commas before a closing bracket, which editors' configurations have.
    private static func withoutComments(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var inString = false
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if inString {
                result.append(byte)
                if byte == 0x5C, index + 1 < bytes.count {
                    result.append(bytes[index + 1])
                    index += 1
                } else if byte == 0x22 {
                    inString = false
                }
            } else if byte == 0x22 {
                inString = true
                result.append(byte)
            } else if byte == 0x2F, index + 1 < bytes.count, bytes[index + 1] == 0x2F {
                while index < bytes.count, bytes[index] != 0x0A { index += 1 }
                continue
            } else {
                if byte == 0x5D || byte == 0x7D {
                    while let last = result.last, [0x20, 0x09, 0x0A, 0x0D].contains(last) { result.removeLast() }
                    if result.last == 0x2C { result.removeLast() }
                }
                result.append(byte)
            }
            index += 1
        }
        return result
    }

    /// The package that a start command runs, as a package URL.
    private static func package(_ program: String, _ arguments: [String]) -> String? {
        let tool = last(program)
        let valued: Set<String> = [
            "-e", "--env", "-v", "--volume", "--name", "-p", "--publish", "--network", "--env-file", "--mount", "-w",
            "--workdir", "--registry",
            "--from", "--with", "--python", "--index-url", "--cache", "--userconfig", "-u", "--user", "--entrypoint",
            "--add-host", "-l",
        ]
        var words: [String] = []
        var skipsNext = false
        for argument in arguments {
            if skipsNext {
                skipsNext = false
            } else if argument.hasPrefix("-") {
                skipsNext = valued.contains(argument)
            } else {
                words.append(Redaction.text(argument))
            }
        }
        switch tool {
        case "npx", "bunx", "pnpx":
            guard let word = words.first else { return nil }
            let at = word.dropFirst().lastIndex(of: "@")
            return Ecosystem.npm.purl(
                at.map { String(word[..<$0]) } ?? word, version: at.map { String(word[word.index(after: $0)...]) })
        case "uvx", "pipx", "uv":
            guard let word = words.first(where: { !["run", "tool", "x"].contains($0) }) else { return nil }
            let parts = word.replacing("==", with: "@").split(separator: "@")
            return Ecosystem.pypi.purl(String(parts.first ?? ""), version: parts.count > 1 ? String(parts[1]) : nil)
        case "docker", "podman":
            return words.dropFirst().first.map { "docker:\($0)" }
        default: return nil
        }
    }

    private mutating func readRegistryServer(_ item: InventoryReader.Item) {
        guard let bytes = reader.text(item), let root = try? DataNode.json(bytes), let name = root["name"]?.string,
            root["$schema"]?.string?.contains("modelcontextprotocol") ?? (root["packages"] != nil && name.contains("/"))
        else { return }
        var asset = InventoryAsset(.mcpServer, name: name, location: item.path)
        func add(_ field: InventoryAsset.Field, _ key: String, _ value: String?) {
            asset.add(field, value, .claimed, Evidence(file: item.path, place: key))
        }
        add(.version, "version", root["version"]?.string)
        add(.description, "description", root["description"]?.string)
        add(.homepage, "repository.url", root["repository"]?["url"]?.string.map(Redaction.url))
        for package in root["packages"]?.elements ?? [] {
            let type = package["registryType"]?.string ?? package["registry_type"]?.string ?? ""
            let version = package["version"]?.string.map { "@\($0)" } ?? ""
            add(.package, "packages", package["identifier"]?.string.map { "\(type):\($0)\(version)" })
        }
        for remote in root["remotes"]?.elements ?? [] {
            add(.endpoint, "remotes", remote["url"]?.string.map(Redaction.url))
        }
        self.add(asset, item)
    }

    private mutating func readAgentCard(_ item: InventoryReader.Item) {
        guard let bytes = reader.text(item), let root = try? DataNode.json(bytes), let name = root["name"]?.string,
            root["skills"] != nil || root["supportedInterfaces"] != nil || root["protocolVersion"] != nil
        else { return }
        var asset = InventoryAsset(.agent, name: name, location: item.path)
        func add(_ field: InventoryAsset.Field, _ key: String, _ value: String?) {
            asset.add(field, value, .claimed, Evidence(file: item.path, place: key))
        }
        add(.version, "version", root["version"]?.string)
        add(.description, "description", root["description"]?.string)
        add(.supplier, "provider.organization", root["provider"]?["organization"]?.string)
        add(.endpoint, "url", root["url"]?.string.map(Redaction.url))
        for interface in root["supportedInterfaces"]?.elements ?? [] {
            add(.endpoint, "supportedInterfaces", interface["url"]?.string.map(Redaction.url))
        }
        add(.tools, "skills", (root["skills"]?.elements ?? []).compactMap { $0["id"]?.string }.joined(separator: ", "))
        self.add(asset, item)
    }

    // MARK: Skills and prompts

    private mutating func readSkill(_ item: InventoryReader.Item) {
        guard let bytes = reader.text(item) else { return }
        let card = Card(bytes)
        let name = card.matter?["name"]?.string ?? Self.last(item.folder)
        var asset = InventoryAsset(.skill, name: name, location: item.path)
        func add(_ field: InventoryAsset.Field, _ key: String, _ value: String?) {
            asset.add(field, value, .claimed, Evidence(file: item.path, place: key))
        }
        add(.description, "description", card.matter?["description"]?.string)
        add(.licence, "license", card.matter?["license"]?.string.map(LicenceName.normalised))
        add(.tools, "allowed-tools", card.matter?["allowed-tools"]?.strings.joined(separator: ", "))
        add(.version, "metadata.version", card.matter?["metadata"]?["version"]?.string)
        self.add(asset, item)
    }

    private static let instructions: Set<String> = [
        "agents.md", "claude.md", "gemini.md", ".cursorrules", ".windsurfrules", ".clinerules",
        "copilot-instructions.md",
    ]

    private mutating func readPrompt(_ item: InventoryReader.Item, _ name: String) {
        let isNamed = [".prompt", ".prompty", ".prompt.md", ".prompt.yml", ".chatmode.md", ".agent.md", ".mdc"].contains
        {
            name.hasSuffix($0)
        }
        let folder = Self.last(item.folder).lowercased()
        let inFolder =
            ["prompts", "system_prompts", "prompt_templates"].contains(folder)
            && ["md", "txt", "yaml", "yml", "jinja", "jinja2", "j2"].contains(FileRoles.ending(item.name))
        guard isNamed || inFolder || Self.instructions.contains(name) else { return }
        guard let bytes = reader.text(item) else { return }
        var asset = InventoryAsset(.prompt, name: item.path, location: item.path)
        let card = Card(bytes)
        let model = card.matter?["model"]
        asset.add(
            .model, model?.string ?? model?["configuration"]?["name"]?.string, .claimed,
            Evidence(file: item.path, place: "model"))
        asset.add(
            .description, card.matter?["description"]?.string, .claimed, Evidence(file: item.path, place: "description")
        )
        add(asset, item)
    }

    // MARK: Services

    private mutating func readCompose(_ item: InventoryReader.Item) {
        guard let bytes = reader.text(item), let root = try? DataNode.yaml(bytes) else { return }
        for service in root["services"]?.members ?? [] {
            var asset = InventoryAsset(.service, name: service.key, location: item.path)
            func add(_ field: InventoryAsset.Field, _ key: String, _ value: String?) {
                asset.add(field, value, .claimed, Evidence(file: item.path, place: "services.\(service.key).\(key)"))
            }
            add(.package, "image", service.value["image"]?.string.map { "docker:\(Redaction.text($0))" })
            let environment = service.value["environment"]
            let names =
                environment?.members.map(\.key)
                ?? environment?.strings.map { String($0.prefix { $0 != "=" }) } ?? []
            add(.environment, "environment", names.sorted().joined(separator: ", "))
            let command = service.value["command"]?.strings.joined(separator: " ") ?? ""
            let words = ShellWords.split(command)
            if let index = words.firstIndex(where: { ["--model", "--model-id", "--model-path", "serve"].contains($0) }),
                index + 1 < words.count
            {
                add(.model, "command", Redaction.text(words[index + 1]))
            }
            self.add(asset, item)
        }
    }

    private static let endpoints = ["_BASE_URL", "_API_BASE", "_ENDPOINT", "_HOST", "_URL", "_URI"]
    private static let providers = [
        "OPENAI", "ANTHROPIC", "AZURE", "OLLAMA", "HF_", "HUGGINGFACE", "MISTRAL", "COHERE", "GEMINI", "VLLM",
        "LITELLM",
        "QDRANT", "WEAVIATE", "PINECONE", "MILVUS", "CHROMA", "MLFLOW", "LANGFUSE", "BEDROCK", "VERTEX", "GROQ",
    ]

    /// Hosts of AI services that variables name; nothing else of the value is kept.
    private mutating func readEnvironment(_ item: InventoryReader.Item) {
        guard let bytes = reader.text(item) else { return }
        for (number, line) in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).enumerated() {
            let parts = line.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else { continue }
            let key = parts[0].trimmingWhitespace.uppercased()
            let value = String(parts[1].trimmingWhitespace).trimmingCharacters("'\"")
            guard Self.endpoints.contains(where: { key.hasSuffix($0) }),
                Self.providers.contains(where: { key.contains($0) }), PythonRequirementLine.isURL(value)
            else { continue }
            var asset = InventoryAsset(.service, name: String(key), location: item.path)
            asset.add(
                .endpoint, Redaction.host(value), .claimed, Evidence(file: item.path, place: "line \(number + 1)"))
            add(asset, item)
        }
    }
}
