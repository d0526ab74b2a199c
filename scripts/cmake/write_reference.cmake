# cmake -DPROGRAM=… -DTO=… -P write_reference.cmake writes the manual pages and completion scripts that the program prints
# to the directories TO/man1, TO/bash, TO/zsh and TO/fish, with the names that man and the shells expect. PROGRAM may be
# a list: an emulator, and the program that it runs.

function(write path)
  execute_process(COMMAND ${PROGRAM} ${ARGN} OUTPUT_FILE ${TO}/${path} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

file(REMOVE_RECURSE ${TO})
file(MAKE_DIRECTORY ${TO}/man1 ${TO}/bash ${TO}/zsh ${TO}/fish)

# The page of the program lists the pages of its commands.
write(man1/snapq.1 help --man)
file(READ ${TO}/man1/snapq.1 page)
string(REGEX MATCHALL "snapq\\\\-[a-z]+" names "${page}")
list(REMOVE_DUPLICATES names)
foreach(name IN LISTS names)
  string(REPLACE "snapq\\-" "" command ${name})
  write(man1/snapq-${command}.1 help --man ${command})
endforeach()

write(bash/snapq completion bash)
write(zsh/_snapq completion zsh)
write(fish/snapq.fish completion fish)
