# Two interface targets carry every compiler setting, so that no target sets flags of its own.

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_CXX_EXTENSIONS OFF)

find_program(SNAPQ_CCACHE ccache)
if(SNAPQ_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${SNAPQ_CCACHE})
endif()

add_library(snapq_settings INTERFACE)
target_compile_features(snapq_settings INTERFACE cxx_std_20)
# 64-bit file offsets and the GNU names of Linux calls (O_TMPFILE, linkat).
target_compile_definitions(snapq_settings INTERFACE _GNU_SOURCE _FILE_OFFSET_BITS=64)

add_library(snapq_warnings INTERFACE)
target_compile_options(snapq_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wcast-align
  -Woverloaded-virtual -Wconversion -Wsign-conversion -Wformat=2)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 sees an overlap in std::string's operator+ that is not there (GCC bug 105651).
  target_compile_options(snapq_warnings INTERFACE -Wno-restrict)
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
    # With a sanitizer's extra branches GCC 12 sees uninitialised members in std::regex (used by Catch2) that are not.
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
