# Compiler and linker flags of everything we compile, carried by the target ltn_flags. Nothing is set
# globally but the language level, so that a project which embeds this one keeps its own flags.
if(PROJECT_IS_TOP_LEVEL AND NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 17)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib")
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/rows")

# Sanitized builds keep some optimisation: unoptimised, the signature code alone takes minutes.
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O1 -g")
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O1 -g")
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_C_FLAGS_RELEASE "-O2 -DNDEBUG")

add_library(ltn_flags INTERFACE)
target_compile_options(ltn_flags INTERFACE
    -fvisibility=hidden
    $<$<COMPILE_LANGUAGE:CXX>:-fvisibility-inlines-hidden>
    -Wall -Wextra -Wpedantic
    -ffunction-sections -fdata-sections
    -fno-omit-frame-pointer)
# GCC 12 sees overlapping copies in std::string's operator+ that are not there (GCC bug 105651), and
# under sanitizers uninitialised values that are not there either.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    if(CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
        target_compile_options(ltn_flags INTERFACE -Wno-restrict)
    endif()
    if(LTN_SANITIZE)
        target_compile_options(ltn_flags INTERFACE -Wno-maybe-uninitialized)
    endif()
endif()
if(LTN_WERROR)
    target_compile_options(ltn_flags INTERFACE -Werror)
endif()
# The fortified C library functions need optimisation, and get in the way of AddressSanitizer's own.
if(NOT LTN_SANITIZE AND CMAKE_BUILD_TYPE STREQUAL "Release")
    target_compile_options(ltn_flags INTERFACE
        -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif()
if(LTN_SANITIZE)
    set(ltn_sanitize_options -fsanitize=${LTN_SANITIZE} -fno-sanitize-recover=all)
    target_compile_options(ltn_flags INTERFACE ${ltn_sanitize_options})
    target_link_options(ltn_flags INTERFACE ${ltn_sanitize_options})
    if(LTN_FUZZER)
        # Coverage in the rows, the driver only where there is a target (LtnFuzz).
        target_compile_options(ltn_flags INTERFACE -fsanitize=fuzzer-no-link)
        target_link_options(ltn_flags INTERFACE -fsanitize=fuzzer-no-link)
    endif()
endif()

set(ltn_is_elf FALSE)
if(NOT APPLE AND NOT WIN32)
    set(ltn_is_elf TRUE)
endif()

find_package(Threads REQUIRED)
