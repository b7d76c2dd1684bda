internal import CordonCore
internal import CordonFormats

/// HTML, SVG and JavaScript in notebooks that do something when they are shown.
///
/// Plots and widgets bring scripts honestly, so a script alone is a note; one that talks to the kernel, to other hosts with what the page
/// holds, or decodes code and runs it, is not.
enum ActiveMarkup {
    /// HTML or Markdown.
    static func inspect(_ text: String, at place: Place, isOutput: Bool, in inspection: Inspection) {
        guard text.utf8.contains(UInt8(ascii: "<")) || text.contains("javascript:") || text.contains("](") else {
            return
        }
        let lower = Array(text.utf8.map { TextBytes.lower($0) })
        var hasScript = false
        scan(lower) { tag in
            if tag.name == "script" {
                hasScript = true
                return
            }
            if let handler = tag.attributes.first(where: {
                $0.name.hasPrefix("on") && $0.name.count > 3 && !$0.value.isEmpty && isAction($0.value, $0.name)
            }) {
                report(
                    place,
                    "an element '\(tag.name)' with \(handler.name)='\(PrintableText.quoting(handler.value, limit: 60))'",
                    "\(tag.name) \(handler.name)", .medium, in: inspection)
            }
            if let link = tag.attributes.first(where: {
                ["href", "src", "xlink:href", "action", "formaction", "data"].contains($0.name)
                    && isScriptAddress($0.value)
            }) {
                report(
                    place, "a link that is a script: '\(PrintableText.quoting(link.value, limit: 60))'", "link",
                    .medium, in: inspection)
            }
            if ["iframe", "embed", "object", "frame"].contains(tag.name),
                let source = tag.attributes.first(where: { ["src", "data", "srcdoc"].contains($0.name) }),
                source.name == "srcdoc" && source.value.contains("script") || isElsewhere(source.value)
            {
                report(
                    place, "a page from elsewhere: '\(PrintableText.quoting(source.value, limit: 80))'", "iframe",
                    isKnownFrame(source.value) ? .info : .low, in: inspection)
            }
            if tag.name == "form",
                let target = tag.attributes.first(where: { $0.name == "action" && $0.value.hasPrefix("http") })
            {
                report(
                    place, "a form for '\(PrintableText.quoting(target.value, limit: 80))'", "form", .medium,
                    in: inspection)
            }
            if tag.name == "meta", tag.attributes.contains(where: { $0.name == "http-equiv" && $0.value == "refresh" })
            {
                report(place, "a page that leads elsewhere by itself", "refresh", .medium, in: inspection)
            }
        }
        inspectHiddenText(lower, at: place, in: inspection)
        if contains(lower, "](javascript:") || contains(lower, "](vbscript:") || contains(lower, "](data:text/html") {
            report(place, "a link that is a script", "markdown link", .medium, in: inspection)
        }
        if hasScript {
            inspectScript(text, at: place, in: inspection, isNote: isOutput)
        }
    }

    /// JavaScript, or HTML with scripts.
    static func inspectScript(_ text: String, at place: Place, in inspection: Inspection, isNote: Bool = true) {
        let lower = Array(text.utf8.map { TextBytes.lower($0) })
        if let reason = hostility(lower) {
            return report(place, "a script that \(reason)", "script", .high, in: inspection)
        }
        if let source = remoteScript(lower) {
            return report(
                place, "a script from '\(PrintableText.quoting(source, limit: 80))'", "script src",
                isKnownHost(source) ? .info : .medium, in: inspection)
        }
        report(place, "a script", "script", isNote ? .info : .low, in: inspection)
    }

    /// The state of widgets and specifications of plots: markup and addresses in values.
    static func inspectData(_ text: String, at place: Place, in inspection: Inspection) {
        let lower = Array(text.utf8.map { TextBytes.lower($0) })
        let hasMarkup = [
            "<script", "onerror=", "onload=", "javascript:", "<iframe", "onclick=", "onmouseover=", "<svg",
        ].first { contains(lower, $0) }
        guard let found = hasMarkup else {
            if contains(lower, "vega"), contains(lower, "\"url\"") && contains(lower, "http"),
                let start = find(lower, "\"url\"")
            {
                let address = String(
                    decoding: lower[start...].drop { $0 != UInt8(ascii: ":") }.dropFirst().drop {
                        $0 == 0x20 || $0 == 0x22 || $0 == 0x5C
                    }.prefix { $0 > 0x20 && $0 != 0x22 && $0 != 0x5C }.prefix(200), as: UTF8.self)
                if address.hasPrefix("http"), !isKnownHost(address) {
                    report(
                        place, "a plot that fetches '\(PrintableText.quoting(address, limit: 80))' when it is shown",
                        "loader", .low, in: inspection)
                }
            }
            return
        }
        if let reason = hostility(lower) {
            return report(place, "a value with a script that \(reason)", "data script", .high, in: inspection)
        }
        // Libraries' own bundles have handlers by the hundred.
        report(
            place, "a value with '\(found)'", "data \(found)", lower.count > 200_000 ? .info : .medium, in: inspection)
    }

    // MARK: Judgement

    private static func report(
        _ place: Place, _ message: String, _ subject: String, _ severity: Severity, in inspection: Inspection
    ) {
        inspection.report(
            Rules.notebookMarkup, at: place, message,
            subject: "cell \(place.cell ?? 0) \(place.element ?? "") \(subject)", severity: severity,
            confidence: severity >= .high ? .high : .medium)
    }

    /// What no plot does.
    private static func hostility(_ text: [UInt8]) -> String? {
        let kernel = [
            "kernel.execute(", "notebook.kernel", "executecodecell", "execute_cells", "create_consolesession",
            "/api/contents", "/api/kernels", "/api/terminals",
        ]
        // Bundles of plot libraries are long and know all of a page; in them only the kernel is told.
        if let word = kernel.first(where: { contains(text, $0) }), text.count < 400_000, !isWidgetComms(text, word) {
            return "reaches for the kernel or the server (\(word))"
        }
        guard text.count < 60_000 else { return nil }
        let reads = [
            "document.cookie", "localstorage", "sessionstorage", "body.innerhtml", "documentelement.innerhtml",
            "document.body.innertext", "_xsrf", "document.documentelement.outerhtml",
        ].first { contains(text, $0) }
        let sends = [
            "fetch(", "xmlhttprequest", "sendbeacon", "new image", ".src=", ".src =", "websocket(", "location=",
            "location.href", "window.open", "$.post", "$.get", "axios", "document.location",
        ].first { contains(text, $0) }
        if let reads, let sends { return "sends what the page holds elsewhere (\(reads), \(sends))" }
        let decodes = ["atob(", "fromcharcode(", "unescape("].contains { contains(text, $0) }
        if decodes, contains(text, "eval(") || contains(text, "new function(") { return "decodes code and runs it" }
        if contains(text, "eval(") && (sends == "fetch(" || sends == "xmlhttprequest") { return "runs what it fetches" }
        if let address = foreignFetch(text) { return "talks to '\(PrintableText.quoting(address, limit: 60))'" }
        if contains(text, "importscripts(") || contains(text, "import(\"http") || contains(text, "import('http") {
            return "loads code from elsewhere"
        }
        return nil
    }

    /// Widgets and plots talk to their own comm.
    private static func isWidgetComms(_ text: [UInt8], _ word: String) -> Bool {
        word == "notebook.kernel" && (contains(text, "comm_manager") || contains(text, "register_target"))
    }

    /// An address that a short script sends to or fetches from, unless it is one where libraries are kept.
    private static func foreignFetch(_ text: [UInt8]) -> String? {
        for opener in [
            "fetch(\"http", "fetch('http", "fetch(`http", "sendbeacon(\"http", "sendbeacon('http",
            "open(\"post\",\"http", "open(\"post\", \"http", "open('post','http", "open('post', 'http",
            "open(\"get\", \"http", "open('get', 'http", "new websocket(\"ws", "new websocket('ws",
            "new image().src=\"http", "new image().src = \"http", "new image().src='http", "new image().src = 'http",
            "location=\"http", "location = \"http", "location='http", "location = 'http", "location.href=\"http",
            "location.href = \"http", "location.href='http", "location.href = 'http",
        ] {
            guard let start = find(text, opener) else { continue }
            let from = start + opener.utf8.count - (opener.hasSuffix("ws") ? 2 : 4)
            let address = String(
                decoding: text[from...].prefix { $0 > 0x20 && ![0x22, 0x27, 0x60].contains($0) }.prefix(200),
                as: UTF8.self)
            if !isKnownHost(address) { return address }
        }
        return nil
    }

    private static func remoteScript(_ text: [UInt8]) -> String? {
        guard let script = find(text, "<script") else { return nil }
        let tag = text[script...].prefix { $0 != UInt8(ascii: ">") }.prefix(600)
        guard let source = find(Array(tag), "src=") else { return nil }
        let value = tag.dropFirst(source + 4).drop { $0 == 0x22 || $0 == 0x27 }.prefix {
            $0 > 0x20 && $0 != 0x22 && $0 != 0x27
        }
        let address = String(decoding: value, as: UTF8.self)
        return address.hasPrefix("http") || address.hasPrefix("//") ? address : nil
    }

    /// Hosts where plot libraries are fetched from.
    private static func isKnownHost(_ address: String) -> Bool {
        let host =
            address.split(separator: "/", omittingEmptySubsequences: true).dropFirst(address.hasPrefix("//") ? 0 : 1)
            .first.map(String.init) ?? ""
        let known = [
            "cdn.plot.ly", "cdn.jsdelivr.net", "cdnjs.cloudflare.com", "unpkg.com", "cdn.bokeh.org", "cdn.pydata.org",
            "cdn.holoviz.org", "cdn.mathjax.org", "d3js.org", "code.jquery.com", "ajax.googleapis.com",
            "maxcdn.bootstrapcdn.com", "stackpath.bootstrapcdn.com", "www.gstatic.com", "fonts.googleapis.com",
            "code.highcharts.com", "esm.sh", "maps.googleapis.com", "api.mapbox.com", "vega.github.io", "rawgit.com",
            "threejs.org", "polyfill.io",
        ]
        return known.contains { host == $0 || host.hasSuffix("." + $0) }
    }

    private static func isKnownFrame(_ address: String) -> Bool {
        [
            "youtube.com", "youtube-nocookie.com", "player.vimeo.com", "vimeo.com", "scribd.com", "wikipedia.org",
            "plot.ly", "google.com/maps", "openstreetmap.org",
        ].contains { address.contains($0) } || isKnownHost(address)
    }

    private static func isElsewhere(_ address: String) -> Bool {
        address.hasPrefix("http") || address.hasPrefix("//") || isScriptAddress(address)
    }

    private static func isScriptAddress(_ address: String) -> Bool {
        let plain = address.filter { $0 > " " }
        return plain.hasPrefix("javascript:")
            && ![
                "javascript:", "javascript:;", "javascript:void(0)", "javascript:void(0);", "javascript:{}",
                "javascript:void0",
            ].contains(plain) || plain.hasPrefix("vbscript:") || plain.hasPrefix("data:text/html")
            || plain.hasPrefix("data:application/javascript")
    }

    /// Handlers that honest pages have toggle and resize; those of errors and loads run by themselves.
    private static func isAction(_ value: String, _ name: String) -> Bool {
        let runsByItself = [
            "onerror", "onload", "onbegin", "onanimationstart", "ontoggle", "onfocus", "onmouseover", "onpageshow",
            "onpointerenter", "onmouseenter", "onwheel", "ontransitionend", "onloadstart", "onanimationend",
            "onafterscriptexecute",
        ].contains(name)
        let reaches = [
            "fetch(", "cookie", "eval(", "xmlhttprequest", "kernel", "location", "atob", "import(", "storage",
            "sendbeacon",
        ].contains { value.contains($0) }
        return reaches
            || runsByItself
                && !["this.style", "this.remove", "this.onerror=null", "this.src=", "resize"].contains {
                    value.contains($0)
                }
    }

    /// Text that is there and not seen: white on white, no size, not displayed, with words of instruction.
    private static func inspectHiddenText(_ text: [UInt8], at place: Place, in inspection: Inspection) {
        let styles = [
            "color:white", "color: white", "color:#fff", "color: #fff", "font-size:0", "font-size: 0", "opacity:0;",
            "opacity: 0;", "opacity:0\"", "opacity: 0\"", "font-size:1px", "color:transparent", "color: transparent",
            "color=\"white\"", "color=\"#fff", "color='white'", "color='#fff", "color=white", "color=#fff",
        ]
        guard text.count < 100_000 else { return }
        if let style = ["display:none", "display: none", "visibility:hidden", "visibility: hidden"].first(where: {
            contains(text, $0)
        }),
            givesOrders(text)
        {
            return report(place, "orders that are not to be seen ('\(style)')", "hidden text", .medium, in: inspection)
        }
        guard let style = styles.first(where: { contains(text, $0) }),
            !contains(text, "background") || contains(text, "background:white") || contains(text, "background:#fff")
                || contains(text, "background-color:white") || contains(text, "background-color: white")
                || contains(text, "background: white")
        else { return }
        report(place, "text that is not to be seen ('\(style)')", "hidden text", .medium, in: inspection)
    }

    /// Words to a reader that is a program, and what it shall do.
    private static func givesOrders(_ text: [UInt8]) -> Bool {
        let whom = [
            "ignore ", "ai agent", "assistant", "language model", "llm", "system prompt", "reviewer", "you are ",
        ]
        let what = [
            "send ", "upload", "execute", "reveal", "approve", "credential", "secret", "exfiltrat", "run every", ".env",
            "token",
        ]
        return whom.contains { contains(text, $0) } && what.contains { contains(text, $0) }
    }

    // MARK: Tags

    private struct Tag {
        let name: String
        let attributes: [(name: String, value: String)]
    }

    /// Calls `body` for each opening tag outside of scripts; at most 20,000.
    private static func scan(_ text: [UInt8], _ body: (Tag) -> Void) {
        var (position, count) = (0, 0)
        while position < text.count, count < 20_000 {
            guard text[position] == UInt8(ascii: "<"), position + 1 < text.count, TextBytes.isLetter(text[position + 1])
            else {
                position += 1
                continue
            }
            count += 1
            var end = position + 1
            while end < text.count, TextBytes.isAlphanumeric(text[end]) || text[end] == 0x2D || text[end] == 0x3A {
                end += 1
            }
            let name = String(decoding: text[(position + 1)..<min(end, position + 40)], as: UTF8.self)
            let attributes = Self.attributes(text, &end)
            body(Tag(name: name, attributes: attributes))
            position = end
            if name == "script" || name == "style" {
                position = find(text, "</" + name, from: end) ?? text.count
            }
        }
    }

    private static func attributes(_ text: [UInt8], _ position: inout Int) -> [(name: String, value: String)] {
        var result: [(name: String, value: String)] = []
        while position < text.count, text[position] != UInt8(ascii: ">"), result.count < 100 {
            if text[position] <= 0x20 || text[position] == UInt8(ascii: "/") {
                position += 1
                continue
            }
            let start = position
            while position < text.count, text[position] > 0x20, ![0x3D, 0x3E, 0x2F].contains(text[position]) {
                position += 1
            }
            let name = String(decoding: text[start..<min(position, start + 60)], as: UTF8.self)
            while position < text.count, text[position] == 0x20 { position += 1 }
            guard position < text.count, text[position] == UInt8(ascii: "=") else {
                if position == start { position += 1 }
                result.append((name, ""))
                continue
            }
            position += 1
            while position < text.count, text[position] == 0x20 { position += 1 }
            guard position < text.count else { break }
            // In JSON and Python texts the quotes are escaped.
            if text[position] == 0x5C { position += 1 }
            guard position < text.count else { break }
            let quote = text[position] == 0x22 || text[position] == 0x27 ? text[position] : 0
            if quote != 0 { position += 1 }
            let from = position
            while position < text.count,
                quote == 0 ? text[position] > 0x20 && text[position] != 0x3E : text[position] != quote
            { position += 1 }
            result.append((name, String(decoding: text[from..<min(position, from + 400)], as: UTF8.self)))
            if quote != 0, position < text.count { position += 1 }
        }
        return result
    }

    private static func contains(_ text: [UInt8], _ word: String) -> Bool { find(text, word) != nil }

    private static func find(_ text: [UInt8], _ word: String, from start: Int = 0) -> Int? {
        text.withUnsafeBytes { $0.bytes.firstRange(of: Array(word.utf8), from: start, to: text.count) }
    }
}
