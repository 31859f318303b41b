// Unsafe rim: memfd_create(2), pipe2(2).
internal import CSallyportShims

/// Files without a name, in memory (memfd_create(2)).
package enum MemoryFile {
    /// An empty file; `name` shows in /proc only.
    package static func create(_ name: String) throws(SystemError) -> FileDescriptor {
        // SAFETY: the call copies the name.
        let result = unsafe sp_memfd(name)
        return try FileDescriptor(result: result, of: "memfd_create")
    }

    /// From now on nobody can change content or length.
    package static func seal(_ file: borrowing FileDescriptor) throws(SystemError) {
        guard sp_memfd_seal(file.number) == 0 else { throw SystemError.last("fcntl(F_ADD_SEALS)") }
    }

    /// Whether nobody can change content or length any more.
    package static func isSealed(_ file: borrowing FileDescriptor) -> Bool {
        sp_memfd_is_sealed(file.number) == 1
    }
}

/// A pipe: what is written to one end is read from the other. Both ends wait.
package struct Pipe: ~Copyable {
    private let numbers: (read: Int32, write: Int32)

    package init() throws(SystemError) {
        var pair: [Int32] = [-1, -1]
        // SAFETY: the shim writes two numbers, for which there is room.
        guard unsafe sp_pipe(&pair) == 0 else { throw SystemError.last("pipe") }
        numbers = (pair[0], pair[1])
    }

    /// Both ends, handed to `body`: first the one to read from.
    package consuming func take<R: ~Copyable, E: Error>(
        _ body: (_ read: consuming FileDescriptor, _ write: consuming FileDescriptor) throws(E) -> R
    ) throws(E) -> R {
        try body(FileDescriptor(owning: numbers.read), FileDescriptor(owning: numbers.write))
    }
}
