# Two interface targets carry every compiler setting, so that no target sets flags of its own.

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_CXX_EXTENSIONS OFF)

# Uses ccache if it is installed. Its option sloppiness must allow it to cache the precompiled header, too.
find_program(SNAPQ_CCACHE ccache)
if(SNAPQ_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${SNAPQ_CCACHE})
endif()

add_library(snapq_settings INTERFACE)
target_compile_features(snapq_settings INTERFACE cxx_std_20)
if(SNAPQ_CCACHE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(snapq_settings INTERFACE -fpch-preprocess)
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

# For the code of a release whose own time does not matter.
set(SNAPQ_REST_OPTIMISATION -O1)

add_library(snapq_warnings INTERFACE)
target_compile_options(snapq_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wcast-align
  -Woverloaded-virtual -Wconversion -Wsign-conversion -Wformat=2)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 sees overlaps and overflows in std::string that are not there (GCC bugs 105651 and 105329), also inside the
  # system headers that come precompiled. Clang, and the sanitizers at run time, check the same for the whole suite.
  target_compile_options(snapq_warnings INTERFACE -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
endif()
if(SNAPQ_UNITY AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC takes every file but the main one for a header, and in a unity build each is included by the main one.
  target_compile_options(snapq_warnings INTERFACE -Wno-subobject-linkage)
endif()
if(SNAPQ_WERROR)
  target_compile_options(snapq_warnings INTERFACE -Werror)
endif()

if(SNAPQ_SANITIZE)
  target_compile_options(snapq_settings INTERFACE -fsanitize=${SNAPQ_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  # Bounds of vectors, strings and spans.
  target_compile_definitions(snapq_settings INTERFACE _GLIBCXX_ASSERTIONS)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # With the extra branches of a sanitizer, GCC 12 warns of members of std::regex (used by Catch2) that it takes for
    # uninitialised; they are not.
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
