#define _GNU_SOURCE
#include "CSallyportShims.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LOOKUP_ROOM = 16, LOOKUP_SECONDS = 30 };

typedef struct {
    int code, system_error;
    size_t count;
    sp_address found[LOOKUP_ROOM];
} lookup_answer;

// Nothing of the parent's may live on in the child: a pipe that it held open would keep ssh waiting.
static void answer_and_exit(const char *host, int family, int out) {
    lookup_answer answer;
    memset(&answer, 0, sizeof answer);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGALRM, SIG_DFL);
    alarm(LOOKUP_SECONDS);
    int null = open("/dev/null", O_RDWR);
    if (null < 0) _exit(1);
    int high = fcntl(out, F_DUPFD, 16);
    if (high < 0) _exit(1);
    for (int i = 0; i < 3; i++)
        if (dup2(null, i) < 0) _exit(1);
    if (dup2(high, 3) < 0) _exit(1);
    sp_close_from(4);
    answer.code = sp_resolve(host, family, answer.found, LOOKUP_ROOM, &answer.count);
    answer.system_error = errno;
    // Shorter than PIPE_BUF: it arrives whole.
    ssize_t written = write(3, &answer, sizeof answer);
    _exit(written == (ssize_t)sizeof answer ? 0 : 1);
}

int sp_lookup_start(const char *host, int family, pid_t *pid) {
    int ends[2];
    if (sp_pipe(ends) != 0) return -1;
    *pid = fork();
    if (*pid == 0) answer_and_exit(host, family, ends[1]);
    int saved = errno;
    close(ends[1]);
    if (*pid < 0) {
        close(ends[0]);
        errno = saved;
        return -1;
    }
    (void)sp_fd_set_nonblocking(ends[0], 1);
    return ends[0];
}

int sp_lookup_answer(int fd, sp_address *out, size_t capacity, size_t *count, int *system_error) {
    lookup_answer answer;
    *count = 0;
    ssize_t got = read(fd, &answer, sizeof answer);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return -1;
    if (got != (ssize_t)sizeof answer) return -2;
    *system_error = answer.system_error;
    for (size_t i = 0; i < answer.count && i < LOOKUP_ROOM && *count < capacity; i++) out[(*count)++] = answer.found[i];
    return answer.code;
}

static void take_address(const struct rtattr *attribute, int family, sp_address *out) {
    size_t size = RTA_PAYLOAD(attribute);
    const uint8_t *bytes = RTA_DATA(attribute);
    memset(out, 0, sizeof *out);
    if (family == AF_INET && size == 4) {
        out->family = 4;
        for (int i = 0; i < 4; i++) out->low = out->low << 8 | bytes[i];
    } else if (family == AF_INET6 && size == 16) {
        out->family = 6;
        for (int i = 0; i < 8; i++) {
            out->high = out->high << 8 | bytes[i];
            out->low = out->low << 8 | bytes[8 + i];
        }
    }
}

int sp_route_to(const sp_address *to, sp_route *out) {
    struct {
        struct nlmsghdr header;
        struct rtmsg route;
        char attributes[64];
    } request;
    union {
        struct nlmsghdr header;
        char bytes[8192];
    } reply;
    memset(out, 0, sizeof *out);
    memset(&request, 0, sizeof request);
    int size = to->family == 4 ? 4 : 16;
    request.header.nlmsg_type = RTM_GETROUTE;
    request.header.nlmsg_flags = NLM_F_REQUEST;
    request.route.rtm_family = to->family == 4 ? AF_INET : AF_INET6;
    request.route.rtm_dst_len = (unsigned char)(8 * size);
    struct rtattr *attribute = (struct rtattr *)request.attributes;
    attribute->rta_type = RTA_DST;
    attribute->rta_len = (unsigned short)RTA_LENGTH(size);
    uint8_t *bytes = RTA_DATA(attribute);
    for (int i = 0; i < size; i++)
        bytes[i] = (uint8_t)((i < size - 8 ? to->high : to->low) >> (8 * ((size - 1 - i) % 8)));
    request.header.nlmsg_len = (unsigned)(NLMSG_LENGTH(sizeof request.route) + RTA_ALIGN(attribute->rta_len));
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (fd < 0) return -1;
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    ssize_t got = sendto(fd, &request, request.header.nlmsg_len, 0, (struct sockaddr *)&kernel, sizeof kernel);
    // The kernel answers within the call that asks.
    if (got >= 0) got = recv(fd, &reply, sizeof reply, MSG_DONTWAIT);
    int saved = errno;
    close(fd);
    errno = saved;
    if (got < 0) return -1;
    if (!NLMSG_OK(&reply.header, (unsigned)got)) {
        errno = EBADMSG;
        return -1;
    }
    if (reply.header.nlmsg_type == NLMSG_ERROR) {
        const struct nlmsgerr *problem = NLMSG_DATA(&reply.header);
        errno = problem->error < 0 ? -problem->error : EBADMSG;
        return -1;
    }
    const struct rtmsg *route = NLMSG_DATA(&reply.header);
    int room = (int)RTM_PAYLOAD(&reply.header);
    for (struct rtattr *a = RTM_RTA(route); RTA_OK(a, room); a = RTA_NEXT(a, room)) {
        if (a->rta_type == RTA_GATEWAY) take_address(a, route->rtm_family, &out->gateway);
        if (a->rta_type == RTA_PREFSRC) take_address(a, route->rtm_family, &out->source);
        if (a->rta_type == RTA_OIF && RTA_PAYLOAD(a) >= sizeof(int)) {
            int index;
            char name[IF_NAMESIZE] = "";
            memcpy(&index, RTA_DATA(a), sizeof index);
            if (if_indextoname((unsigned)index, name)) memcpy(out->interface, name, sizeof out->interface);
        }
    }
    return 0;
}
