#define _GNU_SOURCE
#include "CSallyportShims.h"

#include <getopt.h>

#define MAX_OPTIONS 128
int sp_next_option(int restart, int argc, char **argv, const char *shorts, const sp_option *longs, size_t count,
                   const char **argument, int *index, int *bad) {
    struct option table[MAX_OPTIONS + 1];
    if (count > MAX_OPTIONS) count = MAX_OPTIONS;
    for (size_t i = 0; i < count; i++) table[i] = (struct option){longs[i].name, longs[i].argument, NULL, longs[i].value};
    table[count] = (struct option){0};
    if (restart) optind = 0;
    opterr = 0;
    optopt = 0;
    optarg = NULL;
    int found = getopt_long(argc, argv, shorts, table, NULL);
    *argument = optarg;
    *index = optind;
    *bad = optopt;
    return found;
}
