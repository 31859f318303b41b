// Unsafe rim: what libssl takes as trusted.
internal import CLibssl
internal import Glibc

/// The certificates that this system trusts.
enum TrustStore {
    /// Lets `context` trust the system's authorities: those that SSL_CERT_FILE and SSL_CERT_DIR name, as for every program
    /// that uses libssl; else its folder, from which only the certificates that are asked for get read. The one large file
    /// costs 20 ms in a loop that has something better to do; it is read where the folder is not made for look-ups.
    static func load(into context: OpaquePointer) -> Bool {
        let hasFile = unsafe getenv(String(cString: X509_get_default_cert_file_env())) != nil
        var folder = unsafe String(cString: X509_get_default_cert_dir())
        // SAFETY: nothing in our programs changes the environment while this copies the value.
        if let named = unsafe getenv(String(cString: X509_get_default_cert_dir_env())) {
            folder = unsafe String(cString: named)
        }
        guard unsafe SSL_CTX_set_default_verify_dir(context) == 1 else { return false }
        if !hasFile, folder.split(separator: ":").contains(where: { isHashed(String($0)) }) { return true }
        return unsafe SSL_CTX_set_default_verify_file(context) == 1
    }

    /// Whether a folder has files named by the hash of what is in them: `0a1b2c3d.0` (openssl-rehash(1)).
    private static func isHashed(_ path: String) -> Bool {
        // SAFETY: the handle is closed below; each entry's name is read before the next call.
        guard let folder = unsafe opendir(path) else { return false }
        defer { unsafe closedir(folder) }
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) {
                unsafe Array($0.prefix { $0 != 0 })
            }
            guard name.count >= 10, name[8] == UInt8(ascii: ".") else { continue }
            if name.prefix(8).allSatisfy(isHexDigit) { return true }
        }
        return false
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
    }
}
