internal import SPASystem

/// The file in which ``AddressMemory`` outlives a run. Nothing that goes wrong with it stops a login.
struct AddressCache {
    private let folder: String
    private var path: String { "\(folder)/addresses" }

    /// In `$XDG_CACHE_HOME/sallyport`, else `~/.cache/sallyport`; nil without a home.
    init?(cacheHome: String?, home: String?) {
        // The XDG specification has relative paths ignored.
        if let cacheHome, cacheHome.hasPrefix("/") {
            folder = "\(cacheHome)/sallyport"
        } else if let home, home.hasPrefix("/") {
            folder = "\(home)/.cache/sallyport"
        } else {
            return nil
        }
    }

    /// The same for this process.
    static var ofThisUser: AddressCache? {
        AddressCache(
            cacheHome: CurrentProcess.environment("XDG_CACHE_HOME"),
            home: CurrentProcess.environment("HOME") ?? CurrentProcess.homeDirectory)
    }

    /// What is remembered: nothing, where the file is not ours alone to write, or is not to the letter as it should be.
    func read() -> AddressMemory {
        guard isOurs(try? FileSystem.facts(folder), .directory) else { return AddressMemory() }
        do throws(SystemError) {
            let file = try FileDescriptor.open(path, [.readOnly, .noFollow, .nonBlocking])
            guard isOurs(try file.facts(), .regular) else { return AddressMemory() }
            let bytes = try file.readToEnd(limit: AddressMemory.sizeLimit)
            return AddressMemory(decoding: bytes.span) ?? AddressMemory()
        } catch {
            return AddressMemory()
        }
    }

    /// Changes what is remembered. The new file takes the old one's place in one step; of two programs that do so at the
    /// same time one is right, which costs the other a question later.
    func update(_ change: (inout AddressMemory) -> Void) throws(SystemError) {
        let before = read()
        var memory = before
        change(&memory)
        guard memory != before else { return }
        try makeFolder()
        let fresh = "\(path).\(CurrentProcess.id)"
        let file = try FileDescriptor.open(fresh, [.writeOnly, .create, .exclusive, .noFollow], mode: 0o600)
        do throws(SystemError) {
            let bytes = Array(memory.encoded.utf8)
            try file.writeAll(bytes.span)
            try FileSystem.rename(fresh, to: path)
        } catch {
            try? FileSystem.remove(fresh)
            throw error
        }
    }

    private func makeFolder() throws(SystemError) {
        if let slash = folder.lastIndex(of: "/") {
            try FileSystem.makeDirectory(String(folder[..<slash]), mode: 0o700)
        }
        try FileSystem.makeDirectory(folder, mode: 0o700)
        guard isOurs(try FileSystem.facts(folder), .directory) else {
            throw SystemError(call: "use \(folder)", code: ErrorCode.notPermitted)
        }
    }

    /// Ours, of this kind, and with no right to write for anybody else.
    private func isOurs(_ facts: FileFacts?, _ kind: FileFacts.Kind) -> Bool {
        guard let facts else { return false }
        return facts.kind == kind && facts.owner == CurrentProcess.effectiveUser && facts.mode & 0o022 == 0
    }
}
