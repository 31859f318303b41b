import SPANet
import Testing

@testable import SPAConntrack

@Suite struct Connections {
    private func read(_ message: [UInt8]) throws -> EstablishedConnection? {
        try EstablishedConnection.read(message.span)
    }

    @Test func theKernelsOwnMessageIsRead() throws {
        let connection = try #require(try read(Sample.tcp))
        #expect(connection.source == IPAddress("203.0.113.2"))
        #expect(connection.service == Service("tcp/22"))
    }

    @Test(arguments: ["192.0.2.9", "2001:db8:1:2:3:4:5:6"])
    func eachFamily(_ source: String) throws {
        #expect(try read(Sample.change(from: source))?.source == IPAddress(source))
    }

    /// Transport, status, state of TCP, and whether that is a connection that has just come up.
    static let changes: [(UInt8, UInt32, UInt8?, Bool)] = [
        (6, 14, 3, true),
        (6, 10, 2, false),  // a SYN, forged or not, and its answer
        (6, 10, 3, false),
        (6, 14, nil, false),  // a mark, or a connection picked up in its middle
        (6, 14, 4, false), (6, 14, 7, false),  // an old connection ends
        (6, 14, 2, false), (6, 0, 1, false),
        // The handshake's last segment was an end as well: such a connection is never assured.
        (6, 10, 4, true), (6, 10, 5, false), (6, 10, 6, false), (6, 10, 7, false),
        (6, 10, 8, false), (6, 8, 4, false),
        (17, 10, nil, true),
        (17, 8, nil, false),  // nobody has answered
        (17, 14, nil, false),  // has gone on for a while
        (1, 14, nil, false), (132, 14, 3, false),
    ]

    @Test("Only the beginning of a connection counts", arguments: changes)
    func beginning(_ transport: UInt8, _ status: UInt32, _ state: UInt8?, _ counts: Bool) throws {
        let message = try Sample.change(transport: transport, status: status, state: state)
        #expect((try read(message) != nil) == counts)
    }

    @Test(
        "What was picked up in its middle is no beginning, however it ends",
        arguments: [0x23, 0x2E] as [UInt8])
    func flags(_ flags: UInt8) throws {
        let message = try Sample.change(status: 10, state: 4, flags: flags)
        #expect((try read(message) != nil) == (flags & 8 == 0))
    }

    @Test func thePortIsTheOneBehindARedirection() throws {
        let source = try #require(IPAddress("192.0.2.9"))
        var message = try Sample.change(port: 2222)
        // The original destination port is nowhere looked at.
        #expect(try read(message)?.service == Service("tcp/2222"))
        message = try Sample.change(port: 0)
        #expect(try read(message) == nil)
        #expect(try read(Sample.change())?.source == source)
    }

    @Test func otherMessagesTellNothing() throws {
        for kind in [0, 2, 3, 0x0102, 0x0200, 0x0A00] as [UInt16] {
            #expect(try read(Sample.change(kind: kind)) == nil)
        }
        #expect(try read(Sample.message([], family: 7)) == nil)
    }

    @Test("Every part of a message that is cut off is malformed, or tells nothing")
    func cut() throws {
        for source in ["192.0.2.9", "2001:db8::9"] {
            let whole = try Sample.change(from: source)
            for count in 0..<whole.count {
                #expect(throws: ConntrackError.malformed) { try read(Array(whole[..<count])) }
                guard count >= 20 else { continue }
                var shorter = Array(whole[..<count])
                (shorter[0], shorter[1]) = (UInt8(count & 255), UInt8(count >> 8))
                let found = try? read(shorter)
                #expect(found == nil || found == .some(nil), "\(count)")
            }
            #expect(throws: ConntrackError.malformed) { try read(whole + [0]) }
        }
    }

    @Test("Every byte may have any value")
    func mutations() throws {
        for message in [Sample.tcp, try Sample.change(from: "2001:db8::9"), try Sample.change(transport: 17)]
        {
            for index in message.indices {
                for value in [0, 1, 3, 4, 5, 127, 128, 255] as [UInt8] {
                    var changed = message
                    changed[index] = value
                    _ = try? read(changed)
                }
            }
        }
    }

    @Test func whatIsNeededMustBeThereAndOfItsSize() throws {
        let address = try #require(IPAddress("192.0.2.9"))
        let good = Sample.tuple(address, 6, port: 22)
        for attributes in [
            [], Sample.attribute(1, good), Sample.attribute(1, good) + Sample.attribute(2, good),
            Sample.attribute(1, good) + Sample.attribute(2, good) + Sample.attribute(3, [14]),
            Sample.attribute(2, good) + Sample.attribute(3, [0, 0, 0, 14])
                + Sample.attribute(4, Sample.attribute(1, Sample.attribute(1, [3]))),
            Sample.attribute(1, [3, 0, 1, 0]),
        ] as [[UInt8]] {
            #expect(throws: ConntrackError.malformed) { try read(Sample.message(attributes)) }
        }
    }
}
