# shellcheck shell=bash disable=SC2034
# The Debian packages that snapq needs, for the scripts that build, test, check and package it.
# An entry is PACKAGE, or PACKAGE:COMMAND if any program with that name is enough.

build_packages=(
    g++:g++ cmake:cmake ninja-build:ninja pkg-config:pkg-config
    libcli11-dev libfmt-dev libsimdjson-dev libsqlite3-dev zlib1g-dev libzip-dev libzstd-dev libisal-dev libre2-dev
    libedit-dev libutf8proc-dev esbuild:esbuild
)
# For scripts/package static: the tools that build the program, and its libraries from Debian's source
# packages.
static_packages=(
    g++:g++ gcc:gcc cmake:cmake ninja-build:ninja pkg-config:pkg-config make:make nasm:nasm
    dpkg-dev:dpkg-source xz-utils:xz patch:patch tcl:tclsh esbuild:esbuild
)
aarch64_packages=(g++-aarch64-linux-gnu gcc-aarch64-linux-gnu qemu-user-static:qemu-aarch64-static)
deb_packages=(dpkg-dev:dpkg-shlibdeps fakeroot file:file)
# For scripts/check_packages.
check_packages=(python3:python3 binutils:readelf debootstrap:debootstrap lintian:lintian qemu-user-static:qemu-x86_64-static)
wheel_packages=(python3-build python3-setuptools python3-wheel binutils:readelf)
test_packages=(
    catch2 python3:python3 sqlite3:sqlite3 unzip:unzip valgrind:valgrind
    groff-base:groff man-db:man mandoc:mandoc zsh:zsh fish:fish
    slurmctld:slurmctld slurmd:slurmd slurm-client:sbatch iproute2:ip  # for the test of examples/slurm; no service is started
    parallel  # GNU parallel, for the examples of docs/fleet.md; those for mpirun are tested where openmpi-bin is installed
    python3-pip python3-pytest python3-venv "${wheel_packages[@]}"
)
node_packages=(nodejs:node npm:npm chromium:chromium)  # for tests with readers from npm, and in a browser
clang_packages=(clang:clang++ lld:ld.lld)  # for preset asan: address and undefined-behaviour sanitizers
format_packages=(clang-format:clang-format)
lint_packages=(clang:clang++ clang-tidy:clang-tidy git:git)

# install_missing ENTRY... : installs the packages that are missing.
install_missing() {
    local entry package missing=()
    if ! command -v dpkg-query > /dev/null; then
        echo "This system has no dpkg. Please make sure that these are installed: $*" >&2
        return 0
    fi
    for entry in "$@"; do
        package="${entry%%:*}"
        if [[ "$entry" == *:* ]] && command -v "${entry#*:}" > /dev/null; then
            continue
        fi
        if [[ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2> /dev/null || true)" != installed ]]; then
            missing+=("$package")
        fi
    done
    if ((${#missing[@]} == 0)); then
        return 0
    fi
    echo "Installing: ${missing[*]}" >&2
    local as_root=()
    if ((EUID != 0)); then
        if ! command -v sudo > /dev/null; then
            echo "Neither root nor sudo; please install: apt-get install ${missing[*]}" >&2
            return 1
        fi
        as_root=(sudo)
    fi
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
}
