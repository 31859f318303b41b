import SPASystem
import Testing

@Suite struct Children {
    private func waitForEnd(_ child: ChildProcess) throws -> ProcessEnd {
        var poller = Poller()
        for _ in 0..<2000 {
            if let end = try child.poll() { return end }
            try poller.wait(milliseconds: 5)
        }
        throw SystemError(call: "test child", code: ErrorCode.timedOut)
    }

    @Test func haveExactlyTheGivenDescriptorsAndEnvironment() throws {
        try Pipe().take { (read, write) throws in
            let child = try ChildProcess(
                path: "/bin/sh", arguments: ["sh", "-c", "echo $A$B; exec ls /proc/self/fd"],
                environment: ["A=x", "PATH=/bin:/usr/bin"], descriptors: [nil, write.number, nil])
            _ = consume write
            let text = try read.readToEnd(limit: 100)
            // 3 is the directory that ls itself reads.
            #expect(String(decoding: text, as: UTF8.self) == "x\n0\n1\n2\n3\n")
            #expect(try waitForEnd(child) == .exited(status: 0))
        }
    }

    @Test func tellTheirExitStatus() throws {
        let child = try ChildProcess(
            path: "/bin/sh", arguments: ["sh", "-c", "exit 7"], environment: [], descriptors: [nil, nil, nil])
        #expect(try waitForEnd(child) == .exited(status: 7))
    }

    @Test func tellWhichSignalEndedThem() throws {
        let child = try ChildProcess(
            path: "/bin/sleep", arguments: ["sleep", "60"], environment: [], descriptors: [nil, nil, nil])
        #expect(try child.poll() == nil)
        try child.send(.terminate)
        #expect(try waitForEnd(child) == .killed(signal: 15))
    }

    @Test func failToStartWithTheReason() {
        let error = #expect(throws: SystemError.self) {
            _ = try ChildProcess(path: "/nowhere", arguments: ["x"], environment: [], descriptors: [])
        }
        #expect(error == SystemError(call: "start /nowhere", code: ErrorCode.notFound))
    }
}

@Suite struct Waiting {
    @Test func namesWhatIsReady() throws {
        try Pipe().take { (read, write) throws in
            var poller = Poller()
            let reading = poller.add(read.number, .readable)
            let writing = poller.add(write.number, .writable)
            #expect(try poller.wait(milliseconds: 0) == 1)
            #expect(poller.readiness(at: reading).isEmpty)
            #expect(poller.readiness(at: writing) == .writable)
            _ = consume write
            poller.removeAll()
            poller.add(read.number, .readable)
            #expect(try poller.wait(milliseconds: nil) == 1)
            #expect(poller.readiness(at: 0) == .hangUp)
        }
    }

    @Test func endsWithATimer() throws {
        let timer = try Timer()
        #expect(try !timer.acknowledge())
        try timer.set(BootClock.now() + 1_000_000)
        var poller = Poller()
        poller.add(timer.descriptor.number, .readable)
        #expect(try poller.wait(milliseconds: nil) == 1)
        #expect(try timer.acknowledge())
        #expect(try !timer.acknowledge())
    }
}
