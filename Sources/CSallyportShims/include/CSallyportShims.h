// The only C of the project: what the Glibc module cannot express (variadic calls, GNU-only prototypes,
// macros with arguments). One thin function per need; no decisions here.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// --- memory
void sp_wipe(void *bytes, size_t count);

// --- clocks, timers, signals (Linux: timerfd_create(2), signalfd(2))
int64_t sp_boottime_ns(void);
int64_t sp_realtime_ns(void);
int sp_timerfd_boottime(void);
int sp_timerfd_realtime_cancel_on_set(void);          // readable with ECANCELED when the clock is set
int sp_timerfd_set_absolute_ns(int fd, int64_t deadline_ns);   // 0 disarms
int sp_signalfd(const int *signals, size_t count);    // blocks them, returns the descriptor
int sp_signalfd_read(int fd);                         // signal number, 0 when none, -1 errno
int sp_unblock_all_signals(void);
void sp_ignore_sigpipe(void);
void sp_default_sigchld(void);                        // a child that ends can be waited for

// --- process
int sp_setresuid(uid_t uid);
int sp_setresgid(gid_t gid);
int sp_getresuid_equal(uid_t uid, gid_t gid);
int sp_clear_groups(void);
int sp_no_new_privs(void);
int sp_not_dumpable(void);
int sp_no_core(void);
int sp_securebits_lock(void);                         // NOROOT, NO_SETUID_FIXUP, KEEP_CAPS off; each locked
int sp_thread_count(void);
// posix_spawn of `path` with exactly fds[i] at descriptor i (or /dev/null where fds[i] is -1), all others closed,
// all signals default and unblocked. The environment is ours where `envp` is null.
int sp_spawn(pid_t *pid, const char *path, char *const argv[], char *const envp[], const int *fds, size_t count);
// The same through fork(2) for fds 0 to 2, as user and group `id` without rights, or as ourselves where that is 0.
int sp_spawn_as(pid_t *pid, uid_t id, const char *path, char *const argv[], char *const envp[], const int fds[3]);
int sp_pidfd(pid_t pid);                              // close-on-exec, readable when the process has ended
int sp_wait_nohang(pid_t pid, int *status);           // 1 ended, 0 alive, -1 errno
int sp_status_exited(int status);                     // exit code, or -1 when a signal ended it
int sp_status_signal(int status);                     // signal number, or 0

// --- descriptors
int sp_fill_standard_streams(void);                   // opens /dev/null where 0, 1 or 2 is closed
void sp_close_from(int first);                        // this and all above
int sp_socketpair_seqpacket(int out[2]);
// SO_SNDBUFFORCE where it is permitted, else SO_SNDBUF.
int sp_set_send_buffer(int fd, int bytes);
int sp_pipe(int out[2]);
int sp_memfd(const char *name);
int sp_memfd_seal(int fd);
int sp_memfd_is_sealed(int fd);
int sp_fd_set_nonblocking(int fd, int on);            // previous state (0/1), or -1
int sp_fd_is_fifo_or_socket(int fd);
int sp_flock_exclusive(int fd);                       // non-blocking
int sp_peer_uid(int fd, uid_t *uid);
ssize_t sp_send_fds(int fd, const void *bytes, size_t count, const int *fds, size_t fd_count);
ssize_t sp_recv_fds(int fd, void *bytes, size_t count, int *fds, size_t capacity, size_t *received, int *truncated);
int sp_fd_is_terminal(int fd);
int sp_listen_seqpacket(const char *path, unsigned mode);   // non-blocking listener at a new path
int sp_connect_datagram(const char *path);            // a leading '@' stands for an abstract name
int sp_connect_seqpacket(const char *path);
int sp_accept(int fd);

// --- text of an error number; never null
const char *sp_error_text(int code);

// --- waiting: poll(2) with a timeout in nanoseconds (-1: none), EINTR handled
struct pollfd;
int sp_poll(struct pollfd *fds, size_t count, int64_t timeout_ns);
int64_t sp_monotonic_ns(void);

// --- internet sockets; an address in host order, IPv4 in the lower half of `low`
typedef struct {
    int family;        // 4 or 6
    uint64_t high, low;
    uint32_t scope;    // IPv6 interface number, 0 for none
    uint16_t port;
} sp_address;
int sp_inet_socket(int family, int stream);           // non-blocking, close-on-exec
int sp_inet_connect(int fd, const sp_address *to);
int sp_inet_bind(int fd, const sp_address *at);
int sp_inet_listen(int fd, int backlog);
int sp_inet_local(int fd, sp_address *out);
ssize_t sp_inet_send_to(int fd, const void *bytes, size_t count, const sp_address *to);
ssize_t sp_inet_send_in_syn(int fd, const void *bytes, size_t count, const sp_address *to);  // in whole, or not
ssize_t sp_inet_receive_from(int fd, void *bytes, size_t count, sp_address *from);
int sp_socket_error(int fd);                          // SO_ERROR: pending error number, or -1 errno
int sp_tcp_nodelay(int fd);
int sp_tcp_quickack(int fd);
int sp_tcp_hold_handshake(int fd);
int sp_reset_on_close(int fd, int on);
int sp_keepalive(int fd);
int sp_keepalive_every(int fd, int seconds);          // seconds of silence before each probe
int64_t sp_tcp_silence_ms(int fd);                    // since the peer's last acknowledgement; -1 once it has ended
struct sockaddr;
int sp_from_name(const struct sockaddr *from, sp_address *out);
// The addresses of one family, 4 or 6: getaddrinfo's code, 0 for success. Starts a process and waits for it, so it is for one
// that does nothing else.
int sp_resolve(const char *host, int family, sp_address *out, size_t capacity, size_t *count);
const char *sp_resolve_error_text(int code);
int sp_resolve_error_is_system(int code);
typedef struct {
    sp_address address;
    int prefix;
    char name[16];
} sp_network;
int sp_interface_networks(sp_network *out, size_t capacity, size_t *count);

// --- capture: packets without their link header, in a ring that the kernel fills (packet(7), "Packet MMAP")
typedef struct {
    unsigned slot, block, blocks;   // bytes of a slot (a multiple of 16), bytes of a block (of pages), number of blocks
} sp_ring;
int sp_packet_socket(void);                           // hears nothing before it is bound
enum { SP_FILTER_FRONT = 11 };                         // instructions that sp_packet_filter puts in front
// Classic BPF, `count` instructions of 8 bytes as the kernel takes them, for good.
int sp_packet_filter(int fd, const void *program, size_t count);
void *sp_packet_ring(int fd, const sp_ring *shape);
void sp_packet_unmap(void *ring, const sp_ring *shape);
// The packet in a slot of `room` bytes, or null while the slot is the kernel's; released, it is that again.
const void *sp_packet_frame(void *slot, size_t room, size_t *count);
void sp_packet_release(void *slot);
// To an interface and all that it hears; or to all with 0, for IPv4 or IPv6 (`family` 4 or 6). May be done again.
int sp_packet_bind(int fd, int index, int family);
int sp_packet_bound(int fd);                          // the interface; below 1 where it is bound to none
int sp_packet_promiscuous(int fd, int index, int on);
int sp_interface_index(int fd, const char *name);     // any socket serves; -1 where there is none
int sp_interface_name(int fd, int index, char name[16], int *is_up);
int sp_link_watch(void);                              // readable when an interface comes, goes or changes
int sp_link_changed(int fd);                          // 1 when one has since the last call

// --- getopt_long(3), one step a call; see CommandLineOptions.swift
typedef struct {
    const char *name;
    int argument;      // 0 none, 1 required, 2 optional
    int value;
} sp_option;
// The option's value; -1 at the end (then *index is the first positional argument), '?' unknown, ':' argument missing
// (then *bad is the option's value, or 0 where only the text before *index tells).
int sp_next_option(int restart, int argc, char **argv, const char *shorts, const sp_option *longs, size_t count,
                   const char **argument, int *index, int *bad);

// --- the terminal: no echo, no line editing, no signals from keys, until restored (one terminal at a time)
int sp_terminal_hide(int fd);
int sp_terminal_restore(int fd);

// --- confinement
int sp_unshare_all(void);                             // network, mount, ipc and uts namespaces of one's own
int sp_enter_empty_root(void);                        // an empty, read-only root; after sp_unshare_all
// No file to write, make or remove, no TCP port, no signal beyond this process and its children; where told so, none to
// read or execute either.
int sp_landlock_deny(int reading, int executing);
// Hard and soft limit of: 0 files, 1 processes, 2 file size, 3 address space, 4 locked memory, 5 message queues.
int sp_limit(int what, uint64_t most);
int sp_syscall_number(const char *name);              // -1 where the machine does not have it
enum sp_rule_kind { SP_ALLOW, SP_FAIL, SP_ALLOW_WITHOUT_BITS, SP_ALLOW_VALUE };
typedef struct {
    int number;
    int kind;                                         // enum sp_rule_kind
    int argument;                                     // 0 to 5, for the conditional kinds; its low 32 bits are compared
    uint32_t value;                                   // bits, value, or errno
} sp_syscall_rule;
// Rules in order, the first that applies counts; all else fails with `otherwise_errno`, or kills where that is 0.
int sp_seccomp_install(const sp_syscall_rule *rules, size_t count, int otherwise_errno);

// --- names looked up beside other work: a short-lived child asks the resolver and writes what it finds into a pipe
int sp_lookup_start(const char *host, int family, pid_t *pid);   // the pipe's end to read from, or -1 errno
// The child's answer: 0 with addresses, the resolver's code, or -1 while there is none; -2 when the child died without one.
int sp_lookup_answer(int fd, sp_address *out, size_t capacity, size_t *count, int *system_error);

// --- the way out of this machine (rtnetlink(7))
typedef struct {
    char interface[16];
    sp_address gateway;    // family 0: none, the destination is on the cable
    sp_address source;     // family 0: none
} sp_route;
int sp_route_to(const sp_address *to, sp_route *out);

// --- connections that the kernel follows (linux/netfilter/nfnetlink_conntrack.h)
int sp_conntrack_socket(void);                        // hears nothing yet
// Whether the kernel tells of connections at all: 1, or 0, found out with an entry in its table that lives for a second and
// that no packet fits. To be called while nothing is listened to.
int sp_conntrack_tells(int fd);
int sp_conntrack_listen(int fd, int on);              // changes of connections, from now on, or no more
// Classic BPF, in the place of what was there.
int sp_conntrack_filter(int fd, const void *program, size_t count);
// The size of the next message, which is more than `count` where it was cut; -1 errno, with ENOBUFS after a loss.
ssize_t sp_conntrack_receive(int fd, void *bytes, size_t count);
