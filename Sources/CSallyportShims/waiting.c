#define _GNU_SOURCE
#include "CSallyportShims.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>

const char *sp_error_text(int code) {
    const char *text = strerrordesc_np(code);
    return text ? text : "unknown error";
}

int64_t sp_monotonic_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int sp_poll(struct pollfd *fds, size_t count, int64_t timeout_ns) {
    int64_t end = timeout_ns < 0 ? 0 : sp_monotonic_ns() + timeout_ns;
    for (;;) {
        struct timespec left = {timeout_ns / 1000000000, timeout_ns % 1000000000};
        int n = ppoll(fds, count, timeout_ns < 0 ? NULL : &left, NULL);
        if (n >= 0 || errno != EINTR) return n;
        if (timeout_ns >= 0) {
            timeout_ns = end - sp_monotonic_ns();
            if (timeout_ns < 0) timeout_ns = 0;
        }
    }
}
