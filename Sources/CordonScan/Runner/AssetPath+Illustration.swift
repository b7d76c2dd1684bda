package import CordonCore

extension AssetPath {
    private static let illustrating: Set<Substring> = [
        "t", "test", "tests", "testing", "testdata", "test-data", "test_data", "testsuite", "testutils", "unittests",
        "__tests__", "spec", "specs", "e2e", "fixture", "fixtures", "mock", "mocks", "examples", "example", "docs",
        "doc", "samples",
    ]

    /// Data that tests bring along, by a folder of the path; examples, and the part of a dataset that is named `test`, are not meant.
    package var isTestData: Bool {
        let folders = display.lowercased().split(separator: "/").dropLast()
        return bytes.first != UInt8(ascii: "/")
            && folders.contains {
                ["tests", "__tests__", "testdata", "test-data", "test_data", "fixture", "fixtures"].contains($0)
            }
    }

    /// Tests, examples and documents by their folder or name.
    package var isIllustration: Bool {
        let parts = display.lowercased().split(separator: "/")
        guard let name = parts.last else { return false }
        return parts.dropLast().contains { Self.illustrating.contains($0) } || name.hasPrefix("test_")
            || ["conftest.py", "tests.py"].contains(name)
            || [
                "_test.py", "_test.go", "_tests.rs", "_test.rs", ".test.ts", ".test.js", ".test.tsx", ".spec.ts",
                ".spec.js", ".example", ".sample", ".template",
            ].contains { name.hasSuffix($0) }
    }
}
