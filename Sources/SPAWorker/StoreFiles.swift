internal import SPAReplay
internal import SPASystem

/// Two open files and a mark in memory; the worker has no name for them.
final class StoreFiles {
    private let first: FileDescriptor
    private let second: FileDescriptor
    private let marks: FileDescriptor

    /// A change of a file, by its index.
    enum Step: Equatable {
        case write(Int, at: Int)
        case cut(Int)
        case sync(Int)
        case mark
    }

    /// Asked before each change; what it throws is the change's failure. For tests, which pull the plug here.
    var beforeStep: (Step) throws(SystemError) -> Void = { _ throws(SystemError) in }

    /// - Parameter marks: a file in memory, as long as one part at least, which ends with the next boot.
    init(
        _ first: consuming FileDescriptor, _ second: consuming FileDescriptor,
        marks: consuming FileDescriptor
    ) {
        self.first = first
        self.second = second
        self.marks = marks
    }

    /// The whole file, or what there is of it up to the right size and one byte.
    func image(_ index: Int) throws(SystemError) -> [UInt8] {
        var image: [UInt8] = []
        image.reserveCapacity(ReplayFile.size)
        var room = [UInt8](repeating: 0, count: 1 << 18)
        while image.count <= ReplayFile.size {
            let count = try read(index, into: &room, at: image.count)
            if count == 0 { break }
            image += room[0..<count]
        }
        return image
    }

    private func read(_ index: Int, into room: inout [UInt8], at offset: Int) throws(SystemError) -> Int {
        var span = room.mutableSpan
        return index == 0
            ? try first.pread(into: &span, at: Int64(offset))
            : try second.pread(into: &span, at: Int64(offset))
    }

    func write(_ bytes: [UInt8], to index: Int, at offset: Int) throws(SystemError) {
        try beforeStep(.write(index, at: offset))
        var done = 0
        while done < bytes.count {
            let rest = bytes.span.extracting(done..<bytes.count)
            let place = Int64(offset + done)
            done += index == 0 ? try first.pwrite(rest, at: place) : try second.pwrite(rest, at: place)
        }
    }

    /// Takes away what is behind the last part: a file that is too long is not believed.
    func cut(_ index: Int) throws(SystemError) {
        try beforeStep(.cut(index))
        let size = Int64(ReplayFile.size)
        if index == 0 { try first.truncate(to: size) } else { try second.truncate(to: size) }
    }

    func sync(_ index: Int) throws(SystemError) {
        try beforeStep(.sync(index))
        if index == 0 { try first.synchronizeData() } else { try second.synchronizeData() }
    }

    /// Takes the file out of force, on the disk too, before it is rewritten.
    func invalidate(_ index: Int) throws(SystemError) {
        try write([UInt8](repeating: 0, count: ReplayFile.partSize), to: index, at: 0)
        try sync(index)
    }

    /// How far the store had come since the machine started.
    func readMark() throws(SystemError) -> ReplayMark.Reading {
        let bytes = try marks.readWhole(count: ReplayFile.partSize)
        return ReplayMark.read(bytes.span)
    }

    /// Says how far the store has come. Not synced: it outlives every process, and is to end with the machine.
    func mark(_ mark: ReplayMark) throws(SystemError) {
        try beforeStep(.mark)
        let bytes = mark.encoded
        guard try marks.pwrite(bytes.span, at: 0) == bytes.count else {
            throw SystemError(call: "pwrite", code: ErrorCode.invalid)
        }
    }
}
