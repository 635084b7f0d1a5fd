# Where the libraries below us come from. Leaves behind:
#   LTN_STATIC_ARCHIVES      ngtcp2 (with its wolfSSL helper), wolfSSL, libuv
#   ltn_dependency_headers   their include folders, and those of the header-only ones
#   ltn_system_libraries     what remains needed at run time
find_package(PkgConfig REQUIRED)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium>=1.0.18)
find_package(nlohmann_json 3.11 REQUIRED)
find_path(LTN_TOMLPLUSPLUS_INCLUDE toml++/toml.h REQUIRED)

if(LTN_SYSTEM_DEPS)
    include(LtnSystemDependencies)
else()
    if(NOT LTN_DEPS_PREFIX)
        set(flavour release)
        if(LTN_SANITIZE)
            string(REPLACE "," "+" flavour "${LTN_SANITIZE}")
        endif()
        execute_process(
            COMMAND "${PROJECT_SOURCE_DIR}/tools/deps/ensure"
                --flavour "${flavour}" --cc "${CMAKE_C_COMPILER}" --cxx "${CMAKE_CXX_COMPILER}"
            OUTPUT_VARIABLE ltn_deps_found OUTPUT_STRIP_TRAILING_WHITESPACE
            RESULT_VARIABLE ltn_deps_result)
        if(NOT ltn_deps_result EQUAL 0)
            message(FATAL_ERROR "tools/deps/ensure: no usable ngtcp2, wolfSSL and libuv; see above")
        endif()
    else()
        set(ltn_deps_found "${LTN_DEPS_PREFIX}")
    endif()
    set(LTN_STATIC_ARCHIVES)
    foreach(name ngtcp2_crypto_wolfssl ngtcp2 wolfssl uv)
        set(archive "${ltn_deps_found}/lib/lib${name}.a")
        if(NOT EXISTS "${archive}")
            message(FATAL_ERROR "expected ${archive}, which is not there")
        endif()
        list(APPEND LTN_STATIC_ARCHIVES "${archive}")
    endforeach()
    set(ltn_deps_include "${ltn_deps_found}/include")
endif()

add_library(ltn_dependency_headers INTERFACE)
target_include_directories(ltn_dependency_headers SYSTEM INTERFACE
    ${ltn_deps_include} ${SODIUM_INCLUDE_DIRS}
    ${LTN_TOMLPLUSPLUS_INCLUDE}
    $<TARGET_PROPERTY:nlohmann_json::nlohmann_json,INTERFACE_INCLUDE_DIRECTORIES>)

add_library(ltn_system_libraries INTERFACE)
target_link_libraries(ltn_system_libraries INTERFACE
    PkgConfig::SODIUM Threads::Threads ${CMAKE_DL_LIBS} m)
