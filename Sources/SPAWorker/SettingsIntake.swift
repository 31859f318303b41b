internal import SPACrypto
internal import SPAWorkerSettings

/// Collects a configuration that arrives in parts; the one in force stays until the new one is complete.
struct SettingsIntake {
    private var arriving:
        (generation: UInt16, maximumAge: UInt32, reportsGarbage: Bool, stanzas: [WorkerStanza])?

    enum Progress {
        case more
        case complete(Judge)
        /// Out of order: the supervisor is not to be trusted.
        case breach
    }

    mutating func take(_ order: WorkerOrder) -> Progress {
        switch order {
        case .setup: return .breach
        case .begin(let generation, let maximumAge, let reportsGarbage):
            arriving = (generation, maximumAge, reportsGarbage, [])
            return .more
        case .stanza(let stanza):
            guard arriving != nil else { return .breach }
            arriving?.stanzas.append(stanza)
            return .more
        case .commit(let generation):
            guard let arrived = arriving, arrived.generation == generation else { return .breach }
            arriving = nil
            do throws(CryptoError) {
                return .complete(
                    try Judge(
                        generation: generation, maximumAge: arrived.maximumAge,
                        reportsGarbage: arrived.reportsGarbage, stanzas: arrived.stanzas))
            } catch {
                return .breach
            }
        }
    }
}
