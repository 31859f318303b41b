internal import SPAChannel
internal import SPASecret
internal import SPASystem

/// Takes requests at the control socket, from root alone, one at a time.
final class ControlDesk {
    private let listener: MessageListener
    private var caller: MessageSocket?

    init(_ listener: consuming MessageListener) { self.listener = listener }

    /// What to wait for: a caller's request, or the next caller.
    var pollable: Int32 { caller?.descriptor.number ?? listener.descriptor.number }

    /// The texts of a new configuration, when somebody brings one.
    func next() -> ConfigurationText? {
        if caller == nil { greet() }
        guard caller != nil else { return nil }
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        var descriptors = ReceivedDescriptors()
        do throws(SystemError) {
            var span = buffer.mutableSpan
            switch try caller?.receive(into: &span, capacity: 2, descriptors: &descriptors) {
            case .wouldBlock: return nil
            case .closed, .truncated, nil: caller = nil
            case .message(let count): return try texts(buffer.span.extracting(0..<count), descriptors)
            }
        } catch {
            answer(ReloadAnswer(isGood: false, text: "spad: \(error)"))
        }
        return nil
    }

    func answer(_ answer: ReloadAnswer) {
        let bytes = answer.encoded
        do throws(SystemError) { _ = try caller?.send(bytes.span) } catch {}
        caller = nil
    }

    private func greet() {
        do throws(SystemError) {
            guard let arrived = try listener.accept() else { return }
            // The socket's mode says so already; the kernel's word for who called says it again.
            guard try arrived.descriptor.peerUser() == 0 else { return }
            caller = consume arrived
        } catch {
            caller = nil
        }
    }

    private func texts(
        _ message: Span<UInt8>, _ descriptors: ReceivedDescriptors
    ) throws(SystemError) -> ConfigurationText? {
        let request: ReloadRequest
        do throws(ChannelError) {
            request = try ReloadRequest(decoding: message)
        } catch {
            throw SystemError(call: "request", code: ErrorCode.invalid)
        }
        guard let main = try content(descriptors.takeFirst()),
            let access = try content(descriptors.takeFirst())
        else {
            throw SystemError(call: "configuration files", code: ErrorCode.invalid)
        }
        return ConfigurationText(
            mainName: request.mainName, main: main, accessName: request.accessName, access: access)
    }

    private func content(_ file: consuming FileDescriptor?) throws(SystemError) -> Secret? {
        guard let file else { return nil }
        // Sealed: what is checked is what is used.
        guard MemoryFile.isSealed(file) else { return nil }
        let size = try file.size()
        guard size <= Int64(ServerConfiguration.sizeLimit) else { return nil }
        var bytes = try file.readWhole(count: Int(size))
        return Secret(taking: &bytes)
    }
}
