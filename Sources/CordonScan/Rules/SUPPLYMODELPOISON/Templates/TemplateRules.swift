internal import CordonCore

/// Rules about Jinja templates in models and configurations.
extension Rules {
    static let templates: [Rule] = [jinjaInjection, jinjaDynamic, jinjaResource]

    static let jinjaInjection = Rule(
        id: "CORDON-JNJ-001", title: "Chat template reaches for Python", severity: .critical,
        why: "A server that renders the template without a sandbox runs the attacker's code at the first message.",
        remedy: "Do not serve the model; replace the template by the one of the original model.",
        limits: "Templates that only change what the model is told.", cwe: [1336, 94])
    static let jinjaDynamic = Rule(
        id: "CORDON-JNJ-002", title: "Chat template hides what it reaches for", severity: .medium,
        why: "An attribute or template is chosen while rendering, so nobody can tell beforehand which.",
        remedy: "Read the template; chat templates need neither.", limits: "The value it will have.", cwe: [1336])
    static let jinjaResource = Rule(
        id: "CORDON-JNJ-003", title: "Chat template is made to exhaust the server", severity: .medium,
        why: "Rendering it once repeats something a million times or more.",
        remedy: "Do not serve the model; replace the template by the one of the original model.",
        limits: "Repetitions whose number depends on the chat.", cwe: [400])
}
