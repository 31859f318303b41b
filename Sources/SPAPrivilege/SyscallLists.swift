/// The lists of what each process of the server needs, learned with strace and kept short.
extension SyscallFilter {
    /// Memory, time, end: what a running Swift program needs to go on at all. No new executable memory.
    private static let alive: [Rule] =
        [
            "brk", "munmap", "mremap", "madvise", "futex", "clock_gettime", "getrandom", "exit", "exit_group",
            "rt_sigreturn", "rt_sigprocmask", "restart_syscall", "sched_yield", "getpid", "gettid", "tgkill",
        ].map { .allow($0) } + [
            .allowWithout("mmap", argument: 2, bits: execute),
            .allowWithout("mprotect", argument: 2, bits: execute),
        ]

    private static let execute: UInt32 = 4  // PROT_EXEC
    /// CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET (clone(2)).
    private static let newNamespaces: UInt32 = 0x7E02_0000
    private static let noSuchCall: Int32 = 38  // ENOSYS

    /// The worker: its three sockets and two files, all open already.
    package static let worker = SyscallFilter(
        alive
            + [
                "ppoll", "poll", "recvmsg", "sendmsg", "read", "pread64", "pwrite64", "fdatasync",
                "ftruncate", "close",
            ].map {
                .allow($0)
            },
        otherwise: .kill)

    /// The supervisor: its links, the log, reaping, and reading a new configuration.
    package static let supervisor = SyscallFilter(
        alive
            + [
                "ppoll", "poll", "recvmsg", "sendmsg", "read", "write", "pread64", "close", "wait4",
                "accept4",
                "openat", "newfstatat", "fstat", "statx", "fcntl", "getsockopt", "geteuid", "lseek",
            ].map { .allow($0) },
        otherwise: .refuse)

    /// The helper, and the firewall tools that it executes, which inherit the filter.
    package static let helper = SyscallFilter(
        [
            // The tools' dynamic loader maps their code.
            .allow("mmap"), .allow("mprotect"),
            // posix_spawn(3) falls back to clone(2), whose flags can be looked at.
            .fail("clone3", code: noSuchCall), .allowWithout("clone", argument: 0, bits: newNamespaces),
            .allow("vfork"),
            .allowOnly("socket", argument: 0, value: 2),  // AF_INET, for the tools
            .allowOnly("socket", argument: 0, value: 16),  // AF_NETLINK
        ] + alive
            + [
                "ppoll", "poll", "pselect6", "select", "recvmsg", "recvfrom", "sendmsg", "sendto", "read",
                "readv",
                "write", "writev", "pread64", "pwrite64", "lseek", "close", "close_range", "dup", "dup2",
                "dup3",
                "fcntl", "flock", "pipe", "pipe2", "eventfd2", "memfd_create", "ftruncate", "fsync", "wait4",
                "kill",
                "timerfd_settime", "nanosleep", "clock_nanosleep", "bind", "connect", "getsockname",
                "getsockopt",
                "setsockopt", "ioctl", "execve", "open", "openat", "access", "faccessat", "faccessat2",
                "stat",
                "lstat", "fstat", "newfstatat", "statx", "readlink", "readlinkat", "getdents64", "getcwd",
                "chdir",
                "umask", "uname", "arch_prctl", "prctl", "prlimit64", "getrlimit", "set_tid_address",
                "set_robust_list", "rseq", "rt_sigaction", "sigaltstack", "getuid", "geteuid", "getgid",
                "getegid",
                "getppid", "capget", "statfs",
            ].map { .allow($0) },
        otherwise: .refuse)
}
