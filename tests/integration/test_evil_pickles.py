"""Nothing in an input is ever run. Tries pickles that pickle scanners look for, bare and wrapped, and bombs.

If Python's own loader read one of these pickles, it would make a file (one test checks that). snapq refuses each with
exit code 3 and one error line with the byte offset, leaves no file, and takes bounded memory and time.
"""

from __future__ import annotations

import base64
import gzip
import io
import json
import os
import pickle
import re
import resource
import struct
import subprocess
import sys
import unittest
import zipfile
from pathlib import Path
from typing import Any

from program import MEASURE, SAMPLE, SAMPLE_DIVISOR, SNAPQ, ProgramTest, Result, is_sanitized, main

MEMORY_LIMIT = 1 << 30
TIME_LIMIT_S = 60

CONVERT_KIB = 64 << 10  # that convert may take for any file without events
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
    """Protocol 4: the names are texts on the stack."""
    module, _, attribute = name.rpartition(".")
    texts = b"".join(short_text(argument) for argument in arguments)
    return b"\x80\x04" + short_text(module) + short_text(attribute) + b"\x93(" + texts + b"tR."


class Calls:
    """An object whose pickle is a call of a function; exploits in Python are written like this."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.function, self.arguments = function, arguments

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return self.function, self.arguments


def by_python() -> dict[str, bytes]:
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


# Pickles that run something in CPython, by the name in the error.
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

# Pickles that are refused, whether or not CPython would run something, with words of the error.
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
    "escape codes in a name": (b"\x80\x02" + call("os.\x1b[2Jsystem", SHELL), (r"os.\x1b[2Jsystem", "byte 2")),
    "a name over lines": (b"\x80\x04" + short_text("a\nb") + short_text("c\rd") + b"\x93.", (r"a\nb.c\rd", "byte 12")),
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

# Names on the lists of pickle scanners, and names that some of them have missed. Each is refused in every form in which
# a pickle can refer to it.
SCANNED = """
    os.system os.popen os.execv os.spawnlp os.putenv posix.system posix.execve nt.system nt.execv commands.getoutput
    subprocess.Popen subprocess.call subprocess.check_output subprocess.getoutput _posixsubprocess.fork_exec
    builtins.eval builtins.exec builtins.compile builtins.open builtins.getattr builtins.setattr builtins.__import__
    builtins.breakpoint builtins.vars builtins.map builtins.apply __builtin__.eval __builtin__.execfile
    __builtin__.apply __builtin__.file __builtin__.getattr
    runpy.run_path runpy.run_module runpy._run_code importlib.import_module importlib.reload zipimport.zipimporter
    pkgutil.resolve_name imp.load_source sys.exit sys.settrace types.CodeType types.FunctionType types.ModuleType
    operator.attrgetter operator.itemgetter operator.methodcaller functools.partial functools.reduce itertools.starmap
    _operator.attrgetter _functools.partial copyreg._reconstructor copyreg.add_extension
    pickle.loads pickle.load pickle.Unpickler _pickle.loads _pickle.Unpickler shelve.open dill.loads cloudpickle.loads
    joblib.load marshal.loads codecs.decode _codecs.decode base64.b64decode zlib.decompress
    torch.load torch.serialization.load torch.hub.load torch.jit.load torch._utils._rebuild_tensor_v2
    torch.jit.unsupported_tensor_ops.execWrapper torch.utils._config_module.load_config
    torch._dynamo.guards.GuardBuilder.get torch.fx.experimental.symbolic_shapes.ShapeEnv.evaluate_guards_expression
    torch.storage._load_from_bytes torch.FloatStorage
    numpy.testing._private.utils.runstring numpy.f2py.crackfortran.getlincoef numpy.load numpy.core.multiarray._reconstruct
    pip.main pip._internal.main ensurepip._run_pip venv.create distutils.spawn.spawn
    timeit.timeit timeit.main pdb.run pdb.Pdb bdb.Bdb.run profile.run profile.Profile.runctx cProfile.run cProfile.runctx
    trace.Trace.run doctest.debug_script code.InteractiveInterpreter.runcode code.interact pydoc.pipepager
    idlelib.pyshell.ModifiedInterpreter.runcode lib2to3.pgen2.grammar.Grammar.loads uuid._get_command_stdout
    _osx_support._read_output test.support.script_helper.assert_python_ok unittest.mock.patch
    asyncio.run asyncio.unix_events._UnixSubprocessTransport._start multiprocessing.util.spawnv_passfds
    threading.Thread concurrent.futures.ThreadPoolExecutor signal.signal gc.get_objects inspect.getattr_static
    ctypes.CDLL ctypes.cdll.LoadLibrary _ctypes.dlopen cffi.FFI pty.spawn
    socket.socket socket.create_connection ssl.wrap_socket http.client.HTTPSConnection urllib.request.urlopen
    urllib.request.urlretrieve requests.api.get aiohttp.client.ClientSession smtplib.SMTP ftplib.FTP imaplib.IMAP4_stream
    telnetlib.Telnet xmlrpc.client.ServerProxy webbrowser.open logging.config.listen
    shutil.rmtree shutil.copyfile pathlib.Path.write_text io.open io.FileIO tempfile.mkstemp sqlite3.connect
    collections.OrderedDict.__reduce__ collections.namedtuple builtins.object builtins.type __main__.anything
""".split()


def spellings(name: str) -> dict[str, bytes]:
    """One pickle for each opcode that can refer to this global; it also calls it where that is possible."""
    module, _, attribute = name.rpartition(".")
    names = f"{module}\n{attribute}\n".encode()
    return {
        "GLOBAL, REDUCE": call(name, "x"),
        "STACK_GLOBAL": stack_global(name, "x"),
        "INST": b"(Vx\ni" + names + b".",
        "OBJ": b"(c" + names + b"Vx\no.",
        "NEWOBJ": b"\x80\x02c" + names + b"(Vx\nt\x81.",
        "NEWOBJ_EX": b"\x80\x04" + short_text(module) + short_text(attribute) + b"\x93)}\x92.",
        "BUILD": b"\x80\x02c" + names + b"}b.",
        "in a snapshot": b"\x80\x02}(X\x08\x00\x00\x00segments]X\x01\x00\x00\x00xc" + names + b"(Vx\ntRu.",
        "in a stack": b"\x80\x02}X\x0d\x00\x00\x00device_traces]](}(X\x06\x00\x00\x00framesc" + names + b")Rues.",
    }


# Pickles that would need too much memory or time, with words of the error.
BOMBS: dict[str, tuple[bytes, tuple[str, ...]]] = {
    "a text of 4 GiB": (b"\x80\x02X\xff\xff\xff\xffab", ("ends at byte 9", "text of 4294967295 bytes")),
    "a text of 2^63 bytes": (b"\x80\x04\x8d" + b"\xff" * 7 + b"\x7f", ("ends at byte 11", "text of 9223372036854775807 bytes")),
    "bytes of 2^64": (b"\x80\x04\x8e" + b"\xff" * 8, ("ends at byte 11", "of 18446744073709551615 bytes")),
    "a bytearray of 2^62": (b"\x80\x05\x96" + struct.pack("<Q", 1 << 62), ("ends at byte 11", "of 4611686018427387904 bytes")),
    "a negative text": (b"\x80\x01T\xff\xff\xff\xff.", ("ends at byte 8", "of 4294967295 bytes")),
    "a negative LONG4": (b"\x80\x02\x8b\xff\xff\xff\xff.", ("byte 2", "an integer of 4294967295 bytes")),
    "a LONG4 of 2 GiB": (b"\x80\x02\x8b\xff\xff\xff\x7f.", ("byte 2", "an integer of 2147483647 bytes")),
    "a LONG4 with its bytes": (b"\x80\x02\x8b\x00\x00\x10\x00" + bytes(1 << 20) + b".", ("byte 2", "an integer of 1048576 bytes")),
    "memo index 2^32": (b"\x80\x02Nr\xff\xff\xff\xff.", ("byte 3", "memo index 4294967295 is far above")),
    "memo index of many digits": (b"(lp0\n0Np" + b"9" * 3000 + b"\n.", ("byte 7", "a memo index was expected")),
    "a sparse memo": (b"\x80\x02" + b"".join(b"Nr" + struct.pack("<I", i * 5_000_000) for i in range(1, 400)) + b".",
                      ("byte 3", "memo index 5000000 is far above")),
    "a memo that was never filled": (b"\x80\x02h\x07.", ("byte 2", "memo entry 7 is fetched but was not stored")),
    "a negative memo index": (b"(lp0\n0Np-5\n.", ("byte 7", "a memo index was expected")),
    "two million marks": (b"\x80\x02" + b"(" * 2_000_000, ("byte 100002", "MARK: nested more than 100000 levels deep")),
    "two million lists in lists": (b"\x80\x02" + b"]" * 2_000_000 + b"a" * 1_999_999 + b".",
                                   ("byte 100002", "more than 100000 containers are open at once")),
    "two million tuples in tuples": (b"\x80\x02)" + b"\x85" * 2_000_000 + b".", ("not a memory snapshot",)),
    "two million values": (b"\x80\x02" + b"N" * 2_000_000 + b".", ("byte 1118483", "values, more than any pickler needs")),
    "two million duplicates": (b"\x80\x02]" + b"2" * 2_000_000 + b".", ("byte ", "values, more than any pickler needs")),
    "an integer of a million digits": (b"(lp0\nI" + b"9" * 1_000_000 + b"\na.", ("byte 6", "INT: no end of line within 4096 bytes")),
    "a text line of 20 MB": (b"(lp0\nV" + b"x" * 20_000_000 + b"\na.", ("byte 6", "UNICODE: no end of line within 16777216 bytes")),
    "a list in itself": (b"\x80\x02]q\x00h\x00a.", ("not a memory snapshot",)),
    "a dict in itself": (b"\x80\x02}q\x00h\x00h\x00s.", ("byte 9", "SETITEM: the container is already complete")),
    "a tuple in itself": (b"\x80\x02(]q\x00(h\x00tt.", ("not a memory snapshot",)),
    "a trace in itself": (b"\x80\x02}X\x0d\x00\x00\x00device_traces]q\x00h\x00as.", ("'device_traces' is not a list",)),
    "a frame of 2^63 bytes": (b"\x80\x04\x95" + b"\xff" * 7 + b"\x7fN.", ("not a memory snapshot",)),
    "no STOP": (b"\x80\x02]" + b"0]" * 1000, ("truncated: the file ends at byte 2003", "inside the pickle")),
}  # fmt: skip


def text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value)) + value.encode()


EMPTY = b"\x80\x02}(" + text("segments") + b"]" + text("device_traces") + b"]"
UNKNOWN = EMPTY + text("zz")  # a snapshot up to the value of an unknown key
END = b"u."
FRAME = b"}(" + text("name") + text("f") + text("filename") + text("a.py") + text("line") + b"K\x01u"
EVENT = b"}(" + text("action") + text("alloc") + text("addr") + b"K\x01" + text("size") + b"K\x02u"
SEGMENT = b"}(" + text("blocks") + b"]" + text("total_size") + b"K\x01u"
ANNOTATION = b"}(" + text("name") + text("x" * 1000) + text("stage") + text("START") + b"u"
SHARED = b"h\x01"  # fetches what the memo has under 1

# A piece of a file, and how often it is repeated.
Piece = tuple[bytes, int]

TOO_DENSE = ("byte ", "more than any pickler writes in so few bytes")
LISTED_TWICE = ("is listed twice, which no recorder writes",)
TOO_MANY_DEVICES = ("byte ", "more than 1000 devices are not supported (PyTorch supports 128)")

# Large snapshots that gzip makes small, with words of the error.
DENSE: dict[str, tuple[list[Piece], tuple[str, ...]]] = {
    "a million devices": ([(EMPTY, 1), (b"(" + b"]" * 1000 + b"e", 1000), (END, 1)], TOO_MANY_DEVICES),
    "a million devices in JSON": ([(b'{"segments":[],"device_traces":[[]', 1), (b",[]", 1_000_000), (b"]}", 1)],
                                  TOO_MANY_DEVICES),
    "a shared segment": ([(b"\x80\x02}(" + text("segments") + b"](" + SEGMENT + b"q\x01", 1), (SHARED, 400_000),
                          (b"e" + END, 1)], ("one segment", *LISTED_TWICE)),
    "a shared annotation": ([(EMPTY + text("external_annotations") + b"](" + ANNOTATION + b"q\x01", 1),
                             (SHARED, 400_000), (b"e" + END, 1)], ("one annotation", *LISTED_TWICE)),
    "a shared event": ([(EMPTY[:-1] + b"](](" + EVENT + b"q\x01", 1), (SHARED, 800_000), (b"ee" + END, 1)],
                       ("byte ", "trace entries repeat other entries, which no recorder writes")),
    "frames of one stack": ([(UNKNOWN + b"]" + FRAME + b"q\x01a", 1), (b"(" + SHARED * 1000 + b"e", 20_000), (END, 1)],
                            TOO_DENSE),
    "tuples in a tuple": ([(UNKNOWN + b"]", 1), (b"(" + b"N" * 100_000 + b"t", 200), (END, 1)], TOO_DENSE),
    "lists in lists": ([(UNKNOWN, 1), (b"](" + b"N" * 1000 + b"e(" + b"N" * 1000 + b"e", 9000), (END, 1)], TOO_DENSE),
    "entries of a dict": ([(UNKNOWN + b"}", 1), (b"(" + b"K\x01K\x02" * 1000 + b"u", 10_000), (END, 1)], TOO_DENSE),
    "keys of JSON": ([(b'{"segments":[],"x":{"a":1', 1), (b',"a":1', 3_000_000), (b"}}", 1)],
                     ("byte ", "more than any file has in so few bytes")),
    "memo entries": ([(UNKNOWN + b"N", 1), (b"\x94", 20_000_000), (END, 1)],
                     ("byte ", "is more than any pickler uses in so few bytes")),
    "memo entries of an open list": ([(UNKNOWN + b"]", 1), (b"\x94", 20_000_000), (END, 1)],
                                     ("byte ", "is more than any pickler uses in so few bytes")),
    "memoized numbers": ([(UNKNOWN + b"]", 1), (b"K\x01\x94aK\x02\x94a", 4_000_000), (END, 1)],
                         ("byte ", "are in the memo, which no pickler does")),
    "numpy dtypes": ([(UNKNOWN + b"](cnumpy\ndtype\nq\x01" + text("f" * 1000) + b"q\x02", 1),
                      (b"h\x01h\x02\x85R0", 100_000), (b"e" + END, 1)], ("byte ", "which no number type has")),
}  # fmt: skip

# The same for snapshots that are converted: only a value is dropped or cut, which is counted.
DROPPED = "could not be kept"
REPEATED = "the input repeats its texts so often that the archive would be many times larger"
CUT = "longer than 1 MiB (only "
OPEN_LISTS = 9000 // SAMPLE_DIVISOR
TOLERATED: dict[str, tuple[list[Piece], str]] = {
    "tuples in a list": ([(UNKNOWN + b"]", 1), (b"(" + b")" * 1000 + b"e", 20_000 // SAMPLE_DIVISOR), (END, 1)], DROPPED),
    "pairs in JSON": ([(b'{"segments":[],"x":[[1,2]', 1), (b",[1,2]", 3_000_000), (b"]}", 1)], DROPPED),
    "objects in JSON": ([(b'{"segments":[],"x":[{}', 1), (b",{}", 3_000_000), (b"]}", 1)], DROPPED),
    "buffers of lists": ([(UNKNOWN + b"]" * OPEN_LISTS, 1), ((b"(" + b"N" * 1000 + b"e") * 5 + b"a", OPEN_LISTS - 1), (END, 1)],
                         DROPPED),
    "lists of one entry": ([(UNKNOWN + b"]}(" + text("action") + b"q\x01" + text("alloc") + b"q\x02" + text("size")
                             + b"q\x03K\x01ua(", 1), (b"](}(h\x01h\x02h\x03K\x01ue", 100_000), (b"e" + END, 1)], DROPPED),
    "snapshots in a list": ([(UNKNOWN + b"](" + text("segments") + b"q\x01", 1), (b"}(h\x01]u", 400_000),
                             (b"e" + END, 1)], DROPPED),
    "a shared name": ([(EMPTY + text("external_annotations") + b"](" + b"}(" + text("name") + b"q\x01"
                        + text("x" * 500_000) + b"q\x02" + text("stage") + b"q\x03" + text("START") + b"q\x04u", 1),
                       (b"}(h\x01h\x02h\x03h\x04u", 5000), (b"e" + END, 1)], REPEATED),
    "a text of NULs": ([(UNKNOWN + b"X" + struct.pack("<I", 50 << 20), 1), (bytes(1 << 20), 50), (END, 1)], CUT),
    "bytes of NULs": ([(UNKNOWN + b"\x8e" + struct.pack("<Q", 200 << 20), 1), (bytes(1 << 20), 200), (END, 1)], CUT),
    "a text of no UTF-8": ([(UNKNOWN + b"X" + struct.pack("<I", 50 << 20), 1), (b"\xff" * (1 << 20), 50), (END, 1)], CUT),
}  # fmt: skip


def doubling(levels: int) -> bytes:
    """A list of the list before twice, and so on: 2^levels leaves if anyone walked them all."""
    out = b"\x80\x02]q\x00"
    for level in range(levels):
        out += b"](" + b"h" + bytes([level]) + b"h" + bytes([level]) + b"eq" + bytes([level + 1])
    return b"\x80\x02}(X\x08\x00\x00\x00segments]X\x01\x00\x00\x00x" + out[2:] + b"u."


BOMB_START = b"\x80\x02("
NOTHING = text("\0" * 1000) + b"0"  # a text that is dropped at once


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


def traced(folder: Path, command: list[str | Path]) -> list[str] | None:
    """System calls of a command that start programs or use sockets, without its own start. None: no strace."""
    log = folder / ".strace"
    # LeakSanitizer would start a process, and cannot run under strace.
    environment = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}
    try:
        subprocess.run(["strace", "-f", "-qq", "-o", log, "-e", "trace=%process,%network", *command], cwd=folder,
                       check=False, capture_output=True, timeout=TIME_LIMIT_S, env=environment)  # fmt: skip
    except FileNotFoundError:
        return None
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    log.unlink(missing_ok=True)
    if not any("execve(" in line for line in lines):  # the system does not allow ptrace
        return None
    telling = re.compile(r"\b(execve|execveat|fork|vfork|clone|clone3|socket|connect|bind|sendto)\(")
    calls = [line for line in lines[1:] if telling.search(line)]
    return [line for line in calls if not ("clone" in line and "CLONE_THREAD" in line)]


class EvilTest(ProgramTest):
    def refuse(self, data: bytes, *words: str) -> Result:
        """Runs convert on the bytes with a limit on memory, and checks what the docstring of this file says."""
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
        """Otherwise the tests below would prove nothing."""
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

    def test_every_name_that_scanners_know_is_refused_in_every_spelling(self) -> None:
        self.assertGreater(len(SCANNED), 130)
        for number, name in enumerate(SCANNED):
            ways = spellings(name)
            # All of them for some names, and each of them for many.
            chosen = list(ways) if number % (10 * SAMPLE_DIVISOR) == 0 else [list(ways)[number % len(ways)]]
            for way in chosen:
                with self.subTest(name=name, way=way):
                    self.refuse(ways[way], f"the pickle names the global '{name}'", "byte ")

    def test_no_program_is_started_and_no_socket_is_used(self) -> None:
        """Checked by the system calls."""
        pickles = {label: data for label, (_, data) in RUNNING.items()}
        pickles |= {name: call(name, SHELL) for name in SCANNED[:: 3 * SAMPLE_DIVISOR]}
        (self.directory / "in").write_bytes(RUNNING["posix.system, protocol 0"][1])
        python = [sys.executable, "-c", "import pickle; pickle.loads(open('in','rb').read())"]
        seen = traced(self.directory, python)
        if seen is None:
            self.skipTest("no strace, or it is not allowed here")
        self.assertIn("execve(", "".join(seen))  # shows that this test can find something
        for label, data in pickles.items():
            with self.subTest(label):
                (self.directory / "in").write_bytes(data)
                self.assertEqual(traced(self.directory, [SNAPQ, "convert", "in", "-o", "out.zip"]), [])

    def test_exploits_written_by_python_are_refused(self) -> None:
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
        for arguments in (("summary", "in"), ("diff", "in", "in"), ("info", "in"), ("convert", "--dry-run", "in"),
                          ("query", "in", "SELECT 1"), ("query", "--each", "in", "SELECT 1"),
                          ("extract", "in", "-d", "out")):  # fmt: skip
            with self.subTest(arguments):
                result = self.limited(*arguments)
                self.assert_refused(result, 3, "in: byte 0: the pickle names the global 'posix.system'")
                self.assertEqual(self.names(), ["in"])
        # verify only accepts archives; it does not convert.
        self.assert_refused(self.limited("verify", "in"), 3, "in: is not a snapq archive")
        self.assertEqual(self.names(), ["in"])

    def test_a_pickle_from_a_pipe_is_refused_too(self) -> None:
        (self.directory / "in").write_bytes(RUNNING["INST"][1])
        with (self.directory / "in").open("rb") as stream:
            result = self.limited("convert", "-", "-o", "out.zip", stdin=stream)
        self.assert_refused(result, 3, "posix.system", "byte")
        self.assertEqual(self.names(), ["in"])

    def test_an_evil_pickle_after_a_good_one_is_refused(self) -> None:
        """It is read to see whether it is a second snapshot, and refused as if it were alone."""
        plain = self.directory / "plain.pickle"
        plain.write_bytes(SAMPLE.read_bytes() + RUNNING["posix.system, protocol 0"][1])
        result = self.limited("convert", plain, "-o", "out.zip")
        self.assert_refused(result, 3, "posix.system", "byte")
        self.assertEqual(self.names(), ["plain.pickle"])


class Bombs(EvilTest):
    def test_lengths_and_numbers_beyond_the_bytes_of_the_file_are_refused(self) -> None:
        for label, (data, words) in BOMBS.items():
            with self.subTest(label):
                self.refuse(data, *words)

    def test_exponential_sharing_takes_no_time(self) -> None:
        """The value of an unknown key has 2^200 leaves, so it is dropped and counted; the snapshot is empty."""
        (self.directory / "in").write_bytes(doubling(200))
        result = self.limited("convert", "in", "-o", "out.zip")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("could not be kept", result.stderr)

    def gzipped(self, pieces: list[Piece]) -> None:
        """Writes the file `in`, which need not fit in memory."""
        with gzip.GzipFile(self.directory / "in", "wb", mtime=0) as file:
            for piece, times in pieces:
                block = piece * max(1, min(times, 100_000 // len(piece)))
                whole, rest = divmod(len(piece) * times, len(block))
                for _ in range(whole):
                    file.write(block)
                file.write(block[:rest])

    def within_64_mib(self) -> Result:
        command = [SNAPQ, "convert", "in", "-o", "out.zip", "--force"]
        result = self.run_program([sys.executable, "-c", MEASURE, *command])
        output, _, peak_kib = result.stdout.strip().rpartition("\n")
        if not is_sanitized():
            self.assertLessEqual(int(peak_kib), CONVERT_KIB)
        return Result(result.args, result.returncode, output, result.stderr)

    def test_dense_or_shared_content_is_refused_before_it_fills_memory(self) -> None:
        for label, (pieces, words) in DENSE.items():
            with self.subTest(label):
                self.gzipped(pieces)
                self.assert_refused(self.within_64_mib(), 3, "in: ", *words)
                self.assertEqual(self.names(), ["in"])

    def test_content_that_is_not_kept_takes_no_memory(self) -> None:
        for label, (pieces, words) in TOLERATED.items():
            with self.subTest(label):
                self.gzipped(pieces)
                result = self.within_64_mib()
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertIn(words, result.stderr)

    def test_blocks_that_segments_share_are_refused(self) -> None:
        blocks = [{"size": 512, "state": "inactive", "address": 512 * i, "frames": []} for i in range(1000)]
        segment = {"device": 0, "address": 0, "total_size": 512_000, "stream": 0, "segment_type": "small"}
        shared_list = [{**segment, "blocks": blocks} for _ in range(5000)]
        shared_blocks = [{**segment, "blocks": list(blocks)} for _ in range(50)]
        for label, segments in {"a list": shared_list, "blocks": shared_blocks}.items():
            with self.subTest(label):
                (self.directory / "in").write_bytes(pickle.dumps({"segments": segments, "device_traces": []}, 4))
                self.assert_refused(self.within_64_mib(), 3, "in: ", "one block", *LISTED_TWICE)

    def test_settings_beyond_the_number_that_commands_read_are_dropped(self) -> None:
        settings = {f"k{i}": i for i in range(2500)}
        source = self.directory / "in.pickle"
        event = {"action": "alloc", "addr": 4096, "size": 512, "stream": 0, "frames": []}
        snapshot = {"segments": [], "device_traces": [[event]], "allocator_settings": settings}
        source.write_bytes(pickle.dumps(snapshot))
        result = self.snapq("convert", source, "-o", "out.zip")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("500 values of unknown keys could not be kept", result.stderr)
        for command in (("info", "out.zip"), ("summary", "out.zip"), ("diff", "out.zip", "out.zip"), ("verify", "out.zip")):
            self.assertEqual(self.snapq(*command).returncode, 0, command)

    def test_a_value_that_settings_share_is_spelled_out_up_to_a_limit(self) -> None:
        large = ["a" * 1000] * 1000
        nested: dict[str, Any] = {"end": 1}
        for _ in range(7):
            nested = {f"k{i}": nested for i in range(100)}
        for label, settings in {"lists": {f"k{i}": large for i in range(500)}, "dicts": nested}.items():
            with self.subTest(label):
                snapshot = {"segments": [], "device_traces": [], "allocator_settings": settings}
                (self.directory / "in").write_bytes(pickle.dumps(snapshot, 4))
                result = self.within_64_mib()
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertIn(DROPPED, result.stderr)

    def test_a_value_that_blocks_share_is_spelled_out_up_to_a_limit(self) -> None:
        large = ["a" * 1000] * 1000
        blocks = [{"size": 512, "state": "inactive", "address": 512 * i, "note": large} for i in range(3000)]
        segment = {"device": 0, "address": 0, "total_size": 512 * 3000, "blocks": blocks}
        (self.directory / "in").write_bytes(pickle.dumps([segment], 4))
        result = self.within_64_mib()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(DROPPED, result.stderr)

    def test_a_thousand_devices_are_converted_and_verified_and_one_more_is_refused(self) -> None:
        block = {"size": 512, "state": "active_allocated", "address": 0}
        for count, refused in ((1000, False), (1001, True)):
            entry = {"action": "alloc", "addr": 1, "size": 512, "stream": 0}
            for label, snapshot in {
                "traces": {"segments": [], "device_traces": [[dict(entry)] for _ in range(count)]},
                "segments": {"segments": [{"device": i, "address": 0, "total_size": 512, "blocks": [dict(block)]}
                                          for i in range(count)]},
            }.items():  # fmt: skip
                with self.subTest(label, count=count):
                    (self.directory / "in").write_bytes(pickle.dumps(snapshot, 4))
                    result = self.snapq("convert", "in", "-o", "out.zip", "--force")
                    if refused:
                        self.assert_refused(result, 3, "in: ", *TOO_MANY_DEVICES)
                    else:
                        self.assertEqual(result.returncode, 0, result.stderr)
                        self.assertEqual(self.snapq("verify", "out.zip").returncode, 0)

    def test_a_name_that_is_too_long_for_the_commands_is_cut(self) -> None:
        entry = {"action": "alloc", "addr": 1, "size": 512, "stream": 0,
                 "frames": [{"name": "f" * 17_000_000, "filename": "a.py", "line": 1}]}  # fmt: skip
        block = {"size": 512, "requested_size": 512, "state": "active_allocated", "address": 1, "frames": entry["frames"]}
        segment = {"device": 0, "address": 1, "total_size": 512, "blocks": [block]}
        snapshot = {"segments": [segment], "device_traces": [[entry]]}
        for form, data in {"pickle": pickle.dumps(snapshot, 4), "JSON": json.dumps(snapshot).encode()}.items():
            with self.subTest(form):
                if form == "JSON":
                    data = data.replace(b"f" * 17_000_000, b"f" * 15_000_000)  # a text of 16 MiB has no end there
                (self.directory / "in").write_bytes(data)
                result = self.snapq("convert", "in", "-o", "out.zip", "--force")
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertIn(CUT, result.stderr)
                for question in (("verify", "out.zip"), ("summary", "out.zip"), ("diff", "out.zip", "out.zip"),
                                 ("query", "out.zip", "--named", "top-sites"),
                                 ("query", "out.zip", "SELECT kind FROM anomalies WHERE kind = 'invalid_text'")):  # fmt: skip
                    answer = self.snapq(*question)
                    self.assertEqual(answer.returncode, 0, answer.stderr)

    def test_json_bombs_are_refused(self) -> None:
        start = '{"segments": [], "x": '
        deep = 2_000_000
        too_deep = ("byte ", "nested more than 1000 levels deep")
        bombs: dict[str, tuple[str, tuple[str, ...]]] = {
            "lists": (start + "[" * deep, too_deep),
            "closed lists": (start + "[" * deep + "]" * deep + "}", too_deep),
            "dicts": (start + '{"a":' * (deep // 5), too_deep),
            "a text without end": (start + '"' + "x" * 10_000_000, ("byte 10000023", "inside a JSON string")),
            "a number without end": (start + "9" * 10_000_000, ("byte 22", "expected a value")),
            "nothing but blanks": (" " * 10_000_000, ("byte 10000000", "inside the JSON text")),
            "many numbers": ("[" + "1," * 5_000_000, ("byte 10000001", "inside the JSON text")),
        }
        for label, (text, words) in bombs.items():
            with self.subTest(label):
                self.refuse(text.encode(), *words)

    def test_an_honest_json_file_with_a_deep_end_is_refused_at_its_place(self) -> None:
        text = json.dumps({"segments": [], "device_traces": [[]]})[:-1] + ', "x": ' + "[" * 200_000
        self.refuse(text.encode(), "byte ", "nested more than 1000 levels deep")

    def test_compression_bombs_are_refused(self) -> None:
        nothing = BOMB_START + NOTHING * 80_000
        too_much = ("unpacks to more than 2000 times its size", "byte ")
        # Deflate cannot do worse than 1032 : 1, so one layer is read to its end, in constant memory.
        no_end = (f"the file ends at byte {len(nothing)}", "inside the pickle")
        bombs = {
            "gzip": (gzip.compress(nothing, 9), no_end),
            "torch zip": (zipped({"a/data.pkl": nothing}, zipfile.ZIP_DEFLATED), no_end),
            "gzip in gzip": (gzip.compress(gzip.compress(BOMB_START + NOTHING * 100_000), 9), too_much),
            "torch zip in gzip": (gzip.compress(zipped({"a/data.pkl": nothing + nothing}, zipfile.ZIP_DEFLATED), 9), too_much),
        }
        for label, (data, words) in bombs.items():
            with self.subTest(label):
                self.refuse(data, *words)

    def test_a_zstd_bomb_is_refused(self) -> None:
        try:
            packed = subprocess.run(
                ["zstd", "-qc"], input=BOMB_START + NOTHING * 120_000, capture_output=True, check=True
            ).stdout
        except FileNotFoundError:
            self.skipTest("no zstd program")
        self.assertIn("zstd -dc", self.refuse(packed, "times its size").stderr)

    def test_honest_repetition_is_no_bomb_when_it_is_unpacked_first(self) -> None:
        """The hint of the error names this way around the limit."""
        event = EVENT[:-1] + text("user_metadata") + text("x" * 1000) + b"u"
        trace = EMPTY[:-1] + b"](](" + event * 90_000 + b"ee" + END
        try:
            packed = subprocess.run(["zstd", "-qc"], input=trace, capture_output=True, check=True).stdout
        except FileNotFoundError:
            self.skipTest("no zstd program")
        self.refuse(packed, "times its size")
        (self.directory / "in").write_bytes(packed)
        command = f"zstd -dc in | '{SNAPQ}' convert - -o out.zip -q --max-points 4"
        result = subprocess.run(["sh", "-c", command], cwd=self.directory, capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.names(), ["in", "out.zip"])

    def test_containers_nest_only_so_deep(self) -> None:
        data = RUNNING["posix.system, protocol 0"][1]
        for _ in range(30):
            data = gzip.compress(data)
        self.refuse(data, "containers nested more than 4 deep")

    def test_a_zip_that_lies_about_its_member_is_refused(self) -> None:
        good = zipped({"archive/data.pkl": pickle.dumps([1, 2, 3])})
        at = good.index(b"PK\x01\x02")
        for label, offset, value, words in (
            ("size", 24, 1 << 31, "contradicts"), ("packed size", 20, 1 << 31, "reach beyond the entries"),
            ("checksum", 16, 7, "contradicts"), ("offset", 42, 1 << 31, "lies outside the entries"),
            ("method", 10, 99, "method 99"),
        ):  # fmt: skip
            with self.subTest(label):
                width = 2 if label == "method" else 4
                lied = bytearray(good)
                lied[at + offset : at + offset + width] = value.to_bytes(width, "little")
                self.refuse(bytes(lied), words, "byte ")


if __name__ == "__main__":
    unittest.TestCase.maxDiff = None
    main()
