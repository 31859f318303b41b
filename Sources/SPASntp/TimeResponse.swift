internal import SPABytes

/// A server's answer: when our question came to it, and when its answer left. In microseconds since 1970.
package struct TimeResponse: Hashable, Sendable {
    package let received: Int64, transmitted: Int64

    /// Reads a datagram as the answer to `request` (RFC 4330 section 5). What follows the 48 bytes is not looked at.
    package init(decoding message: Span<UInt8>, to request: TimeRequest) throws(SntpError) {
        let first: UInt8
        let stratum: UInt8
        let origin: UInt64
        let times: (UInt64, UInt64)
        do throws(ByteError) {
            var reader = ByteReader(message)
            first = try reader.integer()
            stratum = try reader.integer()
            try reader.skip(22)
            origin = try reader.integer()
            times = (try reader.integer(), try reader.integer())
        } catch {
            throw .malformed
        }
        guard first & 7 == 4, (3...4).contains(first >> 3 & 7), origin == request.nonce else {
            throw .notOurs
        }
        // Stratum 0 is a refusal, leap indicator 3 a clock that was never set.
        guard first >> 6 != 3, (1...15).contains(stratum) else { throw .notSynchronized }
        guard times.0 != 0, times.1 != 0 else { throw .notSynchronized }
        received = TimeResponse.microseconds(times.0)
        transmitted = TimeResponse.microseconds(times.1)
    }

    /// How far the server's clock is ahead of ours, in microseconds, by our clock's readings (since 1970) when the question
    /// left and when the answer came. Half of the way's asymmetry is the error.
    package func offset(sent: Int64, arrived: Int64) -> Int64 {
        // Halves first: clocks may be anywhere.
        (received / 2 &- sent / 2) &+ (transmitted / 2 &- arrived / 2)
    }

    /// Microseconds since 1970 of a timestamp; one without the top bit is from after 2036 (RFC 4330 section 3).
    private static func microseconds(_ stamp: UInt64) -> Int64 {
        let era: Int64 = stamp >> 63 == 1 ? 0 : 1 << 32
        let seconds = Int64(stamp >> 32) + era - TimeHeader.secondsTo1970
        return seconds * 1_000_000 + Int64(((stamp & 0xFFFF_FFFF) * 1_000_000) >> 32)
    }
}

/// Why a datagram is no answer to our question.
package enum SntpError: Error, Hashable, Sendable {
    /// Fewer bytes than a message has.
    case malformed
    /// An answer to somebody else's question, or no answer at all.
    case notOurs
    /// The server refuses, or does not know the time itself.
    case notSynchronized
}
