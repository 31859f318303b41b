#define _GNU_SOURCE
#include "CSallyportShims.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif

// --- packet(7)

// Protocol 0: nothing is queued before sp_packet_bind.
int sp_packet_socket(void) { return socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0); }

#define LOAD_FACT(fact) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + (fact)))
#define JUMP_IF(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, yes, no)

int sp_packet_filter(int fd, const void *program, size_t count) {
    // In front of what the administrator wants: no packet that this host sends, and nothing that is not IPv4 or IPv6 both
    // by the link header, which is gone by then, and by its own first half byte.
    static const struct sock_filter arrivals[SP_FILTER_FRONT] = {
        LOAD_FACT(SKF_AD_PKTTYPE), JUMP_IF(PACKET_OUTGOING, 8, 0),
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0), BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xf0), JUMP_IF(0x60, 3, 0),
        JUMP_IF(0x40, 0, 4), LOAD_FACT(SKF_AD_PROTOCOL), JUMP_IF(ETH_P_IP, 3, 2),
        LOAD_FACT(SKF_AD_PROTOCOL), JUMP_IF(ETH_P_IPV6, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    const size_t before = SP_FILTER_FRONT;
    if (count == 0 || count > BPF_MAXINSNS - before) {
        errno = E2BIG;
        return -1;
    }
    struct sock_filter *whole = malloc((before + count) * sizeof *whole);
    if (!whole) return -1;
    memcpy(whole, arrivals, sizeof arrivals);
    memcpy(whole + before, program, count * sizeof *whole);
    struct sock_fprog attached = {(unsigned short)(before + count), whole};
    int on = 1;
    int done = setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &attached, sizeof attached);
    if (done == 0) done = setsockopt(fd, SOL_SOCKET, SO_LOCK_FILTER, &on, sizeof on);
    int saved = errno;
    free(whole);
    errno = saved;
    return done;
}

void *sp_packet_ring(int fd, const sp_ring *shape) {
    int version = TPACKET_V2, on = 1;
    struct tpacket_req request = {.tp_block_size = shape->block,
                                  .tp_block_nr = shape->blocks,
                                  .tp_frame_size = shape->slot,
                                  .tp_frame_nr = shape->blocks * (shape->block / shape->slot)};
    // Saves copies only: the filter leaves such packets out by itself. Linux before 4.20 does not have it.
    (void)setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on);
    if (setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, sizeof version) != 0) return NULL;
    if (setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &request, sizeof request) != 0) return NULL;
    void *ring = mmap(NULL, (size_t)shape->block * shape->blocks, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    return ring == MAP_FAILED ? NULL : ring;
}
void sp_packet_unmap(void *ring, const sp_ring *shape) { munmap(ring, (size_t)shape->block * shape->blocks); }

const void *sp_packet_frame(void *slot, size_t room, size_t *count) {
    const struct tpacket2_hdr *header = slot;
    if (!(__atomic_load_n(&header->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER)) return NULL;
    size_t start = header->tp_mac, size = header->tp_snaplen;
    if (start > room) start = room;
    *count = size > room - start ? room - start : size;
    return (const char *)slot + start;
}
void sp_packet_release(void *slot) {
    __atomic_store_n(&((struct tpacket2_hdr *)slot)->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
}

int sp_packet_bind(int fd, int index, int family) {
    // One interface: everything that it hears, before bridges and other hooks take it, and the filter chooses. All
    // interfaces: IPv4 or IPv6 where the host takes it, so that a packet through a VLAN or a bridge comes once.
    int kind = index != 0 ? ETH_P_ALL : family == 6 ? ETH_P_IPV6 : ETH_P_IP;
    struct sockaddr_ll name = {.sll_family = AF_PACKET,
                               .sll_protocol = htons((unsigned short)kind),
                               .sll_ifindex = index};
    return bind(fd, (struct sockaddr *)&name, sizeof name);
}
int sp_packet_bound(int fd) {
    struct sockaddr_ll name;
    socklen_t size = sizeof name;
    return getsockname(fd, (struct sockaddr *)&name, &size) == 0 ? name.sll_ifindex : -1;
}
int sp_packet_promiscuous(int fd, int index, int on) {
    struct packet_mreq member = {.mr_ifindex = index, .mr_type = PACKET_MR_PROMISC};
    return setsockopt(fd, SOL_PACKET, on ? PACKET_ADD_MEMBERSHIP : PACKET_DROP_MEMBERSHIP, &member, sizeof member);
}

// --- netdevice(7)

int sp_interface_index(int fd, const char *name) {
    struct ifreq request = {0};
    if (strlen(name) >= sizeof request.ifr_name) return -1;
    strcpy(request.ifr_name, name);
    return ioctl(fd, SIOCGIFINDEX, &request) == 0 ? request.ifr_ifindex : -1;
}
int sp_interface_name(int fd, int index, char name[16], int *is_up) {
    // The flags go by name: an interface that is renamed in between is asked again, it is not gone.
    for (int i = 0; i < 8; i++) {
        struct ifreq request = {.ifr_ifindex = index};
        if (ioctl(fd, SIOCGIFNAME, &request) != 0) return -1;
        memcpy(name, request.ifr_name, 16);
        name[15] = 0;
        if (ioctl(fd, SIOCGIFFLAGS, &request) != 0) continue;
        *is_up = (request.ifr_flags & IFF_UP) != 0;
        return 0;
    }
    return -1;
}

// --- rtnetlink(7)

int sp_link_watch(void) {
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    if (fd < 0) return -1;
    struct sockaddr_nl name = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK};
    if (bind(fd, (struct sockaddr *)&name, sizeof name) == 0) return fd;
    int saved = errno;
    close(fd);
    errno = saved;
    return -1;
}
int sp_link_changed(int fd) {
    int changed = 0;
    char unread;
    // Bounded, though only the kernel speaks here.
    for (int i = 0; i < 4096; i++) {
        if (recv(fd, &unread, 1, MSG_DONTWAIT) >= 0 || errno == ENOBUFS) {
            changed = 1;  // ENOBUFS: so much has changed that the queue ran over
        } else if (errno != EINTR) {
            break;
        }
    }
    return changed;
}
