#define _GNU_SOURCE
#include "CSallyportShims.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <linux/securebits.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void sp_wipe(void *bytes, size_t count) { explicit_bzero(bytes, count); }

static int64_t clock_ns(clockid_t clock) {
    struct timespec t;
    if (clock_gettime(clock, &t) != 0) return -1;
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}
int64_t sp_boottime_ns(void) { return clock_ns(CLOCK_BOOTTIME); }
int64_t sp_realtime_ns(void) { return clock_ns(CLOCK_REALTIME); }

int sp_timerfd_boottime(void) { return timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC); }

int sp_timerfd_realtime_cancel_on_set(void) {
    int fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    if (fd < 0) return -1;
    // A date that never comes: only the cancellation wakes the reader.
    struct itimerspec never = {.it_value = {.tv_sec = (time_t)1 << 40}};
    if (timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL) != 0) {
        int saved = errno;
        close(fd);
        errno = saved;
        return -1;
    }
    return fd;
}

int sp_timerfd_set_absolute_ns(int fd, int64_t deadline_ns) {
    struct itimerspec when = {.it_value = {.tv_sec = deadline_ns / 1000000000, .tv_nsec = deadline_ns % 1000000000}};
    return timerfd_settime(fd, TFD_TIMER_ABSTIME, &when, NULL);
}

int sp_signalfd(const int *signals, size_t count) {
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < count; i++) sigaddset(&set, signals[i]);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0) return -1;
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

int sp_signalfd_read(int fd) {
    struct signalfd_siginfo info;
    ssize_t n = read(fd, &info, sizeof info);
    if (n == (ssize_t)sizeof info) return (int)info.ssi_signo;
    if (n < 0 && errno != EAGAIN) return -1;
    return 0;
}

int sp_unblock_all_signals(void) {
    sigset_t none;
    sigemptyset(&none);
    return sigprocmask(SIG_SETMASK, &none, NULL);
}

void sp_ignore_sigpipe(void) { signal(SIGPIPE, SIG_IGN); }
void sp_default_sigchld(void) { signal(SIGCHLD, SIG_DFL); }

int sp_setresuid(uid_t uid) { return setresuid(uid, uid, uid); }
int sp_setresgid(gid_t gid) { return setresgid(gid, gid, gid); }
int sp_getresuid_equal(uid_t uid, gid_t gid) {
    uid_t u[3];
    gid_t g[3];
    if (getresuid(&u[0], &u[1], &u[2]) != 0 || getresgid(&g[0], &g[1], &g[2]) != 0) return 0;
    for (int i = 0; i < 3; i++)
        if (u[i] != uid || g[i] != gid) return 0;
    return 1;
}
int sp_clear_groups(void) { return setgroups(0, NULL); }
int sp_no_new_privs(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }
int sp_not_dumpable(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }
int sp_no_core(void) {
    struct rlimit none = {0, 0};
    return setrlimit(RLIMIT_CORE, &none);
}
int sp_securebits_lock(void) {
    return prctl(PR_SET_SECUREBITS,
                 SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED |
                     SECBIT_KEEP_CAPS_LOCKED,
                 0, 0, 0);
}

int sp_thread_count(void) {
    DIR *tasks = opendir("/proc/self/task");
    if (!tasks) return -1;
    int count = 0;
    for (struct dirent *entry; (entry = readdir(tasks));)
        if (entry->d_name[0] != '.') count++;
    closedir(tasks);
    return count;
}

int sp_spawn(pid_t *pid, const char *path, char *const argv[], char *const envp[], const int *fds, size_t count) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int staged[16];
    if (count > 16) return EINVAL;
    int rc = posix_spawn_file_actions_init(&actions);
    if (rc != 0) return rc;
    rc = posix_spawnattr_init(&attributes);
    if (rc != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return rc;
    }
    // Two steps, through numbers above every target, so that no source is overwritten before it is used.
    size_t made = 0;
    for (; rc == 0 && made < count; made++) {
        staged[made] = fds[made] < 0 ? open("/dev/null", O_RDWR | O_CLOEXEC) : -1;
        int source = fds[made] < 0 ? staged[made] : fds[made];
        int high = source < 0 ? -1 : fcntl(source, F_DUPFD_CLOEXEC, 64);
        if (staged[made] >= 0) close(staged[made]);
        staged[made] = high;
        if (high < 0) rc = errno;
    }
    for (size_t i = 0; rc == 0 && i < count; i++) rc = posix_spawn_file_actions_adddup2(&actions, staged[i], (int)i);
    if (rc == 0) rc = posix_spawn_file_actions_addclosefrom_np(&actions, (int)count);
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    if (rc == 0) rc = posix_spawnattr_setsigdefault(&attributes, &all);
    if (rc == 0) rc = posix_spawnattr_setsigmask(&attributes, &none);
    if (rc == 0) rc = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    if (rc == 0) rc = posix_spawn(pid, path, &actions, &attributes, argv, envp ? envp : environ);
    for (size_t i = 0; i < made; i++)
        if (staged[i] >= 0) close(staged[i]);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return rc;
}

int sp_spawn_as(pid_t *pid, uid_t id, const char *path, char *const argv[], char *const envp[], const int fds[3]) {
    // By descriptor: the other user may not be able to walk to the program.
    int program = open(path, O_PATH | O_CLOEXEC), outcome[2], code = 0;
    if (program < 0) return errno;
    if (pipe2(outcome, O_CLOEXEC) != 0) {
        code = errno;
        close(program);
        return code;
    }
    pid_t child = fork();
    if (child == 0) {
        sigset_t none;
        sigemptyset(&none);
        int high[3], bad = 0;
        for (int i = 0; i < 3; i++) bad |= (high[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 64)) < 0;
        for (int i = 0; i < 3; i++) bad |= dup2(high[i], i) < 0;
        // Ours are marked already; Linux before 5.11 cannot mark what others left.
        (void)syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC);
        if (id != 0) bad |= setgroups(0, NULL) != 0 || setresgid(id, id, id) != 0 || setresuid(id, id, id) != 0;
        bad |= prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || sigprocmask(SIG_SETMASK, &none, NULL) != 0;
        if (!bad) syscall(SYS_execveat, program, "", argv, envp, AT_EMPTY_PATH);
        code = errno;
        (void)!write(outcome[1], &code, sizeof code);
        _exit(127);
    }
    if (child < 0) code = errno;
    close(outcome[1]);
    close(program);
    // Closed by a program that has started.
    ssize_t told;
    do told = child < 0 ? 0 : read(outcome[0], &code, sizeof code);
    while (told < 0 && errno == EINTR);
    close(outcome[0]);
    if (told > 0) waitpid(child, NULL, 0);
    *pid = child;
    return code;
}

int sp_pidfd(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }
int sp_wait_nohang(pid_t pid, int *status) {
    pid_t ended = waitpid(pid, status, WNOHANG);
    if (ended == pid) return 1;
    return ended == 0 ? 0 : -1;
}
int sp_status_exited(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : -1; }
int sp_status_signal(int status) { return WIFSIGNALED(status) ? WTERMSIG(status) : 0; }

int sp_fill_standard_streams(void) {
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) >= 0) continue;
        // The lowest free number is the one that is missing.
        if (open("/dev/null", O_RDWR) != fd) return -1;
    }
    return 0;
}
void sp_close_from(int first) { closefrom(first); }
int sp_socketpair_seqpacket(int out[2]) {
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, out);
}
int sp_set_send_buffer(int fd, int bytes) {
    if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes) == 0) return 0;
    return setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
}
int sp_pipe(int out[2]) { return pipe2(out, O_CLOEXEC); }
int sp_memfd(const char *name) { return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING); }
#define ALL_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
int sp_memfd_seal(int fd) { return fcntl(fd, F_ADD_SEALS, ALL_SEALS); }
int sp_memfd_is_sealed(int fd) {
    int seals = fcntl(fd, F_GET_SEALS);
    return seals >= 0 && (seals & ALL_SEALS) == ALL_SEALS;
}

int sp_fd_set_nonblocking(int fd, int on) {
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0) return -1;
    int before = (flags & O_NONBLOCK) != 0;
    int wanted = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
    if (wanted != flags && fcntl(fd, F_SETFL, wanted) != 0) return -1;
    return before;
}

int sp_fd_is_fifo_or_socket(int fd) {
    struct stat facts;
    return fstat(fd, &facts) == 0 && (S_ISFIFO(facts.st_mode) || S_ISSOCK(facts.st_mode));
}

int sp_flock_exclusive(int fd) { return flock(fd, LOCK_EX | LOCK_NB); }

int sp_peer_uid(int fd, uid_t *uid) {
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return -1;
    *uid = peer.uid;
    return 0;
}

#define MAX_FDS 8
ssize_t sp_send_fds(int fd, const void *bytes, size_t count, const int *fds, size_t fd_count) {
    if (fd_count > MAX_FDS) {
        errno = EINVAL;
        return -1;
    }
    struct iovec part = {(void *)bytes, count};
    union {
        char room[CMSG_SPACE(sizeof(int) * MAX_FDS)];
        struct cmsghdr align;
    } control = {0};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (fd_count > 0) {
        message.msg_control = control.room;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * fd_count);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int) * fd_count);
        memcpy(CMSG_DATA(header), fds, sizeof(int) * fd_count);
    }
    return sendmsg(fd, &message, MSG_NOSIGNAL);
}

ssize_t sp_recv_fds(int fd, void *bytes, size_t count, int *fds, size_t capacity, size_t *received, int *truncated) {
    struct iovec part = {bytes, count};
    union {
        char room[CMSG_SPACE(sizeof(int) * MAX_FDS)];
        struct cmsghdr align;
    } control;
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.room, .msg_controllen = sizeof control.room};
    *received = 0;
    ssize_t n = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    if (n < 0) return n;
    *truncated = (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
    for (struct cmsghdr *h = CMSG_FIRSTHDR(&message); h; h = CMSG_NXTHDR(&message, h)) {
        if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS) continue;
        size_t total = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < total; i++) {
            int passed;
            memcpy(&passed, CMSG_DATA(h) + i * sizeof(int), sizeof(int));
            if (*received < capacity)
                fds[(*received)++] = passed;
            else {
                close(passed);
                *truncated = 1;
            }
        }
    }
    return n;
}
int sp_fd_is_terminal(int fd) { return isatty(fd); }
