import Foundation
import SPAConfig
import Testing

/// The files that the system tests give to the programs, read here by the parsers alone.
@Suite struct TheFolderOfBadFiles {
    static var folder: URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "System/bad-configs")
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let name: String, kind: FileKind, line: Int, fragment: String
        var testDescription: String { "\(name).\(kind)" }
    }

    static let rows: [Row] = {
        guard let text = try? String(contentsOf: folder.appending(path: "manifest.tsv"), encoding: .utf8)
        else {
            return []
        }
        return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.compactMap { line in
            let fields = line.split(separator: "\t").map(String.init)
            guard fields.count == 4, let kind = FileKind(rawValue: fields[1]), let number = Int(fields[2])
            else {
                return nil
            }
            return Row(name: fields[0], kind: kind, line: number, fragment: fields[3])
        }
    }()

    @Test func isListedCompletely() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path())
        let expected = Self.rows.map(\.testDescription) + ["manifest.tsv", "good.conf", "good.access"]
        #expect(files.sorted() == expected.sorted())
        #expect(Self.rows.count >= 45)
    }

    @Test(arguments: rows) func isRefusedAsTheManifestSays(_ row: Row) throws {
        let bytes = [UInt8](try Data(contentsOf: Self.folder.appending(path: row.testDescription)))
        let problems = row.kind.problems(bytes)
        #expect(problems.count == 1, "\(problems)")
        let problem = try #require(problems.first)
        #expect(problem.line == row.line && problem.reason.contains(row.fragment), "\(problem)")
        #expect(!problem.description.contains("5ecret") && !problem.description.contains("NWVjcmV0"))
    }

    @Test func hasGoodFilesToGoWithThem() throws {
        for (name, kind) in [("good.conf", FileKind.conf), ("good.access", .access)] {
            #expect(kind.problems([UInt8](try Data(contentsOf: Self.folder.appending(path: name)))).isEmpty)
        }
    }
}
