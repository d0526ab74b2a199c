"""`cmake --install` installs everything: the program runs, man and the shells find the manual pages and completions,
other programs can be built with the library, and links between the documents work.

Runs only in the preset dev, because the others install the same files.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import program
from program import ROOT, SAMPLE, ProgramTest, Result

BUILD = Path(program.SNAPQ).parent
MOST_HEADERS = 15
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
CPP_BLOCK = re.compile(r"^```cpp\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# The program defines operator new, so the library must not define it as well.
LINKED_PROGRAM = """\
#include <snapq/snapq.hpp>

#include <cstdlib>
#include <new>

void* operator new(std::size_t size) {
    if (void* memory = std::malloc(size)) return memory;
    throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

int main() {
    try {
        const snapq::Archive archive("none.zip");
    } catch (const snapq::InputError& error) {
        return snapq::version().empty() ? 1 : snapq::exit_code(error.kind());
    }
    return 1;
}
"""


def compiler() -> str:
    cache = (BUILD / "CMakeCache.txt").read_text(encoding="utf-8")
    match = re.search(r"^CMAKE_CXX_COMPILER:\w+=(.*)$", cache, re.MULTILINE)
    assert match is not None
    return match[1]


class Install(ProgramTest):
    """One installation for all tests of the class."""

    prefix: Path
    output: str

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        holder = Path(tempfile.mkdtemp(prefix="snapq-install-"))
        cls.addClassCleanup(shutil.rmtree, holder)
        cls.prefix = holder / "prefix"
        command: list[str | Path] = ["cmake", "--install", BUILD, "--prefix", cls.prefix]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stderr
        cls.output = result.stdout

    def checked(self, *command: str | Path, **options: object) -> Result:
        result = self.run_program(command, **options)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return result

    def pkg_config_flags(self) -> list[str]:
        environment = {**os.environ, "PKG_CONFIG_PATH": str(self.prefix / "lib" / "pkgconfig")}
        result = self.checked("pkg-config", "--cflags", "--libs", "snapq", env=environment)
        return shlex.split(result.stdout)

    def compile(self, source: str, name: str = "linked") -> Path:
        (self.directory / f"{name}.cpp").write_text(source, encoding="utf-8")
        self.checked(compiler(), f"{name}.cpp", *self.pkg_config_flags(), "-o", name)
        return self.directory / name

    def documents(self) -> Path:
        return self.prefix / "share" / "doc" / "snapq"

    def test_all_files_are_below_the_prefix(self) -> None:
        paths = re.findall(r"^-- (?:Installing|Up-to-date): (.*)$", self.output, re.MULTILINE)
        self.assertGreater(len(paths), 20)
        for path in paths:
            self.assertTrue(Path(path).is_relative_to(self.prefix), path)
        self.assertEqual(sorted(path.name for path in self.prefix.iterdir()), ["bin", "include", "lib", "share"])

    def test_the_program_runs(self) -> None:
        version = self.checked(self.prefix / "bin" / "snapq", "--version").stdout.split()[1]
        self.assertIn(f"Version: {version}\n", (self.prefix / "lib/pkgconfig/snapq.pc").read_text(encoding="utf-8"))

    def test_man_finds_a_page_for_each_command(self) -> None:
        help_text = self.checked(self.prefix / "bin" / "snapq", "--help").stdout
        commands = re.findall(r"^  ([a-z]+) ", help_text.partition("Commands:")[2], re.MULTILINE)
        pages = {path.name for path in (self.prefix / "share/man/man1").iterdir()}
        self.assertEqual(pages, {"snapq.1", *(f"snapq-{command}.1" for command in commands)})
        if shutil.which("man") is None:
            self.skipTest("man is not installed")
        shown = self.checked("man", "-M", self.prefix / "share/man", "snapq-convert").stdout
        self.assertIn("convert snapshots to small", shown)

    def test_completions_lie_where_the_shells_look(self) -> None:
        share = self.prefix / "share"
        for shell, name in (("bash", "bash-completion/completions/snapq"), ("zsh", "zsh/site-functions/_snapq"),
                            ("fish", "fish/vendor_completions.d/snapq.fish")):
            printed = self.checked(self.prefix / "bin" / "snapq", "completion", shell).stdout
            self.assertEqual((share / name).read_text(encoding="utf-8"), printed)

    def test_the_licence_is_there(self) -> None:
        self.assertEqual((self.documents() / "LICENSE").read_bytes(), (ROOT / "LICENSE").read_bytes())

    def test_public_headers_only_and_each_compiles_alone(self) -> None:
        installed = sorted(path.name for path in (self.prefix / "include").rglob("*.hpp"))
        public = [path.name for path in (ROOT / "include" / "snapq").glob("*.hpp")]
        self.assertEqual(installed, sorted([*public, "version.hpp"]))
        self.assertLessEqual(len(installed), MOST_HEADERS)
        flags = ["-std=c++20", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only", "-xc++"]
        for name in installed:
            with self.subTest(header=name):
                source = f"#include <snapq/{name}>\n"
                self.checked(compiler(), *flags, "-I", self.prefix / "include", "-", input=source)

    def test_the_example_builds_with_find_package_and_runs(self) -> None:
        source = self.documents() / "examples" / "embed"
        self.checked("cmake", "-S", source, "-B", "build", f"-DCMAKE_PREFIX_PATH={self.prefix}",
                     f"-DCMAKE_CXX_COMPILER={compiler()}")
        self.checked("cmake", "--build", "build")
        output = self.checked("build/embed", SAMPLE, "run.zip").stdout.splitlines()
        self.assertRegex(output[0], r"^converted: \d+ events, \d+ allocations$")
        by_query = [line for line in output if line.startswith("query: ")]
        by_summary = [line for line in output if line.startswith("summary: ")]
        self.assertEqual(len(by_query), 3)
        self.assertEqual(len(by_summary), 4)
        peak = self.checked(self.prefix / "bin" / "snapq", "summary", "run.zip", "--get", "peak_requested_bytes")
        self.assertEqual(by_summary[0], f"summary: device 0, peak {peak.stdout.strip()} bytes")
        refused = self.run_program(["build/embed", "none.pickle", "run.zip"])
        self.assertEqual(refused.returncode, 3)
        self.assertTrue(refused.stderr.startswith("embed: none.pickle: "), refused.stderr)

    def test_pkg_config_asks_for_no_other_libraries(self) -> None:
        """Those that libzip needs have no development files where only the packages of docs/install.md are installed."""
        named = {flag.removeprefix("-l") for flag in self.pkg_config_flags() if flag.startswith("-l")}
        self.assertEqual(named, {"snapq", "fmt", "simdjson", "sqlite3", "z", "zip", "zstd", "isal", "re2", "utf8proc"})

    def test_a_program_builds_with_pkg_config(self) -> None:
        self.assertEqual(self.run_program([self.compile(LINKED_PROGRAM)]).returncode, 3)

    def test_the_examples_of_the_document_run(self) -> None:
        """Compiles the blocks of docs/cpp-api.md, in their order, as the body of one function."""
        text = (self.documents() / "docs" / "cpp-api.md").read_text(encoding="utf-8")
        blocks = CPP_BLOCK.findall(text)
        self.assertGreater(len(blocks), 4)
        headers = [line for block in blocks for line in block.splitlines() if line.startswith("#include")]
        body = [line for block in blocks for line in block.splitlines() if not line.startswith("#include")]
        source = "\n".join([*headers, "int main() {", *body, "}", ""])
        shutil.copy(SAMPLE, self.directory / "run.pickle")
        self.checked(self.compile(source, "document"))

    def test_links_of_the_readme_resolve(self) -> None:
        for path in (self.documents() / "README.md", self.documents() / "examples" / "embed" / "README.md"):
            for link in LINK.findall(path.read_text(encoding="utf-8")):
                if "://" not in link:
                    self.assertTrue((path.parent / link).exists(), f"{path.name}: {link}")


if __name__ == "__main__":
    if program.SNAPQ and BUILD.name != "dev":
        print(f"SKIPPED: {BUILD} is not the build of the preset dev")
        sys.exit(77)
    program.main()
