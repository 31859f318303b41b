internal import SPAChannel
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
        static let storeMark: Int32 = 8
    }

    /// Runs until the supervisor or the helper ends; the exit status.
    package static func run() -> Int32 {
        SignalPolicy.ignoreBrokenPipe()
        let link = SupervisorLink(MessageSocket(owning: FileDescriptor(owning: Inherited.supervisor)))
        let frames = MessageSocket(owning: FileDescriptor(owning: Inherited.frames))
        let grants = MessageSocket(owning: FileDescriptor(owning: Inherited.grants))
        let files = StoreFiles(
            FileDescriptor(owning: Inherited.firstStore), FileDescriptor(owning: Inherited.secondStore),
            marks: FileDescriptor(owning: Inherited.storeMark))
        do throws(PrivilegeError) { try PrivilegeDrop.protectMemory() } catch { return 1 }
        do throws(WorkerFailure) {
            let signals = try WorkerFailure.wrap { () throws(SystemError) in
                try SignalDescriptor([.terminate, .interrupt, .hangUp, .user1, .user2])
            }
            // Before anything is given up: later the library could not load what it needs.
            do throws(CryptoError) { try CryptoLibrary.prepare() } catch { throw WorkerFailure() }
            let (start, judge) = try receiveSettings(link)
            let confined = try confine(start, link)
            let store = try open(files, judge, link)
            let loop = WorkerLoop(
                link: link, frames: frames, grants: grants, signals: signals, store: store, judge: judge)
            try loop.run(confined)
            return 0
        } catch {
            return 1
        }
    }

    /// Who to become, and which layers may be missing.
    private typealias Start = (identity: Identity, lacking: Set<ConfinementLayer>)

    private static func confine(_ start: Start, _ link: SupervisorLink) throws(WorkerFailure) -> Confined {
        do throws(ConfinementError) {
            let confined = try Privileged().confine(.worker, as: start.identity, lacking: start.lacking)
            for layer in confined.missing {
                link.send(.lacks(layer: ConfinementLayer.bits([layer]), code: 0, isFatal: false))
            }
            return confined
        } catch {
            link.send(
                .lacks(
                    layer: ConfinementLayer.bits([error.layer].compactMap { $0 }),
                    code: UInt32(bitPattern: error.cause.code), isFatal: true))
            throw WorkerFailure()
        }
    }

    private static func open(
        _ files: StoreFiles, _ judge: Judge, _ link: SupervisorLink
    ) throws(WorkerFailure) -> ReplayStore {
        do throws(SystemError) {
            return try ReplayStore(files: files, now: RealtimeClock.seconds(), maximumAge: judge.maximumAge)
        } catch {
            link.send(.storeUnusable(code: UInt32(bitPattern: error.code)))
            throw WorkerFailure()
        }
    }

    private static func receiveSettings(_ link: SupervisorLink) throws(WorkerFailure) -> (Start, Judge) {
        var start: Start?
        var intake = SettingsIntake()
        var poller = Poller()
        while true {
            switch link.next() {
            case .ended: throw WorkerFailure()
            case .none:
                poller.removeAll()
                poller.add(link.pollable, .readable)
                _ = try WorkerFailure.wrap { () throws(SystemError) in try poller.wait(milliseconds: nil) }
            case .order(.setup(let user, let group, let lacking)):
                guard start == nil, let given = Identity(user: user, group: group) else {
                    throw WorkerFailure()
                }
                start = (given, ConfinementLayer.layers(lacking))
            case .order(let order):
                guard let start else { throw WorkerFailure() }
                switch intake.take(order) {
                case .more: continue
                case .breach: throw WorkerFailure()
                case .complete(let judge): return (start, judge)
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
