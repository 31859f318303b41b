/// What the worker told about its requests, until the helper's answer makes a log line of it. Bounded: an answer may
/// never come.
struct KnockBook {
    private var knocks: [UInt64: LogLines.Knock] = [:]
    private var order: [UInt64] = []
    private static let limit = 4096

    mutating func note(_ knock: LogLines.Knock, firstID: UInt64, count: UInt8) {
        for offset in 0..<UInt64(count) {
            let (id, overflow) = firstID.addingReportingOverflow(offset)
            guard !overflow, knocks.updateValue(knock, forKey: id) == nil else { continue }
            order.append(id)
        }
        while order.count > KnockBook.limit { knocks[order.removeFirst()] = nil }
    }

    func knows(_ id: UInt64) -> Bool { knocks[id] != nil }

    mutating func take(_ id: UInt64) -> LogLines.Knock? {
        guard let knock = knocks.removeValue(forKey: id) else { return nil }
        if let place = order.firstIndex(of: id) { order.remove(at: place) }
        return knock
    }
}
