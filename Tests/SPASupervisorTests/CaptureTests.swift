import SPAChannel
import SPAConfig
import Testing

@testable import SPASupervisor

@Suite struct CaptureWords {
    static func news() -> CaptureNews {
        CaptureNews(configured: "eth1", place: "/etc/spad.conf:3: PCAP_INTF")
    }

    @Test func anInterfaceThatIsThereNeedsNoWord() {
        var news = CaptureWords.news()
        #expect(!news.isCapturing)
        #expect(news.status == "Waiting for interface eth1")
        #expect(news.take(.up("eth1"), untold: 0, there: []) == nil)
        #expect(news.isCapturing)
        #expect(news.status == nil)
    }

    @Test func aMissingOneIsNamedWithItsPlaceAndWhatThereIs() throws {
        var news = CaptureWords.news()
        let said = news.take(.missing, untold: 0, there: ["lo", "eth0"])
        let line = try #require(said)
        for part in ["/etc/spad.conf:3: PCAP_INTF", "eth1", "lo, eth0", "waiting for interface eth1"] {
            #expect(line.contains(part), "\(part)")
        }
        #expect(!news.isCapturing)
    }

    static let later: [(CaptureState, status: String?, isCapturing: Bool, parts: [String])] = [
        (.missing, "Waiting for interface eth1", false, ["warning", "eth1 is gone"]),
        (.down("eth1"), "Waiting until interface eth1 is up", false, ["warning", "eth1 is down"]),
        (.down("lan0"), "Waiting until interface lan0 is up", false, ["warning", "lan0 is down"]),
        (.up("eth1"), nil, true, ["Capturing at interface eth1"]),
        (.up("lan0"), nil, true, ["warning", "eth1 is called lan0 now"]),
        (.up("l\u{1b}n"), nil, true, ["called l?n now"]),
    ]

    @Test("What comes later is said", arguments: later.indices)
    func said(_ index: Int) throws {
        let row = CaptureWords.later[index]
        var news = CaptureWords.news()
        _ = news.take(.up("eth1"), untold: 0, there: [])
        let words = news.take(row.0, untold: 7, there: [])
        let line = try #require(words)
        for part in row.parts + ["7 changes"] { #expect(line.contains(part), "\(line)") }
        #expect(news.status == row.status)
        #expect(news.isCapturing == row.isCapturing)
    }

    @Test(
        "Kept of a packet: MAX_SNIFF_BYTES and its headers, and no more than the longest knock has",
        arguments: [(1, 121), (200, 320), (1499, 1619), (1500, 1619), (32_768, 1619)] as [(UInt32, UInt32)])
    func kept(_ setting: UInt32, _ bytes: UInt32) {
        var settings = ServerSettings()
        settings.snapLength = setting
        #expect(FilterCompiler.packetSize(settings) == bytes)
    }
}
