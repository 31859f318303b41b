import SPAPolicy
import Testing

@Suite struct Lifetimes {
    @Test("Zero, more than 97 days and overflow cannot be made", arguments: [0, 8_388_609, UInt32.max])
    func impossible(_ seconds: UInt32) { #expect(Lifetime(seconds: seconds) == nil) }

    @Test("From one second to 97 days", arguments: [1, 30, 8_388_608] as [UInt32])
    func possible(_ seconds: UInt32) { #expect(Lifetime(seconds: seconds)?.seconds == seconds) }

    @Test func longerIsGreater() throws {
        #expect(try Sample.seconds(29) < .standard)
        #expect(Lifetime.standard < .standardMaximum)
        #expect(Lifetime.standard.seconds == 30)
        #expect(Lifetime.standardMaximum.seconds == 300)
    }
}
