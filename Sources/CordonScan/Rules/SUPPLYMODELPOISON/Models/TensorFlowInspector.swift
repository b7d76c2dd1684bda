internal import CordonCore
internal import CordonFormats

/// TensorFlow graphs: operations that leave the graph.
enum TensorFlowInspector {
    static func inspect(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        let (graph, hasLambda) = view.withSpan { bytes in
            (TensorFlowGraph.read(bytes), KerasInspector.namesLambda(bytes))
        }
        guard let graph else { return }
        for (name, use) in graph.operations.sorted(by: { $0.value.offset < $1.value.offset }) {
            guard let rule = rule(for: name, use, functions: graph.functions) else { continue }
            let strings = use.strings.filter { !$0.isEmpty }.prefix(2)
                .map { "'\(PrintableText.quoting($0, limit: 60))'" }.joined(separator: ", ")
            inspection.report(
                rule, at: spot.element(use.node, offset: use.offset),
                "the operation \(name)\(strings.isEmpty ? "" : " with \(strings)"), \(use.count) times", subject: name)
        }
        for asset in graph.assets {
            guard let reason = MemberPath.escape(Array(asset.utf8)) else { continue }
            inspection.report(
                Rules.tensorflowFile, at: spot.element(asset),
                "the asset '\(PrintableText.quoting(asset))' has \(reason)",
                subject: asset)
        }
        if hasLambda {
            inspection.report(
                Rules.kerasLambda, at: spot.offset(0), "Keras metadata names a Lambda layer", subject: "Lambda",
                confidence: .medium)
        }
        if graph.isMalformed { inspection.skipped("\(spot.prefix)part of the TensorFlow graph does not parse") }
    }

    /// A graph in protocol buffers' text format: every `op: "…"`.
    static func inspectText(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        view.withSpan { bytes in
            var position = 0
            while let hit = bytes.firstRange(of: Array("op: \"".utf8), from: position, to: bytes.byteCount) {
                position = hit + 5
                let end = bytes.firstIndex(
                    of: UInt8(ascii: "\""), from: position, to: min(bytes.byteCount, position + 200))
                guard let end else { continue }
                let name = bytes.text(position..<end)
                if let rule = rule(for: name), rule != Rules.tensorflowForeign {
                    inspection.report(
                        rule, at: spot.offset(hit), "the operation \(PrintableText.quoting(name))", subject: name)
                }
            }
        }
        inspection.skipped("\(spot.prefix)TensorFlow text graph: only operations were looked at")
    }

    /// The rule an operation breaks, if any. Also used for TensorFlow Lite's Flex operators.
    ///
    /// - Parameter functions: functions of the graph's own library, which may be called like operations.
    static func rule(
        for name: String, _ use: TensorFlowOperation? = nil, functions: Set<Substring> = []
    ) -> Rule? {
        if python.contains(name) { return Rules.tensorflowPython }
        if files.contains(name) { return Rules.tensorflowFile }
        if network.contains(name) { return Rules.tensorflowNetwork }
        if name == "PrintV2", use?.strings.contains(where: { $0.hasPrefix("file:") }) == true {
            return Rules.tensorflowFile
        }
        let isInternal = name.hasPrefix("_") || functions.contains(Substring(name))
        return isInternal || TensorFlowOperations.names.contains(Substring(name)) ? nil : Rules.tensorflowForeign
    }

    private static let python: Set<String> = ["PyFunc", "PyFuncStateless", "EagerPyFunc", "_PyFunc", "XlaHostCompute"]
    private static let files: Set<String> = [
        "ReadFile", "WriteFile", "MatchingFiles", "WholeFileReader", "WholeFileReaderV2", "TextLineReader",
        "TextLineReaderV2",
        "TFRecordReader", "TFRecordReaderV2", "FixedLengthRecordReader", "FixedLengthRecordReaderV2", "LMDBReader",
        "TextLineDataset", "TFRecordDataset", "TFRecordDatasetV2", "FixedLengthRecordDataset",
        "FixedLengthRecordDatasetV2",
        "CSVDataset", "CSVDatasetV2", "SqlDataset", "LMDBDataset", "ExperimentalCSVDataset", "ExperimentalSqlDataset",
        "MatchingFilesDataset", "ExperimentalMatchingFilesDataset", "SaveDataset", "SaveDatasetV2", "LoadDataset",
        "SnapshotDataset", "SnapshotDatasetV2", "CacheDataset", "CacheDatasetV2", "ImmutableConst",
        "LookupTableExportToFile",
        "CreateSummaryFileWriter", "CreateSummaryDbWriter", "WriteSummary", "WriteGraphSummary", "ImportEvent",
        "SaveSlices", "InitializeTableFromTextFileV3", "DatasetToTFRecord", "ExperimentalDatasetToTFRecord",
        "LoadLibrary",
    ]
    private static let network: Set<String> = [
        "Rpc", "TryRpc", "DebugIdentity", "DebugIdentityV2", "DebugIdentityV3", "DebugNanCount", "DebugNumericSummary",
        "DataServiceDataset", "DataServiceDatasetV2", "DataServiceDatasetV3", "DataServiceDatasetV4", "RegisterDataset",
        "RegisterDatasetV2", "BigQueryReader", "BigtableClient", "CloudBigtableClient", "GcsConfigureCredentials",
        "GcsConfigureBlockCache", "ConfigureDistributedTPU", "CollectiveBcastSend", "GenerateBigQueryReaderPartitions",
    ]
}
