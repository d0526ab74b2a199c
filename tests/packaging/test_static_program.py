"""The static program needs nothing but its own file: no library, no folder, no other program, no new processor."""

from __future__ import annotations

import gzip
import hashlib
import json
import pickle
import re
import shutil
from pathlib import Path

from artefacts import SAMPLE, STATIC, STATIC_AARCH64, PackageTest, Result, emulator, made, main, root_of

# Each command, as it is run where only the program and run.pickle are. A query without SQL reads it from standard input.
SQL = "SELECT count(*), callstack(stack_id) FROM allocations GROUP BY stack_id ORDER BY 1 DESC LIMIT 3"
CALLS = (
    ("convert", "run.pickle", "-q", "-o", "made.zip"),
    ("summary", "made.zip"),
    ("diff", "made.zip", "run.pickle"),
    ("query", "made.zip", SQL),
    ("query", "made.zip"),
    ("info", "made.zip"),
    ("verify", "made.zip"),
    ("report", "made.zip", "-q", "-o", "page.html"),
    ("export", "made.zip", "--format", "parquet", "-q", "-o", "lake"),
    ("extract", "made.zip", "-q", "-d", "parts"),
    ("completion", "bash"),
    ("help", "--man", "query"),
)
# There is no /tmp for the archive that a question to a snapshot makes.
HERE = {"TMPDIR": "."}
# Models of qemu without AVX-512, without AVX2, without AVX, and without SSE4.
PROCESSORS = ("Haswell", "SandyBridge", "Nehalem", "core2duo", "qemu64")


def sums(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def zstd_frame(data: bytes) -> bytes:
    """The data in a frame of zstd, not compressed: the length with 4 bytes, and blocks of at most 128 KiB."""
    most = 1 << 17
    blocks = [data[at:at + most] for at in range(0, len(data), most)]
    headers = [(len(block) << 3 | (number == len(blocks) - 1)).to_bytes(3, "little") for number, block in enumerate(blocks)]
    return b"\x28\xb5\x2f\xfd\xa0" + len(data).to_bytes(4, "little") + b"".join(map(bytes.__add__, headers, blocks))


class StaticTest(PackageTest):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.program = made(STATIC, "static")


class EmptyRoot(StaticTest):
    """A folder with the program and a snapshot is the root of the file system."""

    def setUp(self) -> None:
        super().setUp()
        shutil.copy(self.program, self.directory / "snapq")
        shutil.copy(SAMPLE, self.directory / "run.pickle")

    def inside(self, *arguments: str) -> str:
        result = self.in_root(self.directory, "/snapq", *arguments, input=f"{SQL};\n", env=HERE)
        self.assertEqual(result.returncode, 0, f"{arguments}: {result.stderr}")
        return result.stdout

    def test_every_command_as_with_the_whole_system(self) -> None:
        listed = re.findall(r"^  ([a-z]+) ", self.inside("--help").partition("Commands:")[2], re.MULTILINE)
        self.assertEqual(set(listed), {name for name, *_ in CALLS})
        said = [self.inside(*call) for call in CALLS]
        self.assertEqual(self.names(), ["lake", "made.zip", "page.html", "parts", "run.pickle", "snapq"])
        for folder in ("lake", "parts"):
            shutil.rmtree(self.directory / folder)
        for file in ("made.zip", "page.html"):
            (self.directory / file).unlink()
        for call, found in zip(CALLS, said, strict=True):
            self.assertEqual(self.checked(self.program, *call, input=f"{SQL};\n", env=HERE), found, call)

    def test_errors(self) -> None:
        result = self.in_root(self.directory, "/snapq", "summary", "none.zip")
        self.assertEqual((result.returncode, result.stdout), (3, ""))
        self.assertIn("none.zip: ", result.stderr)


class File(StaticTest):
    def test_no_loader_and_no_library(self) -> None:
        found = self.checked("readelf", "--wide", "--program-headers", "--dynamic", self.program)
        self.assertNotIn("INTERP", found)
        self.assertNotIn("(NEEDED)", found)

    def test_the_stack_is_not_executable(self) -> None:
        found = self.checked("readelf", "--wide", "--program-headers", self.program)
        self.assertRegex(found, r"GNU_STACK .* RW ")

    def test_at_most_6_mb_when_stripped(self) -> None:
        stripped = self.directory / "stripped"
        self.checked("strip", "-o", stripped, self.program)
        self.assertLessEqual(stripped.stat().st_size, 6_000_000)

    def test_no_path_of_the_build(self) -> None:
        self.assertNotIn(str(STATIC.parents[2]).encode(), self.program.read_bytes())


class Zstd(StaticTest):
    """The reading part is that of Debian's package, without the formats before zstd 1.0."""

    # A whole frame of zstd 0.7 with the text "abc", and what the frames of two other versions begin with.
    OLD = (b"\x27\xb5\x2f\xfd\x20\x03\x40\x00\x03abc\xc0\x00\x00",
           b"\x26\xb5\x2f\xfd" + bytes(100), b"\x25\xb5\x2f\xfd" + bytes(100))

    def convert(self, more: bytes) -> Result:
        (self.directory / "run.pickle.zst").write_bytes(zstd_frame(SAMPLE.read_bytes()) + more)
        return self.run_program([self.program, "convert", "run.pickle.zst", "-q", "-o", "run.zip", "--force"])

    def test_old_formats_are_not_zstd_data(self) -> None:
        self.assertEqual(self.convert(b"").returncode, 0)
        for frame in self.OLD:
            result = self.convert(frame)
            self.assertEqual(result.returncode, 3, result.stderr)
            self.assertIn("bytes that are not zstd data follow the end", result.stderr)


class OldDistribution(StaticTest):
    """The oldest Debian whose packages this machine reaches. Its C library is older than that of the build."""

    RELEASE = "bullseye"

    def test_commands(self) -> None:
        root = root_of(self.RELEASE)
        folder = root / "tmp" / "snapq"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        self.addCleanup(shutil.rmtree, folder)
        shutil.copy(self.program, folder / "snapq")
        shutil.copy(SAMPLE, folder / "run.pickle")
        script = "cd /tmp/snapq; ./snapq convert -q run.pickle; ./snapq summary run.zip; ./snapq verify run.zip"
        result = self.in_root(root, "/bin/sh", "-euc", script)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.checked(self.program, "convert", "-q", folder / "run.pickle", "-o", "run.zip")
        self.assertEqual((self.directory / "run.zip").read_bytes(), (folder / "run.zip").read_bytes())
        self.assertIn(self.checked(self.program, "summary", "run.zip"), result.stdout)


class EmulatedTest(StaticTest):
    """What a program writes and answers does not depend on the processor."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        emulator("x86_64")

    def assert_as_here(self, *commands: list[str | Path]) -> None:
        """Each command runs snapq on an emulated processor."""
        text = json.dumps(pickle.loads(SAMPLE.read_bytes()))
        (self.directory / "run.json.gz").write_bytes(gzip.compress(text.encode()))
        for source in (SAMPLE, Path("run.json.gz")):
            expected = self.outcome([self.program], source)
            for command in commands:
                with self.subTest(command=command, source=source.name):
                    self.assertEqual(self.outcome(command, source), expected)

    def outcome(self, snapq: list[str | Path], source: Path) -> tuple[dict[str, str], str]:
        """The content of the archive that the program makes, and its answer."""
        self.checked(*snapq, "convert", source, "-q", "-o", "run.zip", "--force")
        self.checked(*snapq, "verify", "run.zip")
        self.checked(*snapq, "extract", "run.zip", "-q", "-d", "parts", "--force")
        return sums(self.directory / "parts"), self.checked(*snapq, "summary", "run.zip")


class OlderProcessors(EmulatedTest):
    """They take other ways through the libraries, which choose their code when the program runs."""

    def test_archives_and_answers(self) -> None:
        self.assert_as_here(*(["qemu-x86_64-static", "-cpu", processor, self.program] for processor in PROCESSORS))

    def test_emulated_processors_are_older(self) -> None:
        """Otherwise the test above would prove nothing."""
        for processor in PROCESSORS[1:]:
            said = self.checked("qemu-x86_64-static", "-cpu", processor, self.program, "--version", "--verbose")
            self.assertRegex(said, r"simdjson +\S+ \((westmere|fallback)\)", processor)


class Aarch64(EmulatedTest):
    def test_archives_and_answers(self) -> None:
        self.assert_as_here(["qemu-aarch64-static", made(STATIC_AARCH64, "static --processor aarch64")])


if __name__ == "__main__":
    main(needs_program=False)
