// Unsafe rim: names in the file system. SAFETY: each call only reads the bytes of its paths, which live until it returns.
internal import Glibc

/// Changes and questions about names in the file system.
package enum FileSystem {
    /// The facts of what `path` names, links followed.
    package static func facts(_ path: String) throws(SystemError) -> FileFacts {
        var facts = stat()
        guard unsafe stat(path, &facts) == 0 else { throw SystemError.last("stat \(path)") }
        return FileFacts(facts)
    }

    /// Whether `path` is a regular file that this user may execute.
    package static func isExecutable(_ path: String) -> Bool {
        guard let facts = try? facts(path), facts.kind == .regular else { return false }
        return unsafe access(path, X_OK) == 0
    }

    /// Puts `source` at `target`, in one step, over what was there.
    package static func rename(_ source: String, to target: String) throws(SystemError) {
        guard unsafe Glibc.rename(source, target) == 0 else {
            throw SystemError.last("rename \(source) to \(target)")
        }
    }

    /// Removes the name of a file; a name that is not there is no error.
    package static func remove(_ path: String) throws(SystemError) {
        guard unsafe unlink(path) != 0 else { return }
        let error = SystemError.last("unlink \(path)")
        if error.code != ENOENT { throw error }
    }

    /// Makes a directory; false when something of this name is there already.
    @discardableResult
    package static func makeDirectory(_ path: String, mode: UInt32) throws(SystemError) -> Bool {
        if unsafe mkdir(path, mode_t(mode)) == 0 { return true }
        let error = SystemError.last("mkdir \(path)")
        guard error.code == EEXIST else { throw error }
        return false
    }

    /// The target of a symbolic link.
    package static func readLink(_ path: String) throws(SystemError) -> String {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        // SAFETY: the count is that of the array whose storage is lent; readlink(2) writes no NUL.
        let count = unsafe buffer.withUnsafeMutableBytes { room in
            guard let start = room.baseAddress else { return -1 }
            return unsafe readlink(path, start.assumingMemoryBound(to: CChar.self), room.count)
        }
        guard count >= 0 else { throw SystemError.last("readlink \(path)") }
        return String(decoding: buffer[0..<count], as: UTF8.self)
    }
}
