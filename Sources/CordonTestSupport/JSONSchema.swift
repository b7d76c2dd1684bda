package import CordonFormats

/// A validator for the keywords that our schemas and SARIF's use (JSON Schema draft 7): enough to say that a report is
/// what its schema says, without Python.
package struct JSONSchema {
    private let root: JSONValue

    /// A schema from its text.
    package init(_ text: [UInt8]) throws { root = try JSONDocument.parse(ByteView(copying: text)).root }

    /// Everything in `value` that does not fit, as `path: reason`; empty when it fits.
    package func errors(in value: JSONValue) -> [String] {
        var errors: [String] = []
        check(value, root, "$", &errors)
        return errors
    }

    private func resolve(_ schema: JSONValue) -> JSONValue {
        guard let reference = schema["$ref"]?.string, reference.hasPrefix("#/") else { return schema }
        var current = root
        for part in reference.dropFirst(2).split(separator: "/") {
            guard let next = current[String(part)] else { return schema }
            current = next
        }
        return resolve(current)
    }

    private func check(_ value: JSONValue, _ unresolved: JSONValue, _ path: String, _ errors: inout [String]) {
        let schema = resolve(unresolved)
        if let type = schema["type"] { checkType(value, type, path, &errors) }
        if let options = schema["enum"], !options.elements.contains(where: { same($0, value) }) {
            errors.append("\(path): not one of the allowed values")
        }
        if let constant = schema["const"], !same(constant, value) { errors.append("\(path): not the constant") }
        if let minimum = schema["minimum"]?.integer, let number = value.integer, number < minimum {
            errors.append("\(path): below \(minimum)")
        }
        if value.isObject { checkObject(value, schema, path, &errors) }
        if value.isArray { checkArray(value, schema, path, &errors) }
        checkCombinations(value, schema, path, &errors)
    }

    private func checkType(_ value: JSONValue, _ type: JSONValue, _ path: String, _ errors: inout [String]) {
        let names = type.string.map { [$0] } ?? type.elements.compactMap(\.string)
        if !names.contains(where: { matches(value, $0) }) { errors.append("\(path): not of type \(names)") }
    }

    private func matches(_ value: JSONValue, _ type: String) -> Bool {
        switch type {
        case "object": value.isObject
        case "array": value.isArray
        case "string": value.string != nil
        case "integer": value.integer != nil
        case "number": value.isNumber
        case "boolean": value.boolean != nil
        default: false
        }
    }

    private func checkObject(_ value: JSONValue, _ schema: JSONValue, _ path: String, _ errors: inout [String]) {
        for name in schema["required"]?.elements.compactMap(\.string) ?? [] where value[name] == nil {
            errors.append("\(path): '\(name)' is missing")
        }
        let properties = schema["properties"]
        for (key, member) in value.members {
            if let rule = properties?[key] {
                check(member, rule, "\(path).\(key)", &errors)
            } else if let rule = schema["additionalProperties"] {
                if rule.boolean == false {
                    errors.append("\(path): '\(key)' is not allowed")
                } else if rule.isObject {
                    check(member, rule, "\(path).\(key)", &errors)
                }
            }
        }
    }

    private func checkArray(_ value: JSONValue, _ schema: JSONValue, _ path: String, _ errors: inout [String]) {
        if let least = schema["minItems"]?.integer, value.elements.count < least {
            errors.append("\(path): fewer than \(least) items")
        }
        guard let rule = schema["items"], rule.isObject else { return }
        for (index, element) in value.elements.enumerated() { check(element, rule, "\(path)[\(index)]", &errors) }
    }

    private func checkCombinations(_ value: JSONValue, _ schema: JSONValue, _ path: String, _ errors: inout [String]) {
        func fits(_ rule: JSONValue) -> Bool {
            var inner: [String] = []
            check(value, rule, path, &inner)
            return inner.isEmpty
        }
        if let all = schema["allOf"] { for rule in all.elements { check(value, rule, path, &errors) } }
        if let any = schema["anyOf"], !any.elements.contains(where: fits) {
            errors.append("\(path): fits no alternative")
        }
        if let one = schema["oneOf"], one.elements.count(where: fits) != 1 {
            errors.append("\(path): does not fit exactly one alternative")
        }
        if let not = schema["not"], fits(not) { errors.append("\(path): fits what it must not") }
    }

    private func same(_ a: JSONValue, _ b: JSONValue) -> Bool {
        a.string == b.string && a.integer == b.integer && a.boolean == b.boolean && a.isObject == b.isObject
            && a.isArray == b.isArray
    }
}
