import SPAFirewall
import SPANet
import Testing

@testable import SPAHelper

@Suite struct GrantTables {
    private func grant(_ source: String, _ deadline: Int64) throws -> Grant {
        let rule = try Sample.rule(source, end: deadline)
        return Grant(
            key: GrantKey(network: rule.network, service: rule.service), rule: rule, deadline: deadline)
    }

    private func sources(_ grants: [Grant]) -> [String] { grants.map(\.key.network.description) }

    @Test func grantsEndInTheOrderOfTheirDeadlines() throws {
        var table = GrantTable()
        #expect(table.nextDeadline() == nil)
        for (source, deadline) in [
            ("192.0.2.1", 30), ("192.0.2.2", 10), ("192.0.2.3", 20), ("192.0.2.4", 20),
        ] as [(String, Int64)] {
            #expect(table.insert(try grant(source, deadline)) == nil)
        }
        #expect(table.nextDeadline() == 10)
        #expect(sources(table.removeDue(at: 9)) == [])
        #expect(sources(table.removeDue(at: 10)) == ["192.0.2.2"])
        #expect(table.nextDeadline() == 20)
        #expect(sources(table.removeDue(at: 29)) == ["192.0.2.3", "192.0.2.4"])
        #expect(table.count == 1)
        #expect(sources(table.removeDue(at: .max)) == ["192.0.2.1"])
        #expect(table.nextDeadline() == nil)
        #expect(table.all.map(\.rule).isEmpty)
    }

    @Test func anExtendedGrantEndsAtItsLaterDeadlineOnly() throws {
        var table = GrantTable()
        let (first, second) = (try grant("192.0.2.1", 10), try grant("192.0.2.1", 30))
        #expect(table.insert(first) == nil)
        #expect(table.insert(second)?.rule == first.rule)
        #expect(table.count == 1)
        #expect(table[first.key]?.deadline == 30)
        #expect(sources(table.removeDue(at: 29)) == [])
        #expect(table.nextDeadline() == 30)
        #expect(table.removeDue(at: 30).map(\.rule) == [second.rule])
    }

    @Test func theSameDeadlineTwiceEndsOnce() throws {
        var table = GrantTable()
        for _ in 0..<2 { _ = table.insert(try grant("192.0.2.1", 10)) }
        #expect(table.removeDue(at: 10).count == 1)
        #expect(table.removeDue(at: 10).isEmpty)
    }
}
