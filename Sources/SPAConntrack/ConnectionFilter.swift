package import SPANet

/// A filter for the kernel, so that only those connections wake us that can matter: from a network to a service that is open
/// to it. Nobody else can fill our queue, however many connections he opens.
///
/// Classic BPF over a netlink message, whose attributes the kernel finds (SKF_AD_NLATTR and SKF_AD_NLATTR_NEST of
/// linux/filter.h). It lets through what it cannot read: that is for ``EstablishedConnection`` to judge.
package struct ConnectionFilter: Sendable {
    /// A network, and a service that is open to it.
    package struct Target: Hashable, Sendable {
        package let network: IPNetwork
        package let service: Service

        package init(network: IPNetwork, service: Service) {
            (self.network, self.service) = (network, service)
        }
    }

    /// With more targets than this every connection passes that has come up.
    package static let targetLimit = 64

    /// One instruction, as in `struct sock_filter`.
    struct Instruction: Equatable {
        var code: UInt16
        var yes: UInt8 = 0, no: UInt8 = 0
        var value: UInt32 = 0
    }

    /// What it consists of.
    let instructions: [Instruction]

    /// The program, 8 bytes an instruction, in the machine's byte order.
    package var program: [UInt8] {
        instructions.flatMap { each in
            let (code, value) = (each.code.littleEndian, each.value.littleEndian)
            return [UInt8(truncatingIfNeeded: code), UInt8(truncatingIfNeeded: code >> 8), each.yes, each.no]
                + (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32(8 * $0)) }
        }
    }

    package init(_ targets: some Collection<Target>) {
        guard targets.count <= ConnectionFilter.targetLimit else {
            self = ConnectionFilter.ofAllThatHasComeUp
            return
        }
        var code = ConnectionFilterCode()
        code.facts()
        code.choose(targets)
        instructions = code.instructions
    }

    private init(_ instructions: [Instruction]) { self.instructions = instructions }

    /// One that asks neither where a connection comes from nor what it goes to; it is short.
    package static let ofAllThatHasComeUp: ConnectionFilter = {
        var code = ConnectionFilterCode()
        code.facts()
        code.pass()
        return ConnectionFilter(code.instructions)
    }()
}

/// Puts the filter together.
struct ConnectionFilterCode {
    private(set) var instructions: [ConnectionFilter.Instruction] = []

    /// Cells of the filter's memory.
    private enum Cell {
        static let service: UInt32 = 0, address: UInt32 = 1, status: UInt32 = 5, tuple: UInt32 = 6,
            ports: UInt32 = 7
    }

    private static let attribute: UInt32 = 0xFFFF_F00C, nested: UInt32 = 0xFFFF_F010

    private mutating func add(_ code: UInt16, _ value: UInt32 = 0, yes: UInt8 = 0, no: UInt8 = 0) {
        instructions.append(ConnectionFilter.Instruction(code: code, yes: yes, no: no, value: value))
    }

    private mutating func setA(_ value: UInt32) { add(0x00, value) }
    private mutating func setX(_ value: UInt32) { add(0x01, value) }
    private mutating func loadA(_ cell: UInt32) { add(0x60, cell) }
    private mutating func store(_ cell: UInt32) { add(0x02, cell) }
    private mutating func moveAToX() { add(0x07) }
    /// Skips the next instructions unless A is equal.
    private mutating func unlessEqual(_ value: UInt32, skip: UInt8) { add(0x15, value, no: skip) }
    private mutating func drop() { add(0x06, 0) }
    mutating func pass() { add(0x06, .max) }

    /// A: the offset of an attribute at the top; or in the attribute at A. Passes the message where there is none.
    private mutating func find(_ type: UInt16, inA: Bool = true) {
        if !inA { setA(UInt32(ConntrackMessage.headerSize)) }
        setX(UInt32(type))
        add(0x20, inA ? ConnectionFilterCode.nested : ConnectionFilterCode.attribute)
        unlessEqual(0, skip: 1)
        pass()
    }

    /// A: a value of 4, 2 or 1 bytes, so far behind the head of the attribute at X.
    private mutating func load(bytes: Int, at offset: UInt32 = 0) {
        add(bytes == 4 ? 0x40 : bytes == 2 ? 0x48 : 0x50, 4 + offset)
    }

    /// Drops what is neither TCP nor UDP, or has not come up; keeps what the targets are compared with.
    mutating func facts() {
        typealias Attribute = EstablishedConnection.Attribute
        typealias Status = EstablishedConnection.Status
        // The kernel's check takes code behind a return for reached by it, and wants each cell written before it is read.
        setA(0)
        store(Cell.service)
        find(Attribute.status, inA: false)
        moveAToX()
        load(bytes: 4)
        store(Cell.status)
        find(Attribute.originalTuple, inA: false)
        find(Attribute.addresses)
        store(Cell.tuple)
        find(Attribute.replyTuple, inA: false)
        find(Attribute.ports)
        store(Cell.ports)
        find(Attribute.transport)
        moveAToX()
        load(bytes: 1)
        var (tcp, udp) = (ConnectionFilterCode(), ConnectionFilterCode())
        tcp.requireHandshake()
        tcp.keepPort(.tcp)
        udp.require(Status.hasReply)
        udp.keepPort(.udp)
        // Where the number is not this one, it stays in A for the next.
        unlessEqual(UInt32(Transport.tcp.rawValue), skip: UInt8(clamping: tcp.instructions.count + 1))
        instructions += tcp.instructions
        add(0x05, UInt32(udp.instructions.count + 3))
        unlessEqual(UInt32(Transport.udp.rawValue), skip: UInt8(clamping: udp.instructions.count + 1))
        instructions += udp.instructions
        add(0x05, 1)
        drop()
    }

    /// Drops what lacks this bit of the status.
    private mutating func require(_ status: UInt32) {
        loadA(Cell.status)
        add(0x45, status, yes: 1)
        drop()
    }

    /// Drops what has no complete handshake: neither assured nor, answered, in the state that comes behind it. A SYN and its
    /// answer, which anybody can cause, are told with their state as well.
    private mutating func requireHandshake() {
        typealias Attribute = EstablishedConnection.Attribute
        typealias Status = EstablishedConnection.Status
        var ending = ConnectionFilterCode()
        ending.require(Status.hasReply)
        ending.setA(UInt32(ConntrackMessage.headerSize))
        for (depth, type) in [Attribute.protocolState, Attribute.tcp, Attribute.tcpState].enumerated() {
            ending.setX(UInt32(type))
            ending.add(0x20, depth == 0 ? ConnectionFilterCode.attribute : ConnectionFilterCode.nested)
            // Without a state it is no such change.
            ending.unlessEqual(0, skip: 1)
            ending.drop()
        }
        ending.moveAToX()
        ending.load(bytes: 1)
        ending.add(0x15, UInt32(Status.ending), yes: 1)
        ending.drop()
        loadA(Cell.status)
        add(0x45, Status.isAssured, yes: UInt8(clamping: ending.instructions.count))
        instructions += ending.instructions
    }

    /// Keeps transport and port.
    private mutating func keepPort(_ transport: Transport) {
        loadA(Cell.ports)
        find(EstablishedConnection.Attribute.sourcePort)
        moveAToX()
        load(bytes: 2)
        add(0x44, ConnectionFilterCode.word(transport))
        store(Cell.service)
    }

    private static func word(_ transport: Transport) -> UInt32 { UInt32(transport.rawValue) << 16 }

    /// Passes what fits one of the targets, drops the rest.
    mutating func choose(_ targets: some Collection<ConnectionFilter.Target>) {
        var (v4, v6) = (ConnectionFilterCode(), ConnectionFilterCode())
        v4.address(EstablishedConnection.Attribute.source4, words: 1)
        v6.address(EstablishedConnection.Attribute.source6, words: 4)
        for target in targets {
            switch target.network.base {
            case .v4(let base): v4.compare([base.bits], target)
            case .v6(let base):
                let halves = [base.high, base.low]
                v6.compare(
                    halves.flatMap {
                        [UInt32(truncatingIfNeeded: $0 >> 32), UInt32(truncatingIfNeeded: $0)]
                    },
                    target)
            }
        }
        v4.drop()
        v6.drop()
        add(0x30, 16)
        for (family, part) in [(EstablishedConnection.Family.v4, v4), (EstablishedConnection.Family.v6, v6)] {
            // Jumps over many need an instruction of their own.
            add(0x15, UInt32(family), yes: 1)
            add(0x05, UInt32(part.instructions.count))
            instructions += part.instructions
        }
        drop()
    }

    private mutating func address(_ type: UInt16, words: Int) {
        loadA(Cell.tuple)
        find(type)
        moveAToX()
        for index in 0..<UInt32(words) {
            load(bytes: 4, at: 4 * index)
            store(Cell.address + index)
        }
    }

    /// The words of a network's address; behind its prefix they are not looked at.
    private mutating func compare(_ words: [UInt32], _ target: ConnectionFilter.Target) {
        var steps: [(cell: UInt32, mask: UInt32, value: UInt32)] = []
        for (index, word) in words.enumerated() {
            let bits = min(max(target.network.prefixLength - 32 * index, 0), 32)
            let mask: UInt32 = bits == 0 ? 0 : .max << UInt32(32 - bits)
            if mask != 0 { steps.append((Cell.address + UInt32(index), mask, word)) }
        }
        let service = ConnectionFilterCode.word(target.service.transport) | UInt32(target.service.port)
        steps.append((Cell.service, .max, service))
        for (index, step) in steps.enumerated() {
            loadA(step.cell)
            add(0x54, step.mask)
            // Three for each that follows, and the end.
            unlessEqual(step.value, skip: UInt8(clamping: 3 * (steps.count - 1 - index) + 1))
        }
        pass()
    }
}
