/// The names of `.fwknoprc` that are acted on: fwknop's and ours.
enum ClientName: String, CaseIterable, Sendable {
    case server = "SPA_SERVER"
    case serverPort = "SPA_SERVER_PORT"
    case serverProtocol = "SPA_SERVER_PROTO"
    case access = "ACCESS"
    case allowAddress = "ALLOW_IP"
    case resolveHTTPS = "RESOLVE_IP_HTTPS"
    case resolveHTTP = "RESOLVE_IP_HTTP"
    case timeout = "FW_TIMEOUT"
    case digest = "DIGEST_TYPE"
    case mode = "ENCRYPTION_MODE"
    case key = "KEY"
    case keyBase64 = "KEY_BASE64"
    case keyCommand = "KEY_COMMAND"
    case keyBase64Command = "KEY_BASE64_COMMAND"
    case useHMAC = "USE_HMAC"
    case hmacKey = "HMAC_KEY"
    case hmacKeyBase64 = "HMAC_KEY_BASE64"
    case hmacKeyCommand = "HMAC_KEY_COMMAND"
    case hmacKeyBase64Command = "HMAC_KEY_BASE64_COMMAND"
    case hmacType = "HMAC_DIGEST_TYPE"
    case user = "SPOOF_USER"
    case timeOffset = "TIME_OFFSET"
    case verbosity = "VERBOSE"
    case noSavedArguments = "NO_SAVE_ARGS"
    case serverKind = "SERVER_KIND"
    case stunServer = "STUN_SERVER"
    case resolveURL = "RESOLVE_URL"
    case plainHTTP = "RESOLVE_HTTP_ONLY"
    case addressSources = "ADDRESS_SOURCES"
    case addressDNS = "ADDRESS_DNS"
    case addressCommand = "ADDRESS_COMMAND"
    case addressCache = "ADDRESS_CACHE"
    case sourceFallback = "SOURCE_FALLBACK"
    case timeServer = "NTP_SERVER"
    case connectTimeout = "CONNECT_TIMEOUT"

    /// The same name for the four ways to a key.
    var slot: ClientName {
        switch self {
        case .keyBase64, .keyCommand, .keyBase64Command: .key
        case .hmacKeyBase64, .hmacKeyCommand, .hmacKeyBase64Command: .hmacKey
        default: self
        }
    }

    /// Whether a second line of this name adds to the first.
    var isRepeatable: Bool { self == .stunServer || self == .addressDNS }

    static let table = NameTable<ClientName>(unsupported: [
        "CLIENT_TIMEOUT": .refused("not a name, though fwknop's template has it; use FW_TIMEOUT"),
        "KEY_FILE": .refused("write the key into this file as KEY_BASE64, or KEY_COMMAND cat FILE"),
        "HMAC_KEY_FILE": .refused(
            "write the key into this file as HMAC_KEY_BASE64, or HMAC_KEY_COMMAND cat FILE"),
        "RAND_PORT": .switchedOff("a random port; name the one that the server watches"),
        "NAT_ACCESS": .refused("NAT access; remove the line"),
        "NAT_PORT": .refused("NAT access; remove the line"),
        "NAT_LOCAL": .switchedOff("NAT access"),
        "NAT_RAND_PORT": .switchedOff("NAT access"),
        "USE_GPG": .switchedOff("GnuPG packets; use KEY_BASE64"),
        "USE_GPG_AGENT": .switchedOff("GnuPG packets; use KEY_BASE64"),
        "GPG_RECIPIENT": .refused("GnuPG packets; use KEY_BASE64"),
        "GPG_SIGNER": .refused("GnuPG packets; use HMAC_KEY_BASE64"),
        "GPG_SIGNING_PW": .refused("GnuPG packets; use KEY_BASE64"),
        "GPG_SIGNING_PW_BASE64": .refused("GnuPG packets; use KEY_BASE64"),
        "GPG_NO_SIGNING_PW": .switchedOff("GnuPG packets; use KEY_BASE64"),
        "GPG_HOMEDIR": .noEffect("GnuPG is not used"),
        "GPG_EXE": .noEffect("GnuPG is not used"),
        "SPOOF_SOURCE_IP": .refused("forged source addresses; remove the line"),
        "SPA_SOURCE_PORT": .noEffect("fwknop uses it in raw modes only"),
        "WGET_CMD": .noEffect("no program is called"),
        "USE_WGET_USER_AGENT": .noEffect("requests say no more than they must"),
        "HTTP_USER_AGENT": .noEffect("requests say no more than they must"),
        "SERVER_RESOLVE_IPV4": .noEffect("knocks at stock servers go to IPv4 addresses in any case"),
    ])
}
