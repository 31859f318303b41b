import SPAReplay
import SPASystem
import Testing

@testable import SPAWorker

/// The two store files and the mark beside them, which survive the store that writes them.
final class Disk {
    private let first: FileDescriptor
    private let second: FileDescriptor
    private var marks: FileDescriptor

    static let now: Int64 = 1_795_244_710
    static let maximumAge: UInt32 = 120

    /// Files as the supervisor makes them, with `records` in the first.
    init(_ records: [ReplayRecord] = []) throws {
        first = try MemoryFile.create("first")
        second = try MemoryFile.create("second")
        marks = try Disk.emptyMark()
        try write(ReplayFile.image(records, header: Disk.header(1, retired: false)), to: 0)
        try write(ReplayFile.image([], header: Disk.header(0, retired: true)), to: 1)
    }

    static func header(_ generation: UInt64, retired: Bool) -> ReplayFile.Header {
        ReplayFile.Header(generation: generation, floor: .min, isRetired: retired)
    }

    private static func emptyMark() throws -> FileDescriptor {
        let file = try MemoryFile.create("mark")
        try file.truncate(to: Int64(ReplayFile.partSize))
        return file
    }

    /// The machine starts again: files stay, what was in memory is gone.
    func boot() throws { marks = try Disk.emptyMark() }

    func writeMark(_ bytes: [UInt8]) throws { _ = try marks.pwrite(bytes.span, at: 0) }

    func mark() throws -> ReplayMark.Reading {
        let bytes = try marks.readWhole(count: ReplayFile.partSize)
        return ReplayMark.read(bytes.span)
    }

    /// A copy of both files, as a backup has it.
    func copy() throws -> [[UInt8]] {
        try (0...1).map { try content($0, 0..<ReplayFile.size) }
    }

    /// Puts a copy back.
    func restore(_ copy: [[UInt8]]) throws {
        for (index, image) in copy.enumerated() { try write(image, to: index) }
    }

    func write(_ bytes: [UInt8], to file: Int, at offset: Int = 0) throws {
        var done = 0
        while done < bytes.count {
            let rest = bytes.span.extracting(done..<bytes.count)
            done +=
                file == 0
                ? try first.pwrite(rest, at: Int64(offset + done))
                : try second.pwrite(rest, at: Int64(offset + done))
        }
    }

    func cut(_ file: Int, to size: Int) throws {
        if file == 0 { try first.truncate(to: Int64(size)) } else { try second.truncate(to: Int64(size)) }
    }

    func size(_ file: Int) throws -> Int64 { file == 0 ? try first.size() : try second.size() }

    func content(_ file: Int, _ range: Range<Int>) throws -> [UInt8] {
        let whole =
            file == 0
            ? try first.readWhole(count: range.upperBound) : try second.readWhole(count: range.upperBound)
        return Array(whole[range])
    }

    /// The same files, for another life of the worker.
    func files() throws -> StoreFiles {
        StoreFiles(try first.duplicate(), try second.duplicate(), marks: try marks.duplicate())
    }

    func open(now: Int64 = Disk.now) throws -> ReplayStore {
        try ReplayStore(files: files(), now: now, maximumAge: Disk.maximumAge)
    }

    /// The same, with a power cut in the middle: it writes `steps` times, and fails from then on.
    func open(failingAfter steps: Int) throws -> ReplayStore {
        let files = try files()
        let store = try ReplayStore(files: files, now: Disk.now, maximumAge: Disk.maximumAge)
        var left = steps
        files.beforeStep = { (_) throws(SystemError) in
            guard left > 0 else { throw SystemError(call: "write", code: ErrorCode.invalid) }
            left -= 1
        }
        return store
    }

    static func record(_ number: Int, date: Int64 = now) throws -> ReplayRecord {
        var digest = [UInt8](repeating: 0, count: 32)
        for index in 0..<4 { digest[index] = UInt8(truncatingIfNeeded: number >> (8 * index)) }
        let key = ReplayKey(digest.span)
        return ReplayRecord(key: try #require(key), timestamp: date)
    }
}

extension ReplayStore {
    /// What may never be accepted again.
    func refuses(_ record: ReplayRecord) -> Bool {
        memory.contains(record.key) || record.timestamp <= memory.floor
    }

    func remember(_ record: ReplayRecord, now: Int64 = Disk.now, durably: Bool = true) throws {
        try remember(record, now: now, maximumAge: Disk.maximumAge, durably: durably)
    }
}
