"""An input that cannot be converted gives one error line and the documented exit code, and leaves no file behind."""

from __future__ import annotations

import gzip
import io
import os
import pickle
import shutil
import subprocess
import zipfile

from program import CPP_SAMPLE, SAMPLE, SNAPQ, ProgramTest, Result, main

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0\x90wS\xde"


def zip_of(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


class Touches:
    """A class whose pickle runs a command when it is loaded."""

    def __init__(self, module: str, command: str) -> None:
        self.module, self.command = module, command

    def __reduce__(self) -> object:
        return (os.system if self.module == "os" else subprocess.getoutput, (self.command,))


class WrongInputs(ProgramTest):
    def refuse(self, data: bytes, *words: str, name: str = "input.pickle") -> Result:
        """Converts the bytes, which must fail: exit code 3, an error that names the file, and no new file."""
        (self.directory / name).write_bytes(data)
        result = self.snapq("convert", name)
        self.assert_refused(result, 3, name, *words)
        self.assertEqual(self.names(), [name])
        return result

    def test_a_missing_file(self) -> None:
        self.assert_refused(self.snapq("convert", "nowhere.pickle"), 3, "nowhere.pickle")
        self.assertEqual(self.names(), [])

    def test_an_unreadable_input(self) -> None:
        (self.directory / "folder").mkdir()
        self.assert_refused(self.snapq("convert", "folder", "-o", "out.zip"), 3, "folder")
        self.assertEqual(self.names(), ["folder"])

    def test_files_that_are_not_snapshots(self) -> None:
        for what, data in {
            "empty": b"",
            "one NUL": b"\0",
            "text": b"Traceback (most recent call last):\n  File ...\n",
            "PNG": PNG,
            "zip without snapshot": zip_of(notes=b"nothing here"),
            "two pickles": zip_of(**{"a/data.pkl": SAMPLE.read_bytes(), "b/data.pkl": SAMPLE.read_bytes()}),
            "half a zip": zip_of(notes=b"nothing here" * 100)[:400],
            "a number": pickle.dumps(17),
            "text in a pickle": pickle.dumps("segments"),
            "a dict of something else": pickle.dumps({"weights": [1.0, 2.0], "epoch": 3}),
            "a list of something else": pickle.dumps([1, 2, 3]),
            "JSON of something else": b'{"loss": [1, 2]}',
            "broken JSON": b'{"segments": [',
            "HTML without snapshot": b"<!DOCTYPE html><html><body>hello</body></html>",
            "gzip around text": gzip.compress(b"hello"),
            "gzip around nothing": gzip.compress(b""),
            "a program": b"\x7fELF\x02\x01\x01" + bytes(100),
            "only a protocol": b"\x80\x04",
        }.items():
            with self.subTest(what):
                self.refuse(data)

    def test_names_in_a_file_reach_the_terminal_without_control_characters(self) -> None:
        self.refuse(zip_of(**{"a\x1b[2J\nb": b""}), r"(it holds a\x1b[2J\nb)")

    def test_truncated_files_say_so_with_the_byte(self) -> None:
        for sample in (SAMPLE, CPP_SAMPLE):
            data = sample.read_bytes()
            for size in (2, 3, 12, 1000, len(data) // 3, len(data) // 2, len(data) - 1000, len(data) - 1):
                with self.subTest(sample=sample.name, size=size):
                    self.assertIn(f"input.pickle: truncated: the file ends at byte {size}, inside", self.refuse(data[:size]).stderr)

    def test_truncated_compressed_files(self) -> None:
        data = gzip.compress(SAMPLE.read_bytes())
        for size in (5, 11, len(data) // 2, len(data) - 9, len(data) - 1):
            with self.subTest(size=size):
                self.refuse(data[:size])
        if shutil.which("zstd"):
            packed = subprocess.run(["zstd", "-c", SAMPLE], capture_output=True, check=True).stdout
            for size in (7, len(packed) // 2, len(packed) - 1):
                with self.subTest(zstd=size):
                    self.refuse(packed[:size])

    def test_damage_that_a_checksum_finds(self) -> None:
        data = bytearray(gzip.compress(SAMPLE.read_bytes()))
        data[-6] ^= 1  # of the CRC
        self.refuse(bytes(data))

    def test_nothing_in_a_pickle_is_executed(self) -> None:
        for module, name in (("os", "system"), ("subprocess", "getoutput")):
            for place in ("alone", "inside", "after"):
                hostile = Touches(module, f"touch '{self.directory}/owned'")
                value: object = hostile
                if place == "inside":
                    value = {
                        "segments": [],
                        "device_traces": [[{"action": "alloc", "addr": 1, "frames": hostile}]],
                    }
                elif place == "after":
                    value = {"segments": [], "device_traces": [], "zzz": hostile}
                for protocol in range(6):
                    with self.subTest(name=name, place=place, protocol=protocol):
                        data = pickle.dumps(value, protocol=protocol)
                        result = self.refuse(data, name)
                        self.assertRegex(result.stderr, r"byte \d+")

    def test_other_ways_to_run_code(self) -> None:
        for what, data in {
            "INST": b"(S'true'\nios\nsystem\n.",
            "OBJ": b"(cos\nsystem\nS'true'\no.",
            "NEWOBJ": b"\x80\x02ccollections\nOrderedDict\n)\x81}S'__dict__'\n}sb.",
            "extension registry": b"\x80\x02\x82\x01.",
            "persistent id": b"Pevil\n.",
            "binary persistent id": b"\x80\x02K\x01Q.",
            "builtins.eval": b"c__builtin__\neval\n(S'1'\ntR.",
            "getattr": b"cbuiltins\ngetattr\n.",
            "STACK_GLOBAL": b"\x80\x04\x8c\x02os\x8c\x06system\x93.",
        }.items():
            with self.subTest(what):
                self.refuse(data)

    def test_one_broken_input_of_several(self) -> None:
        for name, data in (
            ("a", SAMPLE.read_bytes()),
            ("b", b"no snapshot"),
            ("c", CPP_SAMPLE.read_bytes()),
            ("d", SAMPLE.read_bytes()[:5000]),
        ):
            (self.directory / f"{name}.pickle").write_bytes(data)
        (self.directory / "out").mkdir()
        inputs = ["a.pickle", "b.pickle", "c.pickle", "d.pickle", "e.pickle"]
        for jobs in ("1", "3"):
            result = self.snapq("convert", *inputs, "-o", "out", "-j", jobs, "--force", "-q")
            self.assertEqual(result.returncode, 3)
            errors = [line for line in result.stderr.splitlines() if not line.startswith("snapq: hint: ")]
            self.assertEqual(len(errors), 4, result.stderr)
            for line, name in zip(errors, ("b.pickle", "d.pickle", "e.pickle"), strict=False):
                self.assertTrue(line.startswith("snapq: error: ") and name in line, line)
            self.assertIn("3 of 5 inputs could not be converted: b.pickle, d.pickle, e.pickle", errors[-1])
            self.assertEqual(self.names("out"), ["a.zip", "c.zip"])
            self.assertEqual(self.snapq("verify", "out/a.zip", "out/c.zip").returncode, 0)

    def test_several_targets_that_exist(self) -> None:
        (self.directory / "out").mkdir()
        inputs = (SAMPLE, CPP_SAMPLE, "-o", "out", "-q")
        self.assertEqual(self.snapq("convert", *inputs).returncode, 0)
        self.assertEqual(self.snapq("convert", *inputs).returncode, 2)  # all failed for the same reason
        result = self.snapq("convert", "missing.pickle", *inputs)
        self.assertEqual(result.returncode, 3, result.stderr)


class WrongTargets(ProgramTest):
    def test_an_existing_target_is_not_replaced_without_force(self) -> None:
        for layout in ("zip", "dir"):
            with self.subTest(layout=layout):
                target = self.convert(CPP_SAMPLE, "--layout", layout, target=f"old-{layout}")
                looked_at = target / "elements.db" if layout == "dir" else target
                before = looked_at.read_bytes()
                result = self.snapq("convert", SAMPLE, "-o", target.name, "--layout", layout)
                self.assert_refused(result, 2, target.name, "exists")
                self.assertIn("--force", result.stderr)
                self.assertEqual(looked_at.read_bytes(), before)
                again = self.snapq("convert", SAMPLE, "-o", target.name, "--layout", layout, "--force")
                self.assertEqual(again.returncode, 0, again.stderr)
                self.assertNotEqual(looked_at.read_bytes(), before)
        self.assertEqual(self.names(), ["old-dir", "old-zip"])

    def test_the_existing_target_is_seen_before_the_input_is_read(self) -> None:
        (self.directory / "old.zip").write_text("old")
        self.assert_refused(self.snapq("convert", "missing.pickle", "-o", "old.zip"), 2, "old.zip")

    def test_a_directory_with_other_files_is_never_replaced(self) -> None:
        place = self.directory / "photos"
        place.mkdir()
        (place / "holiday.jpg").write_text("sea")
        result = self.snapq("convert", SAMPLE, "-o", "photos", "--layout", "dir", "--force")
        self.assert_refused(result, 2, "photos")
        self.assertEqual(self.names("photos"), ["holiday.jpg"])

    def test_a_target_that_is_a_directory_gets_the_archive_inside(self) -> None:
        (self.directory / "folder").mkdir()
        result = self.snapq("convert", SAMPLE, "-o", "folder")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.names("folder"), [SAMPLE.stem + ".zip"])

    def test_a_directory_where_the_archive_should_be(self) -> None:
        shutil.copy(SAMPLE, self.directory / "run.pickle")
        (self.directory / "run.zip").mkdir()
        for force in ((), ("--force",)):
            self.assert_refused(self.snapq("convert", "run.pickle", *force), 4, "run.zip", "directory")
        self.assertEqual(self.names(), ["run.pickle", "run.zip"])
        self.assertEqual(self.names("run.zip"), [])

    def test_a_missing_folder(self) -> None:
        for layout in ("zip", "dir"):
            result = self.snapq("convert", SAMPLE, "-o", "no/such/out", "--layout", layout)
            self.assert_refused(result, 4, "no/such")
            self.assertEqual(self.names(), [])

    def test_a_folder_that_may_not_be_written(self) -> None:
        if os.geteuid() == 0 and shutil.which("setpriv") is None:
            self.skipTest("root may write everywhere, and there is no setpriv")
        self.directory.chmod(0o755)
        place = self.directory / "closed"
        place.mkdir(mode=0o555)
        prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
        probe = subprocess.run([*prefix, "cat", SAMPLE, SNAPQ], capture_output=True, check=False)
        if probe.returncode != 0:
            self.skipTest("another user cannot read the program and its sample here")
        for layout in ("zip", "dir"):
            command = [*prefix, SNAPQ, "convert", SAMPLE, "-o", place / "out", "--layout", layout]
            result = subprocess.run(command, capture_output=True, text=True, check=False)
            self.assert_refused(result, 4, "closed", "ermission denied")
            self.assertEqual(self.names("closed"), [])

    def test_names_that_no_file_can_have(self) -> None:
        (self.directory / "loop").symlink_to("loop")
        for name, why in (("loop", "Too many levels of symbolic links"), ("x" * 300, "File name too long")):
            for layout in ("zip", "dir"):
                with self.subTest(name=name, layout=layout):
                    result = self.snapq("convert", SAMPLE, "-o", name, "--layout", layout)
                    self.assert_refused(result, 4, f"cannot write {name}: {why}")
        self.assertEqual(self.names(), ["loop"])

    def test_an_input_is_not_replaced_by_the_archive_of_another(self) -> None:
        shutil.copy(SAMPLE, self.directory / "run.pickle")
        shutil.copy(CPP_SAMPLE, self.directory / "run.zip")
        (self.directory / "other.zip").symlink_to("run.zip")
        for inputs in (("run.pickle", "run.zip"), ("run.zip", "run.pickle"), ("run.pickle", "other.zip")):
            result = self.snapq("convert", *inputs, "--force")
            said = f"'{inputs[inputs[0] == 'run.pickle']}' would be replaced by the archive of 'run.pickle'"
            self.assert_refused(result, 2, said)
        self.assertEqual((self.directory / "run.zip").read_bytes(), CPP_SAMPLE.read_bytes())
        self.assertEqual(self.names(), ["other.zip", "run.pickle", "run.zip"])

    def test_an_input_is_not_replaced_by_its_own_archive(self) -> None:
        shutil.copy(SAMPLE, self.directory / "run.zip")
        self.assert_refused(self.snapq("convert", "run.zip", "-o", "run.zip", "--force"), 2, "run.zip")
        self.assertEqual((self.directory / "run.zip").read_bytes(), SAMPLE.read_bytes())


class WrongUsage(ProgramTest):
    def test_each_wrong_option_is_named(self) -> None:
        sample = str(SAMPLE)
        for words, arguments in (
            (("no device 7", SAMPLE.name, "devices: 0"), (sample, "-d", "7", "-o", "x.zip")),
            (("--device", "'many'"), (sample, "--device", "many")),
            (("--device", "'-2'"), (sample, "--device=-2")),
            (("--max-points 3",), (sample, "--max-points", "3")),
            (("--compression: expected deflate, zstd or store, got 'lzma'",), (sample, "--compression", "lzma")),
            (("--level 10",), (sample, "--level", "10")),
            (("--level 0",), (sample, "--compression", "zstd", "--level", "0")),
            (("--level 1",), (sample, "--compression", "store", "--level", "1")),
            (("--layout dir", "--compression"), (sample, "--layout", "dir", "--compression", "zstd")),
            (("--layout dir", "--level"), (sample, "--layout", "dir", "--level", "1")),
            (("--layout",), (sample, "--layout", "tar")),
            (("--preexisting",), (sample, "--preexisting", "none")),
            (("--threads",), (sample, "--threads", "0")),
            (("--label 'x'",), (sample, "--label", "x")),
            (("--label '=x'",), (sample, "--label", "=x")),
            (("--label", "1000 labels"), (sample, *(f"--label={i}=x" for i in range(1001)), "-o", "x.zip")),
            (("--rank",), (sample, str(CPP_SAMPLE), "--rank", "1", "-o", ".")),
            (("--rank-regex",), (sample, "--rank-regex", "(", "-o", "x.zip")),
            (("--rank-regex",), (sample, "--rank-regex", "no-group", "-o", "x.zip")),
            (("--progress",), (sample, "--progress", "sometimes")),
            (("--stats",), (sample, "--stats=xml")),
            (("INPUT",), ()),
            (("--no-such-option",), (sample, "--no-such-option")),
            (("-o",), ("-",)),
            (("standard input",), ("-", "-", "-o", ".")),
            (("would both be converted to",), (sample, sample, "-o", ".")),
        ):
            with self.subTest(arguments=arguments):
                code = 3 if arguments[1:3] == ("-d", "7") else 2  # the input has no such device
                self.assert_refused(self.snapq("convert", *arguments, stdin=subprocess.DEVNULL), code, *words)
                self.assertEqual(self.names(), [])

    def test_several_inputs_need_a_directory(self) -> None:
        result = self.snapq("convert", SAMPLE, CPP_SAMPLE, "-o", "out.zip")
        self.assert_refused(result, 2, "out.zip", "directory")
        self.assertEqual(self.names(), [])
        (self.directory / "file").write_text("x")
        result = self.snapq("convert", SAMPLE, CPP_SAMPLE, "-o", "file")
        self.assert_refused(result, 2, "file", "directory")
        self.assertEqual((self.names(), (self.directory / "file").read_text()), (["file"], "x"))

    def test_equal_base_names_get_their_parents(self) -> None:
        for rank in ("0", "1"):
            (self.directory / f"rank{rank}").mkdir()
            shutil.copy(SAMPLE, self.directory / f"rank{rank}" / "mem.pickle")
        (self.directory / "out").mkdir()
        result = self.snapq("convert", "rank0/mem.pickle", "rank1/mem.pickle", "-o", "out")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.names("out"), ["rank0_mem.zip", "rank1_mem.zip"])


if __name__ == "__main__":
    main()
