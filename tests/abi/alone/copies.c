/* P4: copies of us and other libraries of the same trade in one process.
 * copies LIBRARY COPY [OTHER...]: OTHER are loaded globally and first, then both copies call. */
#define _GNU_SOURCE
#include "wire.h"

int main(int argc, char **argv)
{
    static struct wire first;
    static struct wire second;
    void *library;
    void *copy;
    int i;
    MUST(argc >= 3);
    for (i = 3; i < argc; ++i) {
        if (dlopen(argv[i], RTLD_NOW | RTLD_GLOBAL) == NULL) SAY("%s", dlerror());
    }
    library = dlopen(argv[1], RTLD_NOW | RTLD_GLOBAL);
    if (library == NULL) SAY("%s", dlerror());
    copy = dlopen(argv[2], RTLD_NOW | RTLD_LOCAL);
    if (copy == NULL) SAY("%s", dlerror());
    wire_load(&first, library);
    wire_load(&second, copy);
    MUST(first.ltn_client_new != second.ltn_client_new);
    wire_calls(&first, 3);
    wire_calls(&second, 3);
    wire_calls(&first, 3);
    return 0;
}
