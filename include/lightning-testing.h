/*
 * lightning-testing.h - a runtime without sockets and clocks, in the same library, so that programs and
 * bindings test offline and repeatably. Everything is as in lightning.h, with three differences:
 * addresses exist only inside the runtime (any ip:port may be bound), time moves only when you step or
 * wait, and the same seed gives the same run.
 */
#ifndef LTN_LIGHTNING_TESTING_H
#define LTN_LIGHTNING_TESTING_H

#include "lightning.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Given. A runtime with LTN_DRIVE_VIRTUAL. `seed` decides every random choice. [any] */
LTN_API ltn_status ltn_testing_runtime_new(ltn_runtime** out, uint64_t seed, ltn_error* error);

/* The virtual clock, nanoseconds since the runtime was made. [any, upcall] */
LTN_API ltn_status ltn_testing_runtime_now_ns(ltn_runtime* runtime, uint64_t* ns);

/* Share of datagrams lost from now on, in parts per million. [any, upcall] */
LTN_API ltn_status ltn_testing_runtime_set_loss(ltn_runtime* runtime, uint32_t parts_per_million);

#ifdef __cplusplus
}
#endif

#endif /* LTN_LIGHTNING_TESTING_H */
