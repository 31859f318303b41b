internal import SPAConfig
internal import SPASystem

/// What one running server holds on the machine: its directories, locks, replay store and control socket.
///
/// Made as root, before anything is given up. The locks end with the process, however that ends.
final class Instance {
    private let pidFile: FileDescriptor
    private let chainLock: FileDescriptor
    /// The replay store, until the worker has it.
    private(set) var store: StoreDescriptors?
    let control: ControlDesk

    /// Path of the control socket of the server that uses this run directory.
    static func controlPath(_ settings: ServerSettings) -> String { settings.runDirectory + "/control" }

    /// The folder of its replay store.
    static func storePath(_ settings: ServerSettings) -> String { settings.stateDirectory + "/replay" }

    init(_ settings: ServerSettings) throws(StartFailure) {
        let pidPath = settings.pidFile ?? settings.runDirectory + "/spad.pid"
        try Instance.makeDirectories(settings.runDirectory, mode: 0o755)
        let ranBefore = Instance.exists(pidPath)
        pidFile = try Instance.lock(pidPath, "another spad is already running with this run directory")
        chainLock = try Instance.lockChain(settings.inputChain.chain)
        store = try StoreDescriptors(settings, ranBefore: ranBefore)
        let path = Instance.controlPath(settings)
        do throws(SystemError) {
            try FileSystem.remove(path)
            control = ControlDesk(try MessageListener(path: path, mode: 0o600))
        } catch {
            throw StartFailure("\(error)")
        }
        try writePid(pidPath)
    }

    /// Closes the replay store here: from now on it is the worker's alone.
    func letGoOfStore() { store = nil }

    private func writePid(_ path: String) throws(StartFailure) {
        let text = Array("\(CurrentProcess.id)\n".utf8)
        try Instance.attempt(at: path) { () throws(SystemError) in
            try self.pidFile.truncate(to: 0)
            _ = try self.pidFile.pwrite(text.span, at: 0)
        }
    }

    // MARK: locks

    /// In memory: what lies here ends with the next boot. The same for every server of the machine.
    static let bootFolder = "/run/sallyport"

    private static func lock(_ path: String, _ refusal: String) throws(StartFailure) -> FileDescriptor {
        let file = try open(path, [.readWrite, .create, .noFollow])
        guard try attempt(at: path, { () throws(SystemError) in try file.lockExclusively() }) else {
            throw StartFailure("\(refusal) (\(path) is locked); stop it first")
        }
        return file
    }

    /// One server per chain and network namespace, whatever its run directory.
    private static func lockChain(_ chain: String) throws(StartFailure) -> FileDescriptor {
        try makeDirectories(bootFolder, mode: 0o755)
        let namespace = try attempt { () throws(SystemError) in
            try FileSystem.facts("/proc/self/ns/net").inode
        }
        return try lock(
            "\(bootFolder)/chain-\(namespace)-\(chain).lock",
            "another spad is already running with the chain \(chain) in this network")
    }

    // MARK: file system

    static func makeDirectories(_ path: String, mode: UInt32) throws(StartFailure) {
        var made = ""
        for part in path.split(separator: "/") {
            made += "/" + part
            let step = made
            guard !exists(step) else { continue }
            _ = try attempt { () throws(SystemError) in try FileSystem.makeDirectory(step, mode: mode) }
        }
    }

    static func exists(_ path: String) -> Bool {
        do throws(SystemError) {
            _ = try FileSystem.facts(path)
            return true
        } catch {
            return false
        }
    }

    static func open(_ path: String, _ flags: OpenFlags) throws(StartFailure) -> FileDescriptor {
        do throws(SystemError) {
            return try FileDescriptor.open(path, flags, mode: 0o600)
        } catch {
            throw StartFailure("\(error)")
        }
    }

    /// - Parameter path: what it is about; a call on an open file does not know its name.
    @discardableResult
    static func attempt<T: ~Copyable>(
        at path: String = "", _ body: () throws(SystemError) -> T
    ) throws(StartFailure) -> T {
        do throws(SystemError) {
            return try body()
        } catch {
            throw StartFailure(
                error.call.contains(path) ? "\(error)" : "\(error.call) \(path): \(error.reason)")
        }
    }
}
