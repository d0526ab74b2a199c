# Builds a program that needs no shared library and no loader. The libraries are below SNAPQ_STATIC_ROOT, as they would be
# below "/"; packaging/static puts them there. Include this file before dependencies.cmake, which then finds them only there.
list(PREPEND CMAKE_FIND_ROOT_PATH ${SNAPQ_STATIC_ROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(CMAKE_FIND_LIBRARY_SUFFIXES .a)

set(static_directories ${SNAPQ_STATIC_ROOT}/usr/lib/${CMAKE_LIBRARY_ARCHITECTURE} ${SNAPQ_STATIC_ROOT}/usr/lib)
list(TRANSFORM static_directories APPEND /pkgconfig OUTPUT_VARIABLE places)
list(JOIN places ":" places)
set(ENV{PKG_CONFIG_LIBDIR} ${places})
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${SNAPQ_STATIC_ROOT})

# The system loads the program at a random address even without a loader. The same sources give the same bytes in every
# directory. The map tells scripts/package tarball which objects were linked.
# With a path for libraries in it, the program would not start.
set(CMAKE_SKIP_RPATH ON)
target_compile_options(snapq_settings INTERFACE -fPIE -ffile-prefix-map=${PROJECT_SOURCE_DIR}=.)
target_link_directories(snapq_settings INTERFACE ${static_directories})
target_link_options(snapq_settings INTERFACE -static-pie -Wl,-Map=${PROJECT_BINARY_DIR}/snapq.map)

# Keeps the file small: code that nothing calls is left out, and the relocations are packed. The linker of Debian 12 can
# pack them only for x86_64.
target_compile_options(snapq_settings INTERFACE -ffunction-sections -fdata-sections)
target_link_options(snapq_settings INTERFACE -Wl,--gc-sections
  $<$<STREQUAL:${CMAKE_SYSTEM_PROCESSOR},x86_64>:-Wl,-z,pack-relative-relocs>)
set(SNAPQ_REST_OPTIMISATION -Os)
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  # Otherwise GCC copies with an instruction that is slow for short texts.
  list(APPEND SNAPQ_REST_OPTIMISATION -mstringop-strategy=libcall)
endif()
# Leaves out the tables for exceptions of the C library: none passes through its functions.
set(tables_script ${CMAKE_CURRENT_LIST_DIR}/without_tables.ld)
target_link_options(snapq_settings INTERFACE -Wl,-T,${tables_script})

# The linker warns of functions with which a static program would still need shared libraries at run time. There must be
# none. src/static_program.cpp replaces a large part of the C library.
target_link_options(snapq_settings INTERFACE -Wl,--fatal-warnings,--wrap=regcomp,--wrap=regexec,--wrap=regfree)
