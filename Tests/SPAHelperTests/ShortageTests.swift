import SPASystem
import Testing

@testable import SPAHelper

@Suite struct ProcessShortages {
    private let quarter: Int64 = 250_000_000

    private func error(_ code: Int32) -> SystemError { SystemError(call: "start /tool", code: code) }
    private func holds(_ shortage: inout ProcessShortage, at moment: Int64) -> Bool {
        shortage.holds(at: moment)
    }
    private func takes(_ shortage: inout ProcessShortage, _ code: Int32, at moment: Int64) -> Bool {
        shortage.take(error(code), at: moment)
    }

    @Test(arguments: [ErrorCode.wouldBlock, ErrorCode.noMemory])
    func triesAreFurtherAndFurtherApartUpToFiveSeconds(_ code: Int32) {
        var shortage = ProcessShortage()
        #expect(!holds(&shortage, at: 0))
        var moment: Int64 = 0
        var pauses: [Int64] = []
        for _ in 0..<7 {
            #expect(takes(&shortage, code, at: moment))
            let due = shortage.due ?? 0
            #expect(holds(&shortage, at: due - 1))
            #expect(!holds(&shortage, at: due))
            #expect(shortage.due == nil)
            #expect(shortage.reason != nil)
            pauses.append((due - moment) / quarter)
            moment = due
        }
        #expect(pauses == [1, 2, 4, 8, 16, 20, 20])
        shortage.isOver()
        #expect(shortage.reason == nil)
    }

    @Test func otherFailuresAreNoShortage() {
        var shortage = ProcessShortage()
        for code in [ErrorCode.notFound, ErrorCode.accessDenied, ErrorCode.tooManyFiles] {
            #expect(!takes(&shortage, code, at: 0))
        }
        #expect(shortage.due == nil && shortage.reason == nil)
    }

    @Test func onlyAWantOfProcessesNamesTheirLimit() {
        #expect(ProcessShortage.words(error(ErrorCode.wouldBlock)).contains("RLIMIT_NPROC"))
        #expect(!ProcessShortage.words(error(ErrorCode.noMemory)).contains("RLIMIT_NPROC"))
    }
}

@Suite struct WayWatches {
    private let second: Int64 = 1_000_000_000

    private func begins(_ watch: inout WayWatch, at moment: Int64) -> Bool { watch.begin(at: moment) }
    private func changes(_ watch: inout WayWatch, _ text: String) -> Bool { watch.hasChanged(text) }

    @Test func itLooksWhenInDoubtAndOnceASecondAtMost() {
        var watch = WayWatch()
        #expect(!begins(&watch, at: 10 * second))
        watch.isDoubted = true
        #expect(begins(&watch, at: 10 * second))
        #expect(!begins(&watch, at: 20 * second))
        watch.isDoubted = true
        #expect(watch.due == 11 * second)
        #expect(!begins(&watch, at: 10 * second + 1))
        #expect(begins(&watch, at: 11 * second))
    }

    @Test func onlyWhatWasFoundInOrderIsInOrder() {
        var watch = WayWatch()
        #expect(changes(&watch, "a"))
        #expect(changes(&watch, "a"))
        watch.approve()
        #expect(!changes(&watch, "a"))
        #expect(changes(&watch, "b"))
        #expect(!changes(&watch, "a"))
    }
}
