# What `tools/build --prefix DIR` and packagers install.
include(CMakePackageConfigHelpers)

if(NOT TARGET ltn_shared)
    return()
endif()

install(FILES "${PROJECT_SOURCE_DIR}/include/lightning.h"
    "${PROJECT_SOURCE_DIR}/include/lightning-testing.h"
    DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/ltn" COMPONENT development)
install(TARGETS ltn_shared EXPORT ltn-targets
    LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT runtime
        NAMELINK_COMPONENT development)
# Only where it was built.
install(FILES "${PROJECT_BINARY_DIR}/lib/libltn.a"
    DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT development OPTIONAL)
if(TARGET ltn_program)
    install(TARGETS ltn_program RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT runtime)
endif()
if(EXISTS "${PROJECT_SOURCE_DIR}/docs/man/ltn.1")
    install(FILES "${PROJECT_SOURCE_DIR}/docs/man/ltn.1"
        DESTINATION "${CMAKE_INSTALL_MANDIR}/man1" COMPONENT runtime)
endif()
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" "${PROJECT_SOURCE_DIR}/NOTICE.md"
    DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT runtime)

set(ltn_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/ltn")
install(EXPORT ltn-targets NAMESPACE ltn:: DESTINATION "${ltn_package_dir}" COMPONENT development)
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/ltn-config.cmake.in"
    "${PROJECT_BINARY_DIR}/ltn-config.cmake" INSTALL_DESTINATION "${ltn_package_dir}"
    NO_SET_AND_CHECK_MACRO)
# Before 1.0 every minor version may change the contract.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/ltn-config-version.cmake"
    COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/ltn-config.cmake"
    "${PROJECT_BINARY_DIR}/ltn-config-version.cmake"
    DESTINATION "${ltn_package_dir}" COMPONENT development)

# Relative to the file, so that a prefix can be moved.
file(RELATIVE_PATH ltn_pc_prefix
    "/prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/prefix")
string(REGEX REPLACE "/$" "" ltn_pc_prefix "${ltn_pc_prefix}")
configure_file("${PROJECT_SOURCE_DIR}/pkgconfig/ltn.pc.in" "${PROJECT_BINARY_DIR}/ltn.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/ltn.pc"
    DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT development)
