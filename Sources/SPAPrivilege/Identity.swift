// Unsafe rim: the account database.
internal import Glibc

/// A user and group that a process runs as; never root's.
package struct Identity: Hashable, Sendable {
    package let user: UInt32, group: UInt32

    /// Nil for user or group 0.
    package init?(user: UInt32, group: UInt32) {
        guard user != 0, group != 0 else { return nil }
        (self.user, self.group) = (user, group)
    }
}

/// Why a name does not lead to an identity.
package enum IdentityError: Error, Equatable, Sendable, CustomStringConvertible {
    case noSuchAccount(String)
    case isRoot(String)

    package var description: String {
        switch self {
        case .noSuchAccount(let name):
            "account \(name) does not exist; make it with: useradd --system --shell /usr/sbin/nologin \(name)"
        case .isRoot(let name): "account \(name) is root; name an account without privilege"
        }
    }
}

extension Identity {
    /// The identity behind a name or a number; a number needs no account and serves as its own group.
    package init(account: String) throws(IdentityError) {
        if let number = UInt32(account) {
            let group = unsafe getpwuid(number).map { unsafe $0.pointee.pw_gid } ?? number
            guard let identity = Identity(user: number, group: group) else { throw .isRoot(account) }
            self = identity
            return
        }
        // SAFETY: the record is read at once, in a program of one thread.
        guard let record = unsafe getpwnam(account) else { throw .noSuchAccount(account) }
        guard let identity = unsafe Identity(user: record.pointee.pw_uid, group: record.pointee.pw_gid) else {
            throw .isRoot(account)
        }
        self = identity
    }

    /// Whether any account or group of the machine has this number.
    package static func isAssigned(_ number: UInt32) -> Bool {
        unsafe getpwuid(number) != nil || getgrgid(number) != nil
    }
}
