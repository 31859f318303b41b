internal import SPACrypto
internal import SPAPrivilege
internal import SPASystem
internal import SPAWorkerSettings

// The half of the server that touches foreign bytes: dissects, authenticates, decrypts, parses, judges. It has no
// privilege, opens nothing by name, and can ask the helper for one thing only. It may not import the capture or the
// firewall.

/// The program `spad-worker`.
package enum Worker {
    /// Descriptors that the supervisor hands over.
    private enum Inherited {
        static let supervisor: Int32 = 3
        static let frames: Int32 = 4
        static let grants: Int32 = 5
        static let firstStore: Int32 = 6
        static let secondStore: Int32 = 7
    }

    /// Runs until the supervisor or the helper ends; the exit status.
    package static func run() -> Int32 {
        SignalPolicy.ignoreBrokenPipe()
        let link = SupervisorLink(MessageSocket(owning: FileDescriptor(owning: Inherited.supervisor)))
        let frames = MessageSocket(owning: FileDescriptor(owning: Inherited.frames))
        let grants = MessageSocket(owning: FileDescriptor(owning: Inherited.grants))
        let files = StoreFiles(
            FileDescriptor(owning: Inherited.firstStore), FileDescriptor(owning: Inherited.secondStore))
        do throws(PrivilegeError) { try PrivilegeDrop.protectMemory() } catch { return 1 }
        do throws(WorkerFailure) {
            let signals = try WorkerFailure.wrap { () throws(SystemError) in
                try SignalDescriptor([.terminate, .interrupt, .hangUp])
            }
            // Before anything is given up: later the library could not load what it needs.
            do throws(CryptoError) { try CryptoLibrary.prepare() } catch { throw WorkerFailure() }
            let (identity, judge) = try receiveSettings(link)
            do throws(PrivilegeError) { try PrivilegeDrop.become(identity, keeping: []) } catch {
                throw WorkerFailure()
            }
            let store = try WorkerFailure.wrap { () throws(SystemError) in
                try ReplayStore(files: files, now: RealtimeClock.seconds(), maximumAge: judge.maximumAge)
            }
            let loop = WorkerLoop(
                link: link, frames: frames, grants: grants, signals: signals, store: store, judge: judge)
            try loop.run()
            return 0
        } catch {
            return 1
        }
    }

    private static func receiveSettings(_ link: SupervisorLink) throws(WorkerFailure) -> (Identity, Judge) {
        var identity: Identity?
        var intake = SettingsIntake()
        var poller = Poller()
        while true {
            switch link.next() {
            case .ended: throw WorkerFailure()
            case .none:
                poller.removeAll()
                poller.add(link.pollable, .readable)
                _ = try WorkerFailure.wrap { () throws(SystemError) in try poller.wait(milliseconds: nil) }
            case .order(.setup(let user, let group)):
                guard identity == nil, let given = Identity(user: user, group: group) else {
                    throw WorkerFailure()
                }
                identity = given
            case .order(let order):
                guard let identity else { throw WorkerFailure() }
                switch intake.take(order) {
                case .more: continue
                case .breach: throw WorkerFailure()
                case .complete(let judge): return (identity, judge)
                }
            }
        }
    }
}

/// The worker ends. It says no more than its exit status: the supervisor reports it.
struct WorkerFailure: Error {
    static func wrap<T: ~Copyable>(_ body: () throws(SystemError) -> T) throws(WorkerFailure) -> T {
        do throws(SystemError) { return try body() } catch { throw WorkerFailure() }
    }
}
