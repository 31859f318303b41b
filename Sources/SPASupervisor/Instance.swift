internal import SPAConfig
internal import SPAReplay
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
        // Outlives both folders until the machine starts again.
        let hadThisStore =
            try Instance.swapText(chainLock, settings.stateDirectory) == settings.stateDirectory
        let store = Instance.storePath(settings)
        self.store = StoreDescriptors(
            try Instance.openStore(store, settings, ranBefore: ranBefore || hadThisStore),
            try Instance.open(store + "/second", [.readWrite, .noFollow]))
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

    private static func lock(_ path: String, _ refusal: String) throws(StartFailure) -> FileDescriptor {
        let file = try open(path, [.readWrite, .create, .noFollow])
        guard try attempt(at: path, { () throws(SystemError) in try file.lockExclusively() }) else {
            throw StartFailure("\(refusal) (\(path) is locked); stop it first")
        }
        return file
    }

    /// Where the locks of chains lie, whatever the run directory.
    private static let lockFolder = "/run/sallyport"

    /// One server per chain and network namespace, whatever its run directory.
    private static func lockChain(_ chain: String) throws(StartFailure) -> FileDescriptor {
        try makeDirectories(lockFolder, mode: 0o755)
        let namespace = try attempt { () throws(SystemError) in
            try FileSystem.facts("/proc/self/ns/net").inode
        }
        return try lock(
            "\(lockFolder)/chain-\(namespace)-\(chain).lock",
            "another spad is already running with the chain \(chain) in this network")
    }

    /// Writes `text` into a small file and returns what was there before.
    private static func swapText(_ file: borrowing FileDescriptor, _ text: String) throws(StartFailure)
        -> String
    {
        do throws(SystemError) {
            let old = try file.readWhole(count: Int(min(try file.size(), 4096)))
            try file.truncate(to: 0)
            let new = Array(text.utf8)
            _ = try file.pwrite(new.span, at: 0)
            return String(decoding: old, as: UTF8.self)
        } catch {
            throw StartFailure("\(lockFolder): \(error)")
        }
    }

    // MARK: replay store

    /// Opens the first file, after making both where there is no store yet.
    private static func openStore(
        _ folder: String, _ settings: ServerSettings, ranBefore: Bool
    ) throws(StartFailure) -> FileDescriptor {
        try makeDirectories(settings.stateDirectory, mode: 0o755)
        let isNewFolder = try attempt { () throws(SystemError) in
            try FileSystem.makeDirectory(folder, mode: 0o700)
        }
        let files = [folder + "/first", folder + "/second"]
        let isThere = files.map(exists)
        // Traces of an earlier life without its memory, or a machine that has just started and may have had its memory in
        // what does not outlive a start: packets that were granted could be sent again. Files without a header make the
        // worker refuse everything dated before it can be sure; what dates there are in them still count.
        let uptime = BootClock.now() / 1_000_000_000
        let mayBeLost = ranBefore || !isNewFolder || uptime < Int64(settings.maximumPacketAge)
        if !isThere[0] || !isThere[1] {
            for (index, file) in files.enumerated() {
                if isThere[index] {
                    try strip(file)
                } else if mayBeLost {
                    try make(file, [UInt8](repeating: 0, count: ReplayFile.size))
                } else {
                    let header = ReplayFile.Header(
                        generation: index == 0 ? 1 : 0, floor: .min, isRetired: index == 1)
                    try make(file, ReplayFile.image([], header: header))
                }
            }
        }
        return try open(folder + "/first", [.readWrite, .noFollow])
    }

    /// Takes the header away from a file whose sibling is lost.
    private static func strip(_ path: String) throws(StartFailure) {
        try attempt(at: path) { () throws(SystemError) in
            let file = try FileDescriptor.open(path, [.readWrite, .noFollow])
            let nothing = [UInt8](repeating: 0, count: ReplayFile.partSize)
            _ = try file.pwrite(nothing.span, at: 0)
            try file.synchronize()
        }
    }

    /// Writes a file under another name and puts it in place when it is whole and on the disk.
    private static func make(_ path: String, _ image: [UInt8]) throws(StartFailure) {
        let new = path + ".new"
        try attempt(at: new) { () throws(SystemError) in
            try FileSystem.remove(new)
            let file = try FileDescriptor.open(
                new, [.readWrite, .create, .exclusive, .noFollow], mode: 0o600)
            try file.writeAll(image.span)
            try file.synchronize()
            try FileSystem.rename(new, to: path)
        }
    }

    // MARK: file system

    private static func makeDirectories(_ path: String, mode: UInt32) throws(StartFailure) {
        var made = ""
        for part in path.split(separator: "/") {
            made += "/" + part
            let step = made
            guard !exists(step) else { continue }
            _ = try attempt { () throws(SystemError) in try FileSystem.makeDirectory(step, mode: mode) }
        }
    }

    private static func exists(_ path: String) -> Bool {
        do throws(SystemError) {
            _ = try FileSystem.facts(path)
            return true
        } catch {
            return false
        }
    }

    private static func open(_ path: String, _ flags: OpenFlags) throws(StartFailure) -> FileDescriptor {
        do throws(SystemError) {
            return try FileDescriptor.open(path, flags, mode: 0o600)
        } catch {
            throw StartFailure("\(error)")
        }
    }

    /// - Parameter path: what it is about; a call on an open file does not know its name.
    @discardableResult
    private static func attempt<T: ~Copyable>(
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

/// The two open files of the replay store.
final class StoreDescriptors {
    private let first: FileDescriptor
    private let second: FileDescriptor

    init(_ first: consuming FileDescriptor, _ second: consuming FileDescriptor) {
        self.first = first
        self.second = second
    }

    var numbers: [Int32] { [first.number, second.number] }
}
