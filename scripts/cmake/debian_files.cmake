# Run by CPack before it packs a .deb: brings the installed files into the form that Debian asks for.
file(GLOB_RECURSE program ${CPACK_TEMPORARY_DIRECTORY}/*/usr/bin/snapq)
cmake_path(GET program PARENT_PATH usr)
cmake_path(GET usr PARENT_PATH usr)
set(documents ${usr}/share/doc/snapq)

# The licence gets the name that Debian expects; a link keeps the name that the README uses. A static program also needs
# the licences of its libraries.
file(RENAME ${documents}/LICENSE ${documents}/copyright)
file(CREATE_LINK copyright ${documents}/LICENSE SYMBOLIC)
if(DEFINED ENV{SNAPQ_LICENCES})
  file(COPY $ENV{SNAPQ_LICENCES}/ DESTINATION ${documents}/licences)
endif()

# The changelog of the package, in Debian's form, refers to the changelog of the program.
execute_process(COMMAND date --utc --rfc-email --date=@$ENV{SOURCE_DATE_EPOCH}
  OUTPUT_VARIABLE date OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
set(version ${CPACK_PACKAGE_VERSION})
if(CPACK_DEBIAN_PACKAGE_VERSION)
  set(version ${CPACK_DEBIAN_PACKAGE_VERSION})
endif()
file(WRITE ${documents}/changelog "snapq (${version}) unstable; urgency=medium\n\n"
  "  * This version of snapq; its changes are in /usr/share/doc/snapq/CHANGELOG.md.\n\n"
  " -- ${CPACK_PACKAGE_CONTACT}  ${date}\n")

# Manual pages and the changelog are compressed without their names and dates, so that the bytes are always the same.
file(GLOB pages ${usr}/share/man/man1/*)
execute_process(COMMAND gzip -9 -n ${documents}/changelog ${pages} COMMAND_ERROR_IS_FATAL ANY)

# Debian's zsh looks here.
file(MAKE_DIRECTORY ${usr}/share/zsh/vendor-completions)
file(GLOB completion ${usr}/share/zsh/*/_snapq)
file(RENAME ${completion} ${usr}/share/zsh/vendor-completions/_snapq)
file(REMOVE_RECURSE ${usr}/share/zsh/site-functions)
