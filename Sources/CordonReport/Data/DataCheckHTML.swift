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
        page.begin("\(name): \(level(verdict.level))")
        head(verdict, name, &page)
        for cause in verdict.causes where cause.level > .clean { section(cause, verdict, &page) }
        if let map = verdict.map { drawing(map, verdict, &page) }
        classes(verdict, &page)
        sources(verdict, &page)
        rest(verdict, &page)
        page.end()
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
}
