#define _GNU_SOURCE
#include "CSallyportShims.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

typedef union {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} inet_name;

static socklen_t to_name(const sp_address *from, inet_name *out) {
    memset(out, 0, sizeof *out);
    if (from->family == 4) {
        out->v4.sin_family = AF_INET;
        out->v4.sin_port = htons(from->port);
        out->v4.sin_addr.s_addr = htonl((uint32_t)from->low);
        return sizeof out->v4;
    }
    out->v6.sin6_family = AF_INET6;
    out->v6.sin6_port = htons(from->port);
    out->v6.sin6_scope_id = from->scope;
    for (int i = 0; i < 8; i++) {
        out->v6.sin6_addr.s6_addr[i] = (uint8_t)(from->high >> (56 - 8 * i));
        out->v6.sin6_addr.s6_addr[8 + i] = (uint8_t)(from->low >> (56 - 8 * i));
    }
    return sizeof out->v6;
}

int sp_from_name(const struct sockaddr *from, sp_address *out) {
    memset(out, 0, sizeof *out);
    if (from->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)from;
        out->family = 4;
        out->low = ntohl(v4->sin_addr.s_addr);
        out->port = ntohs(v4->sin_port);
        return 0;
    }
    if (from->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)from;
        out->family = 6;
        for (int i = 0; i < 8; i++) {
            out->high = out->high << 8 | v6->sin6_addr.s6_addr[i];
            out->low = out->low << 8 | v6->sin6_addr.s6_addr[8 + i];
        }
        out->port = ntohs(v6->sin6_port);
        out->scope = v6->sin6_scope_id;
        return 0;
    }
    errno = EAFNOSUPPORT;
    return -1;
}

int sp_inet_socket(int family, int stream) {
    return socket(family == 4 ? AF_INET : AF_INET6,
                  (stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}
int sp_inet_connect(int fd, const sp_address *to) {
    inet_name name;
    socklen_t size = to_name(to, &name);
    return connect(fd, &name.any, size);
}
int sp_inet_bind(int fd, const sp_address *at) {
    inet_name name;
    socklen_t size = to_name(at, &name);
    int on = 1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    return bind(fd, &name.any, size);
}
int sp_inet_listen(int fd, int backlog) { return listen(fd, backlog); }
int sp_inet_local(int fd, sp_address *out) {
    inet_name name;
    socklen_t size = sizeof name;
    if (getsockname(fd, &name.any, &size) != 0) return -1;
    return sp_from_name(&name.any, out);
}
ssize_t sp_inet_send_to(int fd, const void *bytes, size_t count, const sp_address *to) {
    inet_name name;
    socklen_t size = to_name(to, &name);
    return sendto(fd, bytes, count, MSG_NOSIGNAL, &name.any, size);
}
static int turn_on(int fd, int level, int name) {
    int on = 1;
    return setsockopt(fd, level, name, &on, sizeof on);
}
ssize_t sp_inet_send_in_syn(int fd, const void *bytes, size_t count, const sp_address *to) {
    if (turn_on(fd, IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE) != 0) return -1;
    inet_name name;
    socklen_t size = to_name(to, &name);
    // EINPROGRESS: the SYN is on its way, and the bytes would follow behind the handshake.
    return sendto(fd, bytes, count, MSG_NOSIGNAL | MSG_FASTOPEN, &name.any, size);
}
ssize_t sp_inet_receive_from(int fd, void *bytes, size_t count, sp_address *from) {
    inet_name name;
    socklen_t size = sizeof name;
    ssize_t n = recvfrom(fd, bytes, count, 0, &name.any, &size);
    if (n >= 0 && sp_from_name(&name.any, from) != 0) return -1;
    return n;
}
int sp_socket_error(int fd) {
    int code = 0;
    socklen_t size = sizeof code;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size) == 0 ? code : -1;
}
int sp_tcp_nodelay(int fd) { return turn_on(fd, IPPROTO_TCP, TCP_NODELAY); }
int sp_tcp_quickack(int fd) { return turn_on(fd, IPPROTO_TCP, TCP_QUICKACK); }
// Before the connection: the last packet of the handshake waits up to 200 ms, until there is data or TCP_QUICKACK.
int sp_tcp_hold_handshake(int fd) {
    int off = 0;
    return setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &off, sizeof off);
}
int sp_reset_on_close(int fd, int on) {
    struct linger linger = {.l_onoff = on, .l_linger = 0};
    return setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
}
int sp_keepalive(int fd) { return turn_on(fd, SOL_SOCKET, SO_KEEPALIVE); }
int sp_keepalive_every(int fd, int seconds) {
    if (setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &seconds, sizeof seconds) != 0) return -1;
    if (setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &seconds, sizeof seconds) != 0) return -1;
    return sp_keepalive(fd);
}
int64_t sp_tcp_silence_ms(int fd) {
    struct tcp_info info;
    socklen_t size = sizeof info;
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return -1;
    int speaks = info.tcpi_state == TCP_ESTABLISHED || info.tcpi_state == TCP_FIN_WAIT1 || info.tcpi_state == TCP_FIN_WAIT2;
    return speaks ? (int64_t)info.tcpi_last_ack_recv : -1;
}

const char *sp_resolve_error_text(int code) { return gai_strerror(code); }
int sp_resolve_error_is_system(int code) { return code == EAI_SYSTEM; }

static int prefix_of(const sp_address *mask) {
    return mask->family == 4 ? __builtin_popcount((uint32_t)mask->low)
                             : __builtin_popcountll(mask->high) + __builtin_popcountll(mask->low);
}

int sp_interface_networks(sp_network *out, size_t capacity, size_t *count) {
    struct ifaddrs *all = NULL;
    *count = 0;
    if (getifaddrs(&all) != 0) return -1;
    for (struct ifaddrs *i = all; i && *count < capacity; i = i->ifa_next) {
        if (!i->ifa_addr || !i->ifa_netmask || !(i->ifa_flags & IFF_UP)) continue;
        sp_address mask;
        // Some drivers leave the family of the mask unset; it is that of the address.
        struct sockaddr_storage copy;
        size_t size = i->ifa_addr->sa_family == AF_INET    ? sizeof(struct sockaddr_in)
                      : i->ifa_addr->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
                                                           : 0;
        if (size == 0) continue;
        memcpy(&copy, i->ifa_netmask, size);
        copy.ss_family = i->ifa_addr->sa_family;
        if (sp_from_name((struct sockaddr *)&copy, &mask) != 0) continue;
        if (sp_from_name(i->ifa_addr, &out[*count].address) != 0) continue;
        memcpy(out[*count].name, i->ifa_name, strnlen(i->ifa_name, sizeof out->name - 1) + 1);
        out[*count].name[sizeof out->name - 1] = 0;
        out[(*count)++].prefix = prefix_of(&mask);
    }
    freeifaddrs(all);
    return 0;
}

static int unix_name(const char *path, struct sockaddr_un *out) {
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof out->sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memset(out, 0, sizeof *out);
    out->sun_family = AF_UNIX;
    memcpy(out->sun_path, path, length);
    return 0;
}
static int closed_with_errno(int fd) {
    int saved = errno;
    close(fd);
    errno = saved;
    return -1;
}
int sp_listen_seqpacket(const char *path, unsigned mode) {
    struct sockaddr_un name;
    if (unix_name(path, &name) != 0) return -1;
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -1;
    // On Linux the mode of the unbound socket, less the umask, becomes that of the path: no window of wider access.
    if (fchmod(fd, mode) != 0 || bind(fd, (struct sockaddr *)&name, sizeof name) != 0 || listen(fd, 16) != 0)
        return closed_with_errno(fd);
    return fd;
}
int sp_connect_datagram(const char *path) {
    struct sockaddr_un name;
    if (unix_name(path, &name) != 0) return -1;
    socklen_t size = sizeof name;
    if (path[0] == '@') {
        // An abstract name starts with NUL and is as long as it is.
        name.sun_path[0] = 0;
        size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
    }
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    if (connect(fd, (struct sockaddr *)&name, size) != 0) return closed_with_errno(fd);
    return fd;
}

int sp_connect_seqpacket(const char *path) {
    struct sockaddr_un name;
    if (unix_name(path, &name) != 0) return -1;
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    if (connect(fd, (struct sockaddr *)&name, sizeof name) != 0) return closed_with_errno(fd);
    return fd;
}
int sp_accept(int fd) { return accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK); }
