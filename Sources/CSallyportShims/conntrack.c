#define _GNU_SOURCE
#include "CSallyportShims.h"

#include <errno.h>
#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef SOL_NETLINK
#define SOL_NETLINK 270
#endif

int sp_conntrack_socket(void) {
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_NETFILTER);
    if (fd < 0) return -1;
    struct sockaddr_nl name = {.nl_family = AF_NETLINK};
    if (bind(fd, (struct sockaddr *)&name, sizeof name) == 0) return fd;
    int saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

static int member(int fd, int group, int on) {
    return setsockopt(fd, SOL_NETLINK, on ? NETLINK_ADD_MEMBERSHIP : NETLINK_DROP_MEMBERSHIP, &group, sizeof group);
}

int sp_conntrack_listen(int fd, int on) {
    int done = member(fd, NFNLGRP_CONNTRACK_UPDATE, on);
    if (!on) (void)setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &on, sizeof on);  // for sp_conntrack_tells
    return done;
}

// A datagram of this host to itself, from `from` to `to`.
typedef struct {
    struct nlattr tuple, addresses, source_head;
    uint32_t source;
    struct nlattr target_head;
    uint32_t target;
    struct nlattr ports, number_head;
    uint8_t number, fill[3];
    struct nlattr from_head;
    uint16_t from, fill_from;
    struct nlattr to_head;
    uint16_t to, fill_to;
} tuple;

static tuple between(uint16_t kind, uint16_t from, uint16_t to) {
    const uint16_t nested = NLA_F_NESTED;
    return (tuple){.tuple = {sizeof(tuple), nested | kind},
                   .addresses = {20, nested | CTA_TUPLE_IP},
                   .source_head = {8, CTA_IP_V4_SRC}, .source = htonl(INADDR_LOOPBACK),
                   .target_head = {8, CTA_IP_V4_DST}, .target = htonl(INADDR_LOOPBACK),
                   .ports = {28, nested | CTA_TUPLE_PROTO},
                   .number_head = {5, CTA_PROTO_NUM}, .number = IPPROTO_UDP,
                   .from_head = {6, CTA_PROTO_SRC_PORT}, .from = htons(from),
                   .to_head = {6, CTA_PROTO_DST_PORT}, .to = htons(to)};
}

static int is_told_of_an_entry(int fd) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    // Another one each time, since the entry of the last time may live still; both ports are nobody's.
    uint16_t port = (uint16_t)(1024 + now.tv_nsec / 1000 % 60000);
    struct {
        struct nlmsghdr head;
        struct nfgenmsg family;
        tuple there, back;
        struct nlattr life_head;
        uint32_t life;
    } entry = {.head = {.nlmsg_len = sizeof entry,
                        .nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW,
                        .nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL},
               .family = {.nfgen_family = AF_INET},
               .there = between(CTA_TUPLE_ORIG, port, 9),
               .back = between(CTA_TUPLE_REPLY, 9, port),
               .life_head = {8, CTA_TIMEOUT},
               .life = htonl(1)};
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    int tells = 0;
    if (member(fd, NFNLGRP_CONNTRACK_NEW, 1) != 0) return 0;
    if (sendto(fd, &entry, sizeof entry, 0, (struct sockaddr *)&kernel, sizeof kernel) == (ssize_t)sizeof entry) {
        // It is told before sendto returns, among others' perhaps; so many of them that none is heard is an answer, too.
        char heard[512];
        ssize_t got;
        for (int i = 0; i < 4096; i++) {
            got = sp_conntrack_receive(fd, heard, sizeof heard);
            if (got < 0 && errno != ENOBUFS) break;
            struct nlmsghdr head = {0};
            if (got >= (ssize_t)sizeof head) memcpy(&head, heard, sizeof head);
            if (got < 0 || head.nlmsg_type == (NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW)) tells = 1;
        }
    }
    (void)member(fd, NFNLGRP_CONNTRACK_NEW, 0);
    return tells;
}

int sp_conntrack_tells(int fd) {
    // Such an entry may be there already, once in a long while.
    for (int i = 0; i < 3; i++)
        if (is_told_of_an_entry(fd)) return 1;
    return 0;
}

int sp_conntrack_filter(int fd, const void *program, size_t count) {
    if (count == 0 || count > BPF_MAXINSNS) {
        errno = E2BIG;
        return -1;
    }
    struct sock_fprog attached = {(unsigned short)count, (struct sock_filter *)program};
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &attached, sizeof attached);
}

ssize_t sp_conntrack_receive(int fd, void *bytes, size_t count) {
    for (;;) {
        struct sockaddr_nl from = {0};
        socklen_t size = sizeof from;
        ssize_t got = recvfrom(fd, bytes, count, MSG_DONTWAIT | MSG_TRUNC, (struct sockaddr *)&from, &size);
        if (got < 0 && errno == EINTR) continue;
        // Another process with the right to could send here as well.
        if (got >= 0 && from.nl_pid != 0) continue;
        return got;
    }
}
