// Unsafe rim: owns heap memory that holds keys. Nothing of it is printable, and it is wiped when the last owner lets go.
internal import CSallyportShims

/// Bytes that must not leak: a key, a passphrase, a file that contains them.
///
/// A class, so that a key in an array of stanzas has one buffer with one end, however often it is passed on. It has no
/// `description` that shows its content and is never equatable by `==`.
@safe package final class Secret: @unchecked Sendable, CustomStringConvertible, CustomReflectable {
    // SAFETY: written in `init` and by `erase` only, so that reads from anywhere are reads of constant memory.
    private let storage: UnsafeMutableBufferPointer<UInt8>

    /// A secret of `count` bytes, filled by `fill`.
    package init<E: Error>(count: Int, fill: (inout MutableSpan<UInt8>) throws(E) -> Void) throws(E) {
        let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(count, 1))
        unsafe buffer.initialize(repeating: 0)
        unsafe storage = UnsafeMutableBufferPointer(rebasing: buffer[0..<count])
        var span = unsafe MutableSpan(_unsafeElements: storage)
        try fill(&span)
    }

    /// A copy of `bytes`. The source stays the caller's to wipe.
    package convenience init(copying bytes: Span<UInt8>) {
        self.init(count: bytes.count) { (buffer: inout MutableSpan<UInt8>) in
            for index in bytes.indices { buffer[index] = bytes[index] }
        }
    }

    /// Takes the content of `bytes`, which is wiped.
    package convenience init(taking bytes: inout [UInt8]) {
        self.init(copying: bytes.span)
        Secret.wipe(&bytes)
    }

    deinit {
        if let base = unsafe storage.baseAddress {
            unsafe sp_wipe(base, storage.count)
            unsafe base.deallocate()
        }
    }

    /// Wipes the content now, for every holder: it reads as zeros from here on. For a program that has handed its keys over
    /// and cannot know who still holds a reference. Not while another thread may read.
    package func erase() {
        if let base = unsafe storage.baseAddress { unsafe sp_wipe(base, storage.count) }
    }

    package var count: Int { unsafe storage.count }

    /// The content, borrowed.
    package var bytes: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            let span = unsafe Span<UInt8>(_unsafeElements: UnsafeBufferPointer(storage))
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// Whether both hold the same bytes, in a time that depends on the lengths alone.
    package func matches(_ other: Secret) -> Bool {
        guard count == other.count else { return false }
        var difference: UInt8 = 0
        for index in 0..<count { unsafe difference |= storage[index] ^ other.storage[index] }
        return difference == 0
    }

    /// Wipes an array in place and empties it.
    package static func wipe(_ bytes: inout [UInt8]) {
        // SAFETY: the pointer and the count describe the array's own storage for the length of the call.
        unsafe bytes.withUnsafeMutableBufferPointer { buffer in
            if let base = buffer.baseAddress { unsafe sp_wipe(base, buffer.count) }
        }
        bytes.removeAll()
    }

    package var description: String { "<\(count) secret bytes>" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
