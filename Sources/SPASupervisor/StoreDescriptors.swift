internal import SPAConfig
internal import SPAReplay
internal import SPASystem

/// What the worker gets of the replay store, opened and where needed made as root: its two files, and the mark that tells
/// how far it had come since the machine started.
///
/// Whoever has these open holds the lock of the store: as long as a worker lives no other one writes.
final class StoreDescriptors {
    private let first: FileDescriptor
    private let second: FileDescriptor
    private let mark: FileDescriptor

    /// Longest time for the worker of an earlier life to end, in nanoseconds.
    private static let patience: Int64 = 3_000_000_000

    /// - Parameter ranBefore: whether something else than the mark tells of an earlier life.
    init(_ settings: ServerSettings, ranBefore: Bool) throws(StartFailure) {
        let state = settings.stateDirectory
        try Instance.makeDirectories(state, mode: 0o755)
        let path = StoreDescriptors.markPath(state)
        mark = try Instance.open(path, [.readWrite, .create, .noFollow])
        try StoreDescriptors.waitForLock(mark, path)
        let hadThisStore = try StoreDescriptors.prepare(mark, state)
        let folder = state + "/replay"
        try StoreDescriptors.makeFiles(folder, settings, ranBefore: ranBefore || hadThisStore)
        first = try Instance.open(folder + "/first", [.readWrite, .noFollow])
        second = try Instance.open(folder + "/second", [.readWrite, .noFollow])
    }

    var numbers: [Int32] { [first.number, second.number, mark.number] }

    // MARK: the mark

    /// One per state directory. The name has to be short, and a path may be long: 64-bit FNV-1a of its bytes.
    static func markPath(_ stateDirectory: String) -> String {
        let hash = stateDirectory.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01b3
        }
        let digits = String(hash, radix: 16)
        let zeros = String(repeating: "0", count: 16 - digits.count)
        return "\(Instance.bootFolder)/store-\(zeros)\(digits).mark"
    }

    /// A supervisor that was killed leaves a worker that is about to end; two must never write.
    private static func waitForLock(_ file: borrowing FileDescriptor, _ path: String) throws(StartFailure) {
        let deadline = BootClock.now() + patience
        var poller = Poller()
        while true {
            do throws(SystemError) {
                if try file.lockExclusively() { return }
                guard BootClock.now() < deadline else { break }
                try poller.wait(milliseconds: 10)
            } catch {
                throw StartFailure("\(error)")
            }
        }
        throw StartFailure(
            "another spad is already running with this state directory (\(path) is locked); stop it first")
    }

    /// Gives a new mark its size, so that the worker's writes can never lack the room; for people, the path follows.
    ///
    /// - Returns: whether a store of this path was in use since the machine started.
    private static func prepare(
        _ mark: borrowing FileDescriptor, _ stateDirectory: String
    ) throws(StartFailure) -> Bool {
        do throws(SystemError) {
            guard try mark.size() == 0 else { return true }
            let content = [UInt8](repeating: 0, count: ReplayFile.partSize) + Array(stateDirectory.utf8)
            guard try mark.pwrite(content.span, at: 0) == content.count else {
                throw SystemError(call: "pwrite", code: ErrorCode.noSpace)
            }
            return false
        } catch {
            throw StartFailure("\(error.call) \(markPath(stateDirectory)): \(error.reason)")
        }
    }

    // MARK: the files

    /// Makes what is missing.
    private static func makeFiles(
        _ folder: String, _ settings: ServerSettings, ranBefore: Bool
    ) throws(StartFailure) {
        let isNewFolder = try Instance.attempt { () throws(SystemError) in
            try FileSystem.makeDirectory(folder, mode: 0o700)
        }
        let files = [folder + "/first", folder + "/second"]
        let isThere = files.map(Instance.exists)
        guard !isThere[0] || !isThere[1] else { return }
        // Traces of an earlier life without its memory, or a machine that has just started and may have had its memory in
        // what does not outlive a start: packets that were granted could be sent again. Files without a header make the
        // worker refuse everything dated before it can be sure; what dates there are in them still count.
        //
        // Twice the age: a packet may have been dated so far ahead when it was granted, and is fresh as long again.
        let uptime = BootClock.now() / 1_000_000_000
        let mayBeLost = ranBefore || !isNewFolder || uptime < 2 * Int64(settings.maximumPacketAge)
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
        // The names too: a store whose content is synced and whose name is not would be a first start after a power cut.
        try synchronize(folder)
        try synchronize(settings.stateDirectory)
    }

    /// Takes the header away from a file whose sibling is lost.
    private static func strip(_ path: String) throws(StartFailure) {
        try Instance.attempt(at: path) { () throws(SystemError) in
            let file = try FileDescriptor.open(path, [.readWrite, .noFollow])
            let nothing = [UInt8](repeating: 0, count: ReplayFile.partSize)
            _ = try file.pwrite(nothing.span, at: 0)
            try file.synchronize()
        }
    }

    /// Writes a file under another name and puts it in place when it is whole and on the disk.
    private static func make(_ path: String, _ image: [UInt8]) throws(StartFailure) {
        let new = path + ".new"
        try Instance.attempt(at: new) { () throws(SystemError) in
            try FileSystem.remove(new)
            let file = try FileDescriptor.open(
                new, [.readWrite, .create, .exclusive, .noFollow], mode: 0o600)
            try file.writeAll(image.span)
            try file.synchronize()
            try FileSystem.rename(new, to: path)
        }
    }

    private static func synchronize(_ folder: String) throws(StartFailure) {
        try Instance.attempt(at: folder) { () throws(SystemError) in
            try FileDescriptor.open(folder, [.readOnly, .directory]).synchronize()
        }
    }
}
