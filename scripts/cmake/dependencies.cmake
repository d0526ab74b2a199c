# Every library comes from the distribution. A missing one is named together with its Debian package.

function(snapq_missing what package)
  message(FATAL_ERROR "snapq needs ${what}, which was not found.\n"
                      "On Debian 12: apt-get install ${package}   (scripts/quickstart installs everything)")
endfunction()

find_package(PkgConfig QUIET)
if(NOT PkgConfig_FOUND)
  snapq_missing("pkg-config" pkg-config)
endif()

# Finds a package by its CMake files.
macro(snapq_need_package name package)
  find_package(${name} ${ARGN} QUIET)
  if(NOT ${name}_FOUND)
    snapq_missing(${name} ${package})
  endif()
endmacro()

# Finds a package by pkg-config. Such packages have no CMake files, or (libzip of Debian 12) CMake files that require
# programs that snapq does not need.
macro(snapq_need_pkgconfig target module package)
  pkg_check_modules(${target} QUIET IMPORTED_TARGET ${module})
  if(NOT ${target}_FOUND)
    snapq_missing(${module} ${package})
  endif()
  if(SNAPQ_STATIC_ROOT)
    # A static library does not name the libraries that it needs.
    set(needed ${${target}_STATIC_LIBRARIES})
    list(REMOVE_ITEM needed ${${target}_LIBRARIES})
    set_property(TARGET PkgConfig::${target} APPEND PROPERTY INTERFACE_LINK_LIBRARIES ${needed})
  endif()
endmacro()

snapq_need_package(Threads libc6-dev)
snapq_need_package(CLI11 libcli11-dev)
snapq_need_package(fmt libfmt-dev)
snapq_need_package(simdjson libsimdjson-dev)
snapq_need_package(SQLite3 libsqlite3-dev)
if(SNAPQ_STATIC_ROOT)
  # Functions of SQL, which the linker shall not take from the C library (packaging/static_libraries.sh).
  set_property(TARGET SQLite::SQLite3 APPEND PROPERTY INTERFACE_LINK_LIBRARIES ${SNAPQ_STATIC_ROOT}/usr/lib/libtrigonometry.a)
endif()
snapq_need_package(ZLIB zlib1g-dev)
snapq_need_pkgconfig(LIBZIP libzip libzip-dev)
snapq_need_pkgconfig(ZSTD libzstd libzstd-dev)
snapq_need_pkgconfig(ISAL libisal libisal-dev)
snapq_need_pkgconfig(RE2 re2 libre2-dev)
snapq_need_pkgconfig(EDIT libedit libedit-dev)
if(SNAPQ_STATIC_ROOT)
  # The pkg-config file of libedit names libbsd, but not the libraries that libbsd needs.
  snapq_need_pkgconfig(BSD libbsd libbsd-dev)
  set_property(TARGET PkgConfig::EDIT APPEND PROPERTY INTERFACE_LINK_LIBRARIES PkgConfig::BSD)
endif()
snapq_need_pkgconfig(UTF8PROC libutf8proc libutf8proc-dev)
if(SNAPQ_REPORT)
  find_program(SNAPQ_ESBUILD esbuild)
  if(NOT SNAPQ_ESBUILD)
    message(FATAL_ERROR "snapq needs esbuild, which was not found. It makes the page of 'snapq report'.\n"
                        "On Debian 12: apt-get install esbuild   (scripts/quickstart installs everything)\n"
                        "-DSNAPQ_REPORT=OFF builds snapq without this command")
  endif()
endif()
if(SNAPQ_TESTS)
  snapq_need_package(Catch2 catch2)
endif()
if(SNAPQ_BENCH)
  snapq_need_package(benchmark libbenchmark-dev)
endif()
