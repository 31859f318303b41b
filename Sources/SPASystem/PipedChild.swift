// Unsafe rim: a child process with pipes on its standard streams.
internal import CSallyportShims

/// A child whose standard output and standard error are pipes to us, in non-blocking mode.
package final class PipedChild {
    package let process: ChildProcess
    package let output: FileDescriptor
    package let errors: FileDescriptor
    /// Our end of its standard input, in non-blocking mode, where one was asked for.
    private let input: FileDescriptor?

    /// Starts `path` with a pipe on each standard stream.
    package convenience init(path: String, arguments: [String], environment: [String]) throws(SystemError) {
        let (read, write) = try PipedChild.pipe()
        let childEnd = FileDescriptor(owning: read)
        _ = sp_fd_set_nonblocking(write, 1)
        try self.init(
            path: path, arguments: arguments, environment: environment, input: FileDescriptor(owning: write),
            childInput: childEnd.number)
    }

    /// Starts `path` with the open file `inputFile` as its standard input; `more` become its descriptors from 3 on.
    package convenience init(
        path: String, arguments: [String], environment: [String], inputFile: borrowing FileDescriptor,
        more: [Int32] = []
    ) throws(SystemError) {
        try self.init(
            path: path, arguments: arguments, environment: environment, input: nil,
            childInput: inputFile.number, more: more)
    }

    private init(
        path: String, arguments: [String], environment: [String], input: consuming FileDescriptor?,
        childInput: Int32, more: [Int32] = []
    ) throws(SystemError) {
        let (outputRead, outputWrite) = try PipedChild.pipe()
        let output = FileDescriptor(owning: outputRead)
        let outputEnd = FileDescriptor(owning: outputWrite)
        let (errorsRead, errorsWrite) = try PipedChild.pipe()
        let errors = FileDescriptor(owning: errorsRead)
        let errorsEnd = FileDescriptor(owning: errorsWrite)
        process = try ChildProcess(
            path: path, arguments: arguments, environment: environment,
            descriptors: [childInput, outputEnd.number, errorsEnd.number] + more)
        _ = sp_fd_set_nonblocking(outputRead, 1)
        _ = sp_fd_set_nonblocking(errorsRead, 1)
        self.output = output
        self.errors = errors
        self.input = input
    }

    /// Writes to its standard input without waiting; `.end` where there is no pipe.
    package func tryWrite(_ bytes: Span<UInt8>) throws(SystemError) -> Transfer {
        switch input {
        case .some(let input): try input.tryWrite(bytes)
        case .none: .end
        }
    }

    /// Both ends of a new pipe, reading and writing.
    static func pipe() throws(SystemError) -> (Int32, Int32) {
        var pair: [Int32] = [-1, -1]
        // SAFETY: the shim writes two numbers, for which there is room.
        guard unsafe sp_pipe(&pair) == 0 else { throw SystemError.last("pipe") }
        return (pair[0], pair[1])
    }
}
