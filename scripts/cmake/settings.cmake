# All compiler settings are in two interface targets, so that no other target sets flags.

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_CXX_EXTENSIONS OFF)

# Uses ccache if it is installed. Without the option sloppiness, it would not cache sources with a precompiled header.
find_program(SNAPQ_CCACHE ccache)
if(SNAPQ_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${SNAPQ_CCACHE})
endif()

add_library(snapq_settings INTERFACE)
target_compile_features(snapq_settings INTERFACE cxx_std_20)
if(SNAPQ_CCACHE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(snapq_settings INTERFACE -fpch-preprocess)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # With its default of 128 MiB, GCC collects garbage often. With 512 MiB, a build takes
  # 13 % less time, and a compiler 700 MB instead of 600.
  target_compile_options(snapq_settings INTERFACE --param=ggc-min-heapsize=524288)
endif()
# 64-bit file offsets and the GNU names of Linux calls (O_TMPFILE, linkat).
target_compile_definitions(snapq_settings INTERFACE _GNU_SOURCE _FILE_OFFSET_BITS=64)

# A build with tests links dozens of programs with debug symbols: lld needs half of the processor time of GNU ld, gold
# two thirds. The program that users run is linked by the compiler's default.
if(SNAPQ_TESTS AND CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
  find_program(SNAPQ_LLD ld.lld)
  find_program(SNAPQ_GOLD ld.gold)
  if(SNAPQ_LLD)
    target_link_options(snapq_settings INTERFACE -fuse-ld=lld)
  elseif(SNAPQ_GOLD)
    target_link_options(snapq_settings INTERFACE -fuse-ld=gold)
  endif()
endif()

# For code that takes little of the time of a program: optimising is most of what a build takes. static.cmake has its own.
set(SNAPQ_REST_OPTIMISATION $<$<CONFIG:Release>:-O1>)

add_library(snapq_warnings INTERFACE)
target_compile_options(snapq_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wcast-align
  -Woverloaded-virtual -Wconversion -Wsign-conversion -Wformat=2)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 warns of overlaps and overflows in std::string that do not exist (GCC bugs 105651 and 105329), also inside
  # precompiled system headers. Clang checks the same, and the sanitizers check it at run time for the whole suite.
  target_compile_options(snapq_warnings INTERFACE -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
endif()
if(SNAPQ_UNITY AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC treats every file except the main one as a header, and a unity build includes all sources in the main one.
  target_compile_options(snapq_warnings INTERFACE -Wno-subobject-linkage)
endif()
if(SNAPQ_WERROR)
  target_compile_options(snapq_warnings INTERFACE -Werror)
endif()

if(SNAPQ_SANITIZE)
  target_compile_options(snapq_settings INTERFACE -fsanitize=${SNAPQ_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  # Checks the bounds of vectors, strings and spans.
  target_compile_definitions(snapq_settings INTERFACE _GLIBCXX_ASSERTIONS)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # With the extra branches of a sanitizer, GCC 12 warns that members of std::regex (used by Catch2) are uninitialised,
    # which is not true.
    target_compile_options(snapq_warnings INTERFACE -Wno-maybe-uninitialized)
  endif()
  target_link_options(snapq_settings INTERFACE -fsanitize=${SNAPQ_SANITIZE})
endif()
if(SNAPQ_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "SNAPQ_FUZZ needs clang, which brings libFuzzer: cmake --preset fuzz, or scripts/fuzz")
  endif()
  target_compile_options(snapq_settings INTERFACE -fsanitize=fuzzer-no-link)
endif()
