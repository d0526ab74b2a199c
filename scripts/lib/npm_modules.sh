# shellcheck shell=bash
# The npm modules that some tests need, such as readers of the formats that snapq writes. They are in a build folder;
# no part of them becomes a part of snapq.

# install_npm_modules TESTS... : for each folder of tests, such as tests/lake, installs the modules of its
# package-lock.json in build/npm/lake. Call it in the root of the source tree.
install_npm_modules() {
    local tests folder
    for tests in "$@"; do
        folder="build/npm/${tests##*/}"
        if [[ -d "$folder/node_modules" ]] && cmp -s "$tests/package-lock.json" "$folder/package-lock.json"; then
            continue
        fi
        mkdir -p "$folder"
        cp "$tests/package.json" "$tests/package-lock.json" "$folder"
        if ! npm ci --prefix "$folder" --no-audit --no-fund --loglevel=error; then
            rm -rf "$folder"
            echo "Optional: npm could not install its modules, so the tests in $tests are skipped."
        fi
    done
}
