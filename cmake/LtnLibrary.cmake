# libltn: all rows and the three libraries in one shared object that exports ltn_* and nothing else.
if(NOT TARGET ltn_abi_objects)
    message(STATUS "src/abi has no sources yet: libltn is not built")
    return()
endif()

add_library(ltn_shared SHARED $<TARGET_OBJECTS:ltn_abi_objects>)
add_library(ltn::ltn ALIAS ltn_shared)
set_target_properties(ltn_shared PROPERTIES
    OUTPUT_NAME ltn
    EXPORT_NAME ltn
    VERSION ${PROJECT_VERSION}
    SOVERSION 0
    LINKER_LANGUAGE CXX)
target_include_directories(ltn_shared INTERFACE
    "$<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>" "$<INSTALL_INTERFACE:include>"
    "$<INSTALL_INTERFACE:include/ltn>")
target_link_libraries(ltn_shared PRIVATE $<BUILD_INTERFACE:ltn_flags>)

set(ltn_shared_rows ${ltn_row_libraries})
list(REMOVE_ITEM ltn_shared_rows ltn_abi)
ltn_link_rows(ltn_shared PRIVATE ${ltn_shared_rows})

if(ltn_is_elf)
    # exclude-libs and the version script together: hidden visibility alone leaves thousands of
    # symbols of the archives in sight. nodelete: the library is never unloaded (P5).
    target_link_options(ltn_shared PRIVATE
        -Wl,--exclude-libs,ALL
        -Wl,--version-script,${PROJECT_SOURCE_DIR}/cmake/ltn.map
        -Wl,--as-needed -Wl,--gc-sections
        -Wl,-z,nodelete -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
    if(NOT LTN_SANITIZE)
        target_link_options(ltn_shared PRIVATE -Wl,-z,defs)
    endif()
    set_property(TARGET ltn_shared APPEND PROPERTY LINK_DEPENDS
        "${PROJECT_SOURCE_DIR}/cmake/ltn.map")
elseif(APPLE)
    target_link_options(ltn_shared PRIVATE "LINKER:-exported_symbol,_ltn_*")
endif()
