import SPAConfig
import Testing

/// A generator with a fixed start, so that a failure comes back.
private struct Lehmer: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 29)
    }
}

@Suite struct DamagedFiles {
    static let good = """
        PCAP_INTF eth0;
        FWKNOP_RUN_DIR /run/x;
        FWKNOP_PID_FILE $FWKNOP_RUN_DIR/a.pid;
        PCAP_FILTER udp port 62201;
        IPT_INPUT_ACCESS ACCEPT, filter, INPUT, 1, FWKNOP_INPUT, 1;
        [door]
        SOURCE 192.0.2.0/24, ANY
        OPEN_PORTS tcp/22, udp/53
        ACCESS_EXPIRE 12/31/2030
        KEY some text
        HMAC_KEY_BASE64 YWJjZA==
        STUN_SERVER a:1,b
        TIME_OFFSET -3d

        """

    /// Whatever bytes a file holds, a reader ends with a result or with problems that each name a place in it.
    @Test(arguments: 0..<8) func neverStopAReader(_ seed: UInt64) {
        var random = Lehmer(state: seed)
        for _ in 0..<150 {
            var text = Array(Self.good.utf8)
            for _ in 0..<Int.random(in: 1...40, using: &random) {
                let index = Int.random(in: 0..<text.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: text[index] = UInt8.random(in: 0...255, using: &random)
                case 1: text.remove(at: index)
                default:
                    text.insert(Array(" ;,/:=#[]$%\n\t0".utf8).randomElement(using: &random) ?? 0, at: index)
                }
            }
            let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            for kind in [FileKind.conf, .access, .rc] {
                for problem in kind.problems(text) {
                    #expect((0...lines.count).contains(problem.line))
                    guard problem.line > 0, problem.line <= lines.count else { continue }
                    #expect((0...lines[problem.line - 1].count + 1).contains(problem.column), "\(problem)")
                }
            }
        }
    }
}
