internal import SPANet
internal import SPASystem

/// A socket to a source of our address, if it goes the way that knocks go.
enum SourceSocket {
    /// Connects. A way that leaves with another address of ours than `own` has another public address, too.
    static func open(
        _ kind: InternetSocket.Kind, to endpoint: InternetEndpoint, own: IPAddress?
    ) throws(SourceSocketError) -> InternetSocket {
        do throws(SystemError) {
            let socket = try InternetSocket(kind, endpoint.address.family)
            _ = try socket.connect(to: endpoint)
            let local = try socket.localEndpoint().address
            if own == nil || own == local { return socket }
        } catch {
            throw SourceSocketError(reason: error.reason)
        }
        throw SourceSocketError(reason: "is reached another way than the server")
    }
}

/// Why a source cannot be asked.
struct SourceSocketError: Error {
    let reason: String
}
