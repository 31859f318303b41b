import SPAConfig
import Testing

@Suite struct SecretsStayOutOfWords {
    static let names = [
        "KEY", "KEY_BASE64", "HMAC_KEY", "HMAC_KEY_BASE64", "GPG_DECRYPT_PW", "GPG_SIGNING_PW", "KEY_FILE",
        "KEYX",
        "key", "KEY_BASE46", "HMACKEY", "SOURCE",
    ]
    static let shapes = [
        "%N %S", "%N=%S", "%N:%S", "%N: %S", "%N = %S", "%N %S %S", "%N %S;%S", "%N %S#%S", "%N\t%S\u{7}",
        "%N;%S",
        "%N[%S", "[%S", "%S", "%S %S", "%N%S 1", "  %N  %S ; %S", "#%N\n%S",
    ]
    static let secrets = ["Zs3cr3tZ", "WnMzY3IzdFo=", "zs3cr3tzzs3cr3tzzs3cr3tzzs3cr3tzzs3cr3tzzs3cr3tz"]

    /// Whatever shape a line with a key takes, no message of any reader repeats the key.
    @Test(arguments: names) func inEveryShapeOfALine(_ name: String) {
        for shape in Self.shapes {
            for secret in Self.secrets {
                let line = shape.reduceParts(name, secret)
                for kind in [FileKind.conf, .access, .rc] {
                    for text in [
                        "SOURCE ANY\n[door]\n\(line)\n", "[door]\n\(line)\n", "SOURCE ANY\n\(line)\n", line,
                    ] {
                        for problem in kind.problems(Array(text.utf8)) {
                            #expect(!problem.description.contains(secret), "\(kind) \(shape)")
                        }
                    }
                }
            }
        }
    }
}

extension String {
    /// `%N` and `%S` replaced.
    fileprivate func reduceParts(_ name: String, _ secret: String) -> String {
        var result = ""
        var rest = self[...]
        while let first = rest.first {
            rest = rest.dropFirst()
            if first == "%", let kind = rest.first {
                rest = rest.dropFirst()
                result += kind == "N" ? name : secret
            } else {
                result.append(first)
            }
        }
        return result
    }
}
