package import SPAConfig
package import SPANet
internal import SPASystem
package import SPAWire

/// The command line of `spa-knock`: fwknop's client options.
package struct KnockOptions: Sendable {
    package enum Action: Hashable, Sendable { case knock, generateKeys, listStanzas, showHelp, showVersion }

    package internal(set) var action = Action.knock
    package internal(set) var access: [Service]?
    package internal(set) var allow: AllowAddress?
    /// The page that tells our address.
    package internal(set) var page: WebAddress?
    /// Whether a page without TLS will do.
    package internal(set) var isPlain = false
    package internal(set) var destination: HostName?
    package internal(set) var stanzaName: String?
    package internal(set) var port: UInt16?
    package internal(set) var transport: KnockTransport?
    package internal(set) var clientTimeout: UInt32?
    package internal(set) var user: String?
    package internal(set) var digest: DigestType?
    package internal(set) var mode: EncryptionMode?
    package internal(set) var hmacType: DigestType?
    package internal(set) var rcFile: String?
    package internal(set) var usesRCFile = true
    package internal(set) var keyFile: String?
    /// Bytes, 1 to 32.
    package internal(set) var keyLength: Int?
    /// Bytes, 1 to 128.
    package internal(set) var hmacKeyLength: Int?
    package internal(set) var isTest = false
    package internal(set) var verbosity = 0
    package internal(set) var timeOffset: Int64?
    /// Where keys come from.
    package internal(set) var keyWish = KeyWish()

    /// Reads `arguments`, the program's name first.
    package init(_ arguments: [String]) throws(ClientFailure) {
        let line: CommandLineOptions<KnockOption>
        do {
            line = try CommandLineOptions(arguments, KnockOption.rules)
        } catch {
            throw ClientFailure(.usage, "\(error); see spa-knock --help")
        }
        for option in line.options {
            try take(option.id, option.value ?? "")
            if action == .showHelp || action == .showVersion { return }
        }
        if let word = line.positional.first {
            throw ClientFailure(
                .usage, "\(KnockOptions.printable(word)) is no option; name the server with -D")
        }
        if !usesRCFile, stanzaName != nil || action == .listStanzas {
            throw ClientFailure(.usage, "--no-rc-file leaves nothing to look a stanza up in; leave it out")
        }
    }

    private mutating func take(_ option: KnockOption, _ value: String) throws(ClientFailure) {
        switch option {
        case .access: access = try KnockValue.services(value)
        case .allowIP: try setAllow(try AllowOption.explicit(value))
        case .source: try setAllow(.source)
        case .resolve: try setAllow(.resolve)
        case .page:
            guard let address = WebAddress(value) else {
                throw ClientFailure(
                    .usage, "--resolve-url has no page; give https://host/path, without a user name in it")
            }
            page = address
        case .plainHTTP: isPlain = true
        case .destination:
            guard let host = HostName(value) else {
                throw ClientFailure(.usage, "-D has no host name; use letters, digits and .-_:% only")
            }
            destination = host
        case .name: stanzaName = value
        case .port:
            guard let number = PortNumber.read(value) else {
                throw ClientFailure(.usage, "-p has no port; give a number from 1 to 65535")
            }
            port = number
        case .transport:
            transport = try KnockValue.transport(value)
        case .timeout: clientTimeout = UInt32(try KnockValue.number(value, "-f", in: 0...65536))
        case .user: user = value
        case .digest: digest = try KnockValue.digest(value, "-m")
        case .mode:
            guard let found = EncryptionMode(word: value) else {
                throw ClientFailure(.usage, "-M has no mode; give CBC, CTR, OFB, CFB, ECB or legacy")
            }
            mode = found
        case .hmacType:
            (hmacType, keyWish.usesHMAC) = (try KnockValue.digest(value, "--hmac-digest-type"), true)
        case .useHMAC: keyWish.usesHMAC = true
        case .rcFile: rcFile = value
        case .noRCFile: usesRCFile = false
        case .keyGen: action = .generateKeys
        case .keyGenFile: (action, keyFile) = (.generateKeys, value)
        case .keyLength: keyLength = try KnockValue.number(value, "--key-len", in: 1...32)
        case .hmacKeyLength: hmacKeyLength = try KnockValue.number(value, "--hmac-key-len", in: 1...128)
        case .test: isTest = true
        case .verbose: verbosity += 1
        case .laterClock: timeOffset = try KnockValue.duration(value)
        case .earlierClock: timeOffset = -(try KnockValue.duration(value))
        case .stanzaList: action = .listStanzas
        case .descriptor: keyWish.descriptor = Int32(try KnockValue.number(value, "--fd", in: 0...65535))
        case .standardInput: keyWish.descriptor = 0
        case .noPrompt: keyWish.mayAsk = false
        case .help: action = .showHelp
        case .version: action = .showVersion
        case .withoutEffect: break
        case .keyOnCommandLine:
            throw ClientFailure(
                .usage,
                "keys on the command line can be seen by every user in ps; use the rc file, --fd or the prompt"
            )
        case .unsupported(let name):
            throw ClientFailure(
                .other, "\(name) is an option of fwknop that this client does not have; leave it out")
        }
    }

    private mutating func setAllow(_ address: AllowAddress) throws(ClientFailure) {
        guard allow == nil else {
            throw ClientFailure(.usage, "-a, -s and -R exclude each other; give one of them")
        }
        allow = address
    }

    private static func printable(_ word: String) -> String {
        String(word.unicodeScalars.prefix(40).map { (0x20...0x7E).contains($0.value) ? Character($0) : "?" })
    }
}
