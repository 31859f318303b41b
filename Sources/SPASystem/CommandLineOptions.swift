// Unsafe rim: getopt_long(3).
internal import CSallyportShims
internal import Synchronization

/// One option of a program, for ``CommandLineOptions``.
package struct OptionRule<ID: Hashable & Sendable>: Sendable {
    package enum Value: Int32, Sendable { case none = 0, required, optional }

    package let id: ID
    /// `-x`; nil for an option with long names only.
    package let short: Character?
    /// Long names without `--`.
    package let long: [String]
    package let value: Value

    package init(_ id: ID, short: Character? = nil, long: String..., value: Value = .none) {
        self.id = id
        self.short = short
        self.long = long
        self.value = value
    }
}

/// Why a command line cannot be read.
package enum CommandLineError: Error, Hashable, Sendable, CustomStringConvertible {
    /// As typed, with its dashes. Also a long name that is short for several.
    case unknown(String)
    case valueMissing(String)
    case valueUnwanted(String)

    package var description: String {
        switch self {
        case .unknown(let option): "unknown or ambiguous option \(option)"
        case .valueMissing(let option): "option \(option) needs a value"
        case .valueUnwanted(let option): "option \(option) takes no value"
        }
    }
}

/// getopt(3) keeps its place in the process: one command line at a time.
private let getoptTurn = Mutex<Void>(())

/// A command line in the GNU manner: `-abc`, `-ovalue`, `--name=value`, unambiguous abbreviations, options after
/// positional arguments, and `--` before what is no option.
package struct CommandLineOptions<ID: Hashable & Sendable>: Sendable {
    /// In the order of the command line.
    package private(set) var options: [(id: ID, value: String?)] = []
    package private(set) var positional: [String] = []

    /// Reads `arguments`, the program's name first.
    package init(_ arguments: [String], _ rules: [OptionRule<ID>]) throws(CommandLineError) {
        self = try getoptTurn.withLock { (_) throws(CommandLineError) in
            var line = CommandLineOptions()
            try line.read(arguments, rules)
            return line
        }
    }

    private init() {}

    private mutating func read(_ arguments: [String], _ rules: [OptionRule<ID>]) throws(CommandLineError) {
        let vector = CStringArray(arguments.isEmpty ? [""] : arguments)
        // ':' first: a missing value is told apart from an unknown option.
        var shorts = ":"
        for rule in rules {
            guard let short = rule.short else { continue }
            shorts.append(short)
            shorts += String(repeating: ":", count: Int(rule.value.rawValue))
        }
        // Values of long options are above all characters: 256 plus the rule's place.
        let names = CStringArray(rules.flatMap(\.long))
        var table: [sp_option] = unsafe []
        for (place, rule) in rules.enumerated() {
            for _ in rule.long {
                // SAFETY: `names` has one entry for each entry of the table, and outlives it.
                let name = unsafe names.pointers[table.count].map { unsafe UnsafePointer($0) }
                let option = unsafe sp_option(
                    name: name, argument: rule.value.rawValue, value: Int32(256 + place))
                unsafe table.append(option)
            }
        }
        var restart: Int32 = 1
        while true {
            var argument: UnsafePointer<CChar>?
            var index: Int32 = 0
            var bad: Int32 = 0
            // SAFETY: every pointer is into an owner that lives to the end of this function.
            let found = unsafe table.withUnsafeBufferPointer {
                unsafe sp_next_option(
                    restart, Int32(vector.count), vector.pointers, shorts, $0.baseAddress, $0.count,
                    &argument, &index,
                    &bad)
            }
            restart = 0
            if found == -1 {
                positional = (Int(index)..<max(vector.count, Int(index))).map { vector.string($0) }
                return
            }
            let typed = CommandLineOptions.spelling(bad, rules, previous: vector.string(Int(index) - 1))
            if found == 58 { throw .valueMissing(typed) }  // ':'
            if found == 63 { throw bad >= 256 ? .valueUnwanted(typed) : .unknown(typed) }  // '?'
            guard let rule = CommandLineOptions.rule(found, rules) else { throw .unknown(typed) }
            options.append((rule.id, unsafe argument.map { unsafe String(cString: $0) }))
        }
    }

    private static func rule(_ value: Int32, _ rules: [OptionRule<ID>]) -> OptionRule<ID>? {
        if value >= 256 { return value - 256 < rules.count ? rules[Int(value - 256)] : nil }
        return rules.first { $0.short?.asciiValue.map(Int32.init) == value }
    }

    /// An option for an error message: what getopt names, else the argument it just passed over.
    private static func spelling(_ value: Int32, _ rules: [OptionRule<ID>], previous: String) -> String {
        if value >= 256 { return "--" + (rule(value, rules)?.long.first ?? "?") }
        if value > 0, let scalar = Unicode.Scalar(UInt32(value)) { return "-\(scalar)" }
        return previous.split(separator: "=", maxSplits: 1).first.map(String.init) ?? previous
    }
}
