"""The tarball has what it promises, and the same bytes each time."""

from __future__ import annotations

import re
import tarfile
from pathlib import Path

from artefacts import PACKAGES, ROOT, SAMPLE, PackageTest, emulator, made, main

MOST_BYTES = 6_000_000


class Tarball:
    """What is tested for each processor."""

    processor: str
    how: str

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.tarball = made(PACKAGES / f"snapq-*-linux-{cls.processor}.tar.gz", cls.how)

    def setUp(self) -> None:
        super().setUp()
        with tarfile.open(self.tarball) as tar:
            tar.extractall(self.directory)
        self.folder = self.directory / self.tarball.name.removesuffix(".tar.gz")
        self.program = self.folder / "bin" / "snapq"

    def snapq(self, *arguments: str | Path) -> str:
        return self.checked(self.program, *arguments)

    def test_one_folder(self) -> None:
        self.assertEqual(self.names(), [self.folder.name])
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["LICENSE", "bin", "licences", "share"])

    def test_the_program_runs(self) -> None:
        self.assertIn(self.snapq("--version").split()[1], self.folder.name)
        self.snapq("convert", SAMPLE, "-q", "-o", "run.zip")
        self.assertIn("OUT OF MEMORY", self.snapq("summary", "run.zip"))

    def test_it_is_for_the_processor_that_its_name_says(self) -> None:
        machine = {"x86_64": "Advanced Micro Devices X86-64", "aarch64": "AArch64"}[self.processor]
        self.assertRegex(self.checked("readelf", "--wide", "--file-header", self.program), f"Machine: +{machine}\n")

    def test_it_is_stripped_and_small(self) -> None:
        self.assertNotIn(".symtab", self.checked("readelf", "--wide", "--sections", self.program))
        self.assertLessEqual(self.program.stat().st_size, MOST_BYTES)

    def test_pages_and_completions(self) -> None:
        share = self.folder / "share"
        self.assertEqual((share / "man/man1/snapq-diff.1").read_text(), self.snapq("help", "--man", "diff"))
        for shell, name in (("bash", "bash-completion/completions/snapq"), ("zsh", "zsh/site-functions/_snapq"),
                            ("fish", "fish/vendor_completions.d/snapq.fish")):
            self.assertEqual((share / name).read_text(), self.snapq("completion", shell))

    def test_licences(self) -> None:
        """One for each library that the program says it has, and for those of the compiler."""
        self.assertEqual((self.folder / "LICENSE").read_bytes(), (ROOT / "LICENSE").read_bytes())
        licences = {path.name for path in (self.folder / "licences").iterdir()}
        said = self.snapq("--version", "--verbose")
        names = {"SQLite": "libsqlite3", "zlib": "zlib1g", "zstd": "libzstd", "ISA-L": "libisal", "simdjson": "simdjson",
                 "libzip": "libzip", "utf8proc": "libutf8proc", "RE2": "libre2", "fmt": "fmtlib", "CLI11": "libcli11",
                 "libedit": "libedit", "glibc": "libc6"}
        libraries = re.findall(r"^(\S+) ", said.partition("build type")[2].partition("archive format")[0], re.MULTILINE)
        self.assertEqual({names[library] for library in libraries} - licences, set())
        self.assertEqual(licences - set(names.values()), {"common", "gcc", "libbsd", "libmd", "libncurses", "musl"})
        for path in (self.folder / "licences").rglob("*"):
            for common in re.findall(r"/usr/share/common-licenses/([\w.-]*\w)", path.read_text() if path.is_file() else ""):
                self.assertTrue((self.folder / "licences" / "common" / common).is_file(), f"{path.name}: {common}")

    def test_times_owners_and_order_depend_on_nothing_else(self) -> None:
        with tarfile.open(self.tarball) as tar:
            members = tar.getmembers()
        self.assertEqual({(member.uid, member.gid, member.uname, member.gname) for member in members}, {(0, 0, "", "")})
        self.assertEqual(len({member.mtime for member in members}), 1)
        self.assertEqual([member.name for member in members], sorted(member.name for member in members))
        self.assertEqual({member.mode for member in members}, {0o755, 0o644})
        # The header of gzip has neither name nor time.
        self.assertEqual(self.tarball.read_bytes()[3:8], b"\0\0\0\0\0")

    def test_the_same_bytes_each_time(self) -> None:
        self.assert_same_bytes(*self.how.split())


class X86(Tarball, PackageTest):
    processor = "x86_64"
    how = "tarball"


class Aarch64(Tarball, PackageTest):
    processor = "aarch64"
    how = "tarball --processor aarch64"

    def snapq(self, *arguments: str | Path) -> str:
        return self.checked(emulator(self.processor), self.program, *arguments)


if __name__ == "__main__":
    main(needs_program=False)
