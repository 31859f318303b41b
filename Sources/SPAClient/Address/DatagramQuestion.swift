package import SPAConfig
package import SPADNS
internal import SPANet
package import SPAStun

/// What is asked in one datagram, and how an answer is read.
package enum DatagramQuestion {
    case stun(BindingRequest)
    case dns(AddressQuery)

    /// A fresh binding request.
    package static func stun() -> DatagramQuestion {
        .stun(BindingRequest(id: TransactionID(high: .random(in: 0 ... .max), low: .random(in: 0 ... .max))))
    }

    /// A fresh question; nil for a name that is none.
    package static func dns(_ question: AddressDNS) -> DatagramQuestion? {
        guard let name = DomainName(question.name) else { return nil }
        let kind: AddressQuery.Kind =
            switch question.record {
            case .a: .address
            case .txt: .text
            case .chaosTXT: .chaosText
            }
        return .dns(AddressQuery(name, kind, id: .random(in: 0 ... .max)))
    }

    /// The datagram.
    package var encoded: [UInt8] {
        switch self {
        case .stun(let request): request.encoded()
        case .dns(let query): query.encoded()
        }
    }

    /// What a datagram says; nil for one that is no answer to this question, which somebody else may have sent.
    func read(_ datagram: Span<UInt8>) -> AddressInquiry.Claim? {
        switch self {
        case .stun(let request):
            do throws(StunError) {
                return .address(
                    try BindingResponse(decoding: datagram, to: request.id).address, serverDate: nil)
            } catch {
                switch error {
                case .refused(let code): return .useless("refuses with code \(code)")
                case .noAddress: return .useless("an answer without an address")
                case .malformed, .notOurs, .unknownAttribute: return nil
                }
            }
        case .dns(let query):
            do throws(DNSError) {
                return .address(
                    .v4(try AddressAnswer(decoding: datagram, to: query).address), serverDate: nil)
            } catch {
                switch error {
                case .refused(let code): return .useless("refuses with code \(code)")
                case .noAddress: return .useless("an answer without an address")
                case .malformed, .notOurs: return nil
                }
            }
        }
    }
}
