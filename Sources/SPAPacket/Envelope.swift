/// The frame of the encrypted blob: `Salted__`, the salt, the cipher blocks.
enum Envelope {
    /// OpenSSL's mark for a salted blob.
    static let magic: [UInt8] = Array("Salted__".utf8)
    /// Bytes in front of the first cipher block: the mark and the salt.
    static let headLength = 16
}
