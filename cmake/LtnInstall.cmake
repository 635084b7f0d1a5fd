# What `tools/build --prefix DIR` and packagers install.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(FILES "${PROJECT_SOURCE_DIR}/include/lightning.h"
    "${PROJECT_SOURCE_DIR}/include/lightning-testing.h"
    DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/ltn")
