# libltn.a: the same rows and libraries as one object in one archive, with everything but ltn_* made local,
# so that a program which links it may have another wolfSSL or libuv of its own (P4).
#   ltn_static    builds it; not part of the default build
# Installed libraries are left outside, so that there is nothing to put into one object; and nobody links a
# sanitized archive.
find_program(LTN_OBJCOPY NAMES ${CMAKE_OBJCOPY} objcopy)
find_program(LTN_LD NAMES ${CMAKE_LINKER} ld)
if(LTN_SYSTEM_DEPS OR LTN_SANITIZE OR NOT TARGET ltn_abi OR NOT ltn_is_elf OR NOT LTN_OBJCOPY
   OR NOT LTN_LD OR NOT CMAKE_NM)
    message(STATUS "libltn.a is not built: it takes ELF, ld, nm, objcopy, libraries of ours, no sanitizer")
    add_custom_target(ltn_static)
    return()
endif()

set(ltn_static_folder "${PROJECT_BINARY_DIR}/lib")
set(ltn_static_object "${PROJECT_BINARY_DIR}/ltn_static.o")
set(ltn_static_parts)
foreach(row IN LISTS ltn_row_libraries)
    list(APPEND ltn_static_parts "$<TARGET_FILE:${row}>")
endforeach()

# By name: a helper of ours that others' C code calls begins with ltn_ too.
set(ltn_static_names)
foreach(header lightning.h lightning-testing.h)
    file(STRINGS "${PROJECT_SOURCE_DIR}/include/${header}" lines REGEX "^LTN_API ")
    foreach(line IN LISTS lines)
        string(REGEX MATCH "(ltn_[a-z0-9_]+)\\(" found "${line}")
        string(APPEND ltn_static_names "${CMAKE_MATCH_1}\n")
    endforeach()
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
        "${PROJECT_SOURCE_DIR}/include/${header}")
endforeach()
file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/ltn_static.names" CONTENT "${ltn_static_names}")

# The functions of the header pull in what they need. Groups are dissolved: their members' names become
# local, and a linker must not take another program's for ours. Inline variables are "unique" symbols (u),
# which only weakening makes ordinary again.
add_custom_command(OUTPUT "${ltn_static_folder}/libltn.a"
    COMMAND "${CMAKE_COMMAND}" -E make_directory "${ltn_static_folder}"
    COMMAND "${LTN_LD}" -r --force-group-allocation -o "${ltn_static_object}"
        --whole-archive "$<TARGET_FILE:ltn_abi>" --no-whole-archive
        --start-group ${ltn_static_parts} ${LTN_STATIC_ARCHIVES} --end-group
    COMMAND sh -c "\"$1\" \"$2\" | sed -n 's/^[0-9a-f]* u //p' >\"$2.unique\"" sh
        "${CMAKE_NM}" "${ltn_static_object}"
    COMMAND "${LTN_OBJCOPY}" "--weaken-symbols=${ltn_static_object}.unique" "${ltn_static_object}"
    COMMAND "${LTN_OBJCOPY}" "--keep-global-symbols=${PROJECT_BINARY_DIR}/ltn_static.names"
        "${ltn_static_object}"
    COMMAND "${CMAKE_COMMAND}" -E rm -f "${ltn_static_folder}/libltn.a"
    COMMAND "${CMAKE_AR}" rcD "${ltn_static_folder}/libltn.a" "${ltn_static_object}"
    COMMAND "${CMAKE_COMMAND}" -E rm -f "${ltn_static_object}" "${ltn_static_object}.unique"
    DEPENDS ${ltn_row_libraries} ${LTN_STATIC_ARCHIVES} "${PROJECT_BINARY_DIR}/ltn_static.names"
    COMMENT "Linking one object into libltn.a"
    VERBATIM)
add_custom_target(ltn_static DEPENDS "${ltn_static_folder}/libltn.a")
