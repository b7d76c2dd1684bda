internal import CordonCore

/// Rules about archives and compressed streams.
extension Rules {
    static let containers: [Rule] = [
        zipDisagreement, zipPath, zipEncrypted, zipSurroundings, zipOverlap, zipDuplicate, zipLink, zipCRC,
        zipMalformed,
        zipUnlisted, zipMethod, tarPath, tarLink, tarDevice, tarMalformed, streamBroken, streamTrailing,
    ]

    static let zipDisagreement = Rule(
        id: "CORDON-ZIP-001", title: "Zip headers disagree about a member", severity: .high,
        why: "One program reads one content and another program a different one; scanners are shown the harmless one.",
        remedy: "Do not load it; ask for an archive written by the framework itself.",
        limits: "Which of the two a given program believes.", cwe: [436, 345])
    static let zipPath = Rule(
        id: "CORDON-ZIP-002", title: "Zip member would be written outside its folder", severity: .high,
        why: "Unpacking the archive overwrites files elsewhere on the machine.",
        remedy: "Do not unpack it; ask the supplier for a clean archive.",
        limits: "Programs that read without unpacking.",
        cwe: [22])
    static let zipEncrypted = Rule(
        id: "CORDON-ZIP-003", title: "Zip member is marked as encrypted", severity: .medium,
        why: "Nothing in it can be checked, and some loaders ignore the mark and read it anyway.",
        remedy: "Ask for the file without encryption, or decrypt it and scan again.",
        limits: "The encrypted content.", cwe: [693])
    static let zipSurroundings = Rule(
        id: "CORDON-ZIP-004", title: "Data before, after or between zip members", severity: .medium,
        why: "The file is two things at once, or hides data that no member owns.",
        remedy: "Find out what the data is; re-save the archive without it.", limits: "Data inside extra fields.",
        cwe: [506, 436])
    static let zipOverlap = Rule(
        id: "CORDON-ZIP-005", title: "Zip members share bytes", severity: .high,
        why: "Overlapping members make bombs and let one program read what another does not see.",
        remedy: "Do not open it.", limits: "Nothing known.", cwe: [409, 436])
    static let zipDuplicate = Rule(
        id: "CORDON-ZIP-006", title: "Two zip members have the same name", severity: .high,
        why: "Programs choose differently, so what was checked need not be what is loaded.",
        remedy: "Do not load it; ask for an archive written by the framework itself.",
        limits: "Names that differ only for some file systems.", cwe: [694, 436])
    static let zipLink = Rule(
        id: "CORDON-ZIP-007", title: "Zip member is a link or device", severity: .medium,
        why: "Unpacking it creates a path to files outside the archive.", remedy: "Do not unpack it.",
        limits: "Links made by later members.", cwe: [59])
    static let zipCRC = Rule(
        id: "CORDON-ZIP-008", title: "Zip member does not match its checksum", severity: .medium,
        why: "Careful programs refuse it, careless ones load it: a way past scanners, or damage.",
        remedy: "Get the file again; compare its digest with the supplier's.",
        limits: "Members larger than 1 MiB that need not be read.", cwe: [354])
    static let zipMalformed = Rule(
        id: "CORDON-ZIP-009", title: "Zip structure is malformed", severity: .medium,
        why: "Programs repair such archives differently; some refuse them, some load them.",
        remedy: "Get the file again, or re-save it.", limits: "What a repairing program would find.", cwe: [436])
    static let zipUnlisted = Rule(
        id: "CORDON-ZIP-010", title: "Zip member is missing from the directory", severity: .high,
        why: "Programs that read from the front see a member that scanners reading the directory never list.",
        remedy: "Do not load it.", limits: "Entries without a local header.", cwe: [436, 506])
    static let zipMethod = Rule(
        id: "CORDON-ZIP-011", title: "Zip member uses an unknown compression method", severity: .medium,
        why: "Nothing in it can be checked; model libraries store or deflate.",
        remedy: "Re-save the archive with the framework itself, then scan again.", limits: "The member's content.",
        cwe: [693])
    static let tarPath = Rule(
        id: "CORDON-TAR-001", title: "Tar or 7z entry would be written outside its folder", severity: .high,
        why: "Unpacking the archive overwrites files elsewhere on the machine.", remedy: "Do not unpack it.",
        limits: "Programs that read without unpacking.", cwe: [22])
    static let tarLink = Rule(
        id: "CORDON-TAR-002", title: "Tar or 7z link leads outside the archive", severity: .high,
        why: "Later entries or readers follow the link to files that do not belong to the model.",
        remedy: "Do not unpack it.", limits: "Links to links.", cwe: [59])
    static let tarDevice = Rule(
        id: "CORDON-TAR-003", title: "Tar entry is a device or has special rights", severity: .high,
        why: "Unpacked by an administrator it gives access to hardware or runs with other rights.",
        remedy: "Do not unpack it.",
        limits: "Nothing known.", cwe: [73])
    static let tarMalformed = Rule(
        id: "CORDON-TAR-004", title: "Tar or 7z structure is malformed", severity: .medium,
        why: "Programs read such archives differently.", remedy: "Get the file again.",
        limits: "What a repairing program would find.", cwe: [436])
    static let streamBroken = Rule(
        id: "CORDON-CMP-001", title: "Compressed stream is damaged", severity: .low,
        why: "Only the part before the damage was inspected.", remedy: "Get the file again.",
        limits: "Content behind the damage.", cwe: [354])
    static let streamTrailing = Rule(
        id: "CORDON-CMP-002", title: "Data after the end of a compressed stream", severity: .low,
        why: "Most programs ignore it, some read on; data can hide in it.", remedy: "Find out what the data is.",
        limits: "Meaning of the data, unless it is itself a format that Cordon opens.", cwe: [1284])
}
