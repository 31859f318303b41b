package import SPAConfig
internal import SPANet
internal import SPASystem

/// The command line of `spa-proxy`.
package struct ProxyOptions: Sendable {
    package enum Action: Hashable, Sendable {
        case connect(ProxyTarget)
        /// `--explain`: all but carrying the connection, told step by step.
        case explain(ProxyTarget)
        /// `--can-handle`: is there a stanza? As typed.
        case canHandle(String)
        case showHelp, showVersion
    }

    package private(set) var action = Action.showHelp
    package private(set) var rcFile: String?
    package private(set) var stanzaName: String?
    package private(set) var allow: AllowAddress?
    /// Seconds, 1 to 600.
    package private(set) var connectTimeout: UInt32?
    package private(set) var verbosity = 0
    /// Whether the connection is handed over as a descriptor, and carried by nobody.
    package private(set) var passesDescriptor = false
    package private(set) var logFile: String?
    /// Where keys come from.
    package private(set) var keyWish = KeyWish()

    private enum ID: Hashable {
        case rcFile, name, allowIP, source, resolve, timeout, stdio, fdpass, verbose, help, version
        case explain, canHandle, logFile, descriptor, noPrompt
    }

    private static let rules: [OptionRule<ID>] = [
        OptionRule(.rcFile, long: "rc-file", value: .required),
        OptionRule(.name, short: "n", long: "named-config", value: .required),
        OptionRule(.allowIP, short: "a", long: "allow-ip", value: .required),
        OptionRule(.source, short: "s", long: "source-ip"),
        OptionRule(.resolve, short: "R", long: "resolve-ip"),
        OptionRule(.timeout, long: "connect-timeout", value: .required),
        OptionRule(.stdio, short: "W", long: "stdio-forward", value: .required),
        OptionRule(.fdpass, long: "fdpass"),
        OptionRule(.verbose, short: "v", long: "verbose"),
        OptionRule(.explain, long: "explain"),
        OptionRule(.canHandle, long: "can-handle", value: .required),
        OptionRule(.logFile, long: "log-file", value: .required),
        OptionRule(.descriptor, long: "fd", value: .required),
        OptionRule(.noPrompt, long: "no-prompt"),
        OptionRule(.help, short: "h", long: "help"),
        OptionRule(.version, short: "V", long: "version"),
    ]

    /// Reads `arguments`, the program's name first.
    package init(_ arguments: [String]) throws(ClientFailure) {
        let line: CommandLineOptions<ID>
        do {
            line = try CommandLineOptions(arguments, ProxyOptions.rules)
        } catch {
            throw ClientFailure(.usage, "\(error); see spa-proxy --help")
        }
        var joined: String?
        var explains = false
        var question: String?
        keyWish.asksForBoth = true
        for option in line.options {
            let value = option.value ?? ""
            switch option.id {
            case .rcFile: rcFile = value
            case .name: stanzaName = value
            case .allowIP: try setAllow(try AllowOption.explicit(value))
            case .source: try setAllow(.source)
            case .resolve: try setAllow(.resolve)
            case .timeout:
                guard let seconds = UInt32(value), (1...600).contains(seconds) else {
                    throw ClientFailure(
                        .usage, "--connect-timeout has no good number; give seconds from 1 to 600")
                }
                connectTimeout = seconds
            case .stdio: joined = value
            case .fdpass: passesDescriptor = true
            case .verbose: verbosity += 1
            case .explain: explains = true
            case .canHandle: question = value
            case .logFile: logFile = value
            case .descriptor: keyWish.descriptor = try ProxyOptions.keyDescriptor(value)
            case .noPrompt: keyWish.mayAsk = false
            case .help:
                action = .showHelp
                return
            case .version:
                action = .showVersion
                return
            }
        }
        if let question {
            guard joined == nil, line.positional.isEmpty else {
                throw ClientFailure(
                    .usage, "--can-handle HOST leaves no room for further arguments; see spa-proxy --help")
            }
            action = .canHandle(question)
            return
        }
        let target = try ProxyOptions.target(joined: joined, line.positional)
        keyWish.subject = target.host.text
        action = explains ? .explain(target) : .connect(target)
    }

    /// The descriptor of `--fd`. Not a standard stream: they are the connection's and ssh's.
    private static func keyDescriptor(_ text: String) throws(ClientFailure) -> Int32 {
        guard let number = Int32(text), String(number) == text, (3...65535).contains(number) else {
            throw ClientFailure(
                .usage, "--fd has no good number; give one from 3 to 65535, and redirect it as in 3<FILE")
        }
        return number
    }

    private static func target(
        joined: String?, _ positional: [String]
    ) throws(ClientFailure) -> ProxyTarget {
        if let joined {
            guard positional.isEmpty else {
                throw ClientFailure(
                    .usage, "-W HOST:PORT leaves no room for further arguments; see spa-proxy --help")
            }
            return try ProxyTarget(joined: joined)
        }
        guard positional.count == 2 else {
            throw ClientFailure(
                .usage, "HOST and PORT are missing; in ssh_config: ProxyCommand spa-proxy %h %p")
        }
        return try ProxyTarget(host: positional[0], port: positional[1])
    }

    private mutating func setAllow(_ address: AllowAddress) throws(ClientFailure) {
        guard allow == nil else {
            throw ClientFailure(.usage, "-a, -s and -R exclude each other; give one of them")
        }
        allow = address
    }
}

/// The value of `-a`.
enum AllowOption {
    static func explicit(_ text: String) throws(ClientFailure) -> AllowAddress {
        guard let address = IPAddress(text) else {
            throw ClientFailure(.usage, "-a has no address; give one such as 192.0.2.1")
        }
        if case .v6(let address) = address, address.mappedIPv4 != nil {
            throw ClientFailure(.usage, "-a has an IPv4 address in IPv6 clothes; give it with dots alone")
        }
        return address.isUnspecified ? .source : .explicit(address)
    }
}
