import SPASystem
import Testing

/// Waits until nobody has the other end of a pipe or a connection any more.
///
/// To close ours is not enough: a child that another test starts at this moment is born with a copy, and has it until its
/// program begins.
func waitForHangUp(_ number: Int32) throws {
    var poller = Poller(capacity: 1)
    poller.add(number, [])
    #expect(try poller.wait(milliseconds: 60_000) == 1)
}
