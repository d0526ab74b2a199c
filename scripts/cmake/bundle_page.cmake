# Makes the two halves of the HTML page of `snapq report` from src/page/web. Run by the build:
#
#     cmake -D ESBUILD=PROGRAM -D WEB=DIRECTORY -D OUT=DIRECTORY -P bundle_page.cmake
#
# Writes OUT/before_data.html and OUT/after_data.html, and both compressed, with .zst at the end of their names. Script
# and style become a part of the page. The content security policy allows only these two, by their hashes.

# The base64 of a SHA-256 that is given as hexadecimal digits.
function(base64_of_hash hex result)
  set(digits "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
  string(APPEND hex "00")  # 32 bytes and one zero make eleven groups of three; the last digit becomes the padding
  set(text "")
  foreach(group RANGE 0 60 6)
    string(SUBSTRING "${hex}" ${group} 6 bytes)
    foreach(shift 18 12 6 0)
      math(EXPR digit "(0x${bytes} >> ${shift}) & 63")
      string(SUBSTRING "${digits}" ${digit} 1 character)
      string(APPEND text "${character}")
    endforeach()
  endforeach()
  string(SUBSTRING "${text}" 0 43 text)
  set(${result} "${text}=" PARENT_SCOPE)
endfunction()

# Stops the build if the text of an element has something that would end the element early or begin a comment in it.
function(refuse text what)
  foreach(mark IN LISTS ARGN)
    string(FIND "${text}" "${mark}" at)
    if(NOT at EQUAL -1)
      message(FATAL_ERROR "${what} contains ${mark}, which would break the HTML")
    endif()
  endforeach()
endfunction()

file(MAKE_DIRECTORY ${OUT})
# bundle(SOURCE TARGET OPTION...): one file of everything that SOURCE imports.
function(bundle source target)
  execute_process(
    COMMAND ${ESBUILD} ${WEB}/${source} --bundle --minify --charset=ascii --log-level=warning --outfile=${OUT}/${target} ${ARGN}
    COMMAND_ERROR_IS_FATAL ANY)
endfunction()
bundle(main.ts script.js --format=iife --target=es2020)
bundle(page.css style.css --target=chrome105,firefox113,safari16.4)
file(READ ${OUT}/script.js script)
file(READ ${OUT}/style.css style)
file(READ ${WEB}/page.html page)
refuse("${script}" "the bundle of main.ts" "</script" "<!--")
refuse("${style}" "page.css" "</style" "<!--")

string(SHA256 script_hash "${script}")
string(SHA256 style_hash "${style}")
base64_of_hash(${script_hash} script_hash)
base64_of_hash(${style_hash} style_hash)
string(CONCAT policy
  "default-src 'none'; script-src 'sha256-${script_hash}' blob:; style-src 'sha256-${style_hash}'; "
  "worker-src blob:; img-src data: blob:; base-uri 'none'; form-action 'none'")

string(FIND "${page}" "<!--SNAPQ:DATA-->" data)
string(FIND "${page}" "<!--SNAPQ:SCRIPT-->" script_at)
if(data EQUAL -1 OR script_at LESS data)
  message(FATAL_ERROR "page.html needs <!--SNAPQ:DATA-->, and <!--SNAPQ:SCRIPT--> behind it")
endif()
string(SUBSTRING "${page}" 0 ${data} before)
string(SUBSTRING "${page}" ${data} -1 after)
string(REPLACE "<!--SNAPQ:DATA-->" "" after "${after}")
string(REPLACE "<!--SNAPQ:CSP-->" "<meta http-equiv=\"Content-Security-Policy\" content=\"${policy}\">" before "${before}")
string(REPLACE "<!--SNAPQ:STYLE-->" "<style>${style}</style>" before "${before}")
string(REPLACE "<!--SNAPQ:SCRIPT-->" "<script>${script}</script>" after "${after}")
# write_both(NAME TEXT): the file, and the same as a frame of zstd, which has a third of the size.
function(write_both name text)
  file(WRITE ${OUT}/${name} "${text}")
  file(ARCHIVE_CREATE OUTPUT ${OUT}/${name}.zst PATHS ${OUT}/${name} FORMAT raw COMPRESSION Zstd COMPRESSION_LEVEL 9)
endfunction()
write_both(before_data.html "${before}")
write_both(after_data.html "${after}")
