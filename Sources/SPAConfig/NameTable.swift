/// How a name is met that fwknop knows and this program does not act on.
enum Unsupported: Sendable {
    /// Has no effect here, whatever its value: a warning. The text says why.
    case noEffect(String)
    /// A switch: `N` only says what is so anyway (a warning), `Y` asks for more (an error). The text is what it asks.
    case switchedOff(String)
    /// Would change what is allowed or how: an error. The text says what to do.
    case refused(String)

    /// The warning for a line of this name, or the reason why the line cannot be accepted.
    func warning(_ name: String, _ value: Span<UInt8>) throws(ValueFault) -> String {
        switch self {
        case .noEffect(let why): return "\(name): known, not supported yet: ignored (\(why))"
        case .switchedOff(let what):
            guard try !ValueReader.boolean(value) else {
                throw ValueFault("known, not supported yet: \(what); remove the line or write N")
            }
            return "\(name): known, not supported yet: ignored (it is off in any case)"
        case .refused(let what): throw ValueFault("known, not supported yet: \(what)")
        }
    }
}

/// The names of one grammar.
struct NameTable<Name: RawRepresentable & CaseIterable & Hashable & Sendable>: Sendable
where Name.RawValue == String {
    enum Entry {
        case supported(Name)
        case unsupported(Unsupported)
        case unknown
    }

    /// Names that are not acted on.
    let unsupported: [String: Unsupported]

    func entry(_ name: String) -> Entry {
        if let known = Name(rawValue: name) { return .supported(known) }
        if let other = unsupported[name] { return .unsupported(other) }
        return .unknown
    }

    func knows(_ name: String) -> Bool { Name(rawValue: name) != nil || unsupported[name] != nil }

    /// The known name that `name` was probably meant to be.
    func suggestion(for name: String) -> String? {
        let wanted = Array(name.uppercased().utf8)
        guard wanted.count >= 3 else { return nil }
        let allowed = wanted.count < 6 ? 1 : 2
        var best: (name: String, distance: Int)?
        for candidate in Name.allCases.map(\.rawValue) + unsupported.keys.sorted() {
            let distance = EditDistance.between(wanted, Array(candidate.uppercased().utf8))
            if distance <= allowed, distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.name
    }
}

/// Letters to change, add, leave out or swap with their neighbour to get from one word to the other.
enum EditDistance {
    static func between(_ a: [UInt8], _ b: [UInt8]) -> Int {
        guard abs(a.count - b.count) <= 2 else { return .max }
        var before: [Int] = []
        var above = Array(0...b.count)
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                var cost = min(above[j] + (a[i] == b[j] ? 0 : 1), above[j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, before[j - 1] + 1) }
                row.append(cost)
            }
            (before, above) = (above, row)
        }
        return above[b.count]
    }
}

/// The words of a message about a name.
enum NameMessage {
    /// `name` as far as it may be shown. A line of a broken key can look like a name: only what is written like one,
    /// in capitals and short, or close to a known one, is repeated.
    static func shown(_ name: String, suggestion: String?) -> String? {
        let bytes = Array(name.utf8)
        guard (1...40).contains(bytes.count) else { return nil }
        let isCapital = bytes.allSatisfy { byte in
            (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) || byte == UInt8(ascii: "_")
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        return isCapital || suggestion != nil || bytes[0] == UInt8(ascii: "%") ? name : nil
    }

    /// The reason for a name that no table holds; `home` names the file where it does belong.
    static func unknown(_ name: String, suggestion: String?, home: String?) -> String {
        if let home { return "\(name) belongs in \(home); move the line" }
        let what = shown(name, suggestion: suggestion).map { "unknown name \($0)" } ?? "unknown name"
        if let suggestion { return "\(what); did you mean \(suggestion)?" }
        return "\(what); correct it or remove the line"
    }
}
