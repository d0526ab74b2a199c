# shellcheck shell=bash
# Sourced by the scripts that package a static program: the licences of what is linked into it.

# Library of the linker's map: the directory of /usr/share/doc with its licence. Those of the compiler and of the C library
# come from this machine.
declare -A licence_of=(
    [libsqlite3]=libsqlite3-dev [libtrigonometry]=musl [libz]=zlib1g-dev [libzstd]=libzstd-dev [libre2]=libre2-dev
    [libutf8proc]=libutf8proc-dev [libedit]=libedit-dev [libtermcap]=libncurses-dev [libtinfo]=libncurses-dev
    [libbsd]=libbsd-dev [libmd]=libmd-dev [libzip]=libzip [libsimdjson]=simdjson [libisal]=libisal [libfmt]=fmtlib
    [libc]=/libc6 [libm]=/libc6 [libgcc]=/gcc [libgcc_eh]=/gcc [libstdc++]=/gcc
)
headers_only=(libcli11-dev)

# The static libraries that the linker took something from: libsqlite3, libc and so on.
linked_libraries() {
    sed -n '/^Linker script and memory map/q; s/^\(\/.*\)(.*)$/\1/p' "$1" |
        sed 's|.*/||; s|\.a$||; s|^libm-.*|libm|' | sort --unique
}

# write_licences MAP ROOT TARGET: one file a package in the directory TARGET, and the licences that these refer to.
write_licences() {
    local map="$1" root="$2" target="$3" library place file common packages=("${headers_only[@]}")
    mkdir -p "$target/common"
    while read -r library; do
        if [[ -z "${licence_of[$library]:-}" ]]; then
            echo "packaging/licences.sh does not know the licence of $library, which is linked in" >&2
            return 1
        fi
        packages+=("${licence_of[$library]}")
    done < <(linked_libraries "$map")
    while read -r library; do
        case "$library" in
            /gcc) place="/usr/share/doc/gcc-$(gcc -dumpversion)-base" ;;
            /*) place="/usr/share/doc$library" ;;
            *) place="$root/usr/share/doc/$library" ;;
        esac
        library="${library#/}"
        library="${library%-dev}"
        install -m 644 "$place/copyright" "$target/$library"
        mapfile -t common < <(grep -oh '/usr/share/common-licenses/[A-Za-z0-9.-]*[A-Za-z0-9]' "$target/$library")
        for file in "${common[@]}"; do
            install -m 644 "$file" "$target/common/"
        done
    done < <(printf '%s\n' "${packages[@]}" | sort --unique)
}
