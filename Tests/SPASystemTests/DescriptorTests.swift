import SPASystem
import SPASecret
import Testing

@Suite struct Descriptors {
    @Test func carryBytesThroughAPipe() throws {
        try Pipe().take { (read, write) throws in
            let sent: [UInt8] = [1, 2, 3]
            #expect(try write.write(sent.span) == 3)
            var room = [UInt8](repeating: 0, count: 8)
            var span = room.mutableSpan
            #expect(try read.read(into: &span) == 3)
            #expect(room == [1, 2, 3, 0, 0, 0, 0, 0])
        }
    }

    @Test func tellWouldBlockFromEnd() throws {
        try Pipe().take { (read, write) throws in
            #expect(try read.setNonBlocking(true) == false)
            #expect(try read.setNonBlocking(true) == true)
            var room = [UInt8](repeating: 0, count: 8)
            var span = room.mutableSpan
            #expect(try read.tryRead(into: &span) == .wouldBlock)
            _ = consume write
            try waitForHangUp(read.number)
            #expect(try read.tryRead(into: &span) == .end)
        }
    }

    @Test func reportABrokenPipeAsEnd() throws {
        SignalPolicy.ignoreBrokenPipe()
        try Pipe().take { (read, write) throws in
            _ = consume read
            try waitForHangUp(write.number)
            let byte: [UInt8] = [0]
            #expect(try write.tryWrite(byte.span) == .end)
        }
    }

    @Test func readAndWriteAtPlacesOfAFile() throws {
        let file = try MemoryFile.create("test")
        let word = Array("abcdef".utf8)
        #expect(try file.pwrite(word.span, at: 2) == 6)
        #expect(try file.size() == 8)
        var room = [UInt8](repeating: 0, count: 3)
        var span = room.mutableSpan
        #expect(try file.pread(into: &span, at: 4) == 3)
        #expect(room == Array("cde".utf8))
        try file.truncate(to: 1)
        #expect(try file.size() == 1)
        try file.synchronizeData()
    }

    @Test func sealMemoryAgainstWriting() throws {
        let file = try MemoryFile.create("test")
        let before = MemoryFile.isSealed(file)
        #expect(!before)
        try MemoryFile.seal(file)
        let after = MemoryFile.isSealed(file)
        #expect(after)
        let byte: [UInt8] = [0]
        let error = #expect(throws: SystemError.self) { try file.write(byte.span) }
        #expect(error?.code == ErrorCode.notPermitted)
    }

    @Test func nameTheCallAndTheReason() {
        let error = #expect(throws: SystemError.self) {
            _ = try FileDescriptor.open("/nowhere/at/all", .readOnly)
        }
        #expect(error?.description == "open /nowhere/at/all: No such file or directory")
    }

    @Test func areHeldByOneLock() throws {
        let path = temporaryPath("lock")
        defer { try? FileSystem.remove(path) }
        let first = try FileDescriptor.open(path, [.readWrite, .create])
        let second = try FileDescriptor.open(path, [.readWrite])
        #expect(try first.lockExclusively())
        #expect(try !second.lockExclusively())
    }
}

@Suite struct SecretFiles {
    @Test func areReadWhenPrivate() throws {
        let path = temporaryPath("rc")
        defer { try? FileSystem.remove(path) }
        let content = [UInt8](repeating: 7, count: 40_000)
        try FileDescriptor.open(path, [.writeOnly, .create]).writeAll(content.span)
        let secret = try SecretFile.read(path)
        #expect(secret.matches(Secret(copying: content.span)))
    }

    @Test(arguments: [0o644, 0o640, 0o604, 0o620, 0o602, 0o610] as [UInt32])
    func areRefusedWhenOthersGetAtThem(mode: UInt32) throws {
        let path = temporaryPath("rc\(mode)")
        defer { try? FileSystem.remove(path) }
        try FileDescriptor.open(path, [.writeOnly, .create]).setMode(mode)
        let error = #expect(throws: SecretFileError.tooOpen(path: path, mode: mode)) {
            try SecretFile.read(path)
        }
        #expect(error?.description.hasSuffix("run: chmod 600 \(path)") == true)
    }

    @Test func mayLetAGroupRead() throws {
        let path = temporaryPath("group")
        defer { try? FileSystem.remove(path) }
        let file = try FileDescriptor.open(path, [.writeOnly, .create])
        try file.setMode(0o640)
        #expect(try SecretFile.read(path, access: .groupMayRead).count == 0)
        try file.setMode(0o660)
        #expect(throws: SecretFileError.self) { try SecretFile.read(path, access: .groupMayRead) }
    }

    @Test func areRefusedWhenTooLargeOrNoFiles() throws {
        let path = temporaryPath("large")
        defer { try? FileSystem.remove(path) }
        try FileDescriptor.open(path, [.writeOnly, .create]).truncate(to: 11)
        #expect(throws: SecretFileError.tooLarge(path: path, limit: 10)) {
            try SecretFile.read(path, limit: 10)
        }
        #expect(throws: SecretFileError.notRegular(path: "/tmp")) { try SecretFile.read("/tmp") }
    }
}

func temporaryPath(_ name: String) -> String { "/tmp/sallyport-test-\(CurrentProcess.id)-\(name)" }

@Suite struct ALogThatNobodyReads {
    @Test func losesLinesAndSaysHowMany() throws {
        try Pipe().take { (read, write) throws in
            let log = LogStream(write.number)
            let line = String(repeating: "x", count: 99) + "\n"
            for _ in 0..<2000 { log.write(line) }
            _ = try read.setNonBlocking(true)
            var room = [UInt8](repeating: 0, count: 1 << 20)
            var span = room.mutableSpan
            guard case .bytes(let kept) = try read.tryRead(into: &span) else {
                Issue.record("nothing in the pipe")
                return
            }
            #expect(kept > 0 && kept < 2000 * 100 && kept % 100 == 0)
            log.write(line)
            var more = room.mutableSpan
            guard case .bytes(let count) = try read.tryRead(into: &more) else {
                Issue.record("nothing in the pipe after reading")
                return
            }
            let said = "(\(2000 - kept / 100) lines were lost: the log took none)\n" + line
            #expect(String(decoding: room[..<count], as: UTF8.self) == said)
        }
    }
}
