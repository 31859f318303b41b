internal import SPABytes
internal import SPAChannel

/// A request of `spad -R` to the running server: the names of two files, whose contents come as sealed memory files.
struct ReloadRequest: Equatable {
    let mainName: String
    let accessName: String

    var encoded: [UInt8] {
        var writer = ByteWriter()
        writer.integer(UInt8(90))
        writer.text(mainName)
        writer.text(accessName)
        return writer.bytes
    }

    init(mainName: String, accessName: String) { (self.mainName, self.accessName) = (mainName, accessName) }

    init(decoding bytes: Span<UInt8>) throws(ChannelError) {
        var reader = ChannelReader(bytes)
        let tag = try reader.integer(UInt8.self)
        guard tag == 90 else { throw .unknownTag(tag) }
        mainName = try reader.text(limit: 4096)
        accessName = try reader.text(limit: 4096)
        try reader.finish()
    }
}

/// The running server's answer.
struct ReloadAnswer: Equatable {
    let isGood: Bool
    let text: String

    static let textLimit = 60_000

    var encoded: [UInt8] {
        var writer = ByteWriter()
        writer.integer(UInt8(91))
        writer.flag(isGood)
        writer.text(String(decoding: text.utf8.prefix(ReloadAnswer.textLimit), as: UTF8.self))
        return writer.bytes
    }

    init(isGood: Bool, text: String) { (self.isGood, self.text) = (isGood, text) }

    init(decoding bytes: Span<UInt8>) throws(ChannelError) {
        var reader = ChannelReader(bytes)
        let tag = try reader.integer(UInt8.self)
        guard tag == 91 else { throw .unknownTag(tag) }
        isGood = try reader.flag("answer")
        text = try reader.text(limit: ReloadAnswer.textLimit + 8)
        try reader.finish()
    }
}
