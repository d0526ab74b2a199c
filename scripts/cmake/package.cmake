# The content of a .deb that CPack makes: the program and the documents, without the C++ library. scripts/package deb
# calls CPack. Include this file last.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME snapq)
set(CPACK_PACKAGE_CONTACT "The snapq authors <snapq@snapq.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "toolkit for PyTorch CUDA memory snapshots")
set(CPACK_PACKAGE_DESCRIPTION
"snapq converts the memory snapshots of PyTorch to small archives and answers
questions about them: what took the GPU memory, when, and on which line of
code; why a run ran out of memory; and what grew between two runs. It has
limits for continuous integration, SQL, and JSON output.")
set(CPACK_COMPONENTS_ALL program documents)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/debian_files.cmake)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
if(SNAPQ_STATIC_ROOT)
  # A static program depends on no package. Its version says so, and is newer than that of the package for one
  # distribution.
  set(CPACK_DEBIAN_PACKAGE_VERSION ${PROJECT_VERSION}+static)
else()
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
endif()
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "aarch64")
  set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE arm64)
endif()
include(CPack)
