import CordonData
import CordonFormats
import CordonTestSupport
import Testing

@Suite("Datasets")
struct DatasetTests {
    let folder = TemporaryFolder()

    private func dataset(_ text: String, _ name: String, _ options: DatasetOptions = DatasetOptions()) throws -> Dataset
    {
        try Dataset(folder.write(Array(text.utf8), to: name), options: options)
    }

    private func all(_ dataset: Dataset) throws -> [Batch] {
        var batches: [Batch] = []
        try dataset.forEachBatch {
            batches.append($0)
            return true
        }
        return batches
    }

    // MARK: Separated values

    @Test(
        "Separators, headers, quotes, line ends and types of text tables are found",
        arguments: [
            ("a,b\n1,x\n2,y\n", ["a", "b"], 2), ("a;b\r\n1;x\r\n", ["a", "b"], 1), ("a\tb\n1\tx", ["a", "b"], 1),
            ("1,2\n3,4\n", ["column1", "column2"], 2), ("\u{FEFF}a,b\n1,2\n", ["a", "b"], 1),
            ("text\n\"one, two\"\n\"say \"\"hi\"\"\"\n", ["text"], 2),
        ])
    func separated(_ text: String, _ names: [String], _ rows: Int) throws {
        let dataset = try dataset(text, "t.csv")
        #expect(dataset.fields.map(\.name) == names)
        #expect(try all(dataset).reduce(0) { $0 + $1.count } == rows)
    }

    @Test("Rows with another number of fields and values of another type are told by line; the others are read")
    func ragged() throws {
        let body = "n,t\n1,a\n2\n3,c,d\n\"x\ny\",e\n5,f\n"
        // The types come from the sample: a column with text in it is text, so the number is forced by many rows.
        let rows = body + (0..<20).map { "\($0),z\n" }.joined()
        let summary = try DatasetSummary(dataset(rows, "r.csv"))
        #expect(summary.rows == 23)
        #expect(summary.problems.map(\.place).prefix(2) == ["line 3", "line 4"])
        #expect(summary.problemCount == 2)
    }

    @Test("A value that is no number in a column of numbers is missing and told")
    func mixed() throws {
        let good = (0..<20_000).map { "\($0),\($0 % 3)\n" }.joined()
        let summary = try DatasetSummary(dataset("n,label\n" + good + "oops,1\n7,\n", "m.csv"))
        #expect(summary.rows == 20_002)
        #expect(summary.columns[0].missing == 1)
        #expect(summary.columns[1].missing == 1)
        #expect(summary.problems.map(\.place) == ["line 20002"])
        #expect(!"\(summary.problems)".contains("oops"))
    }

    @Test("Missing values in quotes are missing, not wrong", arguments: ["1,a\n", "1,a\n2\n"])
    func quotedMissing(_ first: String) throws {
        // A row of another length makes the block irregular, which is another path.
        let rows = first + (0..<50).map { _ in "\"\",\"\"\n\"NA\",b\n" }.joined()
        let summary = try DatasetSummary(dataset("n,t\n" + rows, "q.csv"))
        #expect(summary.columns[0].field.type == .integer(bits: 64, isSigned: true))
        #expect(summary.columns[0].missing == 100)
        #expect(summary.problemCount == (first.count > 4 ? 1 : 0))
    }

    @Test(
        "A header alone, with or without its line feed, is a table without rows",
        arguments: ["a,b", "a,b\n", "a,b\r\n"])
    func headerAlone(_ text: String) throws {
        let dataset = try dataset(text, "h.csv")
        #expect(dataset.fields.map(\.name) == ["a", "b"])
        #expect(try DatasetSummary(dataset).rows == 0)
        #expect(try dataset.rows(0..<5).isEmpty)
    }

    @Test("Blocks are joined in order, whatever their number, and rows are found by number")
    func blocks() throws {
        let lines = (0..<300_000).map { "\($0),\"text with, comma \($0)\",\(Double($0) / 8)\n" }
        let dataset = try dataset("id,text,x\n" + lines.joined(), "b.csv")
        var next = 0
        try dataset.forEachBatch { batch in
            #expect(batch.firstRow == next)
            #expect(batch.columns[0].integer(0) == next)
            #expect(batch.columns[1].text(batch.count - 1) == "text with, comma \(next + batch.count - 1)")
            next += batch.count
            return true
        }
        #expect(next == 300_000)
        let some = try dataset.rows(123_456..<123_459)
        #expect(
            some.flatMap { batch in (0..<batch.count).map { batch.columns[2].double($0) } } == [
                15432, 15432.125, 15432.25,
            ])
        #expect(some[0].place(0) == "line 123458")
    }

    @Test(
        "What is no table is refused with the reason",
        arguments: [
            ("a,b\n\"never ends\n1,2\n", "a quote that does not end"), ("", "empty"),
        ])
    func refused(_ text: String, _ reason: String) throws {
        let failure = #expect(throws: DatasetFailure.self) { try all(dataset(text, "x.csv")) }
        #expect(failure?.message.contains(reason) == true, "\(failure?.message ?? "")")
    }

    @Test("Numbers at the ends of what fits, and blank lines before a header, are no trouble")
    func ends() throws {
        let summary = try DatasetSummary(
            dataset("\n\nx\n1e-9223372036854775808\n9223372036854775808\n-9223372036854775808\n1e400\n", "e.csv"))
        #expect(summary.rows == 4)
        let line = try #require(try all(dataset("\n\nx,y\n1,2\n", "l.csv")).first)
        #expect(line.place(0) == "line 4")
        let table = try dataset("a,b\n1,2\n", "d.csv")
        #expect(throws: DatasetFailure.self) { try table.forEachBatch(columns: ["a", "a"]) { _ in true } }
    }

    @Test("Extents that hide behind a 0 are refused")
    func hiddenExtents() throws {
        #expect(throws: DatasetFailure.self) {
            try Dataset(folder.write([0, 0, 8, 2, 255, 255, 255, 255, 0, 0, 0, 0], to: "z.idx"))
        }
        for shape in ["(4611686018427387904, 0)", "(0, 4611686018427387904, 4)", "(5, 3, 0)"] {
            let header = "{'descr': '<f8', 'fortran_order': False, 'shape': \(shape), }\n"
            let bytes = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8)
            #expect(throws: DatasetFailure.self) { try Dataset(folder.write(bytes, to: "z.npy")) }
        }
    }

    // MARK: JSON

    @Test("JSON Lines, arrays and compressed lines give the same rows; messages stay as they are")
    func json() throws {
        let objects = (0..<50).map {
            "{\"messages\":[{\"role\":\"user\",\"content\":\"hi \($0)\"}],\"label\":\($0 % 2),\"v\":[1,2.5]}"
        }
        let lines = try DatasetSummary(dataset(objects.joined(separator: "\n"), "l.jsonl"))
        let array = try DatasetSummary(dataset("[" + objects.joined(separator: ",") + "]", "a.json"))
        #expect(lines.digest == array.digest)
        #expect(lines.columns.map(\.field.role) == [.messages, .label, .feature])
        #expect(lines.columns[2].field.type == .list(.real(bits: 64), size: nil))
    }

    @Test("Rows that lack most of many columns are read without holding every cell; of equal keys the last counts")
    func sparse() throws {
        let wide = "{" + (0..<1000).map { "\"k\($0)\":\($0)" }.joined(separator: ",") + "}\n"
        let lines = wide + String(repeating: "{}\n", count: 5_000) + "{\"k1\":5,\"k1\":6}\n"
        let dataset = try dataset(lines, "wide.jsonl")
        let batches = try all(dataset)
        #expect(batches.reduce(0) { $0 + $1.count } == 5_002)
        #expect(batches.allSatisfy { $0.count <= 1100 })
        let last = try #require(try dataset.rows(5_001..<5_002, columns: ["k1"]).first)
        #expect(last.columns[0].integer(0) == 6)
        #expect(last.place(0) == "line 5002")
    }

    @Test("A line that is no object is told, the others are read")
    func jsonProblems() throws {
        let summary = try DatasetSummary(dataset("{\"a\":1}\nnot json\n{\"a\":2}\n[1]\n", "p.jsonl"))
        #expect(summary.rows == 2)
        #expect(summary.problems.map(\.place) == ["line 2", "line 4"])
    }

    // MARK: Arrays

    @Test("NumPy arrays are read in both orders, both byte orders and every width; objects are refused")
    func numpy() throws {
        func array(_ descr: String, _ shape: String, _ order: Bool, _ data: [UInt8]) -> [UInt8] {
            var header = "{'descr': '\(descr)', 'fortran_order': \(order ? "True" : "False"), 'shape': \(shape), }"
            header += String(repeating: " ", count: (64 - (10 + header.utf8.count + 1) % 64) % 64) + "\n"
            return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8) + data
        }
        func numbers(_ bytes: [UInt8]) throws -> [Float] {
            var list: [Float] = []
            for batch in try all(Dataset(folder.write(bytes, to: "n.npy"))) {
                for row in 0..<batch.count { #expect(batch.columns[0].numbers(row, into: &list)) }
            }
            return list
        }
        #expect(
            try numbers(array("<i2", "(2, 3)", false, [1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0])) == [1, 2, 3, 4, 5, 6])
        #expect(try numbers(array("<i2", "(2, 3)", true, [1, 0, 4, 0, 2, 0, 5, 0, 3, 0, 6, 0])) == [1, 2, 3, 4, 5, 6])
        #expect(try numbers(array(">i2", "(2,)", false, [0, 7, 1, 0])) == [7, 256])
        #expect(try numbers(array("|b1", "(2, 2)", false, [1, 0, 0, 1])) == [1, 0, 0, 1])
        #expect(try numbers(array("<f2", "(1,)", false, [0x00, 0x3C])) == [1])
        for bad in [
            array("|O", "(2,)", false, [0x80, 4]), array("<f8", "(1000000,)", false, [0]),
            array("<f8", "(9999999999999, 9999999999)", false, []),
        ] {
            #expect(throws: DatasetFailure.self) { try numbers(bad) }
        }
    }

    @Test("IDX images and labels are put together; lying extents are refused")
    func idx() throws {
        let images: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 10, 20, 30, 40]
        folder.write([0, 0, 8, 1, 0, 0, 0, 2, 7, 9], to: "train-labels-idx1-ubyte")
        let dataset = try Dataset(folder.write(images, to: "train-images-idx3-ubyte"))
        let batch = try #require(try all(dataset).first)
        #expect(batch.column(.label)?.integer(1) == 9)
        #expect(try batch.column(.image)?.image(1)?.pixels == [30, 40])
        #expect(throws: DatasetFailure.self) {
            try Dataset(folder.write([0, 0, 8, 1, 255, 255, 255, 255, 1], to: "l.idx"))
        }
    }

    // MARK: Pictures and archives

    private func png(_ shade: UInt8) throws -> [UInt8] {
        try Image(width: 3, height: 2, channels: 1, pixels: [UInt8](repeating: shade, count: 6)).png()
    }

    @Test("A folder of pictures is labelled by its folders; a damaged one among them is told")
    func pictures() throws {
        for (index, label) in ["cat", "dog", "cat"].enumerated() {
            folder.write(try png(UInt8(index)), to: "i/\(label)/\(index).png")
        }
        folder.write(Array(try png(9).prefix(30)), to: "i/dog/bad.png")
        let dataset = try Dataset(folder.path + "/i")
        let summary = try DatasetSummary(dataset)
        #expect(summary.rows == 4)
        #expect(summary.labels?.map(\.value) == ["cat", "dog"])
        #expect(summary.problems.map(\.place) == ["dog/bad.png"])
        #expect(try PreviewSheet.draw(dataset).height == 2 * 100 + 4)
    }

    @Test("Columns of a folder's metadata come along, lists too")
    func metadata() throws {
        for index in 0..<3 { folder.write(try png(UInt8(index)), to: "m/\(index).png") }
        let lines = (0..<2).map { "{\"file_name\":\"\($0).png\",\"box\":[\($0),1.5],\"note\":\"n\($0)\"}\n" }
        folder.write(Array(lines.joined().utf8), to: "m/metadata.jsonl")
        let batch = try #require(try all(Dataset(folder.path + "/m")).first)
        let box = try #require(batch.column("box"))
        var numbers: [Float] = []
        #expect(box.numbers(1, into: &numbers))
        #expect(numbers == [1, 1.5])
        #expect(box.isNull(2))
        #expect(batch.column("note")?.text(0) == "n0")
    }

    @Test("A member that a sample has twice is told, and the first is read")
    func twice() throws {
        let archive =
            TarWriter.member("a.txt", Array("one".utf8)) + TarWriter.member("a.txt", Array("two".utf8))
            + [UInt8](repeating: 0, count: 1024)
        let dataset = try Dataset(folder.write(archive, to: "two.tar"))
        let summary = try DatasetSummary(dataset)
        #expect(summary.rows == 1)
        #expect(summary.problems.map(\.place) == ["a.txt"])
        #expect(try dataset.rows(0..<1)[0].column("txt")?.text(0) == "one")
    }

    @Test("Members of a tar are samples; a truncated one gives those before its end")
    func tar() throws {
        var archive: [UInt8] = []
        for index in 0..<5 {
            archive +=
                TarWriter.member("\(index).png", try png(UInt8(index)))
                + TarWriter.member("\(index).cls", Array("\(index % 2)\n".utf8))
        }
        let whole = try DatasetSummary(Dataset(folder.write(archive + [UInt8](repeating: 0, count: 1024), to: "w.tar")))
        #expect(whole.rows == 5)
        #expect(whole.labels?.map(\.rows) == [3, 2])
        let cut = try DatasetSummary(Dataset(folder.write(Array(archive.prefix(archive.count - 700)), to: "c.tar")))
        #expect(cut.rows == 4 || cut.rows == 5)
        #expect(cut.problemCount == 1)
    }

    // MARK: Parquet and Arrow

    @Test("Rows go through every format and keep their digest; the manifest leads back")
    func roundTrip() throws {
        let text =
            "id,label,text,x,flag\n"
            + (0..<1000).map { "\($0),\($0 % 3),\"row \($0)\",\(Double($0) / 4),\($0 % 2 == 0)\n" }.joined()
        let start = try dataset(text, "s.csv")
        let digest = try DatasetSummary(start).digest
        for ending in ["parquet", "csv", "jsonl"] {
            let path = folder.path + "/o.\(ending)"
            let format = try #require(TableWriter.Format(path: path))
            #expect(try DatasetExport(start).write(to: path, format: format).rows == 1000)
            let again = try Dataset(path)
            #expect(try DatasetSummary(again).digest == digest, "\(ending)")
            let manifest = try #require(try all(Dataset(path + ".manifest.csv")).first)
            #expect(manifest.column("source_row")?.integer(999) == 999)
            #expect(manifest.column("source_place")?.text(0) == "line 2")
            let row = try again.rows(500..<501)[0]
            #expect(row.columns[0].integer(0) == 500)
            #expect(try row.digest(0) == start.rows(500..<501)[0].digest(0))
            #expect(
                manifest.column("sha256")?.text(500)
                    == row.digest(0).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined())
        }
    }

    @Test("Rows may be asked for while others are read; those past the end are left out")
    func nested() throws {
        let start = try dataset("a\n" + (0..<100).map { "\($0)\n" }.joined(), "n.csv")
        let path = folder.path + "/n.parquet"
        _ = try DatasetExport(start).write(to: path, format: .parquet)
        let table = try Dataset(path)
        var found: [Int?] = []
        try table.forEachBatch { _ in
            found += try table.rows(98..<200).flatMap { batch in (0..<batch.count).map { batch.columns[0].integer($0) }
            }
            return true
        }
        #expect(found == [98, 99])
    }

    @Test("A damaged Parquet file is an error with a reason, wherever it is damaged")
    func damagedParquet() throws {
        let start = try dataset("a,b\n" + (0..<500).map { "\($0),text \($0)\n" }.joined(), "p.csv")
        let path = folder.path + "/p.parquet"
        _ = try DatasetExport(start).write(to: path, format: .parquet)
        let bytes = try ByteStorage.whole(path)
        let good = (0..<bytes.count).map { bytes.base.load(fromByteOffset: $0, as: UInt8.self) }
        var (refused, read) = (0, 0)
        for place in stride(from: 4, to: good.count, by: 7) {
            var bad = good
            bad[place] ^= 0xFF
            do {
                _ = try DatasetSummary(Dataset(folder.write(bad, to: "bad.parquet")))
                read += 1
            } catch is DatasetFailure { refused += 1 }
        }
        #expect(refused > 10, "\(refused) refused, \(read) read")
        #expect(throws: DatasetFailure.self) { try Dataset(folder.write(Array(good.prefix(40)), to: "cut.parquet")) }
    }

    @Test("Columns are chosen by role where guessing is wrong; a name that is not there is an error")
    func roles() throws {
        var options = DatasetOptions()
        options.roles = [.label: "kind", .source: "who"]
        let dataset = try dataset("kind,who,label\n1,a,x\n2,b,y\n", "o.csv", options)
        #expect(dataset.name(of: .label) == "kind")
        #expect(try DatasetSummary(dataset).sources.map(\.value) == ["a", "b"])
        options.roles = [.label: "nothing"]
        #expect(throws: DatasetFailure.self) { try Dataset(dataset.path, options: options) }
    }
}

/// Single members of a tar archive.
enum TarWriter {
    static func member(_ name: String, _ content: [UInt8]) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, _ offset: Int) {
            for (index, byte) in text.utf8.enumerated() { header[offset + index] = byte }
        }
        func octal(_ number: Int, _ width: Int) -> String {
            let digits = String(number, radix: 8)
            return String(repeating: "0", count: width - digits.count) + digits
        }
        put(name, 0)
        put("0000644", 100)
        put(octal(content.count, 11), 124)
        put("ustar", 257)
        put("00", 263)
        header[156] = 0x30
        put("        ", 148)
        put(octal(header.reduce(0) { $0 + Int($1) }, 6) + "\0 ", 148)
        return header + content + [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
    }
}
