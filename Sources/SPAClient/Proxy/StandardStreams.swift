package import SPASystem

/// Standard input and output, made ready for a pump, and put back as they were at the end.
package struct StandardStreams: ~Copyable {
    let input: FileDescriptor
    let output: FileDescriptor
    private let inputWasNonBlocking: Bool?
    private let outputWasNonBlocking: Bool?

    /// Takes over both. Pipes and sockets become non-blocking; a terminal or file may be shared with others and stays.
    package init(input: consuming FileDescriptor, output: consuming FileDescriptor) {
        inputWasNonBlocking = input.isPipeOrSocket ? try? input.setNonBlocking(true) : nil
        outputWasNonBlocking = output.isPipeOrSocket ? try? output.setNonBlocking(true) : nil
        self.input = input
        self.output = output
    }

    /// Whether another program, and no terminal or file, is at both ends.
    package var arePipes: Bool { inputWasNonBlocking != nil && outputWasNonBlocking != nil }

    deinit {
        // In this order: where both are one socket, the state found first is the true one.
        if let state = outputWasNonBlocking { _ = try? output.setNonBlocking(state) }
        if let state = inputWasNonBlocking { _ = try? input.setNonBlocking(state) }
    }
}
