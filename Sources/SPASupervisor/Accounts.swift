internal import SPAConfig
internal import SPAPrivilege

/// Who the three processes run as: three different users, none of them root.
struct Accounts: Sendable {
    let supervisor: Identity, helper: Identity, worker: Identity
    /// Words for the log about choices that nobody made.
    let notices: [String]

    /// The accounts that the packaging makes.
    private static let names = (
        supervisor: "sallyport", helper: "sallyport-helper", worker: "sallyport-worker"
    )
    /// Numbers that serve where these accounts do not exist; none may belong to anybody.
    private static let numbers: (supervisor: UInt32, helper: UInt32, worker: UInt32) = (
        61_101, 61_102, 61_103
    )

    init(_ settings: ServerSettings) throws(StartFailure) {
        var notices: [String] = []
        supervisor = try Accounts.choose(
            settings.supervisorUser, "SUPERVISOR_USER", Accounts.names.supervisor,
            Accounts.numbers.supervisor,
            &notices)
        helper = try Accounts.choose(
            settings.helperUser, "HELPER_USER", Accounts.names.helper, Accounts.numbers.helper, &notices)
        worker = try Accounts.choose(
            settings.workerUser, "WORKER_USER", Accounts.names.worker, Accounts.numbers.worker, &notices)
        guard worker.user != helper.user, worker.user != supervisor.user else {
            throw StartFailure(
                "WORKER_USER must be an account of its own: the others could be reached through it")
        }
        self.notices = notices
    }

    private static func choose(
        _ wanted: String?, _ setting: String, _ name: String, _ number: UInt32, _ notices: inout [String]
    ) throws(StartFailure) -> Identity {
        if let wanted {
            do throws(IdentityError) {
                return try Identity(account: wanted)
            } catch {
                throw StartFailure("\(setting): \(error)")
            }
        }
        do throws(IdentityError) {
            return try Identity(account: name)
        } catch {
            guard case .noSuchAccount = error, !Identity.isAssigned(number),
                let identity = Identity(user: number, group: number)
            else { throw StartFailure("\(setting): \(error)") }
            notices.append("account \(name) does not exist: using user id \(number), which belongs to nobody")
            return identity
        }
    }
}

/// Why the server does not start, in words.
struct StartFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
