import SPAChannel
import Testing

@testable import SPAHelper

@Suite struct Interfaces {
    typealias View = InterfaceFollower.View

    static func interface(_ number: Int32, _ name: String, isUp: Bool = true) -> View.Interface {
        View.Interface(number: number, name: name, isUp: isUp)
    }

    static let eth = interface(2, "eth1")

    /// What is there, what follows: the interface to bind to and the state to tell, where there is one.
    static let story: [(what: String, view: View, bind: Int32?, news: CaptureState?)] = [
        ("not there yet", View(wanted: nil, bound: nil), nil, .missing),
        ("still not there", View(wanted: nil, bound: nil), nil, nil),
        ("it comes, down", View(wanted: interface(2, "eth1", isUp: false), bound: nil), 2, .down("eth1")),
        ("up", View(wanted: eth, bound: eth), nil, .up("eth1")),
        ("another one changes", View(wanted: eth, bound: eth), nil, nil),
        (
            "down", View(wanted: interface(2, "eth1", isUp: false), bound: interface(2, "eth1", isUp: false)),
            nil,
            .down("eth1")
        ),
        ("up again", View(wanted: eth, bound: eth), nil, .up("eth1")),
        ("renamed", View(wanted: nil, bound: interface(2, "lan0")), nil, .up("lan0")),
        ("renamed again", View(wanted: nil, bound: interface(2, "lan1")), nil, .up("lan1")),
        (
            "another one gets the name", View(wanted: interface(7, "eth1"), bound: interface(2, "lan1")), 7,
            .up("eth1")
        ),
        ("removed", View(wanted: nil, bound: nil), nil, .missing),
        ("added again", View(wanted: interface(8, "eth1"), bound: nil), 8, .up("eth1")),
        ("removed and added in one look", View(wanted: interface(9, "eth1"), bound: nil), 9, .up("eth1")),
        ("the same number again", View(wanted: interface(9, "eth1"), bound: nil), 9, .up("eth1")),
    ]

    @Test func aNameIsFollowedThroughWhatBecomesOfIt() {
        var follower = InterfaceFollower(configured: "eth1")
        for (place, row) in Interfaces.story.enumerated() {
            let step = follower.look(row.view, at: Int64(place) * 100_000_000_000)
            #expect(step.bind == row.bind, "\(row.what)")
            #expect(step.news == row.news.map { InterfaceFollower.News(state: $0, untold: 0) }, "\(row.what)")
            #expect(follower.nextLook == nil, "nothing wakes up without a cause: \(row.what)")
        }
    }

    @Test func anInterfaceThatFlapsIsToldOfTenTimesAMinuteAndItsLastStateAlways() {
        var follower = InterfaceFollower(configured: "eth1")
        let up = View(wanted: Interfaces.eth, bound: Interfaces.eth)
        let down = View(
            wanted: Interfaces.interface(2, "eth1", isUp: false),
            bound: Interfaces.interface(2, "eth1", isUp: false))
        let start: Int64 = 500_000_000_000
        var news: [InterfaceFollower.News] = []
        for flap in 0..<101 {
            if let one = follower.look(flap % 2 == 0 ? up : down, at: start + Int64(flap)).news {
                news.append(one)
            }
        }
        #expect(news.count == InterfaceFollower.limit)
        let next = start + InterfaceFollower.window
        #expect(follower.nextLook == next)
        #expect(follower.look(up, at: next - 1).news == nil)
        #expect(follower.look(up, at: next).news == InterfaceFollower.News(state: .up("eth1"), untold: 90))
        #expect(follower.nextLook == nil)
    }

    @Test func bindingIsNeverPutOff() {
        var follower = InterfaceFollower(configured: "eth1")
        for number in 1...100 as ClosedRange<Int32> {
            let wanted = Interfaces.interface(number, "eth1")
            #expect(follower.look(View(wanted: wanted, bound: nil), at: 1).bind == number)
        }
    }
}
