internal import CordonCore

/// Rules about files as such: names, links, limits.
extension Rules {
    static let files: [Rule] = [
        fileMasquerade, fileLinkOutside, fileChanged, fileExecutable, fileNativeMember, scanConfigured, limitDepth,
        limitRatio, limitBytes,
        limitMembers, limitTime,
    ]

    static let fileMasquerade = Rule(
        id: "CORDON-FIL-001", title: "File is not what its name says", severity: .high,
        why: "People and tools trust a format by its name; some load whatever content they find.",
        remedy: "Do not load it; ask the supplier why the content and the name differ.",
        limits: "Extensions that say nothing about the content, such as .bin, .pt or .ckpt.", cwe: [646, 434])
    static let fileLinkOutside = Rule(
        id: "CORDON-FIL-002", title: "Link leads out of the scanned folder", severity: .medium,
        why: "Whoever opens or copies it reads or overwrites a file that does not belong to the model.",
        remedy: "Remove the link, or replace it by the file it should be.",
        limits: "Links inside archives are reported by the archive's own rules.", cwe: [59])
    static let fileChanged = Rule(
        id: "CORDON-FIL-003", title: "File changed while it was scanned", severity: .medium,
        why: "What was inspected is not what is there now.",
        remedy: "Stop whatever writes the file and scan again.", limits: "Changes to small files between two scans.",
        cwe: [367])
    static let fileExecutable = Rule(
        id: "CORDON-FIL-004", title: "Native program under a data file's name", severity: .critical,
        why: "The file is a program or library of the operating system, not a model.",
        remedy: "Do not run or load it; delete it and tell its supplier.", limits: "What the program does.", cwe: [506])
    static let fileNativeMember = Rule(
        id: "CORDON-FIL-005", title: "Archive brings a native program", severity: .medium,
        why: "Programs and libraries inside a model's archive run when the model is loaded or installed.",
        remedy: "Find out why a model needs it; run it only if you trust its maker as much as your own code.",
        limits: "What the program does.", cwe: [829])
    static let scanConfigured = Rule(
        id: "CORDON-SCN-001", title: "The scan was configured by what it scanned", severity: .low,
        why: "A cordon.toml inside a supplied folder can leave files out or loosen limits.",
        remedy: "Read the file; scan supplied folders from outside them, or with --no-config.",
        limits: "Whether the settings are harmful.", cwe: [15])
    static let limitDepth = Rule(
        id: "CORDON-LIM-001", title: "Containers nested too deep", severity: .medium,
        why: "Deep nesting hides content from scanners; what lies deeper was not looked at.",
        remedy: "Unpack it yourself in a safe place, or raise [limits] depth and scan again.",
        limits: "Content below the limit.", cwe: [674])
    static let limitRatio = Rule(
        id: "CORDON-LIM-002", title: "Decompression bomb", severity: .high,
        why: "A small file grows until memory or disk of whoever opens it is full.",
        remedy: "Do not open it; if it is genuine, raise [limits] ratio and scan again.",
        limits: "Growth below the limit.", cwe: [409])
    static let limitBytes = Rule(
        id: "CORDON-LIM-003", title: "Too much decompressed data", severity: .medium,
        why: "The file was not read to its end, so the rest is unchecked.",
        remedy: "Raise [limits] total-bytes and scan again.", limits: "Content beyond the limit.", cwe: [409])
    static let limitMembers = Rule(
        id: "CORDON-LIM-004", title: "Too many members", severity: .medium,
        why: "Not all members were inspected.", remedy: "Raise [limits] members and scan again.",
        limits: "Members beyond the limit.", cwe: [400])
    static let limitTime = Rule(
        id: "CORDON-LIM-005", title: "Inspection took too long", severity: .medium,
        why: "The file needs more time than honest files do; the rest of it is unchecked.",
        remedy: "Raise [limits] seconds and scan again, or treat the file as hostile.",
        limits: "Content that was not reached.", cwe: [400, 407])
}
