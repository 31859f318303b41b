internal import SPAKeys
internal import SPANet
internal import SPAPolicy
internal import SPASecret
internal import SPAWire

/// `--dump-config`: what the files mean, in the layout of `fwknopd -D`. Keys never appear, only that they are there.
package enum ServerDump {
    /// The whole text, ending in a newline.
    package static func text(_ settings: ServerSettings, _ stanzas: [AccessStanza]) -> String {
        var text = "Current fwknopd config settings:\n"
        for (number, (name, value)) in lines(settings).enumerated() {
            text += "\(right(String(number), 3)). \(left(name.rawValue, 28)) =  '\(value)'\n"
        }
        text += "\nCurrent fwknopd access settings:\n"
        for stanza in stanzas {
            text += "SOURCE (\(stanza.rules.number)):  \(networks(stanza.rules.sources))\n"
            text += String(repeating: "=", count: 62) + "\n"
            for (name, value) in lines(stanza) { text += "\(right(name, 27)):  \(value)\n" }
            text += "\n"
        }
        return text
    }

    private static let unset = "<not set>"
    private static let hidden = "<see the access.conf file>"

    private static func lines(_ settings: ServerSettings) -> [(ServerName, String)] {
        let chain = settings.inputChain
        return [
            (.interface, settings.interface),
            (.promiscuous, settings.promiscuous ? "Y" : "N"),
            (.filter, settings.captureFilter),
            (.snapLength, String(settings.snapLength)),
            (.aging, settings.checksAge ? "Y" : "N"),
            (.packetAge, String(settings.maximumPacketAge)),
            (.persistence, "Y"),
            (.flushAtStart, settings.flushesAtStart ? "Y" : "N"),
            (.flushAtExit, settings.flushesAtExit ? "Y" : "N"),
            (
                .inputChain,
                "\(chain.target), \(chain.table), \(chain.parent), \(chain.jumpPosition), \(chain.chain), 1"
            ),
            (.runDirectory, settings.runDirectory),
            (.accessFile, settings.accessFile),
            (.pidFile, settings.pidFile ?? settings.runDirectory + "/spad.pid"),
            (.firewallProgram, settings.firewallProgram),
            (.verbosity, String(settings.verbosity)),
            (.stateDirectory, settings.stateDirectory),
            (.supervisorUser, settings.supervisorUser ?? unset),
            (.helperUser, settings.helperUser ?? unset),
            (.workerUser, settings.workerUser ?? unset),
            (
                .allowedMissingLayers,
                settings.allowedMissingLayers.isEmpty
                    ? unset : settings.allowedMissingLayers.sorted().joined(separator: ",")
            ),
            (.ipv6, settings.opensIPv6 ? "Y" : "N"),
            (.syn, settings.takesSyn ? "Y" : "N"),
            (.maximumGrants, String(settings.maximumGrants)),
            (.grantsPerMinute, String(settings.maximumGrantsPerMinute)),
        ]
    }

    private static func lines(_ stanza: AccessStanza) -> [(String, String)] {
        let (rules, keys, form) = (stanza.rules, stanza.keys, stanza.keyNames)
        return [
            ("DESTINATION", rules.destinations.isEmpty ? unset : networks(rules.destinations)),
            ("OPEN_PORTS", rules.openPorts.map { services($0) } ?? unset),
            ("RESTRICT_PORTS", rules.restrictPorts.isEmpty ? unset : services(rules.restrictPorts)),
            ("KEY", hidden),
            ("KEY_BASE64", form.encryption == .base64 ? hidden : unset),
            ("KEY_LEN", String(keys.encryption.count)),
            ("ENCRYPTION_MODE", keys.mode.word),
            ("HMAC_KEY", keys.hmac == nil ? unset : hidden),
            ("HMAC_KEY_BASE64", keys.hmac != nil && form.hmac == .base64 ? hidden : unset),
            ("HMAC_KEY_LEN", String(keys.hmac?.count ?? 0)),
            ("HMAC_DIGEST_TYPE", String(keys.hmacType.rawValue)),
            ("FW_ACCESS_TIMEOUT", String(rules.accessTimeout.seconds)),
            ("MAX_FW_TIMEOUT", String(rules.maximumTimeout.seconds)),
            ("REQUIRE_USERNAME", rules.requiredUser.map { String(decoding: $0, as: UTF8.self) } ?? unset),
            ("REQUIRE_SOURCE_ADDRESS", rules.requiresSourceAddress ? "Yes" : "No"),
            ("ACCESS_EXPIRE_EPOCH", rules.expiresAt.map { String($0) } ?? unset),
            ("GRANT_PREFIX", String(rules.width.v4)),
            ("GRANT_PREFIX6", String(rules.width.v6)),
        ]
    }

    private static func networks(_ list: [IPNetwork]) -> String {
        let any = IPNetwork.any.allSatisfy(list.contains)
        return ((any ? ["ANY"] : []) + list.filter { !any || $0.prefixLength > 0 }.map(\.description))
            .joined(separator: ", ")
    }

    private static func services(_ set: Set<Service>) -> String {
        set.sorted { ($0.transport.rawValue, $0.port) < ($1.transport.rawValue, $1.port) }
            .map(\.description).joined(separator: ", ")
    }

    private static func left(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.utf8.count))
    }

    private static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.utf8.count)) + text
    }
}
