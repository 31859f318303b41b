internal import SPASystem

/// The options of fwknop's client, ours and those that we know and do not have.
enum KnockOption: Hashable, Sendable {
    case access, allowIP, source, resolve, page, plainHTTP, destination, name, port, transport, timeout, user,
        digest, mode
    case hmacType, useHMAC, rcFile, noRCFile, keyGen, keyGenFile, keyLength, hmacKeyLength, test, verbose
    case laterClock, earlierClock, stanzaList, descriptor, standardInput, noPrompt, help, version
    /// What it asks for is so anyway.
    case withoutEffect
    case keyOnCommandLine
    /// Its name, with the dashes.
    case unsupported(String)

    static let rules: [OptionRule<KnockOption>] =
        supported
        + refused.map { option in
            OptionRule(
                .unsupported(option.long.isEmpty ? "-" : "--\(option.long)"), short: option.short,
                long: option.long,
                value: option.hasValue ? .required : .none)
        }

    private static let supported: [OptionRule<KnockOption>] = [
        OptionRule(.access, short: "A", long: "access", value: .required),
        OptionRule(.allowIP, short: "a", long: "allow-ip", value: .required),
        OptionRule(.source, short: "s", long: "source-ip"),
        OptionRule(.resolve, short: "R", long: "resolve-ip-https", "resolve-ip-http"),
        OptionRule(.page, long: "resolve-url", value: .required),
        OptionRule(.plainHTTP, long: "resolve-http-only"),
        OptionRule(.destination, short: "D", long: "destination", value: .required),
        OptionRule(.name, short: "n", long: "named-config", value: .required),
        OptionRule(.port, short: "p", long: "server-port", value: .required),
        OptionRule(.transport, short: "P", long: "server-proto", value: .required),
        OptionRule(.timeout, short: "f", long: "fw-timeout", value: .required),
        OptionRule(.user, short: "U", long: "spoof-user", value: .required),
        OptionRule(.digest, short: "m", long: "digest-type", value: .required),
        OptionRule(.mode, short: "M", long: "encryption-mode", value: .required),
        OptionRule(.hmacType, long: "hmac-digest-type", value: .required),
        OptionRule(.useHMAC, long: "use-hmac"),
        OptionRule(.rcFile, long: "rc-file", value: .required),
        OptionRule(.noRCFile, long: "no-rc-file"),
        OptionRule(.keyGen, short: "k", long: "key-gen"),
        OptionRule(.keyGenFile, short: "K", long: "key-gen-file", value: .required),
        OptionRule(.keyLength, long: "key-len", value: .required),
        OptionRule(.hmacKeyLength, long: "hmac-key-len", value: .required),
        OptionRule(.test, short: "T", long: "test"),
        OptionRule(.verbose, short: "v", long: "verbose"),
        OptionRule(.laterClock, long: "time-offset-plus", value: .required),
        OptionRule(.earlierClock, long: "time-offset-minus", value: .required),
        OptionRule(.stanzaList, long: "stanza-list"),
        OptionRule(.descriptor, long: "fd", value: .required),
        OptionRule(.standardInput, long: "stdin"),
        OptionRule(.noPrompt, long: "no-prompt"),
        OptionRule(.help, short: "h", long: "help"),
        OptionRule(.version, short: "V", long: "version"),
        OptionRule(.withoutEffect, long: "no-save-args", "server-resolve-ipv4"),
        OptionRule(
            .keyOnCommandLine, long: "key-rijndael", "key-base64-rijndael", "key-hmac", "key-base64-hmac",
            value: .required),
    ]

    /// fwknop(8) has them.
    private static let refused: [(short: Character?, long: String, hasValue: Bool)] = [
        ("S", "source-port", true), ("Q", "spoof-source", true), (nil, "spoof-src", true),
        (nil, "icmp-type", true), (nil, "icmp-code", true), ("r", "rand-port", false),
        ("G", "get-key", true), (nil, "get-hmac-key", true), ("C", "server-cmd", true),
        ("N", "nat-access", true), (nil, "nat-local", false), (nil, "nat-port", true),
        (nil, "nat-rand-port", false), ("H", "http-proxy", true), ("B", "save-packet", true),
        ("b", "save-packet-append", true), ("l", "last-cmd", false), (nil, "show-last", false),
        ("E", "save-args-file", true), (nil, "no-home-dir", false), (nil, "save-rc-stanza", false),
        (nil, "force-stanza", false), ("g", "gpg-encryption", false), (nil, "gpg-recipient-key", true),
        (nil, "gpg-signer-key", true), (nil, "gpg-home-dir", true), (nil, "gpg-exe", true),
        (nil, "gpg-agent", false), (nil, "gpg-no-signing-pw", false), ("w", "wget-cmd", true),
        ("u", "user-agent", true), (nil, "use-wget-user-agent", false), (nil, "fault-injection-tag", true),
    ]
}
