#define _GNU_SOURCE
#include "CSallyportShims.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

// --- namespaces and root (unshare(2), pivot_root(2))

int sp_unshare_all(void) { return unshare(CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS); }

int sp_enter_empty_root(void) {
    // Any folder serves as the place; it is covered for this process alone.
    static const char *const places[] = {"/tmp", "/proc", "/run", "/mnt"};
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) return -1;
    int mounted = -1;
    for (size_t i = 0; mounted != 0 && i < sizeof places / sizeof *places; i++) {
        mounted = mount("tmpfs", places[i], "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=4k,nr_inodes=2,mode=0555");
        if (mounted == 0 && chdir(places[i]) != 0) return -1;
    }
    if (mounted != 0) return -1;
    // Old and new root at one place, and the old one then detached: pivot_root(2), "pivot_root(".", ".")".
    if (syscall(SYS_pivot_root, ".", ".") != 0) return -1;
    if (umount2(".", MNT_DETACH) != 0) return -1;
    if (chdir("/") != 0) return -1;
    return mount(NULL, "/", NULL, MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
}

// --- landlock(7); numbers as in linux/landlock.h, which older headers have in part only

struct landlock_rights {
    uint64_t files, network, scopes;
};

#define LANDLOCK_EXECUTE (1ULL << 0)
#define LANDLOCK_READ_FILE (1ULL << 2)
#define LANDLOCK_READ_FOLDER (1ULL << 3)

int sp_landlock_deny(int reading, int executing) {
#ifdef SYS_landlock_create_ruleset
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, 1U);
    if (version < 1) return -1;
    struct landlock_rights rights = {.files = 0x1fff};
    if (version >= 2) rights.files |= 1ULL << 13;
    if (version >= 3) rights.files |= 1ULL << 14;
    if (version >= 5) rights.files |= 1ULL << 15;
    // What is not handled is not restricted; what is handled is denied, because there is no rule.
    if (!reading) rights.files &= ~(LANDLOCK_READ_FILE | LANDLOCK_READ_FOLDER);
    if (!executing) rights.files &= ~LANDLOCK_EXECUTE;
    if (version >= 4) rights.network = 3;
    if (version >= 6) rights.scopes = 3;
    size_t size = version >= 6 ? 24 : version >= 4 ? 16 : 8;
    long ruleset = syscall(SYS_landlock_create_ruleset, &rights, size, 0U);
    if (ruleset < 0) return -1;
    long done = syscall(SYS_landlock_restrict_self, (int)ruleset, 0U);
    int saved = errno;
    close((int)ruleset);
    errno = saved;
    return (int)done;
#else
    errno = ENOSYS;
    return -1;
#endif
}

// --- limits

int sp_limit(int what, uint64_t most) {
    static const int resources[] = {RLIMIT_NOFILE, RLIMIT_NPROC, RLIMIT_FSIZE, RLIMIT_AS, RLIMIT_MEMLOCK, RLIMIT_MSGQUEUE};
    if (what < 0 || (size_t)what >= sizeof resources / sizeof *resources) {
        errno = EINVAL;
        return -1;
    }
    struct rlimit limit = {most, most};
    return setrlimit(resources[what], &limit);
}

// --- seccomp(2)

int sp_syscall_number(const char *name) {
#define CALL(name) {#name, SYS_##name}
    static const struct {
        const char *name;
        int number;
    } calls[] = {
        CALL(accept4), CALL(bind), CALL(brk), CALL(clock_gettime), CALL(clock_nanosleep), CALL(clone), CALL(clone3),
        CALL(close), CALL(close_range), CALL(dup3), CALL(execve), CALL(exit_group), CALL(faccessat), CALL(fcntl), CALL(fdatasync),
        CALL(flock), CALL(fstat), CALL(ftruncate), CALL(futex), CALL(getcwd), CALL(getegid), CALL(geteuid),
        CALL(getgid), CALL(getpid), CALL(getppid), CALL(getrandom), CALL(getsockname), CALL(getsockopt), CALL(gettid),
        CALL(getuid), CALL(ioctl), CALL(kill), CALL(lseek), CALL(madvise), CALL(memfd_create), CALL(mmap),
        CALL(mprotect), CALL(mremap), CALL(munmap), CALL(newfstatat), CALL(openat), CALL(pipe2), CALL(ppoll),
        CALL(pread64), CALL(prlimit64), CALL(pselect6), CALL(pwrite64), CALL(read), CALL(readlinkat), CALL(recvfrom),
        CALL(recvmsg), CALL(restart_syscall), CALL(rseq), CALL(rt_sigaction), CALL(rt_sigprocmask),
        CALL(rt_sigreturn), CALL(sendmsg), CALL(sendto), CALL(set_robust_list), CALL(set_tid_address),
        CALL(setsockopt), CALL(socket), CALL(statfs), CALL(uname), CALL(wait4), CALL(write), CALL(writev),
#ifdef SYS_access
        CALL(access), CALL(arch_prctl), CALL(dup2), CALL(readlink), CALL(select), CALL(vfork),
#endif
    };
#undef CALL
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (strcmp(calls[i].name, name) == 0) return calls[i].number;
    return -1;
}

#if defined(__x86_64__)
#define OUR_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "no seccomp architecture for this machine"
#endif

#define LOAD(offset) (struct sock_filter) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset)
#define JUMP(kind, value, yes, no) (struct sock_filter) BPF_JUMP(BPF_JMP | (kind) | BPF_K, value, yes, no)
#define ANSWER(action) (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, action)
#define NUMBER offsetof(struct seccomp_data, nr)
#define LOW_HALF(argument) (offsetof(struct seccomp_data, args) + 8 * (argument))

int sp_seccomp_install(const sp_syscall_rule *rules, size_t count, int otherwise_errno) {
    uint32_t otherwise = otherwise_errno == 0 ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ERRNO | (uint32_t)otherwise_errno;
    struct sock_filter *code = calloc(5 * count + 8, sizeof *code);
    if (!code) return -1;
    size_t n = 0;
    code[n++] = LOAD(offsetof(struct seccomp_data, arch));
    code[n++] = JUMP(BPF_JEQ, OUR_ARCHITECTURE, 1, 0);
    code[n++] = ANSWER(SECCOMP_RET_KILL_PROCESS);
    code[n++] = LOAD(NUMBER);
    for (size_t i = 0; i < count; i++) {
        uint32_t call = (uint32_t)rules[i].number;
        switch (rules[i].kind) {
        case SP_ALLOW:
            code[n++] = JUMP(BPF_JEQ, call, 0, 1);
            code[n++] = ANSWER(SECCOMP_RET_ALLOW);
            break;
        case SP_FAIL:
            code[n++] = JUMP(BPF_JEQ, call, 0, 1);
            code[n++] = ANSWER(SECCOMP_RET_ERRNO | rules[i].value);
            break;
        case SP_ALLOW_WITHOUT_BITS:
        case SP_ALLOW_VALUE: {
            int bits = rules[i].kind == SP_ALLOW_WITHOUT_BITS;
            code[n++] = JUMP(BPF_JEQ, call, 0, 4);
            code[n++] = LOAD(LOW_HALF(rules[i].argument));
            code[n++] = bits ? JUMP(BPF_JSET, rules[i].value, 1, 0) : JUMP(BPF_JEQ, rules[i].value, 0, 1);
            code[n++] = ANSWER(SECCOMP_RET_ALLOW);
            code[n++] = LOAD(NUMBER);
            break;
        }
        }
    }
    code[n++] = ANSWER(otherwise);
    struct sock_fprog program = {(unsigned short)n, code};
    long done = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
    int saved = errno;
    free(code);
    errno = done > 0 ? ESRCH : saved;
    return done == 0 ? 0 : -1;
}
