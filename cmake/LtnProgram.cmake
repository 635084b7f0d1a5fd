# The program `ltn`: a user of the public header like any other.
file(GLOB ltn_program_sources CONFIGURE_DEPENDS
    "${PROJECT_SOURCE_DIR}/src/ltn/*.cpp" "${PROJECT_SOURCE_DIR}/src/main/*.cpp")
if(NOT ltn_program_sources OR NOT TARGET ltn_shared)
    message(STATUS "the ltn program has no sources or no library yet: not built")
    return()
endif()
find_package(CLI11 2.1 REQUIRED)
find_package(fmt 9.1 REQUIRED)
# HTTP for metrics. In the program alone: the library carries no HTTP.
pkg_check_modules(LWS REQUIRED IMPORTED_TARGET libwebsockets>=4.1)

add_executable(ltn_program ${ltn_program_sources})
set_target_properties(ltn_program PROPERTIES
    OUTPUT_NAME ltn
    INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
target_include_directories(ltn_program PRIVATE "${PROJECT_SOURCE_DIR}/src")
target_compile_definitions(ltn_program PRIVATE
    LTN_VERSION_TEXT="${PROJECT_VERSION}" FMT_HEADER_ONLY=1)
target_link_libraries(ltn_program PRIVATE
    ltn_flags ltn_shared CLI11::CLI11 fmt::fmt-header-only nlohmann_json::nlohmann_json
    PkgConfig::LWS PkgConfig::SODIUM Threads::Threads)
