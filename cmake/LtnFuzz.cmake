# Fuzz targets fuzz/*_fuzz.cpp. With LTN_FUZZER (clang) they are libFuzzer programs; otherwise a small
# main of ours replays files, so that the corpus is a regression test under any compiler.
file(GLOB ltn_fuzz_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/fuzz/*_fuzz.cpp")
foreach(source IN LISTS ltn_fuzz_sources)
    get_filename_component(name "${source}" NAME_WE)
    set(target fuzz_${name})
    if(LTN_FUZZER)
        add_executable(${target} "${source}")
        target_link_options(${target} PRIVATE -fsanitize=fuzzer)
    else()
        add_executable(${target} "${source}" "${PROJECT_SOURCE_DIR}/fuzz/standalone_main.cpp")
    endif()
    set_target_properties(${target} PROPERTIES
        OUTPUT_NAME ${name}
        RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/fuzz")
    target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/tests")
    target_link_libraries(${target} PRIVATE ltn_flags ltn_rows)

    string(REGEX REPLACE "_fuzz$" "" topic "${name}")
    set(corpus "${PROJECT_SOURCE_DIR}/fuzz/corpus/${topic}")
    if(EXISTS "${corpus}")
        if(LTN_FUZZER)
            add_test(NAME fuzz/${topic} COMMAND ${target} -runs=0 "${corpus}")
        else()
            add_test(NAME fuzz/${topic} COMMAND ${target} "${corpus}")
        endif()
        set_tests_properties(fuzz/${topic} PROPERTIES LABELS fuzz TIMEOUT 300)
    endif()
endforeach()
