internal import CordonCore
internal import CordonFormats

/// The XML form of CycloneDX, written as the JSON form has it.
///
/// Source: ECMA-424, the XML schemas of CycloneDX 1.4 to 1.7. Read as far as the graph needs it: elements that are lists
/// become arrays, attributes become members, and the three elements whose text stands beside attributes get a name for it.
enum CycloneDXXML {
    private static let lists: Set<String> = [
        "components", "services", "dependencies", "hashes", "licenses", "ancestors", "descendants", "variants",
        "properties", "datasets", "externalReferences", "formulation", "workflows", "inputs", "outputs", "custodians",
        "stewards", "owners", "tags", "authors", "inputParameters", "tasks", "steps",
    ]
    /// Elements with text and attributes, and the member that the text becomes.
    private static let texts: [String: String] = ["hash": "content", "property": "value"]

    static func json(_ root: XMLElement) -> [UInt8] {
        var json = JSONWriter(isCompact: true)
        json.object { json in
            json.string("bomFormat", "CycloneDX")
            for child in root.children { write(child, child.name, &json, depth: 0) }
        }
        return json.bytes
    }

    private static func write(_ element: XMLElement, _ key: String?, _ json: inout JSONWriter, depth: Int) {
        guard depth < 64 else { return }
        if lists.contains(element.name) {
            json.array(key) { json in
                for child in element.children { write(child, nil, &json, depth: depth + 1) }
            }
            return
        }
        // Data of a component stands in it several times, as an array has it.
        if element.children.isEmpty, element.attributes.isEmpty {
            json.string(key, element.trimmed)
            return
        }
        json.object(key) { json in
            for (name, value) in element.attributes.sorted(by: { $0.key < $1.key }) where !name.contains(":") {
                json.string(name, value)
            }
            if element.name == "dependency" {
                json.array("dependsOn") { json in
                    for child in element.all("dependency") { json.string(nil, child.attributes["ref"]) }
                }
                return
            }
            if let name = texts[element.name] { json.string(name, element.trimmed) }
            let repeated = element.all("data")
            if element.name == "component", !repeated.isEmpty {
                json.array("data") { json in for child in repeated { write(child, nil, &json, depth: depth + 1) } }
            }
            for child in element.children where element.name != "component" || child.name != "data" {
                write(child, child.name, &json, depth: depth + 1)
            }
        }
    }
}
