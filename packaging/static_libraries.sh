#!/usr/bin/env bash
# The static libraries that a static program is linked with; packaging/static runs this.
#
#   bash packaging/static_libraries.sh DIRECTORY PROCESSOR      PROCESSOR: x86_64 or aarch64
#
# Debian's development packages have most of them. Four libraries are only shared there, and are built from the source
# packages of the distribution. All lie in DIRECTORY/root as they would lie below "/", so a build for the other processor
# works in the same way, and nothing of the machine changes: apt keeps its lists in DIRECTORY, too.
# shellcheck disable=SC2016  # names in single quotes are those of apt and pkg-config
set -euo pipefail

directory="$(realpath "$1")"
processor="$2"
root="$directory/root"
# What is unpacked, and what is built from its source package.
unpacked=(
    libsqlite3-dev zlib1g-dev libzstd-dev libre2-dev libutf8proc-dev libedit-dev libbsd-dev libmd-dev libncurses-dev
    libcli11-dev
)
built=(libzip simdjson libisal fmtlib)

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
flags="-O2 -fPIC"

apt_here() {
    local state="$directory/apt"
    apt-get -qq -o APT::Architecture="$architecture" -o APT::Architectures="$architecture" \
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
        -DCMAKE_C_FLAGS_RELEASE="$flags -DNDEBUG" -DCMAKE_CXX_FLAGS_RELEASE="$flags -DNDEBUG" \
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
        CC="${tools}gcc" AR="${tools}ar" RANLIB="${tools}ranlib" STRIP="${tools}strip" DEBUG="$flags" have_threads=n
    install -D -m 644 bin/isa-l.a "$root/usr/lib/libisal.a"
    install -D -m 644 -t "$root/usr/include/isa-l" include/igzip_lib.h include/crc.h include/crc64.h include/types.h
    mkdir -p "$root/usr/lib/pkgconfig"
    sed -n 's/^version ?= //p' make.inc | {
        read -r version
        printf '%s\n' 'prefix=/usr' 'Name: libisal' 'Description: Fast deflate and its checksums' "Version: $version" \
            'Libs: -L${prefix}/lib -lisal' 'Cflags: -I${prefix}/include'
    } > "$root/usr/lib/pkgconfig/libisal.pc"
}

build() {
    local source="$1" folder
    cd "$directory/sources"
    apt_here source --only-source "$source"
    folder="$(find . -maxdepth 1 -type d -name "$source-*")"
    install -D -m 644 "$folder/debian/copyright" "$root/usr/share/doc/$source/copyright"
    cd "$folder"
    "build_$source"
}

mkdir -p "$root" "$directory/sources"
read_lists
unpack "${unpacked[@]}"
unpack_licences
for source in "${built[@]}"; do
    build "$source"
done
rm -rf "$directory/apt" "$directory/debs" "$directory/sources"
