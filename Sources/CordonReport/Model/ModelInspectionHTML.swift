internal import CordonCore
internal import CordonData
internal import CordonFormats
package import CordonModelDefense

/// A verdict on a model as one page without scripts or anything from elsewhere: the verdict, triggers as pictures, scores.
package enum ModelInspectionHTML {
    /// The whole page.
    ///
    /// - Parameter verdict: made with `ModelInspection.illustrates`; without there are no pictures.
    package static func render(_ verdict: ModelVerdict, path: String) -> [UInt8] {
        var page = Page()
        let (name, level) = (DatasetText.shown(path, 200), ModelInspectionText.level(verdict.level))
        page.begin("\(name): \(level)")
        page.add("<header class=\"\(verdict.level.rawValue)\"><p class=\"path\">\(Page.escaped(name))</p>")
        page.add("<h1>\(level)</h1><dl class=\"numbers\">")
        for (title, value) in [
            ("confidence in a backdoor", ModelInspectionText.percent(verdict.confidence)),
            ("classes", "\(verdict.classes)"), ("clean rows", DatasetText.count(verdict.rows)),
        ] { page.add("<div><dt>\(title)</dt><dd>\(value)</dd></div>") }
        page.add("</dl></header>")
        for target in verdict.targets { section(target, verdict, &page) }
        remarks(verdict, &page)
        scores(verdict, &page)
        rest(verdict, &page)
        page.end()
        return Array(page.text.utf8)
    }

    private static func section(_ target: ModelVerdict.Target, _ verdict: ModelVerdict, _ page: inout Page) {
        let level = target.level.rawValue
        page.add(
            "<section class=\"cause \(level)\"><h2><span class=\"badge\">\(level)</span> class \(target.index)</h2>")
        page.add(
            "<p class=\"what\">Rows of other classes can be led to it: \(ModelInspectionText.number(target.score)) deviations beyond the classes of clean models.</p>"
        )
        for trigger in verdict.triggers where trigger.target == target.index {
            page.add("<h3>\(Page.escaped(ModelInspectionText.words(trigger)))</h3>")
            guard let picture = trigger.picture else { continue }
            for (words, pixels) in [
                ("what it changes, around grey", picture.trigger), ("a row as it came", picture.before),
                ("the same row with the trigger", picture.after),
            ] {
                guard let uri = uri(picture, pixels) else { continue }
                page.add("<img class=\"step\" alt=\"\(words)\" title=\"\(words)\" src=\"\(uri)\">")
            }
        }
        page.add("</section>")
    }

    private static func remarks(_ verdict: ModelVerdict, _ page: inout Page) {
        guard !verdict.remarks.isEmpty else { return }
        page.add("<section><h2>In the file</h2><ul>")
        for remark in verdict.remarks {
            let level = remark.level > .clean ? "<strong>\(remark.level.rawValue)</strong>: " : ""
            page.add("<li>\(level)\(Page.escaped(DatasetText.shown(remark.description, 600)))</li>")
        }
        page.add("</ul></section>")
    }

    private static let shownClasses = 100

    private static func scores(_ verdict: ModelVerdict, _ page: inout Page) {
        guard !verdict.scores.isEmpty else { return }
        page.add(
            "<section><h2>Classes</h2><p>How much smaller than natural the trigger of each class is, in deviations of the classes of clean models.</p><table class=\"classes\"><tr><th>class</th>"
        )
        for (measure, _) in verdict.scores { page.add("<th class=\"n\">\(Page.escaped(measure))</th>") }
        page.add("</tr>")
        for index in 0..<min(verdict.classes, shownClasses) {
            let level = verdict.targets.first { $0.index == index }?.level.rawValue ?? ""
            page.add("<tr><td class=\"\(level)\">\(index)</td>")
            for (_, classes) in verdict.scores where classes.indices.contains(index) {
                page.add("<td class=\"n\">\(ModelInspectionText.number(classes[index]))</td>")
            }
            page.add("</tr>")
        }
        page.add("</table>")
        if verdict.classes > shownClasses { page.add("<p>… \(verdict.classes - shownClasses) more</p>") }
        page.add("</section>")
    }

    private static func rest(_ verdict: ModelVerdict, _ page: inout Page) {
        page.add("<section><h2>Checks</h2><ul>")
        for check in verdict.checks { page.add("<li>\(Page.escaped(check)): ran</li>") }
        for (check, reason) in verdict.notEvaluated {
            page.add(
                "<li class=\"not\">\(Page.escaped(check)): not evaluated: \(Page.escaped(DatasetText.shown(reason, 400)))</li>"
            )
        }
        page.add("</ul></section>")
    }

    /// A picture as a link that holds it.
    static func uri(_ picture: FoundTrigger.Picture, _ pixels: [UInt8]) -> String? {
        let channels = [1, 3].contains(picture.channels) ? picture.channels : 1
        let area = picture.height * picture.width
        let own = channels == picture.channels ? pixels : (0..<area).map { pixels[$0 * picture.channels] }
        guard
            let bytes = try? Image(
                width: picture.width, height: picture.height, channels: channels, pixels: own
            ).png()
        else { return nil }
        return "data:image/png;base64," + Base64.encode(bytes)
    }
}
