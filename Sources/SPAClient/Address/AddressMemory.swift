package import SPAConfig
package import SPANet

/// The public addresses that were found, by network: the content of the cache file.
///
/// The file is a note to ourselves that others may have touched; whatever is not to the letter what ``encoded`` writes is
/// nothing at all.
package struct AddressMemory: Hashable, Sendable {
    package struct Entry: Hashable, Sendable {
        package let network: NetworkIdentity
        package let address: IPv4Address
        /// The kind of source that told it. A stanza that does not ask such a source does not believe it second-hand.
        package let kind: AddressSourceKind
        /// When the source told it, and when a connection was last opened with it; seconds since 1970.
        package let learned: Int64, confirmed: Int64

        package init(
            _ network: NetworkIdentity, _ address: IPv4Address, _ kind: AddressSourceKind, learned: Int64,
            confirmed: Int64
        ) {
            (self.network, self.address, self.kind) = (network, address, kind)
            (self.learned, self.confirmed) = (learned, confirmed)
        }
    }

    /// In bytes, of a file; and in entries.
    package static let sizeLimit = 8192, countLimit = 32
    /// However often it is confirmed, an address is asked for anew after half a day.
    package static let longestLife: Int64 = 43_200

    package private(set) var entries: [Entry] = []

    package init() {}

    /// The entry for a network that is not older than `life` seconds at `now`; none from the future.
    package func entry(
        for network: NetworkIdentity, kinds: [AddressSourceKind], now: Int64, life: Int64
    ) -> Entry? {
        entries.first { entry in
            entry.network == network && kinds.contains(entry.kind) && entry.isAlive(now: now, life: life)
        }
    }

    /// Puts an entry in the place of what is known about its network, and forgets what is too old for anybody.
    package mutating func put(_ entry: Entry, now: Int64) {
        remove(entry.network)
        entries.removeAll { !$0.isAlive(now: now, life: AddressMemory.longestLife) }
        entries.insert(entry, at: 0)
        entries = Array(entries.prefix(AddressMemory.countLimit))
    }

    package mutating func remove(_ network: NetworkIdentity) { entries.removeAll { $0.network == network } }

    private static let heading = "sallyport addresses 1"

    /// The text of the file: a heading, and a line of eight words for each entry.
    package var encoded: String {
        var text = AddressMemory.heading + "\n"
        for entry in entries {
            let network = entry.network
            text += "\(entry.address) \(entry.kind.rawValue) \(entry.learned) \(entry.confirmed) "
            text += "\(network.interface) \(network.gateway?.description ?? "-") \(network.own) "
            text += "\(network.hardware ?? "-")\n"
        }
        return text
    }

    /// Reads the text of a file; nil unless it is exactly what ``encoded`` gives.
    package init?(decoding bytes: Span<UInt8>) {
        guard bytes.count <= AddressMemory.sizeLimit else { return nil }
        for index in bytes.indices where !(0x20...0x7E).contains(bytes[index]) && bytes[index] != 10 {
            return nil
        }
        let text = String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count <= AddressMemory.countLimit + 2, lines.first == Substring(AddressMemory.heading),
            lines.last?.isEmpty == true
        else { return nil }
        lines.removeFirst()
        lines.removeLast()
        for line in lines {
            guard let entry = Entry(line) else { return nil }
            entries.append(entry)
        }
        // One spelling for each value.
        guard encoded == text else { return nil }
    }
}

extension AddressMemory.Entry {
    /// Times are compared without a sum that could overflow: both are from a file.
    fileprivate func isAlive(now: Int64, life: Int64) -> Bool {
        confirmed <= now && learned <= confirmed && confirmed >= now - life
            && learned >= now - AddressMemory.longestLife
    }

    fileprivate init?(_ line: Substring) {
        let words = line.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 8, let address = IPv4Address(String(words[0])), address.scope == .global,
            let kind = AddressSourceKind(rawValue: String(words[1])),
            let learned = Int64(words[2]), let confirmed = Int64(words[3]), learned >= 0, confirmed >= 0,
            (1...15).contains(words[4].utf8.count), let own = IPAddress(String(words[6])),
            words[7] == "-" || words[7].utf8.count <= 64
        else { return nil }
        var gateway: IPAddress?
        if words[5] != "-" {
            guard let address = IPAddress(String(words[5])) else { return nil }
            gateway = address
        }
        let network = NetworkIdentity(
            interface: String(words[4]), gateway: gateway, own: own,
            hardware: words[7] == "-" ? nil : String(words[7]))
        self.init(network, address, kind, learned: learned, confirmed: confirmed)
    }
}
