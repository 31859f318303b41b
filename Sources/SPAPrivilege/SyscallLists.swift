/// The lists of what each process of the server needs, learned with strace and kept short. Tests/System/test_syscalls.py
/// compares them with what is seen, and gives a reason for each name that is not.
extension SyscallFilter {
    /// Memory, time, end: what a running Swift program needs to go on at all. No new executable memory.
    private static let alive: [Rule] =
        [
            "brk", "munmap", "mremap", "madvise", "futex", "clock_gettime", "getrandom", "exit_group",
            "rt_sigreturn", "restart_syscall",
        ].map { .allow($0) } + [
            .allowWithout("mmap", argument: 2, bits: execute),
            .allowWithout("mprotect", argument: 2, bits: execute),
        ]

    private static let execute: UInt32 = 4  // PROT_EXEC
    /// CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET (clone(2)).
    private static let newNamespaces: UInt32 = 0x7E02_0000
    private static let noSuchCall: Int32 = 38  // ENOSYS

    /// The worker: its three sockets, two files and their mark, all open already.
    package static let worker = SyscallFilter(
        alive
            + [
                "ppoll", "recvmsg", "sendmsg", "pread64", "pwrite64", "fdatasync", "ftruncate", "close",
            ].map { .allow($0) },
        otherwise: .kill)

    /// The supervisor: its links, the log, reaping, and reading a new configuration.
    package static let supervisor = SyscallFilter(
        alive
            + [
                "ppoll", "recvmsg", "sendmsg", "read", "write", "pread64", "close", "wait4", "accept4",
                "openat", "newfstatat", "fstat", "fcntl", "getsockopt", "geteuid",
            ].map { .allow($0) },
        otherwise: .refuse)

    /// The helper, and the firewall tools that it executes, which inherit the filter.
    package static let helper = SyscallFilter(
        [
            // The tools' dynamic loader maps their code.
            .allow("mmap"), .allow("mprotect"),
            // posix_spawn(3) falls back to clone(2), whose flags can be looked at.
            .fail("clone3", code: noSuchCall), .allowWithout("clone", argument: 0, bits: newNamespaces),
            // AF_INET, for ioctl(2) on interfaces and for the tools; AF_INET6, for ip6tables of the legacy kind; AF_NETLINK.
            .allowOnly("socket", argument: 0, value: 2), .allowOnly("socket", argument: 0, value: 10),
            .allowOnly("socket", argument: 0, value: 16),
        ] + alive + (own + tools).map { .allow($0) },
        otherwise: .refuse)

    /// The helper's own work: frames, links, pipes, starting and ending tools.
    private static let own = [
        "ppoll", "recvmsg", "sendmsg", "sendto", "read", "write", "pread64", "pwrite64", "close",
        "close_range", "dup2", "dup3", "fcntl", "pipe2", "memfd_create", "wait4", "kill", "rt_sigprocmask",
        "rt_sigaction",
        "prlimit64", "execve", "bind", "getsockname", "getsockopt", "setsockopt", "ioctl",
        "recvfrom",
    ]

    /// What the tools, their loader and their C library call beside that.
    private static let tools = [
        "pselect6", "select", "writev", "lseek", "flock", "clock_nanosleep", "openat", "access", "faccessat",
        "fstat", "newfstatat", "readlink", "readlinkat", "uname", "arch_prctl", "set_tid_address",
        "set_robust_list", "rseq", "getuid", "geteuid",
        // A shell, where a tool is a script.
        "getpid", "gettid", "getppid", "getgid", "getegid", "getcwd", "vfork",
        // The legacy flavour.
        "statfs",
    ]
}
