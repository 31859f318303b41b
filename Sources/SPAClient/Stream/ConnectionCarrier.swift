internal import SPASystem

/// The connection between standard input and standard output.
enum ConnectionCarrier {
    /// Carries bytes to the end of the connection; ends the program itself where a signal asks for it.
    static func carry(_ socket: consuming InternetSocket, _ report: Report) throws(ClientFailure) {
        socket.tuneForInteraction()
        let end: PumpEnd
        do throws(SystemError) {
            let streams = StandardStreams(
                input: FileDescriptor(owning: 0), output: FileDescriptor(owning: 1))
            // ssh is in the terminal's process group, and Ctrl-C is not meant for the connection it keeps open.
            if streams.arePipes {
                CurrentProcess.leaveSession()
                // A connection that stays in the background must not keep open what somebody reads to its end.
                if report.level == 0, !streams.areOneConnection { InheritedStreams.dropErrors() }
            }
            streams.tuneForInteraction()
            let signals = try SignalDescriptor([.hangUp, .interrupt, .terminate])
            var pump = Pump(streams, socket: socket)
            end = pump.run(signals: signals)
        } catch {
            throw ClientFailure(.other, "\(error)")
        }
        switch end {
        case .finished: report.say(1, "finished")
        case .lost(let reason): throw ClientFailure(.other, "the connection was lost: \(reason)")
        case .signal(let signal): CurrentProcess.exitNow(128 + signal.rawValue)
        }
    }
}
