# Sets the facts for `snapq --version --verbose` and for the date of the manual pages: SNAPQ_COMMIT, SNAPQ_COMMIT_DATE,
# and the versions of the libraries that have no function that returns it.

# The commit that is checked out when CMake runs. CMake runs again after each commit, because git then writes to
# logs/HEAD. A source tree somewhere inside another repository has no commit.
set(SNAPQ_COMMIT unknown)
set(SNAPQ_COMMIT_DATE "")
find_program(SNAPQ_GIT git)
if(SNAPQ_GIT)
  execute_process(COMMAND ${SNAPQ_GIT} rev-parse --show-prefix --git-path logs/HEAD
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} OUTPUT_VARIABLE place RESULT_VARIABLE failure ERROR_QUIET)
  # The first line is empty if this is the top directory of the repository.
  if(failure EQUAL 0 AND place MATCHES "^\n(.+)\n$")
    cmake_path(ABSOLUTE_PATH CMAKE_MATCH_1 BASE_DIRECTORY ${PROJECT_SOURCE_DIR} OUTPUT_VARIABLE log)
    if(EXISTS ${log})
      set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${log})
    endif()
    execute_process(COMMAND ${SNAPQ_GIT} log -1 --format=%h,%cs --abbrev=12
      WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} OUTPUT_VARIABLE commit ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
    if(commit MATCHES "^([0-9a-f]+),([0-9-]+)$")
      set(SNAPQ_COMMIT ${CMAKE_MATCH_1})
      set(SNAPQ_COMMIT_DATE ${CMAKE_MATCH_2})
    endif()
  endif()
endif()

# RE2's file for pkg-config says 0.0.0 on Debian 12.
set(SNAPQ_RE2_VERSION ${RE2_VERSION})
set(SNAPQ_LIBEDIT_VERSION ${EDIT_VERSION})
foreach(variable SNAPQ_RE2_VERSION SNAPQ_LIBEDIT_VERSION)
  if(NOT ${variable} OR ${variable} STREQUAL "0.0.0")
    set(${variable} unknown)
  endif()
endforeach()
