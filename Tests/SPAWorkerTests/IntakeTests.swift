import SPAKeys
import SPASecret
import SPAWorkerSettings
import Testing

@testable import SPAWorker

@Suite struct Intake {
    private func words(_ intake: inout SettingsIntake, _ orders: [WorkerOrder]) -> String {
        orders.map { order in
            switch intake.take(order) {
            case .more: "more"
            case .complete(let judge):
                "complete \(judge.generation) \(judge.maximumAge) \(judge.reportsGarbage)"
            case .breach: "breach"
            }
        }.joined(separator: " ")
    }

    @Test func settingsAreCompleteWithTheirCommit() throws {
        var intake = SettingsIntake()
        let stanza = WorkerOrder.stanza(try Sample.stanza(1, keys: Sample.keys(1)))
        let begin = WorkerOrder.begin(generation: 3, maximumAge: 60, reportsGarbage: true)
        #expect(
            words(&intake, [begin, stanza, stanza, .commit(generation: 3)])
                == "more more more complete 3 60 true")
        #expect(words(&intake, [.commit(generation: 3)]) == "breach")
        #expect(words(&intake, [begin, .commit(generation: 4)]) == "more breach")
        #expect(words(&intake, [.setup(uid: 1, gid: 1, lacking: 0)]) == "breach")
        var empty = SettingsIntake()
        #expect(words(&empty, [stanza]) == "breach")
    }

    @Test func keysThatCannotWorkAreABreach() throws {
        var intake = SettingsIntake()
        let long = [UInt8](repeating: 1, count: 129)
        let keys = PacketKeys(encryption: Secret(copying: long.span), hmac: Secret(copying: long.span))
        let orders: [WorkerOrder] = [
            .begin(generation: 1, maximumAge: 1, reportsGarbage: false),
            .stanza(try Sample.stanza(1, keys: keys)),
            .commit(generation: 1),
        ]
        #expect(words(&intake, orders) == "more more breach")
    }
}
