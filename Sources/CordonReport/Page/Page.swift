/// A page that grows.
struct Page {
    private(set) var text = ""

    mutating func add(_ part: String) { text += part + "\n" }

    /// The head of a page that loads nothing from elsewhere and runs nothing.
    mutating func begin(_ title: String, style: String = Self.style) {
        add(
            """
            <!doctype html><html lang="en"><head><meta charset="utf-8">
            <meta name="viewport" content="width=device-width,initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
            <title>\(Self.escaped(title))</title><style>\(style)</style></head><body>
            """)
    }

    mutating func end() { add("</body></html>\n") }

    /// Text that cannot become markup.
    static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.append(character)
            }
        }
        return result
    }

    static let style = """
        :root{color-scheme:light dark;--line:#8884;--bad:#c4302b;--warn:#b26a00;--good:#1f7a3d}
        body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem}
        header{border-left:.5rem solid var(--line);padding:.2rem 1rem;margin:1rem 0}
        header.poisoned,.cause.poisoned,header.backdoored,.cause.backdoored{border-color:var(--bad)}header.suspect,.cause.suspect{border-color:var(--warn)}
        header.clean{border-color:var(--good)}h1{margin:0;font-size:2.2rem}.path{margin:0;opacity:.7;word-break:break-all}
        .poisoned h1,td.poisoned,.backdoored h1,td.backdoored{color:var(--bad)}.suspect h1,td.suspect{color:var(--warn)}.clean h1{color:var(--good)}
        .numbers{display:flex;flex-wrap:wrap;gap:1.5rem;margin:.5rem 0}.numbers dt{opacity:.7;font-size:.85rem}
        .numbers dd{margin:0;font-size:1.3rem;font-variant-numeric:tabular-nums}
        section{border-top:1px solid var(--line);padding:.5rem 0 1rem}
        .cause{border:1px solid var(--line);border-left-width:.5rem;padding:.5rem 1rem;margin:1rem 0;overflow:hidden}
        h2{font-size:1.15rem}h3{font-size:.95rem;margin:.8rem 0 .4rem}.badge{font-size:.75rem;border:1px solid;border-radius:.3rem;padding:.1rem .4rem}
        .what{font-size:1.05rem}.cost{opacity:.8;font-size:.9rem;margin:.2rem 0}li{word-break:break-word}
        .trigger{float:right;width:112px;image-rendering:pixelated;margin-left:1rem;border:1px solid var(--line)}
        .rows{display:grid;grid-template-columns:repeat(auto-fill,minmax(84px,1fr));gap:.6rem}
        .rows:has(pre,table){grid-template-columns:repeat(auto-fill,minmax(17rem,1fr))}
        figure{margin:0;border:1px solid var(--line);padding:.3rem;overflow:hidden}figure.out{border-color:var(--bad)}
        figure img{width:100%;image-rendering:pixelated;display:block}figcaption{font-size:.75rem;opacity:.8;word-break:break-all}
        pre{white-space:pre-wrap;word-break:break-word;font-size:.78rem;max-height:14rem;overflow:auto;margin:0}mark{background:#ffd54a;color:#1b1b1b}
        figure table{font-size:.75rem;width:100%}th{text-align:left;font-weight:500;opacity:.75}
        .classes{border-collapse:collapse;width:100%}.classes td,.classes th{padding:.15rem .5rem;border-bottom:1px solid var(--line)}
        .n{text-align:right;font-variant-numeric:tabular-nums}.bar{width:9rem;background:var(--line);height:.6rem}.bar i{display:block;height:100%;background:var(--bad)}
        .step{width:112px;image-rendering:pixelated;border:1px solid var(--line);margin-right:.6rem}
        .map{width:100%;border:1px solid var(--line)}.ring{fill:none;stroke:currentColor;stroke-width:1.2}.not{color:var(--warn)}
        """
}
