#include "CFuzz.h"

extern int LLVMFuzzerRunDriver(int *count, char ***arguments, int (*one)(const uint8_t *, size_t));

static int (*chosen)(const uint8_t *bytes, size_t count);

// libFuzzer's own main, which nobody calls here, wants this name to exist.
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) { return chosen(bytes, count); }

int sp_fuzz_run(int count, char **arguments, int (*one)(const uint8_t *bytes, size_t count)) {
    chosen = one;
    return LLVMFuzzerRunDriver(&count, &arguments, LLVMFuzzerTestOneInput);
}
