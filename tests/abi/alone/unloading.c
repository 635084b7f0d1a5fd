/* P5: dlclose never unloads; a hundred rounds of load, call and close. unloading LIBRARY ROUNDS */
#define _GNU_SOURCE
#include "wire.h"

int main(int argc, char **argv)
{
    static struct wire wire;
    Dl_info info;
    int threads = 0;
    int descriptors = 0;
    int i;
    MUST(argc == 3);
    for (i = 0; i < atoi(argv[2]); ++i) {
        void *library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
        MUST(library != NULL);
        wire_load(&wire, library);
        wire_calls(&wire, 2);
        MUST(dlclose(library) == 0);
        MUST(dlopen(argv[1], RTLD_NOW | RTLD_NOLOAD) != NULL);
        MUST(dladdr((void *)(size_t)wire.ltn_client_new, &info) != 0);
        if (i == 0) {
            threads = wire_entries("/proc/self/task");
            descriptors = wire_entries("/proc/self/fd");
        }
        MUST(wire_entries("/proc/self/task") == threads);
        MUST(wire_entries("/proc/self/fd") == descriptors);
    }
    wire_calls(&wire, 1); /* after the last dlclose */
    return 0;
}
