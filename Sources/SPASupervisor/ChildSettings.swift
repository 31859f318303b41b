internal import SPAChannel
internal import SPAConfig
internal import SPAPrivilege
internal import SPAWorkerSettings

/// Turns a configuration into what each child is told.
enum ChildSettings {
    /// Layers that ALLOW_MISSING_LAYERS names.
    static func lacking(_ settings: ServerSettings) -> Set<ConfinementLayer> {
        Set(settings.allowedMissingLayers.compactMap { ConfinementLayer(rawValue: $0) })
    }

    /// - Parameter filter: what ``FilterCompiler`` made of these settings.
    static func helperSetup(_ settings: ServerSettings, _ identity: Identity, filter: [UInt8]) -> HelperSetup
    {
        HelperSetup(
            uid: identity.user, gid: identity.group, lacking: ConfinementLayer.bits(lacking(settings)),
            interface: settings.interface, captureFilter: filter,
            snapLength: FilterCompiler.packetSize(settings), promiscuous: settings.promiscuous,
            firewallProgram: settings.firewallProgram, chain: settings.inputChain.chain,
            parentChain: settings.inputChain.parent, jumpPosition: settings.inputChain.jumpPosition,
            flushesAtStart: settings.flushesAtStart, knockPort: settings.knockPort,
            opensIPv6: settings.opensIPv6, takesSyn: settings.takesSyn)
    }

    /// The helper's share of a configuration: limits, no keys.
    static func helperOrders(_ configuration: ServerConfiguration, generation: UInt16) -> [HelperOrder] {
        let settings = configuration.settings
        let limits = GlobalLimits(
            grants: settings.maximumGrants, grantsPerMinute: settings.maximumGrantsPerMinute)
        return [.begin(generation: generation, limits: limits)]
            + configuration.stanzas.map { .stanza(StanzaLimits($0.rules)) } + [
                .commit(generation: generation)
            ]
    }

    /// The worker's share: rules and keys.
    static func workerOrders(_ configuration: ServerConfiguration, generation: UInt16) -> [WorkerOrder] {
        let settings = configuration.settings
        let begin = WorkerOrder.begin(
            generation: generation, maximumAge: settings.maximumPacketAge,
            reportsGarbage: settings.verbosity > 0)
        return [begin]
            + configuration.stanzas.map { .stanza(WorkerStanza(rules: $0.rules, keys: $0.keys)) }
            + [.commit(generation: generation)]
    }

    /// Names of settings that a reload cannot change, because they need what was given up or what runs already.
    static func unchangeable(_ old: ServerSettings, _ new: ServerSettings) -> [String] {
        var names: [String] = []
        if old.interface != new.interface { names.append("PCAP_INTF") }
        if old.captureFilter != new.captureFilter { names.append("PCAP_FILTER") }
        if old.snapLength != new.snapLength { names.append("MAX_SNIFF_BYTES") }
        if old.promiscuous != new.promiscuous { names.append("ENABLE_PCAP_PROMISC") }
        if old.runDirectory != new.runDirectory { names.append("FWKNOP_RUN_DIR") }
        if old.stateDirectory != new.stateDirectory { names.append("STATE_DIR") }
        if old.pidFile != new.pidFile { names.append("FWKNOP_PID_FILE") }
        if old.firewallProgram != new.firewallProgram { names.append("FIREWALL_EXE") }
        if old.inputChain != new.inputChain { names.append("IPT_INPUT_ACCESS") }
        if old.opensIPv6 != new.opensIPv6 { names.append("ENABLE_IPV6") }
        if old.takesSyn != new.takesSyn { names.append("ENABLE_SYN_KNOCK") }
        if old.supervisorUser != new.supervisorUser { names.append("SUPERVISOR_USER") }
        if old.helperUser != new.helperUser { names.append("HELPER_USER") }
        if old.allowedMissingLayers != new.allowedMissingLayers { names.append("ALLOW_MISSING_LAYERS") }
        if old.workerUser != new.workerUser { names.append("WORKER_USER") }
        return names
    }
}
