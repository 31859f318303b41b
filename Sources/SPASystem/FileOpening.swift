// Unsafe rim: open(2), fstat(2) and their like.
internal import CSallyportShims
internal import Glibc
internal import SPASecret

/// How a file is opened; `O_CLOEXEC` and `O_NOCTTY` always apply.
package struct OpenFlags: OptionSet, Sendable {
    package let rawValue: Int32
    package init(rawValue: Int32) { self.rawValue = rawValue }

    package static let readOnly = OpenFlags(rawValue: O_RDONLY)
    package static let writeOnly = OpenFlags(rawValue: O_WRONLY)
    package static let readWrite = OpenFlags(rawValue: O_RDWR)
    package static let create = OpenFlags(rawValue: O_CREAT)
    /// With `create`: the file must be new.
    package static let exclusive = OpenFlags(rawValue: O_EXCL)
    package static let truncate = OpenFlags(rawValue: O_TRUNC)
    package static let append = OpenFlags(rawValue: O_APPEND)
    /// The last part of the path must not be a symbolic link.
    package static let noFollow = OpenFlags(rawValue: O_NOFOLLOW)
    package static let directory = OpenFlags(rawValue: O_DIRECTORY)
    /// A fifo without a writer does not hold the caller up.
    package static let nonBlocking = OpenFlags(rawValue: O_NONBLOCK)
}

/// What stat(2) tells about a file.
package struct FileFacts: Hashable, Sendable {
    package enum Kind: Hashable, Sendable { case regular, directory, other }
    package let kind: Kind
    /// Permission bits, 0 to 0o7777.
    package let mode: UInt32
    package let owner: UInt32
    package let group: UInt32
    /// In bytes.
    package let size: Int64
    package let device: UInt64
    package let inode: UInt64

    init(_ facts: stat) {
        kind =
            switch facts.st_mode & S_IFMT {
            case S_IFREG: .regular
            case S_IFDIR: .directory
            default: .other
            }
        mode = facts.st_mode & 0o7777
        owner = facts.st_uid
        group = facts.st_gid
        size = Int64(facts.st_size)
        device = UInt64(facts.st_dev)
        inode = UInt64(facts.st_ino)
    }
}

extension FileDescriptor {
    /// Opens `path`; `mode` counts for a file that this call makes.
    package static func open(
        _ path: String, _ flags: OpenFlags, mode: UInt32 = 0o600
    ) throws(SystemError) -> FileDescriptor {
        // SAFETY: the call reads the path's bytes, which live until it returns.
        let result = unsafe Glibc.open(path, flags.rawValue | O_CLOEXEC | O_NOCTTY, mode_t(mode))
        return try FileDescriptor(result: result, of: "open \(path)")
    }

    /// The facts of the open file itself, whatever its path names by now.
    package borrowing func facts() throws(SystemError) -> FileFacts {
        var facts = stat()
        guard unsafe fstat(number, &facts) == 0 else { throw SystemError.last("fstat") }
        return FileFacts(facts)
    }

    /// The length of the file in bytes.
    package borrowing func size() throws(SystemError) -> Int64 { try facts().size }

    /// Cuts or extends the file to `count` bytes.
    package borrowing func truncate(to count: Int64) throws(SystemError) {
        guard ftruncate(number, off_t(count)) == 0 else { throw SystemError.last("ftruncate") }
    }

    /// Waits until the content is on the disk.
    package borrowing func synchronizeData() throws(SystemError) {
        guard fdatasync(number) == 0 else { throw SystemError.last("fdatasync") }
    }

    /// Waits until content and names (of a directory) are on the disk.
    package borrowing func synchronize() throws(SystemError) {
        guard fsync(number) == 0 else { throw SystemError.last("fsync") }
    }

    /// Sets the permission bits of the open file.
    package borrowing func setMode(_ mode: UInt32) throws(SystemError) {
        guard fchmod(number, mode_t(mode)) == 0 else { throw SystemError.last("fchmod") }
    }

    /// Sets owner and group of the open file.
    package borrowing func setOwner(user: UInt32, group: UInt32) throws(SystemError) {
        guard fchown(number, user, group) == 0 else { throw SystemError.last("fchown") }
    }

    /// Takes the exclusive lock of flock(2) without waiting; false when another process holds it.
    package borrowing func lockExclusively() throws(SystemError) -> Bool {
        if sp_flock_exclusive(number) == 0 { return true }
        let error = SystemError.last("flock")
        guard error.code == EAGAIN else { throw error }
        return false
    }

    /// Gives the lock of flock(2) back, for all who share the open file.
    package borrowing func unlock() { _ = flock(number, LOCK_UN) }

    /// The first `count` bytes, or fewer where the file is shorter; the file's position stays.
    package borrowing func readWhole(count: Int) throws(SystemError) -> [UInt8] {
        var content: [UInt8] = []
        content.reserveCapacity(count)
        var room = [UInt8](repeating: 0, count: max(1, count))
        while content.count < count {
            var span = room.mutableSpan
            let got = try pread(into: &span, at: Int64(content.count))
            if got == 0 { break }
            content += room[0..<min(got, count - content.count)]
        }
        // It may have been keys.
        Secret.wipe(&room)
        return content
    }

    /// The rest of the content; `limit` in bytes, more is `EFBIG`.
    package borrowing func readToEnd(limit: Int) throws(SystemError) -> [UInt8] {
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            var span = chunk.mutableSpan
            let count = try read(into: &span)
            if count == 0 { return content }
            guard content.count + count <= limit else { throw SystemError(call: "read", code: EFBIG) }
            content.append(contentsOf: chunk[0..<count])
        }
    }
}
