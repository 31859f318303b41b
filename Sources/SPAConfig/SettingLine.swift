/// Where a setting stands in `spad.conf`, for what is found wrong with it only later.
package enum SettingLine {
    /// The number, from 1, of the last line that sets `name`; nil where the default counts.
    package static func find(_ name: String, in text: Span<UInt8>) -> Int? {
        var ignored = Findings(file: "")
        var found: Int?
        for line in LineSplitter.lines(text, &ignored) where line.isReadable {
            guard case .entry(let word, _)? = try? LineGrammar.server.read(line, text) else { continue }
            if word.count == name.utf8.count, Words.string(text, word) == name { found = line.number }
        }
        return found
    }
}
