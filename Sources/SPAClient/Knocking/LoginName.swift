package import SPAConfig
internal import SPASystem

/// The user name in a packet.
package enum LoginName {
    /// SPOOF_USER, else who is logged in, in fwknop's order.
    package static func choose(_ stanza: ClientStanza) -> String {
        let environment = CurrentProcess.environment
        return stanza.user ?? environment("LOGNAME") ?? CurrentProcess.userName ?? environment("USER")
            ?? "NO_USER"
    }
}
