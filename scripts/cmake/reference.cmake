# Manual pages and completion scripts. The program prints them from its own option tables. Included after the targets exist.

set(SNAPQ_PRINTING_PROGRAM "" CACHE FILEPATH
  "When cross-compiling without an emulator: a snapq of the same version that runs here, which prints the manual pages")
set(SNAPQ_ZSH_DIR ${CMAKE_INSTALL_DATADIR}/zsh/site-functions CACHE STRING
  "Where the completion for zsh is installed (packages for Debian: share/zsh/vendor-completions)")

set(SNAPQ_REFERENCE_DIR ${PROJECT_BINARY_DIR}/reference)
if(SNAPQ_PRINTING_PROGRAM)
  set(printing_program ${SNAPQ_PRINTING_PROGRAM})
else()
  set(printing_program ${CMAKE_CROSSCOMPILING_EMULATOR} $<TARGET_FILE:snapq>)
endif()

# Not in builds with a sanitizer: they are not installed, and each start of their program takes long.
set(all_or_not ALL)
if(SNAPQ_SANITIZE)
  set(all_or_not "")
endif()
add_custom_command(OUTPUT ${SNAPQ_REFERENCE_DIR}.stamp
  COMMAND ${CMAKE_COMMAND} "-DPROGRAM=${printing_program}" -DTO=${SNAPQ_REFERENCE_DIR}
          -P ${CMAKE_CURRENT_LIST_DIR}/write_reference.cmake
  COMMAND ${CMAKE_COMMAND} -E touch ${SNAPQ_REFERENCE_DIR}.stamp
  DEPENDS snapq ${CMAKE_CURRENT_LIST_DIR}/write_reference.cmake
  COMMENT "Writing manual pages and completions" VERBATIM)
add_custom_target(snapq_reference ${all_or_not} DEPENDS ${SNAPQ_REFERENCE_DIR}.stamp)

install(DIRECTORY ${SNAPQ_REFERENCE_DIR}/man1 DESTINATION ${CMAKE_INSTALL_MANDIR} COMPONENT program)
install(FILES ${SNAPQ_REFERENCE_DIR}/bash/snapq DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
  COMPONENT program)
install(FILES ${SNAPQ_REFERENCE_DIR}/zsh/_snapq DESTINATION ${SNAPQ_ZSH_DIR} COMPONENT program)
install(FILES ${SNAPQ_REFERENCE_DIR}/fish/snapq.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d
  COMPONENT program)
