/// When the sources of our address are asked, in nanoseconds. Each kind gets a start before the next, so that a quick
/// answer spares the others the question, and a dead source costs 200 ms.
package enum AddressTimetable {
    /// Between one kind and the next, and between two sources of a kind.
    package static let headStart: Int64 = 200 * millisecond
    /// A page behind a proxy sees the proxy, whose address may not be that of our knocks: whoever answers directly goes
    /// first.
    package static let proxyDelay: Int64 = 1000 * millisecond
    /// When a datagram that got no answer is sent again, after the first; it gets lost.
    package static let resends: [Int64] = [250 * millisecond, 750 * millisecond, 1750 * millisecond]
    /// When a question is given up, after its start.
    package static let datagramPatience: Int64 = 2750 * millisecond
    package static let pagePatience: Int64 = 6000 * millisecond
    package static let commandPatience: Int64 = 5000 * millisecond
    /// How long a knock waits for a first answer where the packet's source can be asked for instead.
    package static let fallbackPatience: Int64 = 2000 * millisecond
    /// How long after a knock with a remembered address it is asked for again; a connection that stands by then spares
    /// everybody the question.
    package static let refreshDelay: Int64 = 25 * millisecond
    /// How long a survey of all sources may take.
    package static let surveyPatience: Int64 = 4000 * millisecond

    private static let millisecond: Int64 = 1_000_000

    /// The start of source `index` (from 0) of the kind at `place` (from 0) of the list.
    package static func start(kind place: Int, source index: Int, throughProxy: Bool = false) -> Int64 {
        Int64(place + index) * headStart + (throughProxy ? proxyDelay : 0)
    }
}
