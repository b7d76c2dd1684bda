internal import CordonCore

/// Rules about what a project depends on.
extension Rules {
    static let dependencies: [Rule] = [
        dependencyVulnerable, dependencyMalicious, dependencyImitation, dependencyConfusion, dependencyTransport,
        dependencyMovable, dependencyUnpinned, dependencyUnhashed, dependencyAbandoned, dependencyInstallScript,
        dependencyUnreadable, dependencyContradiction, advisoriesOld, assetAdvisory,
    ]

    private static let packages = ["AML.T0010.001"]

    static let dependencyVulnerable = Rule(
        id: "CORDON-DEP-001", title: "Package with a known vulnerability", severity: .high,
        threat: .supplymodelpoison, why: "Attackers know the weakness too, and tools that use it are public.",
        remedy: "Move to the version that is named, then lock and test again.",
        limits: "Weaknesses that the advisory database does not list, and whether the weak code is reached.",
        cwe: [1395], atlas: packages)
    static let dependencyMalicious = Rule(
        id: "CORDON-DEP-002", title: "Malicious or compromised package", severity: .critical,
        why: "The package is an attack: installing or importing it runs its maker's code with your rights.",
        remedy:
            "Do not install it. If it was installed, treat the machine and every secret on it as stolen, and rebuild.",
        limits: "Packages that nobody has reported yet.", cwe: [506, 1357], atlas: packages)
    static let dependencyImitation = Rule(
        id: "CORDON-DEP-003", title: "Name resembles a well-known package", severity: .high,
        why: "Impostors register names that people type by mistake or that models make up.",
        remedy: "Check the spelling. If the package is meant, pin it by hash and suppress this finding.",
        limits: "Imitations of packages that are not among the most used ones of PyPI and npm.", cwe: [1357, 1007],
        atlas: packages)
    static let dependencyConfusion = Rule(
        id: "CORDON-DEP-004", title: "Packages may come from the wrong index", severity: .high,
        why:
            "Several indexes are asked and the highest version wins: anybody can register a private name on a public one.",
        remedy: "Bind each package to its index, pin by hash, or serve everything from one private index.",
        limits: "Indexes that are configured outside the project, such as in pip.conf or .npmrc.", cwe: [427, 1357],
        atlas: packages)
    static let dependencyTransport = Rule(
        id: "CORDON-DEP-005", title: "Packages are fetched without a protected connection", severity: .high,
        why: "Anybody on the way can replace what is downloaded.",
        remedy: "Use https and remove --trusted-host; give the certificate of a private index with --cert.",
        limits: "Redirects from https to http.", cwe: [319, 295], atlas: packages)
    static let dependencyMovable = Rule(
        id: "CORDON-DEP-006", title: "Source can change under the same name", severity: .medium,
        why:
            "A branch, a tag or an archive without a hash can be replaced, and the next install takes what is there then.",
        remedy: "Name the full commit, or add the archive's SHA-256.", limits: "Whether the source did change.",
        cwe: [494, 829], atlas: packages)
    static let dependencyUnpinned = Rule(
        id: "CORDON-DEP-007", title: "Packages are not pinned", severity: .low,
        why:
            "Every install may bring other code than the one you tested, and a compromised release comes in by itself.",
        remedy: "Pin exact versions with hashes: uv lock, poetry lock, pip-compile --generate-hashes, npm install.",
        limits: "What pinned packages depend on, where no lock file says it.", cwe: [1357, 494], atlas: packages)
    static let dependencyUnhashed = Rule(
        id: "CORDON-DEP-008", title: "Locked without a hash", severity: .medium,
        why:
            "Other entries of the file are fixed by hash; these can be replaced on the index without anybody noticing.",
        remedy: "Let the tool write the hashes again, and find out why they were missing.",
        limits: "Whether the hashes that are there are right.", cwe: [494, 353], atlas: packages)
    static let dependencyAbandoned = Rule(
        id: "CORDON-DEP-009", title: "Package was withdrawn or abandoned", severity: .low,
        why: "Nobody mends what is found in it, and abandoned names are taken over.",
        remedy: "Move to the successor, or to a release that was not withdrawn.",
        limits: "Packages that nobody declared abandoned.", cwe: [1104, 1329], atlas: packages)
    static let dependencyInstallScript = Rule(
        id: "CORDON-DEP-010", title: "Package runs code when it is installed", severity: .low,
        why: "Install scripts are how most malicious packages start; they run before anybody imports anything.",
        remedy:
            "Install with scripts off (npm ci --ignore-scripts, pip --only-binary :all:) and allow the few that need it.",
        limits: "What the script does.", cwe: [829], atlas: packages)
    static let dependencyUnreadable = Rule(
        id: "CORDON-DEP-011", title: "Manifest cannot be followed", severity: .medium,
        why: "What is not understood was not checked, and tools disagree about what it means.",
        remedy: "Correct the named line; run the package manager's own check.",
        limits: "Manifests that are programs, such as setup.py.", cwe: [1357, 674], atlas: packages)
    static let dependencyContradiction = Rule(
        id: "CORDON-DEP-012", title: "Lock file contradicts its manifest", severity: .medium,
        why: "Somebody changed one of the two: what is reviewed is not what is installed.",
        remedy: "Write the lock file again from the manifest and read the difference.",
        limits: "Requirements with environment markers.", cwe: [345], atlas: packages)
    static let advisoriesOld = Rule(
        id: "CORDON-DEP-013", title: "Advisories are missing or old", severity: .low,
        why: "What was found since is not known to this scan.",
        remedy: "Import a new OSV dump: 'cordon advisories import all.zip'.",
        limits: "Records that the database's source left out.", cwe: [1104], atlas: packages)
    static let assetAdvisory = Rule(
        id: "CORDON-DEP-014", title: "Model or dataset that an advisory names", severity: .critical,
        why: "It is known to be harmful or broken, whatever its content looks like to other rules.",
        remedy: "Do not use it; the advisory says what to use instead.",
        limits: "Copies that were changed by a byte, when the advisory names a digest.", cwe: [506, 1357],
        atlas: ["AML.T0010.002", "AML.T0010.003"])
}
