package import SPAConfig
internal import SPANet
internal import SPASystem

/// The command line of `spa-proxy`.
package struct ProxyOptions: Sendable {
    package enum Action: Hashable, Sendable {
        case connect(ProxyTarget)
        case showHelp, showVersion
    }

    package private(set) var action = Action.showHelp
    package private(set) var rcFile: String?
    package private(set) var stanzaName: String?
    package private(set) var allow: AllowAddress?
    /// Seconds, 1 to 600.
    package private(set) var connectTimeout: UInt32?
    package private(set) var verbosity = 0

    private enum ID: Hashable {
        case rcFile, name, allowIP, source, resolve, timeout, stdio, verbose, help, version
    }

    private static let rules: [OptionRule<ID>] = [
        OptionRule(.rcFile, long: "rc-file", value: .required),
        OptionRule(.name, short: "n", long: "named-config", value: .required),
        OptionRule(.allowIP, short: "a", long: "allow-ip", value: .required),
        OptionRule(.source, short: "s", long: "source-ip"),
        OptionRule(.resolve, short: "R", long: "resolve-ip"),
        OptionRule(.timeout, long: "connect-timeout", value: .required),
        OptionRule(.stdio, short: "W", long: "stdio-forward", value: .required),
        OptionRule(.verbose, short: "v", long: "verbose"),
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
                    throw ClientFailure(.usage, "--connect-timeout needs a number of seconds from 1 to 600")
                }
                connectTimeout = seconds
            case .stdio: joined = value
            case .verbose: verbosity += 1
            case .help:
                action = .showHelp
                return
            case .version:
                action = .showVersion
                return
            }
        }
        action = .connect(try ProxyOptions.target(joined: joined, line.positional))
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
            throw ClientFailure(.usage, "give HOST and PORT (in ssh_config: ProxyCommand spa-proxy %h %p)")
        }
        return try ProxyTarget(host: positional[0], port: positional[1])
    }

    private mutating func setAllow(_ address: AllowAddress) throws(ClientFailure) {
        guard allow == nil else { throw ClientFailure(.usage, "give only one of -a, -s and -R") }
        allow = address
    }
}

/// The value of `-a`.
enum AllowOption {
    static func explicit(_ text: String) throws(ClientFailure) -> AllowAddress {
        guard let address = IPv4Address(text) else {
            throw ClientFailure(.usage, "-a needs an IPv4 address such as 192.0.2.1")
        }
        return address == .unspecified ? .source : .explicit(address)
    }
}
