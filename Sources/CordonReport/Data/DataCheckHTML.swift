internal import CordonCore
internal import CordonData
package import CordonDataDefense
internal import CordonFormats

/// A verdict on a dataset as one page without scripts or anything from elsewhere: the verdict, causes with their rows, a map, classes.
package enum DataCheckHTML {
    private static let shownRows = 24
    private static let shownClasses = 60

    /// The whole page. At most ``shownRows`` rows of each cause are on it, those with excerpts.
    ///
    /// - Parameter verdict: made with `DataCheck.illustrates`; without there are no pictures, texts or map.
    package static func render(_ verdict: DataVerdict, path: String) -> [UInt8] {
        var page = Page()
        let name = DatasetText.shown(path, 200)
        page.add(
            """
            <!doctype html><html lang="en"><head><meta charset="utf-8">
            <meta name="viewport" content="width=device-width,initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
            <title>\(Page.escaped(name)): \(level(verdict.level))</title><style>\(style)</style></head><body>
            """)
        head(verdict, name, &page)
        for cause in verdict.causes where cause.level > .clean { section(cause, verdict, &page) }
        if let map = verdict.map { drawing(map, verdict, &page) }
        classes(verdict, &page)
        sources(verdict, &page)
        rest(verdict, &page)
        page.add("</body></html>\n")
        return Array(page.text.utf8)
    }

    // MARK: Parts

    private static func level(_ level: DataVerdict.Level) -> String {
        level == .notEvaluated ? "not evaluated" : level.rawValue
    }

    private static func head(_ verdict: DataVerdict, _ name: String, _ page: inout Page) {
        page.add("<header class=\"\(verdict.level.rawValue)\"><p class=\"path\">\(Page.escaped(name))</p>")
        page.add("<h1>\(level(verdict.level))</h1><dl class=\"numbers\">")
        for (title, count) in [
            ("rows checked", verdict.rows), ("classes", verdict.classes.count), ("to look at", verdict.alerted.count),
            ("to leave out", verdict.filtered.count), ("not readable", verdict.leftOut),
        ] where count > 0 || title == "to look at" {
            page.add("<div><dt>\(title)</dt><dd>\(DatasetText.count(count))</dd></div>")
        }
        page.add("</dl></header>")
    }

    private static func section(_ cause: DataCause, _ verdict: DataVerdict, _ page: inout Page) {
        page.add(
            "<section class=\"cause \(cause.level.rawValue)\"><h2><span class=\"badge\">\(level(cause.level))</span> \(Page.escaped(DataCauseWords.title(cause.kind)))</h2>"
        )
        if let picture = cause.picture, let image = png(picture) {
            page.add(
                "<img class=\"trigger\" alt=\"the trigger\" src=\"data:image/png;base64,\(Base64.encode(image))\">")
        }
        var text = DatasetText.shown(cause.description, 400)
        if let target = cause.target { text += " — label ‘\(DatasetText.shown(target, 60))’" }
        page.add("<p class=\"what\">\(Page.escaped(text))</p><ul>")
        var evidence = cause.evidence
        if let (carriers, usual) = cause.unsupported {
            evidence.insert(
                "Without it nothing speaks for the label in \(percent(carriers)) of its rows; usual in this class: \(percent(usual)).",
                at: 0)
        }
        if let pValue = cause.pValue {
            evidence.append("Chance of this in a clean dataset, all tries counted: \(DataCheckText.number(pValue)).")
        }
        for one in evidence { page.add("<li>\(Page.escaped(DatasetText.shown(one, 600)))</li>") }
        page.add("</ul><p class=\"cost\">\(Page.escaped(DataCauseWords.cost(cause, of: verdict)))</p>")
        page.add("<p class=\"cost\">\(Page.escaped(DataCauseWords.remedy(cause.kind)))</p>")
        rows(cause, verdict, &page)
        page.add("</section>")
    }

    private static func rows(_ cause: DataCause, _ verdict: DataVerdict, _ page: inout Page) {
        let shown = cause.rows.filter { verdict.excerpts[$0] != nil }.prefix(shownRows)
        guard !shown.isEmpty else { return }
        let filtered = Set(cause.filtered)
        page.add(
            "<h3>\(DatasetText.count(shown.count)) of \(DatasetText.count(cause.rows.count, "row"))</h3><div class=\"rows\">"
        )
        for row in shown {
            guard let excerpt = verdict.excerpts[row] else { continue }
            let name = verdict.ids?.names[row] ?? "\(row)"
            let label = excerpt.label.map { " · \(DatasetText.shown($0, 40))" } ?? ""
            page.add("<figure\(filtered.contains(row) ? " class=\"out\"" : "")>")
            switch excerpt.content {
            case .picture(let bytes):
                page.add("<img alt=\"row \(row)\" src=\"data:image/png;base64,\(Base64.encode(bytes))\">")
            case .text(let text):
                let pieces = MarkedText.pieces(of: DatasetText.lines(text, 1200), cause.phrases)
                let marked = pieces.map { $1 ? "<mark>\(Page.escaped($0))</mark>" : Page.escaped($0) }
                page.add("<pre>\(marked.joined())</pre>")
            case .values(let values):
                page.add("<table>")
                for (name, value) in values {
                    page.add(
                        "<tr><th>\(Page.escaped(DatasetText.shown(name, 30)))</th><td>\(Page.escaped(DatasetText.shown(value, 40)))</td></tr>"
                    )
                }
                page.add("</table>")
            }
            page.add("<figcaption>\(Page.escaped(DatasetText.shown(name, 40) + label))</figcaption></figure>")
        }
        page.add("</div>")
    }

    /// The trigger's pixels on grey.
    private static func png(_ picture: TriggerPicture) -> [UInt8]? {
        var pixels: [UInt8] = []
        for place in 0..<(picture.height * picture.width) {
            let own = (0..<picture.channels).map { picture.values[place * picture.channels + $0] }
            if own.allSatisfy({ $0 == nil }) {
                pixels += [150, 160, 190]
            } else {
                pixels += (0..<3).map { own[min($0, own.count - 1)] ?? 0 }
            }
        }
        return try? Image(width: picture.width, height: picture.height, channels: 3, pixels: pixels).png()
    }

    // MARK: Plots

    private static func drawing(_ map: RowMap, _ verdict: DataVerdict, _ page: inout Page) {
        let (xs, ys) = (map.points.map(\.x), map.points.map(\.y))
        guard let left = xs.min(), let right = xs.max(), let low = ys.min(), let high = ys.max() else { return }
        let alerted = Set(verdict.alerted)
        page.add(
            "<section><h2>Map</h2><p>\(DatasetText.count(map.points.count)) rows along the two directions in which they differ most; colours are labels, rings are rows to look at.</p><svg class=\"map\" viewBox=\"0 0 720 420\" role=\"img\" aria-label=\"map of rows\">"
        )
        func circle(_ point: RowMap.Point, _ isRing: Bool) {
            let x = 10 + 700 * (point.x - left) / max(1e-9, right - left)
            let y = 410 - 400 * (point.y - low) / max(1e-9, high - low)
            let hue = point.label < 0 ? 0 : point.label * 137 % 360
            let place = "cx=\"\(Int(x))\" cy=\"\(Int(y))\""
            page.add(
                isRing
                    ? "<circle class=\"ring\" \(place) r=\"5\"/>"
                    : "<circle \(place) r=\"2.2\" fill=\"hsl(\(hue) 65% 50%)\" fill-opacity=\".55\"/>")
        }
        for point in map.points { circle(point, false) }
        for point in map.points where alerted.contains(point.row) { circle(point, true) }
        page.add("</svg></section>")
    }

    private static func classes(_ verdict: DataVerdict, _ page: inout Page) {
        guard !verdict.classes.isEmpty else { return }
        page.add(
            "<section><h2>Classes</h2><table class=\"classes\"><tr><th>label</th><th>rows</th><th>to look at</th><th></th><th>verdict</th></tr>"
        )
        let order = verdict.classes.sorted { ($1.level, $1.alerted) < ($0.level, $0.alerted) }
        for one in order.prefix(shownClasses) {
            let share = Double(one.alerted) / Double(max(1, one.rows))
            page.add(
                "<tr><td>\(Page.escaped(DatasetText.shown(one.name, 60)))</td><td class=\"n\">\(DatasetText.count(one.rows))</td><td class=\"n\">\(DatasetText.count(one.alerted))</td><td><div class=\"bar\"><i style=\"width:\(Int((share * 100).rounded()))%\"></i></div></td><td class=\"\(one.level.rawValue)\">\(level(one.level))</td></tr>"
            )
        }
        page.add("</table>")
        if order.count > shownClasses { page.add("<p>… \(order.count - shownClasses) more</p>") }
        page.add("</section>")
    }

    private static func sources(_ verdict: DataVerdict, _ page: inout Page) {
        guard !verdict.sources.isEmpty else { return }
        page.add(
            "<section><h2>Sources</h2><table class=\"classes\"><tr><th>source</th><th>rows</th><th>to look at</th><th>harm, with 95 % bounds</th></tr>"
        )
        for one in verdict.sources.prefix(shownClasses) {
            let harm = one.harm.map { "\(Float($0.mean)) (\(Float($0.low)) to \(Float($0.high)))" } ?? ""
            page.add(
                "<tr><td>\(Page.escaped(DatasetText.shown(one.name, 60)))</td><td class=\"n\">\(DatasetText.count(one.rows))</td><td class=\"n\">\(percent(one.alerted))</td><td class=\"n\">\(harm)</td></tr>"
            )
        }
        page.add("</table></section>")
    }

    private static func rest(_ verdict: DataVerdict, _ page: inout Page) {
        let told = verdict.causes.filter { $0.level == .clean }
        if !told.isEmpty {
            page.add("<section><h2>Also seen</h2><ul>")
            for one in told { page.add("<li>\(Page.escaped(DatasetText.shown(one.description, 400)))</li>") }
            page.add("</ul></section>")
        }
        page.add("<section><h2>Checks</h2><ul>")
        for check in verdict.checks { page.add("<li>\(Page.escaped(check)): ran</li>") }
        for (check, reason) in DataCauseWords.unchecked(verdict) {
            page.add(
                "<li class=\"not\">\(Page.escaped(check)): not evaluated: \(Page.escaped(DatasetText.shown(reason, 400)))</li>"
            )
        }
        page.add("</ul></section>")
    }

    private static func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }

    private static let style = """
        :root{color-scheme:light dark;--line:#8884;--bad:#c4302b;--warn:#b26a00;--good:#1f7a3d}
        body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem}
        header{border-left:.5rem solid var(--line);padding:.2rem 1rem;margin:1rem 0}
        header.poisoned,.cause.poisoned{border-color:var(--bad)}header.suspect,.cause.suspect{border-color:var(--warn)}
        header.clean{border-color:var(--good)}h1{margin:0;font-size:2.2rem}.path{margin:0;opacity:.7;word-break:break-all}
        .poisoned h1,td.poisoned{color:var(--bad)}.suspect h1,td.suspect{color:var(--warn)}.clean h1{color:var(--good)}
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
        .map{width:100%;border:1px solid var(--line)}.ring{fill:none;stroke:currentColor;stroke-width:1.2}.not{color:var(--warn)}
        """
}
