internal import SPAChannel
internal import SPASecret
internal import SPASystem

/// `spad -R`: root reads the files, checks them, and hands their contents to the running server, which cannot read them.
enum ReloadCommand {
    /// The exit status.
    static func run(_ command: ServerCommand) -> Int32 {
        let text: ConfigurationText
        let configuration: ServerConfiguration
        do throws(ConfigurationFailure) {
            (text, configuration) = try ServerConfiguration.read(command)
        } catch {
            StandardError.write(error.lines.map { $0 + "\n" }.joined())
            StandardError.write("spad: nothing was reloaded; the running server keeps its configuration\n")
            return 1
        }
        do throws(SystemError) {
            let answer = try exchange(text, path: Instance.controlPath(configuration.settings))
            StandardError.write(answer.text + "\n")
            return answer.isGood ? 0 : 1
        } catch {
            let hint =
                error.code == ErrorCode.notFound || error.code == ErrorCode.connectionRefused
                ? "no spad runs with this run directory" : error.reason
            StandardError.write("spad: \(error.call): \(hint)\n")
            return 1
        }
    }

    private static func exchange(_ text: ConfigurationText, path: String) throws(SystemError) -> ReloadAnswer
    {
        let socket = try MessageSocket(connectingTo: path)
        let main = try sealed(text.main)
        let access = try sealed(text.access)
        let request = ReloadRequest(mainName: text.mainName, accessName: text.accessName).encoded
        guard try socket.send(request.span, descriptors: [main.number, access.number]) == .sent else {
            throw SystemError(call: path, code: ErrorCode.brokenPipe)
        }
        var poller = Poller()
        poller.add(socket.descriptor.number, .readable)
        guard try poller.wait(milliseconds: 30_000) > 0 else {
            throw SystemError(call: "\(path): the server did not answer", code: ErrorCode.timedOut)
        }
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        var span = buffer.mutableSpan
        guard case .message(let count) = try socket.receive(into: &span) else {
            throw SystemError(call: path, code: ErrorCode.brokenPipe)
        }
        do throws(ChannelError) {
            return try ReloadAnswer(decoding: buffer.span.extracting(0..<count))
        } catch {
            throw SystemError(call: "\(path): answer", code: ErrorCode.invalid)
        }
    }

    private static func sealed(_ secret: Secret) throws(SystemError) -> FileDescriptor {
        let file = try MemoryFile.create("configuration")
        try file.writeAll(secret.bytes)
        try MemoryFile.seal(file)
        return file
    }
}
