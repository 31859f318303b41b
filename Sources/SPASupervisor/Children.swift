internal import SPAChannel
internal import SPASystem

/// The two children, started with nothing but the descriptors that they need.
final class Children {
    let helper: ChildProcess
    let worker: ChildProcess
    let helperOutbox: Outbox
    let workerOutbox: Outbox
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)

    init(_ instance: Instance) throws(StartFailure) {
        let folder = try Children.programs()
        let (toHelper, helperEnd) = try Children.link()
        let (toWorker, workerEnd) = try Children.link()
        let (framesOut, framesIn) = try Children.pair()
        let (grantsOut, grantsIn) = try Children.pair()
        helper = try Children.start(folder + "/spad-helper", [helperEnd, framesOut, grantsOut], [])
        worker = try Children.start(
            folder + "/spad-worker", [workerEnd, framesIn, grantsIn],
            instance.store?.numbers ?? [])
        instance.letGoOfStore()
        helperOutbox = toHelper
        workerOutbox = toWorker
    }

    /// The next thing that the helper tells; nil when there is none.
    func nextHelperEvent() throws(ChannelError) -> HelperEvent? {
        guard let arrival = helperOutbox.next(into: &buffer), let count = arrival else { return nil }
        let bytes = buffer
        return try HelperEvent(decoding: bytes.span.extracting(0..<count))
    }

    /// The next thing that the worker tells; nil when there is none.
    func nextWorkerEvent() throws(ChannelError) -> WorkerEvent? {
        guard let arrival = workerOutbox.next(into: &buffer), let count = arrival else { return nil }
        let bytes = buffer
        return try WorkerEvent(decoding: bytes.span.extracting(0..<count))
    }

    /// Bytes of a child's words that wait while we stand still: some ten thousand, more than the grants of a minute. The
    /// kernel keeps them in order, so that the worker's word of a knock is there before the helper's of its rule.
    private static let wordsThatWait: Int32 = 4 << 20

    /// Room for the longest order, whatever net.core.wmem_default says: it must fit whole.
    private static let longestOrder: Int32 = 1 << 18

    /// Standard streams lead nowhere: what the children have to say comes as events.
    private static func start(
        _ path: String, _ ends: [ChildEnd], _ files: [Int32]
    ) throws(StartFailure) -> ChildProcess {
        // Held until the child has them: a number alone keeps nothing open.
        defer { withExtendedLifetime(ends) {} }
        let inherited: [Int32?] = ends.map(\.number) + files
        do throws(SystemError) {
            return try ChildProcess(
                path: path, arguments: [path], environment: ["SWIFT_BACKTRACE=enable=no"],
                descriptors: [nil, nil, nil] + inherited)
        } catch {
            throw StartFailure("\(error)")
        }
    }

    /// The folder of the other programs: beside this one, or where the installation puts them.
    static func programs() throws(StartFailure) -> String {
        let own: String
        do throws(SystemError) {
            own = try FileSystem.readLink("/proc/self/exe")
        } catch {
            throw StartFailure("\(error)")
        }
        let folder = own.split(separator: "/").dropLast().map { "/" + $0 }.joined()
        for candidate in [folder, folder + "/../libexec/sallyport"] where isTrusted(candidate) {
            return candidate
        }
        throw StartFailure(
            "spad-helper, spad-worker and spad-filter are neither in \(folder) nor in \(folder)/../libexec/sallyport, or"
                + " others than root can change them; install them with: make install")
    }

    private static func isTrusted(_ folder: String) -> Bool {
        ["/spad-helper", "/spad-worker", "/spad-filter"].allSatisfy { name in
            do throws(SystemError) {
                let facts = try FileSystem.facts(folder + name)
                return facts.kind == .regular && facts.mode & 0o022 == 0
                    && (facts.owner == 0 || facts.owner == CurrentProcess.effectiveUser)
            } catch {
                return false
            }
        }
    }

    private static func link() throws(StartFailure) -> (Outbox, ChildEnd) {
        do throws(SystemError) {
            return try MessageSocketPair().take { (ours, theirs) throws(SystemError) in
                try theirs.enlargeSendBuffer(to: wordsThatWait)
                try ours.enlargeSendBuffer(to: longestOrder)
                return (Outbox(ours), ChildEnd(theirs))
            }
        } catch {
            throw StartFailure("\(error)")
        }
    }

    private static func pair() throws(StartFailure) -> (ChildEnd, ChildEnd) {
        do throws(SystemError) {
            return try MessageSocketPair().take { (ChildEnd($0), ChildEnd($1)) }
        } catch {
            throw StartFailure("\(error)")
        }
    }
}

/// An end of a connection that is handed to a child, and closed here when the last holder lets go.
private final class ChildEnd {
    private let socket: MessageSocket
    var number: Int32 { socket.descriptor.number }

    init(_ socket: consuming MessageSocket) { self.socket = socket }
}
