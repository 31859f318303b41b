package import SPASystem

/// Standard input and output, made ready for a pump, and put back as they were at the end.
package struct StandardStreams: ~Copyable {
    let input: FileDescriptor
    private var output: FileDescriptor?
    private let inputWasNonBlocking: Bool?
    private let outputWasNonBlocking: Bool?
    /// The same once more, where both are one connection.
    private let connection: InternetSocket?

    /// Takes over both. Pipes and sockets become non-blocking; a terminal or file may be shared with others and stays.
    package init(input: consuming FileDescriptor, output: consuming FileDescriptor) {
        inputWasNonBlocking = input.isPipeOrSocket ? try? input.setNonBlocking(true) : nil
        outputWasNonBlocking = output.isPipeOrSocket ? try? output.setNonBlocking(true) : nil
        // For a whole buffer: a pipe that takes half of it means a wait for its reader each time.
        output.widenPipe(to: Int32(PumpBuffer.capacity))
        if SocketFacts.areOneSocket(input.number, output.number), let copy = try? input.duplicate() {
            connection = InternetSocket(owning: copy)
        } else {
            connection = nil
        }
        self.input = input
        self.output = consume output
    }

    /// The output's number; -1 once it is closed.
    var outputNumber: Int32 {
        switch output {
        case .some(let output): output.number
        case .none: -1
        }
    }

    /// Writes once, what `buffer` holds; `.end` once the output is closed.
    func write(_ buffer: inout PumpBuffer) throws(SystemError) -> Transfer {
        switch output {
        case .some(let output): try buffer.drain(into: output)
        case .none: .end
        }
    }

    /// Whether both are one socket, as inetd passes it.
    package var areOneConnection: Bool {
        switch connection {
        case .some: true
        case .none: false
        }
    }

    /// Small parts go out at once, where both are one connection.
    func tuneForInteraction() { connection?.tuneForInteraction() }

    /// Has the system ask every `seconds` whether the caller's side is still there, where both are one connection.
    func probeCaller(everySeconds seconds: Int32) { connection?.probePeer(everySeconds: seconds) }

    /// Tells the reader that nothing more comes; the input stays.
    mutating func closeOutput() {
        guard let closing = output.take() else { return }
        // A connection does not end for its other side while we still have it for input. Fails only where it is gone.
        try? connection?.shutdownWriting()
        if let state = outputWasNonBlocking { _ = try? closing.setNonBlocking(state) }
    }

    /// Whether another program, and no terminal or file, is at both ends.
    package var arePipes: Bool { inputWasNonBlocking != nil && outputWasNonBlocking != nil }

    deinit {
        // In this order: where both are one socket, the state found first is the true one.
        if let state = outputWasNonBlocking, case .some(let output) = output {
            _ = try? output.setNonBlocking(state)
        }
        if let state = inputWasNonBlocking { _ = try? input.setNonBlocking(state) }
    }
}
