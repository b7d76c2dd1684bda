/// Files that may say where a model or dataset comes from, by their names.
package enum LineageFiles {
    private static let names: Set<String> = [
        "readme.md", "config.json", "adapter_config.json", "mergekit_config.yml", "mergekit-config.yml",
        "mergekit_config.yaml", "mergekit_moe_config.yml", "dvc.lock", "dvc.yaml", "mlmodel", "modelfile", "kitfile",
        "model_index.json", "model-instance-metadata.json", "prov.json",
    ]

    /// Whether a file of that name is worth a look at the lineage of the folder that it lies in.
    ///
    /// Not among them: trainers' configurations and events of pipelines under names of their own; where nothing else lies
    /// beside them, `cordon provenance` reads them and a scan does not.
    package static func mayState(_ name: String) -> Bool {
        let lower = name.lowercased()
        if names.contains(lower) || DatasetDescription.isCandidate(lower[...]) { return true }
        if [".gguf", ".dvc", ".link", ".cdx"].contains(where: { lower.hasSuffix($0) }) { return true }
        if ["intoto", "dsse", "sigstore", "attestation", "provenance"].contains(where: { lower.holds($0) }) {
            return true
        }
        guard lower.hasSuffix(".json") || lower.hasSuffix(".xml") else { return false }
        return ["bom", "cdx", "spdx"].contains { lower.holds($0) }
    }
}
