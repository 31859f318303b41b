import SPAConfig
import Testing

@testable import SPASupervisor

@Suite struct FilterExpressions {
    static let plain: [(filter: String, port: UInt16?)] = [
        ("udp port 62201", 62201), ("udp dst port 53", 53), (" udp  port\t1 ", 1), ("udp src port 53", nil),
        ("udp port 62201 and src net 10.0.0.0/8", nil), ("port 62201", nil), ("udp", nil), ("", nil),
        ("udp port 0", nil), ("udp port 65536", nil), ("udp port domain", nil), ("udp port 1 2", nil),
        ("tcp port 62201", nil),
    ]

    @Test("Only a plain port can be looked for elsewhere", arguments: plain)
    func port(_ filter: String, _ port: UInt16?) { #expect(FilterExpression.plainPort(filter) == port) }

    @Test func whatTheAdministratorWantsStandsInBrackets() {
        var settings = ServerSettings()
        settings.captureFilter = "udp port 1 or udp port 2"
        for opensIPv6 in [true, false] {
            settings.opensIPv6 = opensIPv6
            let text = FilterExpression.text(settings)
            #expect(text.contains("(udp port 1 or udp port 2) and "))
            #expect(text.contains("ip6") == opensIPv6)
        }
    }

    @Test func aSynIsLookedForWhereItIsWanted() {
        var settings = ServerSettings()
        for (takesSyn, opensIPv6) in [(true, true), (true, false), (false, true)] {
            (settings.takesSyn, settings.opensIPv6) = (takesSyn, opensIPv6)
            let text = FilterExpression.text(settings)
            #expect(text.contains("tcp dst port 62201") == takesSyn)
            #expect(text.contains("ip6[53]") == (takesSyn && opensIPv6))
        }
    }

    @Test func noWayLeadsAroundAFilterThatSaysMoreThanAPort() {
        var settings = ServerSettings()
        settings.captureFilter = "udp port 62201 and src net 10.0.0.0/8"
        #expect(!FilterExpression.text(settings).contains("ip6[40]"))
        #expect(!FilterExpression.text(settings).contains("port 62201 and (ip and tcp"))
        settings.captureFilter = "udp port 62201"
        #expect(FilterExpression.text(settings).contains("ip6[40]"))
    }
}
