# Tests of three kinds, found by their names:
#   tests/unit/*_test.cpp       one executable each, linked with all rows
#   tests/scenario/*_test.cpp   the same, for whole stories in the simulator (tests/sim/*.cpp)
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
foreach(kind unit scenario abi)
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

foreach(kind unit scenario)
    ltn_glob_tests(${kind} cpp tests helpers)
    foreach(source IN LISTS tests)
        get_filename_component(name "${source}" NAME_WE)
        set(target ${kind}_${name})
        add_executable(${target} "${source}" ${helpers})
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

if(TARGET ltn_shared)
    ltn_glob_tests(abi c tests helpers)
    foreach(source IN LISTS tests)
        get_filename_component(name "${source}" NAME_WE)
        set(target abi_${name})
        add_executable(${target} "${source}" ${helpers})
        set_target_properties(${target} PROPERTIES
            OUTPUT_NAME ${name}
            C_EXTENSIONS ON
            RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests/abi")
        ltn_test_target(${target})
        target_link_libraries(${target} PRIVATE
            ltn_flags ltn_shared PkgConfig::CMOCKA Threads::Threads ${CMAKE_DL_LIBS})
        add_dependencies(ltn_tests_abi ${target})
        add_test(NAME abi/${name} COMMAND ${target})
        set_tests_properties(abi/${name} PROPERTIES LABELS abi TIMEOUT 600)
    endforeach()
endif()
