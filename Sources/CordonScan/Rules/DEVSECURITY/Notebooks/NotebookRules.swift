internal import CordonCore

/// Rules about notebooks, and about characters in code.
extension Rules {
    static let notebooks: [Rule] = [notebookShell, notebookMarkup, notebookHidden, codeCharacters]

    static let notebookShell = Rule(
        id: "CORDON-NBK-001", title: "Notebook runs what it fetches or decodes", severity: .high,
        threat: .devmodelpoison, control: .devsecurity,
        why: "Whoever answers the request runs commands with the rights of whoever runs the cell.",
        remedy: "Fetch to a file, compare its hash, read it, and only then run it.",
        limits: "Commands that are put together from parts, and what fetched files do.", cwe: [494, 78])
    static let notebookMarkup = Rule(
        id: "CORDON-NBK-002", title: "Markup that runs when a notebook is shown", severity: .medium,
        threat: .devmodelpoison, control: .devsecurity,
        why: "Opening a trusted notebook, or one exported to HTML, runs it with the rights of the page.",
        remedy:
            "Clear the outputs (nbstripout, or jupyter nbconvert --clear-output) and look at where the notebook came from.",
        limits: "Scripts in bundles of plot libraries are notes; what fetched scripts do.", cwe: [79, 80])
    static let notebookHidden = Rule(
        id: "CORDON-NBK-003", title: "Hidden cell that does something", severity: .medium, threat: .devmodelpoison,
        control: .devsecurity,
        why: "The cell runs with all others, and nobody who reads the notebook sees it.",
        remedy: "Show the cell and read it.",
        limits: "Hidden cells that only compute; cells hidden by extensions in other ways.", cwe: [506, 451])
    static let codeCharacters = Rule(
        id: "CORDON-NBK-004", title: "Code that is not what it looks like", severity: .medium, threat: .devmodelpoison,
        control: .devsecurity,
        why:
            "Characters that are not seen, turn the writing or look like others make reviewers read other code than what runs.",
        remedy: "Show the characters with an editor that marks them, and ask who wrote the line.",
        limits: "Characters in texts and comments that look alike.", cwe: [1007])
}
