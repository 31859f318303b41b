internal import SPASystem

/// The packets of one run of `spa-knock`, and what is said about them.
struct KnockDelivery {
    private let verbosity: Int
    private let post = KnockPost()
    private var sent = 0
    private var last: KnockFailure?

    init(_ verbosity: Int) { self.verbosity = verbosity }

    /// Sends `packet`, or begins to.
    mutating func send(_ packet: [UInt8], _ errand: KnockErrand, by carrier: KnockCarrier) {
        do throws(SystemError) {
            if try post.send(packet, errand, by: carrier) { sent += 1 }
            if verbosity > 0 { StandardOutput.write("send_spa_packet: bytes sent: \(packet.count)\n") }
        } catch {
            note(KnockFailure(errand.server, carrier, error))
        }
    }

    /// Waits for what is on its way; an error only where nothing got to a server.
    mutating func finish() throws(ClientFailure) {
        var poller = Poller()
        while !post.isEmpty {
            poller.removeAll()
            post.wait(in: &poller)
            do throws(SystemError) {
                try poller.wait(nanoseconds: (post.due ?? 0) - MonotonicClock.now())
            } catch {
                throw ClientFailure(.other, "\(error); try again")
            }
            for outcome in post.advance() {
                switch outcome {
                case .delivered: sent += 1
                case .failed(let failure): note(failure)
                }
            }
        }
        guard sent == 0 else { return }
        throw ClientFailure(
            .knockNotSent,
            "the knock could not be sent \(last?.description ?? "to any address"); check the network")
    }

    /// A host with two families, or two ways to knock, needs only one.
    private mutating func note(_ failure: KnockFailure) {
        last = failure
        if verbosity > 0 { StandardError.write("spa-knock: the knock \(failure)\n") }
    }
}
