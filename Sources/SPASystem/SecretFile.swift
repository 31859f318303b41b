internal import Glibc
package import SPASecret

/// Why a file with keys is not read.
package enum SecretFileError: Error, Hashable, Sendable, CustomStringConvertible {
    case system(path: String, SystemError)
    case notRegular(path: String)
    /// Others than the owner can read or write it.
    case tooOpen(path: String, mode: UInt32)
    /// It belongs to somebody who is neither this user nor root.
    case foreignOwner(path: String, owner: UInt32)
    case tooLarge(path: String, limit: Int)

    package var description: String {
        switch self {
        case .system(let path, let error): "\(path): \(error.reason)"
        case .notRegular(let path): "\(path): not a regular file"
        case .tooOpen(let path, let mode):
            "\(path): other users can get at the keys in it (mode \(String(mode, radix: 8))); run: chmod 600 \(path)"
        case .foreignOwner(let path, let owner):
            "\(path): belongs to user id \(owner); it must be yours or root's"
        case .tooLarge(let path, let limit): "\(path): larger than \(limit) bytes"
        }
    }
}

/// Who besides the owner may read a file with keys; nobody else may ever write it.
package enum SecretFileAccess: Sendable {
    /// No bit for group or others: mode 0600 or 0400.
    case ownerOnly
    /// The group may read: mode 0640.
    case groupMayRead
}

/// Reads files that hold keys.
package enum SecretFile {
    /// The whole of `path`, at most `limit` bytes, after a look at the open file: regular, private, owned by this user
    /// or root. Symbolic links are followed; what they lead to is judged.
    package static func read(
        _ path: String, limit: Int = 1 << 20, access: SecretFileAccess = .ownerOnly
    ) throws(SecretFileError) -> Secret {
        let outcome: Result<Secret, SecretFileError>
        do throws(SystemError) {
            let file = try FileDescriptor.open(path, [.readOnly, .nonBlocking])
            let facts = try file.facts()
            if let refusal = refusal(path, facts, limit: limit, access: access, user: geteuid()) {
                outcome = .failure(refusal)
            } else {
                outcome = .success(try content(of: file, limit: limit))
            }
        } catch {
            outcome = .failure(.system(path: path, error))
        }
        return try outcome.get()
    }

    /// The verdict on a file's facts, for the process user `user`; nil when it may be read.
    static func refusal(
        _ path: String, _ facts: FileFacts, limit: Int, access: SecretFileAccess, user: UInt32
    ) -> SecretFileError? {
        let forbidden: UInt32 = access == .ownerOnly ? 0o077 : 0o037
        if facts.kind != .regular { return .notRegular(path: path) }
        if facts.mode & forbidden != 0 { return .tooOpen(path: path, mode: facts.mode) }
        if facts.owner != user, facts.owner != 0 { return .foreignOwner(path: path, owner: facts.owner) }
        if facts.size > Int64(limit) { return .tooLarge(path: path, limit: limit) }
        return nil
    }

    /// Reads to the end of the file or to `limit`, in memory that is wiped.
    private static func content(
        of file: borrowing FileDescriptor, limit: Int
    ) throws(SystemError) -> Secret {
        let size = min(Int(try file.size()), limit)
        var done = 0
        // A file that shrinks while it is read leaves zeros behind; they are cut off below.
        let whole = try Secret(count: size) { (room: inout MutableSpan<UInt8>) throws(SystemError) in
            while done < size {
                let count = try file.read(into: &room, from: done)
                if count == 0 { break }
                done += count
            }
        }
        return done == size ? whole : Secret(copying: whole.bytes.extracting(0..<done))
    }
}
