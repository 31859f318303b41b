/// Text for the standard input of `iptables-restore --noflush`: changes of the filter table that take force together.
package struct RestoreScript: Sendable, Equatable {
    private var lines: [String] = []

    package init() {}

    package var isEmpty: Bool { lines.isEmpty }

    package mutating func append(_ rule: GrantRule, to chain: String) {
        lines.append("-A \(chain) \(rule.arguments)")
    }

    package mutating func delete(_ rule: GrantRule, from chain: String) {
        delete(rule.arguments, from: chain)
    }

    /// Deletes a rule by its arguments as a listing shows them.
    package mutating func delete(_ arguments: String, from chain: String) {
        lines.append("-D \(chain) \(arguments)")
    }

    package mutating func newChain(_ chain: String) { lines.append("-N \(chain)") }

    package mutating func removeChain(_ chain: String) { lines.append("-X \(chain)") }

    package mutating func insertJump(from parent: String, position: UInt16, to chain: String) {
        lines.append("-I \(parent) \(max(position, 1)) -j \(chain)")
    }

    package mutating func deleteJump(from parent: String, to chain: String) {
        lines.append("-D \(parent) -j \(chain)")
    }

    /// The script; with `acknowledgement`, a comment behind the COMMIT that `iptables-restore -v` prints once it is done.
    package func text(acknowledgement: UInt64? = nil) -> String {
        let body = (["*filter"] + lines + ["COMMIT"]).joined(separator: "\n") + "\n"
        return acknowledgement.map { body + RestoreScript.acknowledgement($0) + "\n" } ?? body
    }

    /// The line that answers the script with this number.
    package static func acknowledgement(_ number: UInt64) -> String { "# done \(number)" }
}
