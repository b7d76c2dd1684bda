package import CordonCore
package import CordonDataDefense
internal import CordonFormats

/// A queue of rows to look at as one page that saves people's verdicts as CSV. Nothing is sent anywhere.
package enum DataReviewHTML {
    /// The whole page. Names, texts and labels are escaped; its script only writes the file that is saved.
    package static func render(_ items: [DataReview.Item], labels: [String], path: String) -> [UInt8] {
        var page = Page()
        let name = Page.escaped(DatasetText.shown(path, 200))
        page.add(
            """
            <!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
            <title>Review of \(name)</title><style>\(style)</style></head><body>
            <header><h1>\(DatasetText.count(items.count, "row")) to look at</h1><p>\(name)</p>
            <label>Your name <input id="reviewer"></label> <button id="save">Save verdicts as CSV</button> <span id="done"></span></header>
            <datalist id="labels">
            """)
        for label in labels.prefix(1000) {
            page.add("<option value=\"\(Page.escaped(DatasetText.shown(label, 200)))\">")
        }
        page.add("</datalist><main>")
        for (place, item) in items.enumerated() { card(item, place, &page) }
        page.add("</main><script type=\"application/json\" id=\"rows\">")
        var json = JSONWriter()
        json.array { json in
            for item in items {
                json.object { json in
                    for key in ["row", "id", "label", "suggested_label", "cause", "p_value", "description", "sha256"] {
                        json.string(key, item.values[key] ?? "")
                    }
                }
            }
        }
        // Nothing in the data may end the element.
        page.add(String(decoding: json.bytes, as: UTF8.self).replacing("<", with: "\\u003c"))
        page.add("</script><script>\(script)</script></body></html>")
        return Array(page.text.utf8)
    }

    private static func card(_ item: DataReview.Item, _ place: Int, _ page: inout Page) {
        func value(_ key: String) -> String { Page.escaped(DatasetText.shown(item.values[key] ?? "", 300)) }
        page.add("<article><h2>row \(item.row) <small>\(value("id"))</small></h2>")
        switch item.excerpt?.content {
        case .picture(let bytes)?:
            page.add("<img alt=\"row \(item.row)\" src=\"data:image/png;base64,\(Base64.encode(bytes))\">")
        case .text(let text)?: page.add("<pre>\(Page.escaped(DatasetText.lines(text, 1200)))</pre>")
        case .values(let values)?:
            page.add("<table>")
            for (name, value) in values {
                page.add(
                    "<tr><th>\(Page.escaped(DatasetText.shown(name, 30)))</th><td>\(Page.escaped(DatasetText.shown(value, 40)))</td></tr>"
                )
            }
            page.add("</table>")
        case nil: break
        }
        page.add("<p>label <b>\(value("label"))</b></p><p>\(value("description"))</p><fieldset>")
        for choice in ["keep", "drop", "relabel"] {
            page.add("<label><input type=\"radio\" name=\"v\(place)\" value=\"\(choice)\"> \(choice)</label>")
        }
        page.add(
            "<input list=\"labels\" placeholder=\"new label\" id=\"l\(place)\" value=\"\(value("suggested_label"))\"> <input placeholder=\"note\" id=\"n\(place)\"></fieldset></article>"
        )
    }

    private static let script = """
        const rows=JSON.parse(document.getElementById('rows').textContent);
        const columns=['row','id','label','suggested_label','cause','p_value','description','excerpt','sha256','verdict','new_label','reviewer','note'];
        const cell=t=>'"'+String(t??'').replaceAll('"','""')+'"';
        document.getElementById('save').onclick=()=>{
          const reviewer=document.getElementById('reviewer').value;let open=0;
          const lines=rows.map((r,i)=>{
            const v=document.querySelector('input[name=v'+i+']:checked')?.value??'';if(!v)open++;
            const own={...r,excerpt:'',verdict:v,new_label:v==='relabel'?document.getElementById('l'+i).value:'',reviewer:v?reviewer:'',note:document.getElementById('n'+i).value};
            return columns.map(c=>cell(own[c])).join(',');
          });
          const link=document.createElement('a');
          link.href=URL.createObjectURL(new Blob([columns.join(',')+'\\n'+lines.join('\\n')+'\\n'],{type:'text/csv'}));
          link.download='reviewed.csv';link.click();
          document.getElementById('done').textContent=open?open+' rows are undecided':'all rows are decided';
        };
        """

    private static let style = """
        :root{color-scheme:light dark}body{font:15px/1.45 system-ui,sans-serif;max-width:76rem;margin:0 auto;padding:1rem}
        header{position:sticky;top:0;background:Canvas;padding:.5rem 0;border-bottom:1px solid #8884;z-index:1}h1{margin:0;font-size:1.4rem}header p{margin:.2rem 0;opacity:.7}
        main{display:grid;grid-template-columns:repeat(auto-fill,minmax(19rem,1fr));gap:.8rem;margin-top:1rem}
        article{border:1px solid #8884;padding:.6rem;overflow:hidden}article:has(input:checked){border-color:#1f7a3d}
        h2{font-size:1rem;margin:0}small{opacity:.7;font-weight:400}img{height:9rem;image-rendering:pixelated;display:block;margin:.4rem 0}
        pre{white-space:pre-wrap;word-break:break-word;max-height:12rem;overflow:auto;font-size:.8rem}p{margin:.3rem 0;font-size:.85rem}
        fieldset{border:0;padding:0;display:flex;flex-wrap:wrap;gap:.3rem .8rem}table{font-size:.8rem}th{text-align:left;font-weight:500;opacity:.75}
        """
}

/// What people decided as an in-toto test-result predicate, version 0.1.
package enum DataReviewEvidence {
    /// The predicate: rows kept as passed tests, dropped ones as failed, the others as warned about.
    ///
    /// - Parameter digest: of the queue's bytes, so that the evidence is about this queue and no other.
    package static func render(_ decisions: DataReview.Decisions, queue: String, digest: Digest, path: String)
        -> [UInt8]
    {
        var json = JSONWriter()
        json.object { json in
            json.string("result", decisions.open.isEmpty ? "PASSED" : "WARNED")
            json.array("configuration") { json in
                json.object { json in
                    json.string("name", DatasetText.shown(queue, 1024))
                    json.object("digest") { json in json.string("sha256", digest.hex) }
                    json.object("annotations") { json in
                        json.string("dataset", DatasetText.shown(path, 1024))
                        json.array("reviewers") { json in
                            for one in decisions.reviewers { json.string(nil, DatasetText.shown(one, 200)) }
                        }
                    }
                }
            }
            json.array("passedTests") { json in for row in decisions.kept { json.string(nil, "row \(row): kept") } }
            json.array("warnedTests") { json in
                for row in decisions.open { json.string(nil, "row \(row): undecided") }
                for (row, label) in decisions.relabelled.sorted(by: { $0.key < $1.key }) {
                    json.string(nil, "row \(row): relabelled '\(DatasetText.shown(label, 200))'")
                }
            }
            json.array("failedTests") { json in for row in decisions.dropped { json.string(nil, "row \(row): dropped") }
            }
        }
        return json.bytes
    }
}
