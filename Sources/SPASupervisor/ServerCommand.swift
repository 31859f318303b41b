internal import SPASystem

/// What the command line asks `spad` to do.
struct ServerCommand: Sendable {
    enum Mode: Sendable, Equatable {
        case serve, reload, checkConfiguration, dumpConfiguration, version, help
    }

    /// What the command line says over the configuration files' heads; it holds through a reload.
    struct Overrides: Sendable {
        var interface: String?
        var runDirectory: String?
        var accessFile: String?
        var verbosity = 0
    }

    var mode = Mode.serve
    var isForeground = false
    var configurationFile = "/etc/sallyport/spad.conf"
    var overrides = Overrides()

    private enum Option: Hashable, Sendable {
        case configuration, access, foreground, interface, runDirectory, reload, check, dump, verbose,
            version, help
        /// An option of fwknopd's that is not served.
        case known(String)
    }

    private static let rules: [OptionRule<Option>] =
        [
            OptionRule(.configuration, short: "c", long: "config-file", value: .required),
            OptionRule(.access, short: "a", long: "access-file", value: .required),
            OptionRule(.foreground, short: "f", long: "foreground"),
            OptionRule(.interface, short: "i", long: "interface", value: .required),
            OptionRule(.runDirectory, short: "r", long: "run-dir", value: .required),
            OptionRule(.reload, short: "R", long: "reload", "restart"),
            OptionRule(.check, long: "exit-parse-config"),
            OptionRule(.dump, short: "D", long: "dump-config"),
            OptionRule(.verbose, short: "v", long: "verbose"),
            OptionRule(.version, short: "V", long: "version"),
            OptionRule(.help, short: "h", long: "help"),
        ] + known

    /// Names of fwknopd's that deserve a better answer than "unknown option".
    private static let known: [OptionRule<Option>] = [
        OptionRule(.known("-O"), short: "O", long: "override-config", value: .required),
        OptionRule(.known("--access-folder"), long: "access-folder", value: .required),
        OptionRule(.known("-P"), short: "P", long: "pcap-filter", value: .required),
        OptionRule(.known("-p"), short: "p", long: "pid-file", value: .required),
        OptionRule(.known("-d"), short: "d", long: "digest-file", value: .required),
        OptionRule(.known("-C"), short: "C", long: "packet-limit", value: .required),
        OptionRule(.known("-K"), short: "K", long: "kill"),
        OptionRule(.known("-S"), short: "S", long: "status"),
        OptionRule(.known("--fw-list"), long: "fw-list"),
        OptionRule(.known("--fw-list-all"), long: "fw-list-all"),
        OptionRule(.known("--fw-flush"), long: "fw-flush"),
        OptionRule(.known("--exit-parse-digest-cache"), long: "exit-parse-digest-cache"),
        OptionRule(.known("--rotate-digest-cache"), long: "rotate-digest-cache"),
        OptionRule(.known("-t"), short: "t", long: "test"),
        OptionRule(.known("-U"), short: "U", long: "udp-server"),
        OptionRule(.known("--pcap-file"), long: "pcap-file", value: .required),
        OptionRule(.known("--pcap-any-direction"), long: "pcap-any-direction"),
        OptionRule(.known("--syslog-enable"), long: "syslog-enable"),
        OptionRule(.known("-l"), short: "l", long: "locale", value: .required),
        OptionRule(.known("--key-gen"), long: "key-gen"),
    ]

    /// - Throws: ``CommandError`` in words.
    init(_ arguments: [String]) throws(CommandError) {
        let parsed: CommandLineOptions<Option>
        do throws(CommandLineError) {
            parsed = try CommandLineOptions(arguments, ServerCommand.rules)
        } catch {
            throw CommandError("\(error); see spad --help")
        }
        guard parsed.positional.isEmpty else {
            throw CommandError("unexpected argument \(parsed.positional[0]); see spad --help")
        }
        for (option, value) in parsed.options { try take(option, value ?? "") }
        guard mode != .serve || isForeground else {
            throw CommandError(
                "spad runs in the foreground, under a service manager: add -f (going into the background is known, not"
                    + " supported yet)")
        }
    }

    private mutating func take(_ option: Option, _ value: String) throws(CommandError) {
        switch option {
        case .configuration: configurationFile = value
        case .access: overrides.accessFile = value
        case .foreground: isForeground = true
        case .interface: overrides.interface = value
        case .runDirectory:
            guard value.hasPrefix("/") else { throw CommandError("-r \(value): give an absolute path") }
            overrides.runDirectory = value
        case .reload: try choose(.reload)
        case .check: try choose(.checkConfiguration)
        case .dump: try choose(.dumpConfiguration)
        case .verbose: overrides.verbosity += 1
        case .version: mode = .version
        case .help: mode = .help
        case .known(let name): throw CommandError("option \(name) is known, not supported yet")
        }
    }

    private mutating func choose(_ chosen: Mode) throws(CommandError) {
        guard mode != .version, mode != .help else { return }
        guard mode == .serve || mode == chosen else {
            throw CommandError("the options -D, -R and --exit-parse-config exclude each other: pick one")
        }
        mode = chosen
    }

    static let help = """
        Usage: spad -f [options]              serve
               spad -R [options]              hand a new configuration to the running server
               spad --exit-parse-config ...   check the configuration and exit
               spad --dump-config ...         show the configuration, keys masked

          -c, --config-file FILE   main configuration (default /etc/sallyport/spad.conf)
          -a, --access-file FILE   access stanzas and keys (default: ACCESS_FILE)
          -f, --foreground         stay in the foreground and log to standard error
          -i, --interface NAME     capture there (default: PCAP_INTF)
          -r, --run-dir DIR        run directory (default: FWKNOP_RUN_DIR)
          -R, --reload             reload; a bad configuration changes nothing
          -D, --dump-config
              --exit-parse-config
          -v, --verbose            log what is no packet, too (adds one to VERBOSE)
          -V, --version
          -h, --help

        Exit status: 0 for success, 1 for any failure.

        """
}

/// A wrong command line, in words for the one who typed it.
struct CommandError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
