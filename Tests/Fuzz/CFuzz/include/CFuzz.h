// The bridge to libFuzzer, whose header is C++ and whose main SwiftPM's linking replaces.
#pragma once
#include <stddef.h>
#include <stdint.h>

int sp_fuzz_run(int count, char **arguments, int (*one)(const uint8_t *bytes, size_t count));
