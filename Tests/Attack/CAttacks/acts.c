#define _GNU_SOURCE
#include "CAttacks.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/if_packet.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <time.h>
#include <unistd.h>

static int target;
static const char *path;
static int result(long value) { return value < 0 ? errno : 0; }

#define ACT(name) static int name(void)
static int opened(const char *file, int flags) { return result(open(file, flags, 0600)); }

ACT(open_passwd) { return opened("/etc/passwd", O_RDONLY); }
ACT(open_shadow) { return opened("/etc/shadow", O_RDONLY); }
ACT(open_keys) { return opened(path, O_RDONLY); }
ACT(write_keys) { return opened(path, O_WRONLY | O_APPEND); }
ACT(open_init_memory) { return opened("/proc/1/mem", O_RDWR); }
ACT(open_target_memory) {
    char name[64];
    snprintf(name, sizeof name, "/proc/%d/mem", target);
    return opened(name, O_RDWR);
}
ACT(open_kernel_log) { return opened("/dev/kmsg", O_RDONLY); }
ACT(open_disk) { return opened("/dev/mem", O_RDONLY); }
ACT(open_sysctl) { return opened("/proc/sys/kernel/core_pattern", O_WRONLY); }
ACT(open_root_folder) { return opened("/", O_RDONLY | O_DIRECTORY); }
ACT(create_in_root) { return opened("/sallyport-attack", O_CREAT | O_WRONLY); }
ACT(create_in_etc) { return opened("/etc/sallyport-attack", O_CREAT | O_WRONLY); }
ACT(create_in_tmp) { return opened("/tmp/sallyport-attack", O_CREAT | O_WRONLY); }
ACT(create_beside_keys) {
    char name[4096];
    snprintf(name, sizeof name, "%s.attack", path);
    return opened(name, O_CREAT | O_WRONLY);
}
ACT(delete_keys) { return result(unlink(path)); }
ACT(rename_keys) {
    char name[4096];
    snprintf(name, sizeof name, "%s.moved", path);
    return result(rename(path, name));
}
ACT(make_folder) { return result(mkdir("/tmp/sallyport-folder", 0700)); }
ACT(make_link) { return result(symlink("/etc/shadow", "/tmp/sallyport-link")); }
ACT(make_device) { return result(mknod("/tmp/sallyport-device", S_IFCHR | 0600, 0x0101)); }
ACT(chmod_keys) { return result(chmod(path, 0666)); }
ACT(chown_store) { return result(fchown(6, getuid(), getgid())); }
ACT(grow_store) { return result(ftruncate(6, (off_t)1 << 32)); }
ACT(write_far_in_store) { return result(pwrite(6, "x", 1, (off_t)1 << 32)); }

ACT(socket_tcp) { return result(socket(AF_INET, SOCK_STREAM, 0)); }
ACT(socket_udp) { return result(socket(AF_INET, SOCK_DGRAM, 0)); }
ACT(socket_tcp6) { return result(socket(AF_INET6, SOCK_STREAM, 0)); }
ACT(socket_unix) { return result(socket(AF_UNIX, SOCK_STREAM, 0)); }
ACT(socket_netlink) { return result(socket(AF_NETLINK, SOCK_RAW, 0)); }
ACT(socket_packet) { return result(socket(AF_PACKET, SOCK_RAW, htons(3))); }
ACT(socket_raw) { return result(socket(AF_INET, SOCK_RAW, 17)); }
ACT(socket_vsock) { return result(socket(40, SOCK_STREAM, 0)); }
ACT(socket_crypto) { return result(socket(38, SOCK_SEQPACKET, 0)); }
ACT(socket_bluetooth) { return result(socket(31, SOCK_RAW, 1)); }
ACT(socket_pair) {
    int pair[2];
    return result(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
}
ACT(bind_port) {
    int s = socket(AF_INET, SOCK_STREAM, 0);
    if (s < 0) return errno;
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(2222)};
    return result(bind(s, (struct sockaddr *)&any, sizeof any));
}
ACT(connect_out) {
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    if (s < 0) return errno;
    struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons(9)};
    there.sin_addr.s_addr = htonl(0x7f000001);
    return result(connect(s, (struct sockaddr *)&there, sizeof there));
}
ACT(send_frame) {
    int s = socket(AF_PACKET, SOCK_RAW, htons(3));
    if (s < 0) return errno;
    struct sockaddr_ll there = {.sll_family = AF_PACKET, .sll_ifindex = 1, .sll_halen = 6};
    char frame[64] = {0};
    return result(sendto(s, frame, sizeof frame, 0, (struct sockaddr *)&there, sizeof there));
}

ACT(execute_shell) {
    char *arguments[] = {"sh", "-c", ":", NULL};
    char *environment[] = {NULL};
    return result(execve("/bin/sh", arguments, environment));
}
ACT(execute_memory_file) {
    int file = memfd_create("attack", 0);
    if (file < 0) return errno;
    char *arguments[] = {"attack", NULL}, *environment[] = {NULL};
    if (write(file, "#!/bin/true\n", 12) != 12) return errno;
    return result(syscall(SYS_execveat, file, "", arguments, environment, AT_EMPTY_PATH));
}
ACT(fork_child) {
    long child = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (child == 0) _exit(0);
    return result(child);
}
ACT(fork_new_user) {
    long child = syscall(SYS_clone, SIGCHLD | CLONE_NEWUSER, 0, 0, 0, 0);
    if (child == 0) _exit(0);
    return result(child);
}
ACT(trace_target) { return result(ptrace(PTRACE_ATTACH, target, 0, 0)); }
ACT(trace_me) { return result(ptrace(PTRACE_TRACEME, 0, 0, 0)); }
ACT(read_target_memory) {
    char byte;
    struct iovec here = {&byte, 1}, there = {(void *)&target, 1};
    return result(process_vm_readv(target, &here, 1, &there, 1, 0));
}
ACT(signal_target) { return result(kill(target, 0)); }
ACT(signal_init) { return result(kill(1, 0)); }
ACT(open_target_handle) { return result(syscall(SYS_pidfd_open, target, 0)); }

ACT(become_root) { return result(setresuid(0, 0, 0)); }
ACT(become_root_group) { return result(setresgid(0, 0, 0)); }
ACT(add_group) {
    gid_t group = 0;
    return result(setgroups(1, &group));
}
ACT(take_capabilities) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct all[2] = {{~0U, ~0U, ~0U}, {~0U, ~0U, ~0U}};
    return result(syscall(SYS_capset, &header, all));
}
ACT(raise_ambient) { return result(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SYS_ADMIN, 0, 0)); }
ACT(unlock_securebits) { return result(prctl(PR_SET_SECUREBITS, 0, 0, 0, 0)); }
ACT(allow_new_privileges) { return result(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0)); }
ACT(join_init_network) {
    int file = open("/proc/1/ns/net", O_RDONLY);
    if (file < 0) return errno;
    return result(setns(file, CLONE_NEWNET));
}
ACT(new_user_namespace) { return result(unshare(CLONE_NEWUSER)); }
ACT(new_network) { return result(unshare(CLONE_NEWNET)); }
ACT(new_mounts) { return result(unshare(CLONE_NEWNS)); }
ACT(mount_memory) { return result(mount("tmpfs", "/", "tmpfs", 0, NULL)); }
ACT(remount_writable) { return result(mount(NULL, "/", NULL, MS_REMOUNT, NULL)); }
ACT(unmount_root) { return result(umount2("/", MNT_DETACH)); }
ACT(change_root) { return result(chroot("/")); }
ACT(pivot) { return result(syscall(SYS_pivot_root, ".", ".")); }
ACT(type_into_terminal) { return result(ioctl(0, TIOCSTI, "x")); }

ACT(load_bpf) { return result(syscall(SYS_bpf, 5, NULL, 0)); }
ACT(open_performance_counter) {
    uint64_t attributes[16] = {[0] = (uint64_t)128 << 32};
    return result(syscall(SYS_perf_event_open, attributes, 0, -1, -1, 0));
}
ACT(add_kernel_key) { return result(syscall(SYS_add_key, "user", "attack", "x", 1, -2)); }
ACT(load_module) { return result(syscall(SYS_init_module, "", 0, "")); }
ACT(load_kernel) { return result(syscall(SYS_kexec_load, 0, 0, NULL, 0)); }
ACT(restart_machine) { return result(syscall(SYS_reboot, 0xfee1dead, 672274793, 0, NULL)); }
ACT(set_clock) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return result(clock_settime(CLOCK_REALTIME, &now));
}
ACT(set_host_name) { return result(sethostname("attack", 6)); }
ACT(user_faults) { return result(syscall(SYS_userfaultfd, 0)); }
ACT(set_up_io_uring) {
    char parameters[256] = {0};
    return result(syscall(SYS_io_uring_setup, 1, parameters));
}
ACT(open_by_handle) {
    struct {
        unsigned size;
        int type;
        unsigned char bytes[8];
    } handle = {8, 1, {2}};
    return result(syscall(SYS_open_by_handle_at, AT_FDCWD, &handle, O_RDONLY));
}
ACT(watch_files) { return result(syscall(SYS_fanotify_init, 0, 0)); }
ACT(shared_memory) {
    long segment = syscall(SYS_shmget, 0, 4096, 01600);
    if (segment < 0) return errno;
    return result(syscall(SYS_shmctl, segment, 0, NULL));
}
ACT(map_executable) {
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED ? errno : 0;
}
ACT(make_executable) {
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED ? errno : result(mprotect(page, 4096, PROT_READ | PROT_EXEC));
}
ACT(raise_file_limit) {
    struct rlimit more = {4096, 4096};
    return result(setrlimit(RLIMIT_NOFILE, &more));
}
ACT(allow_core) {
    struct rlimit more = {RLIM_INFINITY, RLIM_INFINITY};
    return result(setrlimit(RLIMIT_CORE, &more));
}
ACT(change_personality) { return result(syscall(SYS_personality, 0x0040000)); }
ACT(read_kernel_symbols) { return result(syscall(SYS_syslog, 3, NULL, 0)); }
ACT(old_system_call) {
    // The x32 numbers of x86_64: the same calls by other numbers, which a careless filter forgets.
    return result(syscall(0x40000000 | 39));
}

#define NAME(act) {#act, act}
static const struct {
    const char *name;
    int (*act)(void);
} acts[] = {
    NAME(open_passwd), NAME(open_shadow), NAME(open_keys), NAME(write_keys), NAME(open_init_memory),
    NAME(open_target_memory), NAME(open_kernel_log), NAME(open_disk), NAME(open_sysctl), NAME(open_root_folder),
    NAME(create_in_root), NAME(create_in_etc), NAME(create_in_tmp), NAME(create_beside_keys), NAME(delete_keys),
    NAME(rename_keys), NAME(make_folder), NAME(make_link), NAME(make_device), NAME(chmod_keys), NAME(chown_store),
    NAME(grow_store), NAME(write_far_in_store), NAME(socket_tcp), NAME(socket_udp), NAME(socket_tcp6),
    NAME(socket_unix), NAME(socket_netlink), NAME(socket_packet), NAME(socket_raw), NAME(socket_vsock),
    NAME(socket_crypto), NAME(socket_bluetooth), NAME(socket_pair), NAME(bind_port), NAME(connect_out),
    NAME(send_frame), NAME(execute_shell), NAME(execute_memory_file), NAME(fork_child), NAME(fork_new_user),
    NAME(trace_target), NAME(trace_me), NAME(read_target_memory), NAME(signal_target), NAME(signal_init),
    NAME(open_target_handle), NAME(become_root), NAME(become_root_group), NAME(add_group), NAME(take_capabilities),
    NAME(raise_ambient), NAME(unlock_securebits), NAME(allow_new_privileges), NAME(join_init_network),
    NAME(new_user_namespace), NAME(new_network), NAME(new_mounts), NAME(mount_memory), NAME(remount_writable),
    NAME(unmount_root), NAME(change_root), NAME(pivot), NAME(type_into_terminal), NAME(load_bpf),
    NAME(open_performance_counter), NAME(add_kernel_key), NAME(load_module), NAME(load_kernel), NAME(restart_machine),
    NAME(set_clock), NAME(set_host_name), NAME(user_faults), NAME(set_up_io_uring), NAME(open_by_handle),
    NAME(watch_files), NAME(shared_memory), NAME(map_executable), NAME(make_executable), NAME(raise_file_limit),
    NAME(allow_core), NAME(change_personality), NAME(read_kernel_symbols), NAME(old_system_call),
};

int attempt(const char *act, int victim, const char *file) {
    target = victim;
    path = file;
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
        if (strcmp(acts[i].name, act) == 0) return acts[i].act();
    return -1;
}

const char *act_name(int index) {
    return index >= 0 && (size_t)index < sizeof acts / sizeof *acts ? acts[index].name : NULL;
}
