internal import SPAFirewall
internal import SPASystem

// The end, where waiting is allowed, for so long at most.
extension FirewallKeeper {
    /// Why the firewall could not be left as it was.
    struct Failure: Error { let reason: String }

    /// Longest time for the tables of both families together, in nanoseconds; the supervisor waits a little longer.
    static let farewell: Int64 = 24_000_000_000
    private static let lockPatience: Int64 = 8_000_000_000
    private static let shortagePatience: Int64 = 8_000_000_000

    /// Takes everything of ours away. Returns how many rules of others kept the chain in place.
    ///
    /// - Parameter deadline: on the boot clock.
    func remove(until deadline: Int64) throws(Failure) -> Int {
        session.discard()
        lane.discard()
        // Nothing was put there yet.
        guard isPrepared else { return 0 }
        try waitForLock()
        let text = try finish(deadline) { () throws(SystemError) in try self.tools.listing() }
        guard let table = TableListing(complete: String(decoding: text, as: UTF8.self)) else {
            throw Failure(reason: FirewallKeeper.rubbish)
        }
        let (script, foreign) = plan.removal(table)
        if !script.isEmpty {
            _ = try finish(deadline) { () throws(SystemError) in try self.tools.oneShot(script.text()) }
        }
        lock?.release()
        return foreign
    }

    private func waitForLock() throws(Failure) {
        guard tools.flavour == .legacy, let lock else { return }
        let deadline = BootClock.now() + FirewallKeeper.lockPatience
        var poller = Poller()
        while !lock.take() {
            guard BootClock.now() < deadline else {
                throw Failure(reason: "another program has locked \(XtablesLock.path)")
            }
            do throws(SystemError) { try poller.wait(milliseconds: 10) } catch {}
        }
    }

    /// Starts a tool, once the kernel can.
    private func outlast(
        _ end: Int64, _ start: () throws(SystemError) -> ToolProcess
    ) throws(Failure) -> ToolProcess {
        var poller = Poller()
        while true {
            do throws(SystemError) {
                return try start()
            } catch {
                guard ProcessShortage.isCause(of: error) else { throw Failure(reason: "\(error)") }
                guard BootClock.now() < end else { throw Failure(reason: ProcessShortage.words(error)) }
            }
            do throws(SystemError) { try poller.wait(milliseconds: 100) } catch {}
        }
    }

    private func finish(
        _ end: Int64, _ start: () throws(SystemError) -> ToolProcess
    ) throws(Failure) -> [UInt8] {
        let tool = try outlast(min(BootClock.now() + FirewallKeeper.shortagePatience, end), start)
        let deadline = min(BootClock.now() + ToolLane.patience, end)
        var poller = Poller()
        while tool.end == nil {
            guard BootClock.now() < deadline else {
                tool.kill()
                throw Failure(reason: "the firewall tool did not end in time")
            }
            poller.removeAll()
            poller.add(tool.pollable.output, .readable)
            poller.add(tool.pollable.errors, .readable)
            // Between the end of its output and its end there is no event to wait for.
            do throws(SystemError) { try poller.wait(milliseconds: tool.pollable.output < 0 ? 1 : 50) } catch
            {}
            tool.pump()
        }
        guard tool.succeeded else { throw Failure(reason: tool.failure) }
        return tool.takePrinted()
    }
}
