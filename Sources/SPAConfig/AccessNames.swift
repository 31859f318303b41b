/// The names of `access.conf` that are acted on.
enum AccessName: String, CaseIterable, Sendable {
    case source = "SOURCE"
    case destination = "DESTINATION"
    case openPorts = "OPEN_PORTS"
    case restrictPorts = "RESTRICT_PORTS"
    case key = "KEY"
    case keyBase64 = "KEY_BASE64"
    case hmacKey = "HMAC_KEY"
    case hmacKeyBase64 = "HMAC_KEY_BASE64"
    case hmacType = "HMAC_DIGEST_TYPE"
    case mode = "ENCRYPTION_MODE"
    case accessTimeout = "FW_ACCESS_TIMEOUT"
    case maximumTimeout = "MAX_FW_TIMEOUT"
    case user = "REQUIRE_USERNAME"
    case requireSourceAddress = "REQUIRE_SOURCE_ADDRESS"
    case requireSource = "REQUIRE_SOURCE"
    case expire = "ACCESS_EXPIRE"
    case expireEpoch = "ACCESS_EXPIRE_EPOCH"
    case grantPrefix = "GRANT_PREFIX"
    case grantPrefix6 = "GRANT_PREFIX6"

    /// Two names that set the same thing have the same slot.
    var slot: AccessName {
        switch self {
        case .keyBase64: .key
        case .hmacKeyBase64: .hmacKey
        case .requireSource: .requireSourceAddress
        case .expireEpoch: .expire
        default: self
        }
    }

    static let table = NameTable<AccessName>(unsupported: [
        "%include": .refused("put the stanzas into this file"),
        "%include_folder": .refused("put the stanzas into this file"),
        "%include_keys": .refused("put the keys into this file"),
        "FORCE_NAT": .refused("NAT access; remove the line and open the port on this host"),
        "FORCE_SNAT": .refused("NAT access; remove the line"),
        "FORCE_MASQUERADE": .switchedOff("NAT access"),
        "FORWARD_ALL": .switchedOff("NAT access"),
        "DISABLE_DNAT": .switchedOff("NAT access"),
        "ENABLE_CMD_EXEC": .switchedOff("commands from packets"),
        "ENABLE_CMD_SUDO_EXEC": .switchedOff("commands from packets"),
        "CMD_EXEC_USER": .noEffect("no command is run"),
        "CMD_EXEC_GROUP": .noEffect("no command is run"),
        "CMD_SUDO_EXEC_USER": .noEffect("no command is run"),
        "CMD_SUDO_EXEC_GROUP": .noEffect("no command is run"),
        "CMD_CYCLE_OPEN": .refused("commands instead of rules; use OPEN_PORTS"),
        "CMD_CYCLE_CLOSE": .refused("commands instead of rules; use OPEN_PORTS"),
        "CMD_CYCLE_TIMER": .refused("commands instead of rules; use FW_ACCESS_TIMEOUT"),
        "GPG_DECRYPT_ID": .refused("GnuPG packets; use KEY_BASE64"),
        "GPG_DECRYPT_PW": .refused("GnuPG packets; use KEY_BASE64"),
        "GPG_ALLOW_NO_PW": .switchedOff("GnuPG packets; use KEY_BASE64"),
        "GPG_REQUIRE_SIG": .switchedOff("GnuPG packets; use HMAC_KEY_BASE64"),
        "GPG_DISABLE_SIG": .switchedOff("GnuPG packets; use HMAC_KEY_BASE64"),
        "GPG_IGNORE_SIG_VERIFY_ERROR": .switchedOff("GnuPG packets without a good signature"),
        "GPG_REMOTE_ID": .refused("GnuPG packets; use HMAC_KEY_BASE64"),
        "GPG_FINGERPRINT_ID": .refused("GnuPG packets; use HMAC_KEY_BASE64"),
        "GPG_HOME_DIR": .noEffect("GnuPG is not used"),
        "GPG_EXE": .noEffect("GnuPG is not used"),
    ])
}
