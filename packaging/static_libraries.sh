#!/usr/bin/env bash
# The static libraries that a static program is linked with; packaging/static runs this.
#
#   bash packaging/static_libraries.sh DIRECTORY PROCESSOR [--older-sources]      PROCESSOR: x86_64 or aarch64
#
# With --older-sources, the sources of an earlier Debian revision are enough where the mirror does not have the newest ones.
# DIRECTORY/notes then says which; whoever builds has to see it.
#
# Debian's development packages have some of them. The others are built from the source packages of the distribution:
# four because they are only shared there, and four because the program gets much smaller without what snapq does not use.
# All lie in DIRECTORY/root as they would lie below "/", so a build for the other processor works in the same way, and
# nothing of the machine changes: apt keeps its lists in DIRECTORY, too.
# shellcheck disable=SC2016  # names in single quotes are those of apt and pkg-config
set -euo pipefail

recipes="$(dirname "$(realpath "${BASH_SOURCE[0]}")")"
directory="$(realpath "$1")"
processor="$2"
older_sources="${3:-}"
root="$directory/root"
# What is unpacked, and what is built from its source package.
unpacked=(
    libsqlite3-dev zlib1g-dev libzstd-dev libre2-dev libutf8proc-dev libedit-dev libbsd-dev libmd-dev libncurses-dev
    libcli11-dev
)
built=(libzip simdjson libisal fmtlib sqlite3 libzstd re2 utf8proc musl)

case "$processor" in
    x86_64) architecture=amd64 ;;
    aarch64) architecture=arm64 ;;
    *) echo "static_libraries.sh: unknown processor $processor" >&2; exit 2 ;;
esac
# The compiler of another processor has a prefix.
tools=""
if [[ "$(uname -m)" != "$processor" ]]; then
    tools="$processor-linux-gnu-"
fi
# A section for each function and variable, so that the linker leaves out what nothing calls.
flags="-O2 -fPIE -ffunction-sections -fdata-sections -DNDEBUG"
# For C: tables for exceptions are left out, because no callback of snapq lets an exception pass through a library.
c_flags="$flags -fno-asynchronous-unwind-tables -fno-unwind-tables"
for_size="-Os"
if [[ "$processor" == x86_64 ]]; then
    # Otherwise GCC copies with an instruction that is slow for short texts.
    for_size+=" -mstringop-strategy=libcall"
fi

apt_here() { apt_command apt-get -qq "$@"; }
apt_cache_here() { apt_command apt-cache "$@"; }

apt_command() {
    local state="$directory/apt" command="$1"
    shift
    "$command" -o APT::Architecture="$architecture" -o APT::Architectures="$architecture" \
        -o Dir::Etc::SourceList="$state/sources.list" -o Dir::Etc::SourceParts=- \
        -o Dir::State="$state" -o Dir::State::Status=/dev/null -o Dir::Cache="$state/cache" \
        -o APT::Sandbox::User=root "$@"
}

# Reads the lists of packages and of sources from where this machine has its own from.
read_lists() {
    local state="$directory/apt" uri release places
    places="$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' 'Origin: Debian' 'Component: main')"
    if [[ -z "$places" ]]; then
        echo "apt knows no packages of Debian here. Please run 'apt-get update'."
        return 1
    fi
    mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
    while read -r uri release; do
        printf '%s\n' "deb $uri $release main" "deb-src $uri $release main"
    done <<< "$places" > "$state/sources.list"
    apt_here update
}

unpack() {
    local file
    mkdir -p "$directory/debs"
    (cd "$directory/debs" && rm -f ./*.deb && apt_here download "$@")
    for file in "$directory"/debs/*.deb; do
        dpkg-deb --extract "$file" "$root"
    done
}

# The licence of some packages lies in another one; their directory of documents is then a link to that of the other.
unpack_licences() {
    local packages
    mapfile -t packages < <(find "$root/usr/share/doc" -maxdepth 1 -type l -printf '%l\n' | sort --unique)
    unpack "${packages[@]}"
}

build_with_cmake() {
    cmake -S . -B static -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX=/usr -DCMAKE_INSTALL_LIBDIR=lib \
        -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR="$processor" \
        -DCMAKE_C_COMPILER="${tools}gcc" -DCMAKE_CXX_COMPILER="${tools}g++" \
        -DCMAKE_C_FLAGS_RELEASE="$c_flags" -DCMAKE_CXX_FLAGS_RELEASE="$flags" \
        -DCMAKE_FIND_ROOT_PATH="$root" -DCMAKE_FIND_LIBRARY_SUFFIXES=.a -DBUILD_SHARED_LIBS=OFF "$@"
    cmake --build static
    DESTDIR="$root" cmake --install static
}

# Archives of snapq need neither encryption nor bzip2 and xz.
build_libzip() {
    build_with_cmake -DENABLE_COMMONCRYPTO=OFF -DENABLE_GNUTLS=OFF -DENABLE_MBEDTLS=OFF -DENABLE_OPENSSL=OFF \
        -DENABLE_BZIP2=OFF -DENABLE_LZMA=OFF -DBUILD_TOOLS=OFF -DBUILD_REGRESS=OFF -DBUILD_EXAMPLES=OFF -DBUILD_DOC=OFF
}

build_fmtlib() {
    build_with_cmake -DFMT_TEST=OFF -DFMT_DOC=OFF
}

build_simdjson() {
    build_with_cmake -DSIMDJSON_DEVELOPER_MODE=OFF
}

# Only what reads and writes deflate, with its checksums. Its own rules install more than that.
build_libisal() {
    make -f Makefile.unx lib units="igzip crc" arch="${processor/x86_64/}" host_cpu="$processor" \
        CC="${tools}gcc" AR="${tools}ar" RANLIB="${tools}ranlib" STRIP="${tools}strip" DEBUG="$c_flags" have_threads=n
    install -D -m 644 bin/isa-l.a "$root/usr/lib/libisal.a"
    install -D -m 644 -t "$root/usr/include/isa-l" include/igzip_lib.h include/crc.h include/crc64.h include/types.h
    mkdir -p "$root/usr/lib/pkgconfig"
    sed -n 's/^version ?= //p' make.inc | {
        read -r version
        printf '%s\n' 'prefix=/usr' 'Name: libisal' 'Description: Fast deflate and its checksums' "Version: $version" \
            'Libs: -L${prefix}/lib -lisal' 'Cflags: -I${prefix}/include'
    } > "$root/usr/lib/pkgconfig/libisal.pc"
}

# compile COMPILER OPTION... FILE... : object files in the folder of the sources.
compile() {
    local compiler="$1"
    shift
    local options=()
    while [[ "$1" == -* ]]; do
        options+=("$1")
        shift
    done
    printf '%s\0' "$@" | xargs -0 -n 1 -P "$(nproc)" "$tools$compiler" -c "${options[@]}"
}

# replace_library FILE: the objects of the current folder become the static library FILE of the root, whose other files
# (headers, pkg-config) come from Debian's development package.
replace_library() {
    local library
    library="$(find "$root/usr/lib" -name "$1")"
    rm -f "$library"
    "${tools}ar" rcsD "$library" ./*.o
}

# Without full-text search, R-trees, sessions and extensions, which snapq does not allow. Everything else that changes
# what SQL means is as in Debian's build. Files that work on each row or page are compiled for speed, the others for size.
build_sqlite3() {
    local fast=(
        bitvec btree func hash malloc mem1 os_unix pager pcache pcache1 printf utf util vdbe vdbeapi vdbeaux vdbemem
        vdbesort
    )
    local unused="fts[1-5].*|rtree|geopoly|icu|sqlite3(rbu|session)|shell|tclsqlite|userauth|stmt|os_(win|kv)|mutex_w32"
    local options=(
        -DSQLITE_SECURE_DELETE -DSQLITE_SOUNDEX -DSQLITE_OMIT_LOOKASIDE -DSQLITE_ALLOW_ROWID_IN_VIEW
        -DSQLITE_ENABLE_UPDATE_DELETE_LIMIT=1 -DSQLITE_LIKE_DOESNT_MATCH_BLOBS -DSQLITE_THREADSAFE=1 -DSQLITE_USE_URI=1
        -DSQLITE_MAX_SCHEMA_RETRY=25 -DSQLITE_MAX_VARIABLE_NUMBER=250000 -DSQLITE_ENABLE_MATH_FUNCTIONS
        -DSQLITE_OMIT_LOAD_EXTENSION
    )
    local functions=(
        -DHAVE_FDATASYNC=1 -DHAVE_GMTIME_R=1 -DHAVE_ISNAN=1 -DHAVE_LOCALTIME_R=1 -DHAVE_PREAD=1 -DHAVE_PREAD64=1
        -DHAVE_PWRITE=1 -DHAVE_PWRITE64=1 -DHAVE_STRCHRNUL=1 -DHAVE_USLEEP=1 -DHAVE_UTIME=1
    )
    make -f main.mk TOP=. BCC=gcc TCC="${tools}gcc" OPTS="${options[*]}" TCLSH=tclsh NAWK=awk target_source
    cd tsrc
    local small
    mapfile -t small < <(find . -maxdepth 1 -name '*.c' -printf '%f\n' | sed 's/\.c$//' | grep -vxE "$unused" |
        grep -vxFf <(printf '%s\n' "${fast[@]}") | sort)
    # SQLite relies on types that share memory.
    local flags="$c_flags -fno-strict-aliasing -D_FILE_OFFSET_BITS=64 -I. -w"
    # shellcheck disable=SC2086
    compile gcc $flags "${options[@]}" "${functions[@]}" "${fast[@]/%/.c}"
    # shellcheck disable=SC2086
    compile gcc $flags $for_size "${options[@]}" "${functions[@]}" "${small[@]/%/.c}"
    replace_library libsqlite3.a
}

# What reads zstd data is that of Debian's package, so it has all fixes, even where the mirror does not have their sources;
# only the formats before zstd 1.0 are taken out. What writes such data is compiled without the compressors for
# dictionaries and for streams in several buffers: snapq compresses each buffer at once. Calling one of these would end
# the program. What the levels from 5 on use is compiled for size.
build_libzstd() {
    local definitions="-DXXH_NAMESPACE=ZSTD_ -I."
    local slow="zstd_(lazy|opt|ldm|compress_superblock)"
    local fast small library
    cd lib
    local unused='static size_t ZSTD_compressBlock_unused(ZSTD_matchState_t* state, seqStore_t* sequences, U32 repeated[3],
        void const* source, size_t size) {
        (void)state; (void)sequences; (void)repeated; (void)source; (void)size;
        __builtin_trap();
    }'
    sed -i -E '/^ZSTD_blockCompressor ZSTD_selectBlockCompressor/ i '"${unused//$'\n'/\\n}" compress/zstd_compress.c
    sed -i -E '/^ZSTD_blockCompressor ZSTD_selectBlockCompressor/,/^}/ {
        s/ZSTD_compressBlock_[a-z0-9]+_(extDict|dictMatchState|dedicatedDictSearch)(_row)?\>/ZSTD_compressBlock_unused/
    }' compress/zstd_compress.c
    mapfile -t fast < <(find compress -name '*.c' | grep -vE "$slow" | sort)
    mapfile -t small < <(find compress -name '*.c' | grep -E "$slow" | sort)
    # shellcheck disable=SC2086
    compile gcc $c_flags $definitions "${fast[@]}" "$recipes/zstd_without_old_formats.c"
    # shellcheck disable=SC2086
    compile gcc $c_flags $definitions $for_size "${small[@]}"
    library="$(find "$root/usr/lib" -name libzstd.a)"
    "${tools}ar" dD "$library" zstd_v05.o zstd_v06.o zstd_v07.o
    "${tools}ar" rcsD "$library" ./*.o
}

# The tables of Unicode, which need other packages to be made, stay those of Debian's development package.
build_re2() {
    local files
    mapfile -t files < <(find re2 -maxdepth 1 -name '*.cc')
    "${tools}ar" x "$(find "$root/usr/lib" -name libre2.a)" perl_groups.o unicode_casefold.o unicode_groups.o
    # shellcheck disable=SC2086
    compile g++ -std=c++17 $flags $for_size -I. "${files[@]}" util/rune.cc util/strutil.cc
    replace_library libre2.a
}

# snapq asks for the width of a character and whether it is invisible. The tables with what else is known of characters
# have 0.3 MB, so they are made smaller; the functions that need them are then not there to be linked.
build_utf8proc() {
    local definitions="-DUTF8PROC_STATIC -I."
    # shellcheck disable=SC2086
    gcc -O1 $definitions -o reduce "$recipes/reduce_utf8proc.c"
    ./reduce > reduced.c
    mv reduced.c utf8proc_data.c
    # shellcheck disable=SC2086
    compile gcc $c_flags $definitions utf8proc.c
    "${tools}objcopy" --keep-global-symbol=utf8proc_charwidth --keep-global-symbol=utf8proc_get_property \
        --keep-global-symbol=utf8proc_version utf8proc.o
    replace_library libutf8proc.a
}

# The trigonometric functions of SQL. Those of glibc have 0.3 MB, because there are up to four of each with large tables.
build_musl() {
    local files=(
        acos asin atan atan2 cos sin tan __cos __rem_pio2 __rem_pio2_large __sin __tan
    )
    cd src/math
    # glibc declares functions with these names.
    sed -i -E 's/\b__((cos|rem_pio2|rem_pio2_large|sin|tan)l?)\(/musl_\1(/' "${files[@]/%/.c}" ../internal/libm.h
    # shellcheck disable=SC2086
    compile gcc $c_flags -std=c99 -frounding-math -D_DEFAULT_SOURCE '-Dhidden=__attribute__((visibility("hidden")))' \
        '-Dweak_alias(old,new)=' -I../internal -I../../arch/generic "${files[@]/%/.c}"
    "${tools}ar" rcsD "$root/usr/lib/libtrigonometry.a" ./*.o
}

# A version of Debian without its last part, which counts Debian's revisions: 1.5.4+dfsg2-5+deb12u1 becomes 1.5.4+dfsg2.
upstream_version() { echo "${1%-*}"; }

# Gets the newest version of a source package, and fails if the mirror does not have it: after a security fix, a mirror
# may have a package for a while without its source. An earlier revision of the same upstream version is taken only where
# it is said to be enough.
get_source() {
    local source="$1" versions version
    mapfile -t versions < <(apt_cache_here showsrc --only-source "$source" | sed -n 's/^Version: //p' |
        sort --unique --version-sort --reverse)
    if ((${#versions[@]} == 0)); then
        echo "The mirror lists no source package $source."
        return 1
    fi
    for version in "${versions[@]}"; do
        if [[ "$(upstream_version "$version")" != "$(upstream_version "${versions[0]}")" ]]; then
            break
        fi
        if apt_here source --only-source "$source=$version"; then
            if [[ "$version" != "${versions[0]}" ]]; then
                note_older_source "$source" "$version" "${versions[0]}"
            fi
            return 0
        fi
        if [[ "$older_sources" != --older-sources && "$source" != libzstd ]]; then
            echo "The mirror does not have the source package $source $version. Try again later, or take an earlier one," \
                "which may lack a security fix: scripts/package static --older-sources"
            return 1
        fi
    done
    echo "The mirror does not have the source package $source ${versions[0]}, nor an earlier revision of it."
    return 1
}

note_older_source() {
    local source="$1" taken="$2" newest="$3" meaning="The program lacks what was fixed since then."
    if [[ "$source" == libzstd ]]; then
        meaning="Only what writes zstd data comes from it; what reads them is that of the newest package."
    fi
    echo "The mirror does not have the source package $source $newest; $taken was taken. $meaning" >> "$directory/notes"
}

build() {
    local source="$1" folder
    cd "$directory/sources"
    get_source "$source"
    folder="$(find . -maxdepth 1 -type d -name "$source-*")"
    install -D -m 644 "$folder/debian/copyright" "$root/usr/share/doc/$source/copyright"
    cd "$folder"
    "build_$source"
}

build_all() {
    local source
    mkdir -p "$root" "$directory/sources"
    read_lists
    unpack "${unpacked[@]}"
    unpack_licences
    for source in "${built[@]}"; do
        build "$source"
    done
    rm -rf "$directory/apt" "$directory/debs" "$directory/sources"
}

# A test reads this file for its functions.
if [[ "${BASH_SOURCE[0]}" == "$0" ]]; then
    build_all
fi
