internal import SPASystem

/// The bytes of one direction between their reading and their writing.
struct PumpBuffer: ~Copyable {
    /// Twice a pipe's own: measured best for reads and writes through poll(2).
    static let capacity = 128 * 1024

    private var storage = [UInt8](repeating: 0, count: capacity)
    private var start = 0
    private var end = 0

    var isEmpty: Bool { start == end }

    /// Reads once, into the empty buffer.
    mutating func fill(from source: borrowing FileDescriptor) throws(SystemError) -> Transfer {
        var room = storage.mutableSpan
        let transfer = try source.tryRead(into: &room)
        if case .bytes(let count) = transfer { (start, end) = (0, count) }
        return transfer
    }

    /// Writes once, what there is.
    mutating func drain(into target: borrowing FileDescriptor) throws(SystemError) -> Transfer {
        let transfer = try target.tryWrite(storage.span.extracting(start..<end))
        if case .bytes(let count) = transfer { start += count }
        return transfer
    }

    /// Forgets what there is.
    mutating func clear() { start = end }
}
