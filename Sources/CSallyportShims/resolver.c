#define _GNU_SOURCE
#include "CSallyportShims.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <nss.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LINE_ROOM = 512, ROOM = 16 };

// Whether /etc/hosts is asked first, and the others only where it knows nothing: what nsswitch.conf(5) says of `hosts`. So it is
// where the file says nothing.
static int is_files_first(void) {
    FILE *file = fopen("/etc/nsswitch.conf", "re");
    if (!file) return 1;
    char line[LINE_ROOM];
    int result = 1;
    while (fgets(line, sizeof line, file)) {
        const char *word = line + strspn(line, " \t");
        if (strncmp(word, "hosts:", 6) != 0) continue;
        word += 6 + strspn(word + 6, " \t");
        size_t length = strcspn(word, " \t\n#[");
        const char *next = word + length + strspn(word + length, " \t");
        result = length == 5 && strncmp(word, "files", 5) == 0 && *next != '[';
    }
    fclose(file);
    return result;
}

static int look_up(const char *host, int asked, int family, sp_address *out, size_t capacity, size_t *count) {
    struct addrinfo hints = {.ai_family = asked, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    int code = getaddrinfo(host, NULL, &hints, &found);
    if (code != 0) return code;
    for (struct addrinfo *a = found; a && *count < capacity; a = a->ai_next)
        if (sp_from_name(a->ai_addr, &out[*count]) == 0 && out[*count].family == family) (*count)++;
    freeaddrinfo(found);
    return 0;
}

static int inet_family(int family) { return family == 4 ? AF_INET : AF_INET6; }

typedef struct {
    // The name stands in /etc/hosts.
    int is_known;
    size_t count;
    sp_address found[ROOM];
} local_answer;

static void answer_from_files(const char *host, int family, int out) {
    local_answer answer;
    memset(&answer, 0, sizeof answer);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (__nss_configure_lookup("hosts", "files") != 0) _exit(1);
    answer.is_known = look_up(host, AF_UNSPEC, family, answer.found, ROOM, &answer.count) == 0;
    // Asked for IPv4, `::1` is 127.0.0.1.
    if (answer.is_known && answer.count == 0)
        (void)look_up(host, inet_family(family), family, answer.found, ROOM, &answer.count);
    // Shorter than PIPE_BUF: it arrives whole.
    _exit(write(out, &answer, sizeof answer) == (ssize_t)sizeof answer ? 0 : 1);
}

// What /etc/hosts has; a process of its own asks, because one that has chosen its services never asks the cache (nscd) again.
// -1 where it cannot be told.
static int ask_files(const char *host, int family, local_answer *answer) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return -1;
    pid_t child = fork();
    if (child == 0) answer_from_files(host, family, ends[1]);
    int saved = errno;
    close(ends[1]);
    ssize_t got = -1;
    while (child > 0 && (got = read(ends[0], answer, sizeof *answer)) < 0 && errno == EINTR) {}
    close(ends[0]);
    if (child > 0)
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
    if (child > 0 && got == (ssize_t)sizeof *answer) return 0;
    errno = child < 0 ? saved : EIO;
    return -1;
}

int sp_resolve(const char *host, int family, sp_address *out, size_t capacity, size_t *count) {
    *count = 0;
    // A name that /etc/hosts has in one family is known, and in the other has no address: no name server is asked about it, as
    // none is when both families are asked for at once.
    if (is_files_first()) {
        local_answer answer;
        if (ask_files(host, family, &answer) != 0) return EAI_SYSTEM;
        for (size_t i = 0; i < answer.count && i < ROOM && *count < capacity; i++) out[(*count)++] = answer.found[i];
        if (answer.is_known) return *count > 0 ? 0 : EAI_ADDRFAMILY;
    }
    return look_up(host, inet_family(family), family, out, capacity, count);
}
