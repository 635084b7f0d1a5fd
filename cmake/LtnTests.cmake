# Tests of three kinds, found by their names:
#   tests/unit/*_test.cpp       one executable each, linked with all rows
#   tests/scenario/*_test.cpp   the same, for whole stories in the simulator (tests/sim/*.cpp)
#   tests/acceptance/*_test.cpp the same, for the acceptance rows of docs/acceptance.tsv
#   tests/abi/*_test.c          one executable each, linked with libltn.so alone, as a host would be
# Other files in tests/unit, tests/scenario and tests/abi are helpers shared by the tests there.
pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka>=1.1.5)

function(ltn_test_target target)
    target_compile_definitions(${target} PRIVATE
        LTN_TEST_DATA="${PROJECT_SOURCE_DIR}/tests/vectors"
        LTN_SOURCE_DIR="${PROJECT_SOURCE_DIR}" LTN_BUILD_DIR="${PROJECT_BINARY_DIR}"
        LTN_VERSION_TEXT="${PROJECT_VERSION}")
    target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/tests")
endfunction()

function(ltn_glob_tests kind extension tests_variable helpers_variable)
    file(GLOB tests CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/${kind}/*_test.${extension}")
    file(GLOB helpers CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/${kind}/*.${extension}")
    if(tests)
        list(REMOVE_ITEM helpers ${tests})
    endif()
    set(${tests_variable} "${tests}" PARENT_SCOPE)
    set(${helpers_variable} "${helpers}" PARENT_SCOPE)
endfunction()

# One name for all tests of a kind, so that a script can build them without knowing them.
foreach(kind unit scenario acceptance abi)
    add_custom_target(ltn_tests_${kind})
endforeach()

# What the simulator and the two kinds of row tests share.
file(GLOB ltn_sim_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/sim/*.cpp")
set(ltn_sim_library)
if(ltn_sim_sources)
    add_library(ltn_sim STATIC ${ltn_sim_sources})
    ltn_test_target(ltn_sim)
    target_include_directories(ltn_sim PRIVATE "${PROJECT_SOURCE_DIR}/src")
    target_link_libraries(ltn_sim PRIVATE ltn_flags ltn_dependency_headers)
    set(ltn_sim_library ltn_sim)
endif()

foreach(kind unit scenario acceptance)
    ltn_glob_tests(${kind} cpp tests helpers)
    # Compiled once: under sanitizers some of them take half a minute.
    set(helper_objects)
    if(helpers)
        add_library(ltn_${kind}_helpers OBJECT ${helpers})
        ltn_test_target(ltn_${kind}_helpers)
        target_link_libraries(ltn_${kind}_helpers PRIVATE ltn_flags ltn_rows PkgConfig::CMOCKA)
        set(helper_objects $<TARGET_OBJECTS:ltn_${kind}_helpers>)
    endif()
    foreach(source IN LISTS tests)
        get_filename_component(name "${source}" NAME_WE)
        set(target ${kind}_${name})
        add_executable(${target} "${source}" ${helper_objects})
        set_target_properties(${target} PROPERTIES
            OUTPUT_NAME ${name}
            RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests/${kind}")
        ltn_test_target(${target})
        target_link_libraries(${target} PRIVATE ltn_flags ${ltn_sim_library} ltn_rows PkgConfig::CMOCKA)
        add_dependencies(ltn_tests_${kind} ${target})
        add_test(NAME ${kind}/${name} COMMAND ${target})
        set_tests_properties(${kind}/${name} PROPERTIES LABELS ${kind} TIMEOUT 600)
    endforeach()
endforeach()

# The reference page of the options comes out of the tables that set them (tools/docs/options).
add_executable(ltn_options_page "${PROJECT_SOURCE_DIR}/tools/docs/options_page.cpp")
set_target_properties(ltn_options_page PROPERTIES
    OUTPUT_NAME options_page
    RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tools")
target_link_libraries(ltn_options_page PRIVATE ltn_flags ltn_rows)
add_dependencies(ltn_tests_abi ltn_options_page)

# Processes of their own for the header's promises: they find libltn by dlopen and are not linked with it.
add_custom_target(ltn_alone)
set(ltn_alone_folder "${PROJECT_BINARY_DIR}/tests/abi/alone")
foreach(name loading copies unloading layout)
    add_executable(alone_${name} "${PROJECT_SOURCE_DIR}/tests/abi/alone/${name}.c")
    set_target_properties(alone_${name} PROPERTIES
        OUTPUT_NAME ${name} C_EXTENSIONS ON RUNTIME_OUTPUT_DIRECTORY "${ltn_alone_folder}")
    target_include_directories(alone_${name} PRIVATE "${PROJECT_BINARY_DIR}/include")
    target_link_libraries(alone_${name} PRIVATE ltn_flags ${CMAKE_DL_LIBS})
    add_dependencies(ltn_alone alone_${name})
endforeach()
if(TARGET ltn_shared)
    target_link_libraries(alone_layout PRIVATE ltn_shared)
endif()
# Node's headers lie beside its program; without them the test says that it was skipped.
find_program(LTN_NODE node)
if(LTN_NODE)
    file(REAL_PATH "${LTN_NODE}" ltn_node_program)
    cmake_path(GET ltn_node_program PARENT_PATH ltn_node_bin)
    cmake_path(GET ltn_node_bin PARENT_PATH ltn_node_prefix)
    if(EXISTS "${ltn_node_prefix}/include/node/node_api.h")
        add_library(alone_node_addon MODULE "${PROJECT_SOURCE_DIR}/tests/abi/alone/node_addon.c")
        set_target_properties(alone_node_addon PROPERTIES
            PREFIX "" OUTPUT_NAME node_addon SUFFIX ".node" C_EXTENSIONS ON
            LIBRARY_OUTPUT_DIRECTORY "${ltn_alone_folder}")
        target_include_directories(alone_node_addon PRIVATE "${PROJECT_BINARY_DIR}/include")
        target_include_directories(alone_node_addon SYSTEM PRIVATE "${ltn_node_prefix}/include/node")
        target_link_libraries(alone_node_addon PRIVATE ltn_flags ${CMAKE_DL_LIBS})
        add_dependencies(ltn_alone alone_node_addon)
    endif()
endif()

if(TARGET ltn_shared)
    ltn_glob_tests(abi c tests helpers)
    add_library(ltn_abi_helpers OBJECT ${helpers})
    set_target_properties(ltn_abi_helpers PROPERTIES C_EXTENSIONS ON)
    ltn_test_target(ltn_abi_helpers)
    target_link_libraries(ltn_abi_helpers PRIVATE ltn_flags ltn_shared PkgConfig::CMOCKA)
    foreach(source IN LISTS tests)
        get_filename_component(name "${source}" NAME_WE)
        set(target abi_${name})
        add_executable(${target} "${source}" $<TARGET_OBJECTS:ltn_abi_helpers>)
        set_target_properties(${target} PROPERTIES
            OUTPUT_NAME ${name}
            C_EXTENSIONS ON
            RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests/abi")
        ltn_test_target(${target})
        target_link_libraries(${target} PRIVATE
            ltn_flags ltn_shared PkgConfig::CMOCKA Threads::Threads ${CMAKE_DL_LIBS})
        add_dependencies(${target} ltn_alone)
        add_dependencies(ltn_tests_abi ${target})
        add_test(NAME abi/${name} COMMAND ${target})
        set_tests_properties(abi/${name} PROPERTIES LABELS abi TIMEOUT 600)
    endforeach()
endif()
