#define _GNU_SOURCE
#include "CSallyportShims.h"

#include <netdb.h>
#include <nss.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { LINE_ROOM = 512 };

// The services that know hosts, in the words of nsswitch.conf(5); those of the C library where the file names none. -1 where
// they are more than there is room for.
static int host_services(char services[LINE_ROOM]) {
    strcpy(services, "files dns");
    FILE *file = fopen("/etc/nsswitch.conf", "re");
    if (!file) return 0;
    char line[LINE_ROOM];
    int result = 0;
    while (fgets(line, sizeof line, file)) {
        const char *word = line + strspn(line, " \t");
        if (strncmp(word, "hosts:", 6) != 0) continue;
        if (!strchr(line, '\n') && !feof(file)) result = -1;
        word += 6 + strspn(word + 6, " \t");
        size_t length = strcspn(word, "#\n");
        memcpy(services, word, length);
        services[length] = 0;
    }
    fclose(file);
    return result;
}

// Whether /etc/hosts is asked first, and the others only where it knows nothing.
static int is_files_first(const char *services) {
    if (strncmp(services, "files", 5) != 0) return 0;
    size_t blank = strspn(services + 5, " \t");
    char next = services[5 + blank];
    return next == 0 || (blank > 0 && next != '[');
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

int sp_resolve(const char *host, int family, sp_address *out, size_t capacity, size_t *count) {
    char services[LINE_ROOM];
    *count = 0;
    // A name that /etc/hosts has in one family is known, and in the other has no address: no name server is asked about it, as
    // none is when both families are asked for at once.
    if (host_services(services) == 0 && is_files_first(services) && __nss_configure_lookup("hosts", "files") == 0) {
        int code = look_up(host, AF_UNSPEC, family, out, capacity, count);
        if (code == 0) return *count > 0 ? 0 : EAI_ADDRFAMILY;
        if (__nss_configure_lookup("hosts", services) != 0) return EAI_SYSTEM;
    }
    return look_up(host, family == 4 ? AF_INET : AF_INET6, family, out, capacity, count);
}
