/* Prints what the golden file holds: version, layout of every public struct, value of every constant
 * as the library tells it. */
#include <stddef.h>
#include <stdio.h>

#include <ltn/lightning-testing.h>
#include <ltn/lightning.h>

#define FIELD(type, field) \
    printf("  %s offset %zu size %zu\n", #field, offsetof(type, field), sizeof(((type *)0)->field))

int main(void)
{
    const char *name;
    size_t i;
    printf("abi %u\n", ltn_abi_version());
    printf("struct ltn_event size %zu\n", sizeof(ltn_event));
    FIELD(ltn_event, size);
    FIELD(ltn_event, kind);
    FIELD(ltn_event, status);
    FIELD(ltn_event, op_kind);
    FIELD(ltn_event, op);
    FIELD(ltn_event, tag);
    FIELD(ltn_event, user_data);
    FIELD(ltn_event, object);
    printf("struct ltn_call size %zu\n", sizeof(ltn_call));
    FIELD(ltn_call, size);
    FIELD(ltn_call, flags);
    FIELD(ltn_call, peer);
    FIELD(ltn_call, address);
    FIELD(ltn_call, type);
    FIELD(ltn_call, type_len);
    FIELD(ltn_call, data);
    FIELD(ltn_call, data_len);
    FIELD(ltn_call, bytes);
    FIELD(ltn_call, timeout_ms);
    FIELD(ltn_call, tag);
    FIELD(ltn_call, user_data);
    for (i = 0; (name = ltn_constant_name(i)) != NULL; ++i) {
        int64_t value = 0;
        if (ltn_constant(&value, name) != LTN_OK) return 1;
        printf("constant %s %lld\n", name, (long long)value);
    }
    for (i = 0; i < 128; ++i) {
        if (ltn_status_name((ltn_status)i)[0] != 'u' || i == LTN_ERR_UNKNOWN_OPTION ||
            i == LTN_ERR_UNSUPPORTED || i == LTN_ERR_UNEXPECTED_FRAME) {
            printf("status %zu %s retriable %d\n", i, ltn_status_name((ltn_status)i),
                   ltn_status_retriable((ltn_status)i));
        }
    }
    return 0;
}
