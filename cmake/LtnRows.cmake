# One static library per row of the layer table; a row without sources is left out. Rows do not link
# each other: everything that uses them takes all of them in one group (ltn_rows), because wolfSSL
# calls back into src/quic/tls for its random numbers. Who may include whom is checked by
# tests/house/layers.py, not by the linker.
set(LTN_ROW_NAMES base crypto codec quic transport wallet io runtime abi)
set(ltn_row_libraries)

# <ltn/lightning.h> resolves in the build tree as it does after installation.
file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/include/ltn")
foreach(header lightning.h lightning-testing.h)
    file(CREATE_LINK "${PROJECT_SOURCE_DIR}/include/${header}"
        "${PROJECT_BINARY_DIR}/include/ltn/${header}" SYMBOLIC COPY_ON_ERROR)
endforeach()

foreach(row IN LISTS LTN_ROW_NAMES)
    file(GLOB sources CONFIGURE_DEPENDS
        "${PROJECT_SOURCE_DIR}/src/${row}/*.cpp" "${PROJECT_SOURCE_DIR}/src/${row}/**/*.cpp")
    list(REMOVE_DUPLICATES sources)
    if(NOT sources)
        continue()
    endif()
    if(row STREQUAL "abi")
        # Objects, since --exclude-libs,ALL would hide the exported functions if they came from an
        # archive.
        add_library(ltn_abi_objects OBJECT ${sources})
        add_library(ltn_abi STATIC $<TARGET_OBJECTS:ltn_abi_objects>)
        set(targets ltn_abi_objects ltn_abi)
    else()
        add_library(ltn_${row} STATIC ${sources})
        set(targets ltn_${row})
    endif()
    foreach(target IN LISTS targets)
        target_include_directories(${target} PRIVATE
            "${PROJECT_SOURCE_DIR}/src" "${PROJECT_SOURCE_DIR}/include"
            "${PROJECT_BINARY_DIR}/include")
        target_compile_definitions(${target} PRIVATE
            LTN_BUILDING LTN_VERSION_TEXT="${PROJECT_VERSION}")
        target_link_libraries(${target} PRIVATE ltn_flags ltn_dependency_headers)
    endforeach()
    list(APPEND ltn_row_libraries ltn_${row})
endforeach()

# What tests and fuzz targets link: all rows, everything below them, and the include folders.
add_library(ltn_rows INTERFACE)
target_include_directories(ltn_rows INTERFACE
    "${PROJECT_SOURCE_DIR}/src" "${PROJECT_SOURCE_DIR}/include" "${PROJECT_BINARY_DIR}/include")
target_link_libraries(ltn_rows INTERFACE ltn_flags ltn_dependency_headers)

# ltn_link_rows(target [rows...]) links rows and the three libraries, in any order of reference.
function(ltn_link_rows target scope)
    if(CMAKE_CXX_LINK_GROUP_USING_RESCAN_SUPPORTED OR CMAKE_LINK_GROUP_USING_RESCAN_SUPPORTED)
        string(REPLACE ";" "," items "${ARGN};${LTN_STATIC_ARCHIVES}")
        target_link_libraries(${target} ${scope} "$<LINK_GROUP:RESCAN,${items}>")
    else()
        target_link_libraries(${target} ${scope} ${ARGN} ${LTN_STATIC_ARCHIVES})
    endif()
    target_link_libraries(${target} ${scope} ltn_system_libraries)
endfunction()
if(ltn_row_libraries)
    ltn_link_rows(ltn_rows INTERFACE ${ltn_row_libraries})
endif()
