// cmocka and what it needs before it. Include last: it defines macros with names such as fail.
#pragma once

#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
extern "C" {
#include <cmocka.h>
}
