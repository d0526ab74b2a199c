"""Nothing of an input is ever run: pickles of the kinds that pickle scanners look for, bare and wrapped, and bombs.

Each would make a canary file if Python's own loader read it (one test makes sure of that), and each is refused with
exit code 3, one error line with the byte offset, nothing left behind, in bounded memory and time.
"""

from __future__ import annotations

import base64
import gzip
import io
import json
import pickle
import resource
import struct
import subprocess
import sys
import unittest
import zipfile
from typing import Any

from program import SAMPLE, SNAPQ, ProgramTest, Result, is_sanitized, main

MEMORY_LIMIT = 1 << 30
TIME_LIMIT_S = 30
CANARY = "canary"
TOUCH = f"open('{CANARY}','w').close()"
SHELL = f"touch {CANARY}"


def line_text(text: str) -> bytes:
    """A text in protocol 0."""
    return b"V" + text.encode() + b"\n"


def short_text(text: str) -> bytes:
    return b"\x8c" + bytes([len(text)]) + text.encode()


def call(name: str, *arguments: str) -> bytes:
    """Protocol 0: GLOBAL, the arguments, REDUCE."""
    module, _, attribute = name.rpartition(".")
    texts = b"".join(line_text(argument) for argument in arguments)
    return b"c" + f"{module}\n{attribute}\n".encode() + b"(" + texts + b"tR."


def stack_global(name: str, *arguments: str) -> bytes:
    """Protocol 4: names as texts on the stack."""
    module, _, attribute = name.rpartition(".")
    texts = b"".join(short_text(argument) for argument in arguments)
    return b"\x80\x04" + short_text(module) + short_text(attribute) + b"\x93(" + texts + b"tR."


class Calls:
    """Pickles as a call of a function, as every such exploit is written in Python."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.function, self.arguments = function, arguments

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return self.function, self.arguments


def by_python() -> dict[str, bytes]:
    import os
    import runpy

    made = {}
    for name, value in {
        "os.system": Calls(os.system, SHELL),
        "subprocess.Popen": Calls(subprocess.Popen, ["touch", CANARY]),
        "builtins.eval": Calls(eval, TOUCH),
        "builtins.exec": Calls(exec, TOUCH),
        "runpy._run_code": Calls(runpy._run_code, TOUCH, {}),  # type: ignore[attr-defined]
    }.items():
        for protocol in (0, 2, 4, 5):
            made[f"{name} {protocol}"] = pickle.dumps(value, protocol=protocol)
            made[f"{name} {protocol} inside"] = pickle.dumps({"segments": [], "x": [value]}, protocol=protocol)
    return made


# Name as the error has it -> pickle that runs something in CPython.
RUNNING: dict[str, tuple[str, bytes]] = {
    "posix.system, protocol 0": ("posix.system", call("posix.system", SHELL)),
    "os.system by STACK_GLOBAL": ("os.system", stack_global("os.system", SHELL)),
    "eval": ("builtins.eval", call("builtins.eval", TOUCH)),
    "eval of Python 2": ("__builtin__.eval", call("__builtin__.eval", TOUCH)),
    "exec": ("builtins.exec", stack_global("builtins.exec", TOUCH)),
    "open": ("builtins.open", call("builtins.open", CANARY, "w")),
    "io.open": ("io.open", call("io.open", CANARY, "w")),
    "pathlib": ("pathlib.Path", b"\x80\x04" + short_text("pathlib") + short_text("Path.touch") + b"\x93"
                + stack_global("pathlib.Path", CANARY)[2:-1] + b"\x85R."),
    "pty.spawn": ("pty.spawn", b"cpty\nspawn\n((V/bin/touch\nV" + CANARY.encode() + b"\nltR."),
    "timeit": ("timeit.timeit", call("timeit.timeit", "1", TOUCH)),
    "cProfile.run": ("cProfile.run", call("cProfile.run", TOUCH)),
    "pdb": ("pdb.run", call("pdb.run", TOUCH)),
    "code": ("code.InteractiveInterpreter",
             b"\x80\x04" + short_text("code") + short_text("InteractiveInterpreter.runcode") + b"\x93"
             + b"(" + short_text("code") + short_text("InteractiveInterpreter") + b"\x93)R"
             + short_text(TOUCH) + b"tR."),
    "memoized names": ("posix.system", b"\x80\x04" + short_text("system") + b"\x940" + short_text("posix") + b"\x940h\x01h\x00\x93("
                       + short_text(SHELL) + b"tR."),
    "a call after a good value": ("posix.system", b"(lp0\n0" + call("posix.system", SHELL)),
    "a call whose result is dropped": ("posix.system", call("posix.system", SHELL)[:-1] + b"0(l."),
    "INST": ("posix.system", b"(V" + SHELL.encode() + b"\niposix\nsystem\n."),
    "OBJ": ("posix.system", b"(cposix\nsystem\nV" + SHELL.encode() + b"\no."),
    "NEWOBJ": ("pathlib.Path", b"\x80\x02cpathlib\nPath\n(V" + CANARY.encode() + b"\nt\x81c__main__\nx\n."),
    "BUILD with __setstate__": ("posix.system",
                                b"\x80\x02ccopyreg\n_reconstructor\n(c__main__\nCalls\ncbuiltins\nobject\nNtR}"
                                b"V__setstate__\ncposix\nsystem\nsbV" + SHELL.encode() + b"\nb."),
}  # fmt: skip

# Refused for what they are, whether or not CPython would run something: pickle -> words of the error.
REFUSED: dict[str, tuple[bytes, tuple[str, ...]]] = {
    "__import__": (call("builtins.__import__", "os"), ("builtins.__import__", "byte 0")),
    "getattr": (call("builtins.getattr", "x", "y"), ("builtins.getattr", "byte 0")),
    "compile": (call("builtins.compile", TOUCH, "a", "exec"), ("builtins.compile", "byte 0")),
    "globals": (call("builtins.globals"), ("builtins.globals", "byte 0")),
    "runpy": (call("runpy.run_path", "x.py"), ("runpy.run_path", "byte 0")),
    "importlib": (call("importlib.import_module", "evil"), ("importlib.import_module", "byte 0")),
    "webbrowser": (call("webbrowser.open", "http://localhost"), ("webbrowser.open", "byte 0")),
    "socket": (call("socket.create_connection", "x"), ("socket.create_connection", "byte 0")),
    "ctypes": (call("ctypes.CDLL", "x.so"), ("ctypes.CDLL", "byte 0")),
    "urllib": (call("urllib.request.urlopen", "http://localhost"), ("urllib.request.urlopen", "byte 0")),
    "shutil": (call("shutil.rmtree", "."), ("shutil.rmtree", "byte 0")),
    "pickle in a pickle": (call("pickle.loads", "x"), ("pickle.loads", "byte 0")),
    "marshal": (call("marshal.loads", "x"), ("marshal.loads", "byte 0")),
    "operator": (call("operator.attrgetter", "system"), ("operator.attrgetter", "byte 0")),
    "torch hub": (call("torch.hub.load", "x"), ("torch.hub.load", "byte 0")),
    "torch storage": (call("torch._utils._rebuild_tensor_v2", "x"), ("torch._utils._rebuild_tensor_v2", "byte 0")),
    "dotted name below a good module": (stack_global("collections.OrderedDict.__reduce__", "x"), ("byte",)),
    "an allowed type called": (call("builtins.int", "7"), ("REDUCE", "byte")),
    "escape codes in a name": (b"\x80\x02" + call("os.\x1b[2Jsystem", SHELL), ("os.?[2Jsystem", "byte 2")),
    "a name over lines": (b"\x80\x04" + short_text("a\nb") + short_text("c\rd") + b"\x93.", ("a?b.c?d", "byte 12")),
    "a name without module": (stack_global(".system", SHELL), ("byte",)),
    "NEWOBJ_EX": (b"\x80\x04]())}\x92.", ("NEWOBJ_EX", "byte")),
    "EXT1": (b"\x80\x02\x82\x01.", ("EXT1", "byte 2")),
    "EXT2": (b"\x80\x02\x83\x01\x00.", ("EXT2", "byte 2")),
    "EXT4": (b"\x80\x02\x84\x01\x00\x00\x00.", ("EXT4", "byte 2")),
    "PERSID": (b"\x80\x02Pstorage\n.", ("PERSID", "byte 2")),
    "BINPERSID": (b"\x80\x02X\x01\x00\x00\x00aQ.", ("BINPERSID", "byte 8")),
    "NEXT_BUFFER": (b"\x80\x05\x97.", ("NEXT_BUFFER", "byte 2")),
    "STACK_GLOBAL of numbers": (b"\x80\x04K\x01K\x02\x93.", ("STACK_GLOBAL", "byte 6")),
    "BUILD on text": (b"\x80\x02X\x01\x00\x00\x00a}b.", ("BUILD", "byte 9")),
    "REDUCE of text": (b"\x80\x02X\x01\x00\x00\x00a)R.", ("REDUCE", "byte 9")),
    "protocol 6": (b"\x80\x06N.", ("protocol 6", "byte")),
}

BOMBS: dict[str, bytes] = {
    "a text of 4 GiB": b"\x80\x02X\xff\xff\xff\xffab",
    "a text of 2^63 bytes": b"\x80\x04\x8d" + b"\xff" * 7 + b"\x7f",
    "bytes of 2^64": b"\x80\x04\x8e" + b"\xff" * 8,
    "a bytearray of 2^62": b"\x80\x05\x96" + struct.pack("<Q", 1 << 62),
    "a negative text": b"\x80\x01T\xff\xff\xff\xff.",
    "a negative LONG4": b"\x80\x02\x8b\xff\xff\xff\xff.",
    "a LONG4 of 2 GiB": b"\x80\x02\x8b\xff\xff\xff\x7f.",
    "memo index 2^32": b"\x80\x02Nr\xff\xff\xff\xff.",
    "memo index of many digits": b"Np" + b"9" * 3000 + b"\n.",
    "a sparse memo": b"\x80\x02" + b"".join(b"Nr" + struct.pack("<I", i * 5_000_000) for i in range(1, 400)) + b".",
    "a memo that was never filled": b"\x80\x02h\x07.",
    "two million marks": b"\x80\x02" + b"(" * 2_000_000,
    "two million lists in lists": b"\x80\x02" + b"]" * 2_000_000 + b"a" * 1_999_999 + b".",
    "two million tuples in tuples": b"\x80\x02)" + b"\x85" * 2_000_000 + b".",
    "two million values": b"\x80\x02" + b"N" * 2_000_000 + b".",
    "an integer of a million digits": b"I" + b"9" * 1_000_000 + b"\n.",
    "a list in itself": b"\x80\x02]q\x00h\x00a.",
    "a dict in itself": b"\x80\x02}q\x00h\x00h\x00s.",
    "a frame of 2^63 bytes": b"\x80\x04\x95" + b"\xff" * 7 + b"\x7fN.",
}


def doubling(levels: int) -> bytes:
    """A list of the list before twice, and so on: 2^levels leaves if anyone walked them all."""
    out = b"\x80\x02]q\x00"
    for level in range(levels):
        out += b"](" + b"h" + bytes([level]) + b"h" + bytes([level]) + b"eq" + bytes([level + 1])
    return b"\x80\x02}(X\x08\x00\x00\x00segments]X\x01\x00\x00\x00x" + out[2:] + b"u."


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def page(data: bytes) -> bytes:
    encoded = base64.b64encode(data).decode()
    files = f'[{{"name": "a.pickle", "base64": "{encoded}"}}]'
    return f'<!DOCTYPE html><html><script type="module">\nadd_local_files({files}, "x")\n</script></html>'.encode()


def wrappings(data: bytes) -> dict[str, bytes]:
    return {
        "gzip": gzip.compress(data),
        "gzip twice": gzip.compress(gzip.compress(data)),
        "torch.save": zipped({"archive/data.pkl": data, "archive/version": b"3\n"}),
        "torch.save, deflated": zipped({"x/data.pkl": data}, zipfile.ZIP_DEFLATED),
        "zip in a gzip": gzip.compress(zipped({"archive/data.pkl": data})),
        "html": page(data),
        "html in a gzip": gzip.compress(page(data)),
    }


class EvilTest(ProgramTest):
    def refuse(self, data: bytes, *words: str) -> Result:
        """Runs convert on the bytes with a ceiling on memory; see the head of this file for what must hold."""
        (self.directory / "in").write_bytes(data)
        result = self.limited("convert", "in", "-o", "out.zip")
        self.assert_refused(result, 3, "in: ", *words)
        self.assertEqual(self.names(), ["in"])
        return result

    def limited(self, *arguments: str, **options: Any) -> Result:
        def limit() -> None:
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))

        return subprocess.run(
            [SNAPQ, *arguments], cwd=self.directory, capture_output=True, text=True, check=False,
            timeout=TIME_LIMIT_S, preexec_fn=None if is_sanitized() else limit, **options,
        )  # fmt: skip


class Running(EvilTest):
    def test_these_pickles_do_run_something_in_python(self) -> None:
        """Else the tests below would prove nothing."""
        load = "import pickle,sys,os\nclass Calls: pass\npickle.loads(open('in','rb').read())"
        for label in ("posix.system, protocol 0", "os.system by STACK_GLOBAL", "INST", "OBJ", "memoized names"):
            with self.subTest(label):
                (self.directory / "in").write_bytes(RUNNING[label][1])
                subprocess.run([sys.executable, "-c", load], cwd=self.directory, check=False, capture_output=True)
                self.assertIn(CANARY, self.names())
                (self.directory / CANARY).unlink()

    def test_pickles_that_call_something_are_refused_by_name_and_place(self) -> None:
        for label, (name, data) in RUNNING.items():
            with self.subTest(label):
                self.refuse(data, "byte ")
                if label not in ("BUILD with __setstate__", "pathlib", "code"):  # refused at an earlier name
                    self.refuse(data, name)

    def test_what_python_writes_for_an_exploit_is_refused(self) -> None:
        for label, data in by_python().items():
            with self.subTest(label):
                self.refuse(data, "the global '", "byte ")

    def test_other_tricks_are_refused(self) -> None:
        for label, (data, words) in REFUSED.items():
            with self.subTest(label):
                self.refuse(data, *words)

    def test_every_wrapping_is_opened_and_its_pickle_refused(self) -> None:
        for label, data in wrappings(RUNNING["posix.system, protocol 0"][1]).items():
            with self.subTest(label):
                self.refuse(data, "posix.system")

    def test_other_commands_do_not_run_it_either(self) -> None:
        (self.directory / "in").write_bytes(RUNNING["posix.system, protocol 0"][1])
        for arguments in (("summary", "in"), ("diff", "in", "in"), ("info", "in"), ("verify", "in"),
                          ("convert", "--dry-run", "in")):  # fmt: skip
            with self.subTest(arguments[0]):
                result = self.limited(*arguments)
                self.assertIn(result.returncode, (2, 3), result.stderr)
                self.assertEqual(self.names(), ["in"])

    def test_a_pickle_from_a_pipe_is_refused_too(self) -> None:
        (self.directory / "in").write_bytes(RUNNING["INST"][1])
        with (self.directory / "in").open("rb") as stream:
            result = self.limited("convert", "-", "-o", "out.zip", stdin=stream)
        self.assert_refused(result, 3, "posix.system", "byte")
        self.assertEqual(self.names(), ["in"])

    def test_an_evil_tail_behind_a_good_pickle_is_never_reached(self) -> None:
        """CPython stops at STOP too; the archive is the good snapshot's."""
        good = SAMPLE.read_bytes()
        plain = self.directory / "plain.pickle"
        plain.write_bytes(good + RUNNING["posix.system, protocol 0"][1])
        archive = self.convert(plain)
        self.assertTrue(zipfile.is_zipfile(archive))
        self.assertNotIn(CANARY, self.names())


class Bombs(EvilTest):
    def test_lengths_and_numbers_without_bytes_behind_them_are_refused(self) -> None:
        for label, data in BOMBS.items():
            with self.subTest(label):
                self.refuse(data)

    def test_exponential_sharing_takes_no_time(self) -> None:
        (self.directory / "in").write_bytes(doubling(200))
        result = self.limited("convert", "in", "-o", "out.zip")
        self.assertIn(result.returncode, (0, 3), result.stderr)

    def test_json_bombs_are_refused(self) -> None:
        start = '{"segments": [], "x": '
        deep = 2_000_000
        bombs = {
            "lists": start + "[" * deep,
            "closed lists": start + "[" * deep + "]" * deep + "}",
            "dicts": start + '{"a":' * (deep // 5),
            "a text without end": start + '"' + "x" * 10_000_000,
            "a number without end": start + "9" * 10_000_000,
            "nothing but blanks": " " * 10_000_000,
            "many numbers": "[" + "1," * 5_000_000,
        }
        for label, text in bombs.items():
            with self.subTest(label):
                self.refuse(text.encode())

    def test_an_honest_json_file_with_a_deep_end_is_refused_at_its_place(self) -> None:
        text = json.dumps({"segments": [], "device_traces": [[]]})[:-1] + ', "x": ' + "[" * 200_000
        self.refuse(text.encode(), "byte ")

    def test_compression_bombs_are_refused(self) -> None:
        ones = b"\x80\x02(" + b"N0" * 40_000_000  # 80 MB of nothing
        packed = gzip.compress(ones, 9)
        bombs = {
            "gzip": packed,
            "gzip in gzip": gzip.compress(gzip.compress(b"\0" * 200_000_000, 9), 9),
            "torch zip": zipped({"a/data.pkl": ones}, zipfile.ZIP_DEFLATED),
        }
        for label, data in bombs.items():
            with self.subTest(label):
                self.refuse(data)

    def test_a_zstd_bomb_is_refused(self) -> None:
        try:
            packed = subprocess.run(
                ["zstd", "-qc", "-19"], input=b"\x80\x02(" + b"N0" * 200_000_000, capture_output=True, check=True
            ).stdout
        except FileNotFoundError:
            self.skipTest("no zstd program")
        self.refuse(packed, "times its size")

    def test_containers_nest_only_so_deep(self) -> None:
        data = RUNNING["posix.system, protocol 0"][1]
        for _ in range(30):
            data = gzip.compress(data)
        self.refuse(data, "nested")

    def test_a_zip_that_lies_about_its_member_is_refused(self) -> None:
        good = zipped({"archive/data.pkl": pickle.dumps([1, 2, 3])})
        at = good.index(b"PK\x01\x02")
        for label, offset, value in (("size", 24, 1 << 31), ("packed size", 20, 1 << 31), ("checksum", 16, 7),
                                     ("place", 42, 1 << 31), ("method", 10, 99)):  # fmt: skip
            with self.subTest(label):
                width = 2 if label == "method" else 4
                lied = bytearray(good)
                lied[at + offset : at + offset + width] = value.to_bytes(width, "little")
                self.refuse(bytes(lied))


if __name__ == "__main__":
    unittest.TestCase.maxDiff = None
    main()
