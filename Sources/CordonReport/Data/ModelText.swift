internal import CordonCore
internal import CordonFormats
package import CordonModelDefense
package import CordonTensor

/// What `cordon model info` prints of a graph.
package enum ModelText {
    /// Inputs, outputs, weights and operators.
    package static func render(_ summary: GraphSummary, path: String, byteCount: Int, colour: Bool) -> String {
        let style = TextStyle(colour)
        var lines = [style.bold(DatasetText.shown(path, 200))]
        let producer = summary.producer.isEmpty ? "" : ", written by \(DatasetText.shown(summary.producer, 80))"
        lines.append(
            "  ONNX, operator set \(summary.operatorSets.map { DatasetText.shown($0, 60) }.joined(separator: ", ")), \(IntegrityText.bytes(byteCount))\(producer)"
        )
        let types = summary.types.prefix(4).map { "\(DatasetText.count($0.elements)) \($0.name)" }.joined(
            separator: ", ")
        lines.append(
            "  \(DatasetText.count(summary.parameters)) parameters (constants: \(types.isEmpty ? "none" : types))")
        for (title, values) in [("inputs", summary.inputs), ("outputs", summary.outputs)] {
            lines += ["", style.bold("  \(title)")]
            for value in values.prefix(20) {
                lines.append("    \(DatasetText.shown(value.name, 60))  \(DatasetText.shown(value.description, 100))")
            }
            if values.count > 20 { lines.append("    … \(values.count - 20) more") }
        }
        if let hidden = summary.lastHidden { lines += ["", "  last hidden layer: \(DatasetText.shown(hidden, 100))"] }
        lines += ["", style.bold("  operators") + " (\(DatasetText.count(summary.nodes)) nodes)"]
        let width = min(36, summary.operators.map(\.name.count).max() ?? 0)
        for use in summary.operators.prefix(40) {
            lines.append(
                "    " + DatasetText.pad(DatasetText.shown(use.name, 36), width) + "  "
                    + DatasetText.pad(DatasetText.count(use.nodes), 7)
                    + (use.isSupported ? "" : style.bad("not supported")))
        }
        if summary.operators.count > 40 { lines.append("    … \(summary.operators.count - 40) more") }
        let missing = summary.operators.filter { !$0.isSupported }.map(\.name)
        lines.append("")
        lines.append(
            missing.isEmpty
                ? "  every operator is supported: 'cordon model run' can run it"
                : style.bad(
                    "  it cannot be run: \(missing.map { DatasetText.shown($0, 60) }.joined(separator: ", ")) are not supported"
                ))
        return lines.joined(separator: "\n") + "\n"
    }

    /// The same as JSON; schema `model-info-1.0`.
    package static func json(_ summary: GraphSummary, path: String, byteCount: Int) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            head("ONNX", path, byteCount, &json)
            json.string("producer", DatasetText.shown(summary.producer, 256))
            json.array("operatorSets") { json in
                for set in summary.operatorSets { json.string(nil, DatasetText.shown(set, 256)) }
            }
            for (key, values) in [("inputs", summary.inputs), ("outputs", summary.outputs)] {
                json.array(key) { json in
                    for value in values {
                        json.object { json in
                            json.string("name", DatasetText.shown(value.name, 512))
                            json.string("type", DatasetText.shown(value.description, 512))
                        }
                    }
                }
            }
            json.number("nodes", summary.nodes)
            json.number("parameters", summary.parameters)
            elements(summary.types, &json)
            json.string("lastHidden", summary.lastHidden.map { DatasetText.shown($0, 512) })
            json.array("operators") { json in
                for use in summary.operators {
                    json.object { json in
                        json.string("name", DatasetText.shown(use.name, 256))
                        json.number("nodes", use.nodes)
                        json.boolean("supported", use.isSupported)
                    }
                }
            }
            json.boolean("supported", summary.operators.allSatisfy(\.isSupported))
        }
        return json.bytes
    }

    /// What a file of weights without a graph holds.
    package static func render(
        _ weights: WeightListing, path: String, byteCount: Int, colour: Bool
    ) -> String {
        let style = TextStyle(colour)
        var lines = [style.bold(DatasetText.shown(path, 200))]
        lines.append(
            "  \(weights.format), \(IntegrityText.bytes(byteCount)), \(DatasetText.count(weights.tensors.count)) tensors"
        )
        let types = weights.types.map { "\(DatasetText.count($0.elements)) \(DatasetText.shown($0.name, 40))" }
        lines.append("  \(DatasetText.count(weights.parameters)) parameters (\(types.joined(separator: ", ")))")
        lines += ["", style.bold("  largest tensors")]
        let largest = weights.tensors.sorted { ($1.count, $0.name) < ($0.count, $1.name) }.prefix(12)
        let width = min(60, largest.map { DatasetText.shown($0.name, 60).count }.max() ?? 0)
        for tensor in largest {
            let name = tensor.name.isEmpty ? "(unnamed)" : DatasetText.shown(tensor.name, 60)
            lines.append(
                "    " + DatasetText.pad(name, width) + "  \(DatasetText.shown(tensor.type, 40)) \(tensor.shape)")
        }
        lines += ["", "  weights without a graph: it cannot be run; export the model as ONNX for that"]
        return lines.joined(separator: "\n") + "\n"
    }

    /// The same as JSON; schema `model-info-1.0`.
    package static func json(_ weights: WeightListing, path: String, byteCount: Int) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            head(weights.format, path, byteCount, &json)
            json.number("parameters", weights.parameters)
            elements(weights.types, &json)
            json.array("tensors") { json in
                for tensor in weights.tensors {
                    json.object { json in
                        json.string("name", DatasetText.shown(tensor.name, 512))
                        json.string("type", DatasetText.shown(tensor.type, 64))
                        json.array("shape") { json in for extent in tensor.shape { json.number(nil, extent) } }
                    }
                }
            }
            json.boolean("supported", false)
        }
        return json.bytes
    }

    private static func head(_ format: String, _ path: String, _ byteCount: Int, _ json: inout JSONWriter) {
        json.string("schemaVersion", "1.0")
        json.string("path", DatasetText.shown(path, .max))
        json.string("format", format)
        json.number("bytes", byteCount)
    }

    private static func elements(_ types: [(name: String, elements: Int)], _ json: inout JSONWriter) {
        json.array("elementTypes") { json in
            for (name, elements) in types {
                json.object { json in
                    json.string("type", name)
                    json.number("elements", elements)
                }
            }
        }
    }
}
