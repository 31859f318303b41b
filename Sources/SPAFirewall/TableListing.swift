/// The filter table as `iptables-save -t filter` prints it.
package struct TableListing: Equatable, Sendable {
    /// One rule: its chain, and its arguments as printed.
    package struct Rule: Equatable, Sendable {
        package let chain: String
        package let arguments: String

        package init(chain: String, arguments: String) { (self.chain, self.arguments) = (chain, arguments) }
    }

    /// Policy of each chain; `-` for chains that users made.
    package var policies: [String: String] = [:]
    package var rules: [Rule] = []

    package init() {}

    /// Reads the listing; lines that are neither chains nor rules are passed over.
    package init(parsing text: String) {
        for line in text.split(whereSeparator: \.isNewline) {
            if line.hasPrefix(":") {
                let words = line.dropFirst().split(separator: " ")
                if words.count >= 2 { policies[String(words[0])] = String(words[1]) }
            } else if line.hasPrefix("-A ") {
                let rest = line.dropFirst(3)
                guard let blank = rest.firstIndex(of: " ") else { continue }
                rules.append(
                    Rule(chain: String(rest[..<blank]), arguments: String(rest[rest.index(after: blank)...])))
            }
        }
    }

    /// Reads a complete listing of the filter table; nil for a text that is something else, or cut short. An empty text is
    /// an empty table.
    package init?(complete text: String) {
        let lines = text.split(whereSeparator: \.isNewline)
        guard lines.isEmpty || lines.contains("*filter") && lines.contains("COMMIT") else { return nil }
        self.init(parsing: text)
    }

    package func rules(in chain: String) -> [Rule] { rules.filter { $0.chain == chain } }

    package func hasJump(from parent: String, to chain: String) -> Bool {
        rules.contains { $0.chain == parent && $0.arguments == "-j \(chain)" }
    }
}

extension TableListing.Rule {
    /// The end that fwknop's mark names, when the rule carries one: a comment `_exp_` and a number, nothing else.
    package var markedEnd: Int64? {
        let words = arguments.split(separator: " ")
        guard let comment = words.firstIndex(of: "--comment"), words.indices.contains(comment + 1) else {
            return nil
        }
        // Quotes around one word; a quote at its start alone opens a longer comment.
        var text = words[comment + 1]
        if text.hasPrefix("\""), text.count > 1, text.hasSuffix("\"") { text = text.dropFirst().dropLast() }
        guard text.hasPrefix(GrantRule.commentPrefix) else { return nil }
        let digits = text.dropFirst(GrantRule.commentPrefix.count)
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int64(digits)
    }
}
