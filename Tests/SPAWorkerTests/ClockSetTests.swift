import SPAReplay
import SPASystem
import Testing

@testable import SPAWorker

/// The clock is set by an hour, either way and back again, around a packet that was granted.
@Suite struct ClockSetAroundAGrant {
    private static let hour: Int64 = 3600
    private let keys = Sample.keys(1)

    /// What the worker does with a packet: judged, and recorded where that is due.
    private func offer(_ payload: [UInt8], to store: ReplayStore, at now: Int64) throws -> String {
        let judge = try Judge(generation: 1, maximumAge: 120, stanzas: [Sample.stanza(1, keys: keys)])
        switch judge.verdict(on: payload.span, from: try Sample.arrival(), memory: store.memory, now: now) {
        case .garbage: return "garbage"
        case .permitted(_, _, let record):
            try store.remember(record, now: now)
            return "granted"
        case .refused(let reason, _, _, _, let record):
            if let record { try store.remember(record, now: now, durably: false) }
            return "\(reason)"
        }
    }

    @Test("A packet that was granted is a replay at whatever the clock says", arguments: [-hour, hour])
    func granted(_ step: Int64) throws {
        let disk = try Disk()
        var store = try disk.open(now: Sample.now)
        let packet = try Sample.packet(keys)
        #expect(try offer(packet, to: store, at: Sample.now) == "granted")
        for restarts in [false, true] {
            for now in [Sample.now + step, Sample.now, Sample.now + step, Sample.now + 1] {
                if restarts { store = try disk.open(now: now) }
                #expect(store.opening == .intact)
                #expect(try offer(packet, to: store, at: now) == "replay")
            }
        }
        // An honest one of the time that the clock shows is granted.
        let now = Sample.now + step
        #expect(try offer(try Sample.packet(keys, at: now), to: store, at: now) == "granted")
    }

    @Test func whatWasForgottenWhileTheClockWasAheadIsRefusedWhenItIsRight() throws {
        let disk = try Disk()
        // Full, so that the next packet makes the store forget by the clock.
        let granted = try Sample.packet(keys)
        let others = try (0..<(ReplayFile.capacity - 1)).map { try Disk.record($0, date: Sample.now - 10) }
        try disk.write(ReplayFile.image(others, header: Disk.header(1, retired: false)), to: 0)
        let store = try disk.open(now: Sample.now)
        #expect(try offer(granted, to: store, at: Sample.now) == "granted")
        let ahead = Sample.now + Self.hour
        #expect(try offer(try Sample.packet(keys, at: ahead), to: store, at: ahead) == "granted")
        #expect(store.memory.count < 10, "it has forgotten")
        #expect(try offer(granted, to: store, at: Sample.now + 1) == "beforeFloor")
        let again = try disk.open(now: Sample.now + 1)
        #expect(try offer(granted, to: again, at: Sample.now + 1) == "beforeFloor")
        // Not for long: the floor is the date of the packet that was forgotten, and no later.
        let next = try Sample.packet(keys, at: Sample.now + 2)
        #expect(try offer(next, to: again, at: Sample.now + 2) == "granted")
    }

    @Test(
        "A store lost while the clock is wrong by an hour grants nothing that was granted",
        arguments: [-hour, hour])
    func lost(_ step: Int64) throws {
        let disk = try Disk()
        let packet = try Sample.packet(keys)
        #expect(try offer(packet, to: try disk.open(now: Sample.now), at: Sample.now) == "granted")
        try disk.write([0xA5], to: 0, at: 0)
        let store = try disk.open(now: Sample.now + step)
        #expect(store.opening != .intact)
        for now in [Sample.now + step, Sample.now, Sample.now + 120] {
            #expect(try offer(packet, to: store, at: now) != "granted")
        }
    }
}
