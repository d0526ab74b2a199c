# A program that needs no shared library and no loader. The libraries lie below SNAPQ_STATIC_ROOT, as they would below "/";
# packaging/static puts them there. Included before the dependencies are looked for, which are found there only.
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

# The system loads the program at a random address even without a loader. The same sources give the same bytes wherever
# they lie. The map tells scripts/package tarball what was linked in.
# A path for libraries would make the start of the program fail.
set(CMAKE_SKIP_RPATH ON)
target_compile_options(snapq_settings INTERFACE -fPIE -ffile-prefix-map=${PROJECT_SOURCE_DIR}=.)
target_link_directories(snapq_settings INTERFACE ${static_directories})
target_link_options(snapq_settings INTERFACE -static-pie -Wl,-Map=${PROJECT_BINARY_DIR}/snapq.map)

# The file is small: code that nothing calls is left out, and the list of addresses to adjust when the program starts is
# packed. The linker of Debian 12 can pack it for x86_64 only.
target_compile_options(snapq_settings INTERFACE -ffunction-sections -fdata-sections)
target_link_options(snapq_settings INTERFACE -Wl,--gc-sections
  $<$<STREQUAL:${CMAKE_SYSTEM_PROCESSOR},x86_64>:-Wl,-z,pack-relative-relocs>)
set(SNAPQ_REST_OPTIMISATION -Os)

# The linker warns where a static program would still need something of its system. There must be no such place;
# src/without_loader.cpp replaces the only one.
target_link_options(snapq_settings INTERFACE
  -Wl,--fatal-warnings,--wrap=dlopen,--wrap=dlsym,--wrap=dlclose,--wrap=dlerror)
