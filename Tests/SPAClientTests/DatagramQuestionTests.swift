import SPAClient
import SPAConfig
import Testing

@Suite struct DatagramQuestions {
    /// Who can guess what an answer must repeat can answer in the source's place: no byte of it stays as it was.
    @Test func cannotBeGuessed() throws {
        let whoami = AddressDNS(
            name: "whoami.test", record: .a, server: "192.0.2.53", port: 53)
        let stun = (0..<64).map { _ in DatagramQuestion.stun().encoded }
        let dns = try (0..<64).map { _ in try #require(DatagramQuestion.dns(whoami)).encoded }
        for (questions, places) in [(stun, 8..<20), (dns, 0..<2)] {
            for place in places {
                #expect(Set(questions.map { $0[place] }).count > 1, "byte \(place)")
            }
        }
    }
}
