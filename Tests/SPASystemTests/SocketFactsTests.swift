import SPANet
import SPASystem
import Testing

@Suite struct FactsAboutSockets {
    @Test func tellOneSocketUnderTwoNumbers() throws {
        let socket = try InternetSocket(.udp, .v4)
        let other = try InternetSocket(.udp, .v4)
        let copy = try socket.descriptor.duplicate()
        let (one, two, three) = (socket.descriptor.number, copy.number, other.descriptor.number)
        #expect(SocketFacts.areOneSocket(one, two))
        #expect(!SocketFacts.areOneSocket(one, three))
        #expect(!SocketFacts.areOneSocket(one, -1))
        _ = consume copy
        _ = consume socket
        _ = consume other
    }

    @Test func doNotTakeAFileForASocket() throws {
        let file = try MemoryFile.create("test")
        let number = file.number
        #expect(!SocketFacts.areOneSocket(number, number))
        #expect(!SocketFacts.isSocket(number))
        #expect(!DescriptorPassing.isPossible(over: number))
        _ = consume file
    }

    @Test func tellAListenerFromAConnection() throws {
        let socket = try InternetSocket(.tcp, .v4)
        try socket.bind(to: InternetEndpoint(#require(IPAddress("127.0.0.1")), port: 0))
        let number = socket.descriptor.number
        #expect(!SocketFacts.isListening(number))
        try socket.listen()
        #expect(SocketFacts.isListening(number))
        #expect(!DescriptorPassing.isPossible(over: number))
        _ = consume socket
    }
}

@Suite struct PassingADescriptor {
    @Test func bringsOneDescriptorWithOneByte() throws {
        try MessageSocketPair().take { (here, there) throws in
            let number = here.descriptor.number
            #expect(DescriptorPassing.isPossible(over: number))
            let gift = try MemoryFile.create("gift")
            let word: [UInt8] = [7]
            #expect(try gift.pwrite(word.span, at: 0) == 1)
            try DescriptorPassing.pass(gift, over: number)
            var room = [UInt8](repeating: 0, count: 8)
            var span = room.mutableSpan
            var received = ReceivedDescriptors()
            #expect(
                try there.receive(into: &span, capacity: 4, descriptors: &received) == .message(count: 1))
            #expect(received.count == 1)
        }
    }

    @Test func failsWhereNobodyIsThere() throws {
        try MessageSocketPair().take { (here, there) throws in
            _ = consume there
            let gift = try MemoryFile.create("gift")
            let number = here.descriptor.number
            try waitForHangUp(number)
            let error = #expect(throws: SystemError.self) {
                try DescriptorPassing.pass(gift, over: number)
            }
            #expect(error?.code == ErrorCode.brokenPipe)
        }
    }
}
