# What `cmake --install` installs. Included after the targets exist. Components:
#   program       the program, and its manual pages and completions (reference.cmake)
#   documents     documents and examples
#   development   the static library with its headers, and files for CMake and pkg-config that find it
include(CMakePackageConfigHelpers)

set(SNAPQ_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/snapq)

install(TARGETS snapq RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT program)
install(TARGETS snapq_core EXPORT snapqTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  COMPONENT development)

# The public headers. The headers in src/ are internal.
file(GLOB snapq_public_headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/snapq/*.hpp)
install(FILES ${snapq_public_headers} ${PROJECT_BINARY_DIR}/include/snapq/version.hpp
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/snapq COMPONENT development)

# find_package(snapq)
install(EXPORT snapqTargets NAMESPACE snapq:: DESTINATION ${SNAPQ_CMAKE_DIR} COMPONENT development)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/snapqConfig.cmake.in ${PROJECT_BINARY_DIR}/snapqConfig.cmake
  INSTALL_DESTINATION ${SNAPQ_CMAKE_DIR})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/snapqConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/snapqConfig.cmake ${PROJECT_BINARY_DIR}/snapqConfigVersion.cmake
  DESTINATION ${SNAPQ_CMAKE_DIR} COMPONENT development)

# pkg-config snapq. Paths are relative to the file, so that the installed tree may be moved.
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX BASE_DIRECTORY ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig OUTPUT_VARIABLE SNAPQ_PC_PREFIX)
configure_file(${CMAKE_CURRENT_LIST_DIR}/snapq.pc.in ${PROJECT_BINARY_DIR}/snapq.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/snapq.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)

# The README links to files beside it, as in the source tree.
install(FILES README.md LICENSE CHANGELOG.md CONTRIBUTING.md SECURITY.md DESTINATION ${CMAKE_INSTALL_DOCDIR}
  COMPONENT documents)
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT documents)
install(DIRECTORY examples DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT documents USE_SOURCE_PERMISSIONS
  PATTERN "__pycache__" EXCLUDE PATTERN "build" EXCLUDE PATTERN "*.zip" EXCLUDE)
