#!/usr/bin/env python3
"""Makes the seeds (seed-*) of the fuzz targets: the smallest files that hold everything their target knows.

    tests/corpus/make_seeds.py [SNAPQ]      SNAPQ: the program, for the seeds that are archives

The other files of these folders are findings: inputs that once broke a promise, kept so that they never do again.
"""

from __future__ import annotations

import base64
import gzip
import io
import json
import pickle
import sqlite3
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "scripts"))

from lib import cpp_pickler  # noqa: E402

BASE = 0x7F0000000000
START_US = 1_767_225_600_000_000


def frame(number: int) -> dict[str, Any]:
    return {"filename": f"m{number}.py", "line": number, "name": f"f{number}"}


def event(action: str, address: int, size: int, frames: list[Any], at: int, **more: Any) -> dict[str, Any]:
    return {
        "action": action, "addr": address, "size": size, "stream": 0, "frames": frames, "time_us": START_US + at, **more
    }  # fmt: skip


def trace() -> list[dict[str, Any]]:
    """Every action, an address used twice, a free of older memory, an overwritten allocation."""
    one, two = [frame(1), frame(2)], [frame(3), {**frame(1), "fx_node_op": "call_function"}]
    return [
        event("segment_alloc", BASE, 4096, one, 0),
        event("alloc", BASE, 512, one, 1, compile_context="N/A", segment_pool_id=(1, 0)),
        event("alloc", BASE + 512, 1000, two, 2, user_metadata="step"),
        event("free_requested", BASE, 512, two, 3),
        event("free_completed", BASE, 512, two, 4),
        event("free_completed", BASE + 8192, 64, [], 5),
        event("alloc", BASE, 256, [], 6, forward_frames=["f1", "f2"]),
        event("alloc", BASE, 128, one, 7),
        event("oom", 0, 1 << 40, two, 8, device_free=1 << 30),
        event("segment_map", BASE + (1 << 30), 2048, [], 9),
        event("segment_unmap", BASE + (1 << 30), 2048, [], 10),
        event("snapshot", 0, 0, [], 11),
        event("user_defined", 0, 0, [], 12, own=[1, {"a": None}]),
        event("free_requested", BASE + 512, 1000, one, 13),
    ]


def snapshot() -> dict[str, Any]:
    blocks = [
        {"address": BASE, "size": 512, "requested_size": 128, "state": "active_allocated", "frames": [frame(1)]},
        {"address": BASE + 512, "size": 1024, "requested_size": 1000, "state": "active_pending_free", "frames": []},
        {"address": BASE + 1536, "size": 2560, "requested_size": 0, "state": "inactive"},
    ]
    segment = {
        "device": 0, "address": BASE, "total_size": 4096, "stream": 0, "segment_type": "small", "allocated_size": 512,
        "active_size": 1536, "requested_size": 1128, "segment_pool_id": (0, 0), "is_expandable": False,
        "frames": [frame(9)], "blocks": blocks,
    }  # fmt: skip
    other = {**segment, "device": 1, "address": BASE * 2, "blocks": [dict(block) for block in blocks]}
    annotation = {"stage": "START", "name": "step", "device": 0, "time_us": START_US + 2}
    return {
        "segments": [segment, other],
        "device_traces": [trace(), []],
        "allocator_settings": {"expandable_segments": False, "max_split_size": -1, "roundup_power2_divisions": {"1": 0}},
        "external_annotations": [annotation, {**annotation, "stage": "END", "time_us": START_US + 6}],
        "mine": {"x": 1.5, "y": "é\udc80", "z": [True, None, 1 << 70]},
    }


def old_snapshot() -> dict[str, Any]:
    """PyTorch 1.13: history instead of frames, no times."""
    history = [{"addr": BASE, "real_size": 500, "frames": [frame(1)]}]
    block = {"size": 512, "state": "active_allocated", "history": history}
    return {"segments": [{"address": BASE, "total_size": 512, "stream": 0, "blocks": [block]}]}


def pickles() -> dict[str, bytes]:
    made = {f"seed-protocol-{n}": pickle.dumps(snapshot(), protocol=n) for n in (0, 1, 2, 4)}
    plain = snapshot()
    del plain["mine"]
    made["seed-cpp"] = cpp_pickler.dumps(plain)
    made["seed-old"] = pickle.dumps(old_snapshot(), protocol=3)
    made["seed-segments"] = pickle.dumps(snapshot()["segments"], protocol=5)
    odd = [bytearray(b"x"), b"y", frozenset({1}), {2}, 1 << 2000, -1, 3.5, (1,), (1, 2, 3, 4), True]
    made["seed-values"] = pickle.dumps({**old_snapshot(), "odd": odd}, protocol=5)
    made["seed-empty"] = pickle.dumps([])
    return made


def json_texts() -> dict[str, bytes]:
    text = json.dumps(snapshot())
    return {
        "seed-lines": json.dumps(snapshot(), indent=1).encode(),
        "seed-one-line": text.encode(),
        "seed-old": json.dumps(old_snapshot()).encode(),
        "seed-odd": text.replace("1.5", "[NaN, -Infinity, 1e400, 12345678901234567890123]").encode(),
        "seed-empty": b"[]",
    }


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return file.getvalue()


def containers() -> dict[str, bytes]:
    data = pickles()["seed-old"]
    page = f'<html><script type="module">\nadd_local_files([{{"name": "s.pickle", "base64": '
    page += f'"{base64.b64encode(data).decode()}"}}], "Active Memory Timeline")\n</script></html>'
    return {
        "seed-pickle": data,
        "seed-json": json_texts()["seed-old"],
        "seed-gzip": gzip.compress(data, mtime=0),
        "seed-gzip-twice": gzip.compress(gzip.compress(data, mtime=0), mtime=0),
        "seed-torch-zip": zipped({"archive/data.pkl": data, "archive/version": b"3\n"}),
        "seed-torch-zip-deflated": zipped({"archive/data.pkl": data}, zipfile.ZIP_DEFLATED),
        "seed-html": page.encode(),
        "seed-zstd": subprocess.run(["zstd", "-qc"], input=data, capture_output=True, check=True).stdout,
    }


SCHEMA = """
    PRAGMA page_size=512;
    CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
    INSERT INTO meta VALUES('format_version', 1), ('viewer_device', 0), ('preexisting', 'all');
    CREATE TABLE devices(device INTEGER PRIMARY KEY, allocation_count INTEGER NOT NULL);
    INSERT INTO devices VALUES(0, 2);
    CREATE TABLE stacks(stack_id INTEGER PRIMARY KEY, callstack TEXT NOT NULL);
    INSERT INTO stacks VALUES(0, '(0) a.py:1:f'), (1, NULLIF(hex(zeroblob(400)), ''));
    CREATE TABLE allocations(device INTEGER, idx INTEGER, size INTEGER, start_timestep INTEGER,
      end_timestep INTEGER, stack_id INTEGER, PRIMARY KEY(device, idx)) WITHOUT ROWID;
    INSERT INTO allocations VALUES(0, 0, 512, 0, 6, 0), (0, 1, 1024, 0, 7, 1);
    CREATE INDEX by_size ON allocations(size);
    CREATE VIEW allocs AS SELECT idx, size, start_timestep AS start_time, end_timestep AS end_time,
      (SELECT callstack FROM stacks WHERE stacks.stack_id = allocations.stack_id) AS callstack
      FROM allocations WHERE device = (SELECT value FROM meta WHERE key = 'viewer_device');
"""
VIEWER_SCHEMA = """
    PRAGMA page_size=1024;
    CREATE TABLE allocs(idx INTEGER PRIMARY KEY, size INTEGER, start_time INTEGER, end_time INTEGER, callstack TEXT);
    INSERT INTO allocs VALUES(0, 512, 0, 6, 'f'), (1, 1024, 0, 7, 'g');
"""
TIMELINE = b'[{"timesteps":[0,6],"offsets":[0,0],"size":512},\n{"timesteps":[0,7],"offsets":[512,0],"size":1024}]\n'


def database(schema: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        connection = sqlite3.connect(f"{folder}/x.db")
        connection.executescript(schema)
        connection.commit()
        connection.close()
        return Path(folder, "x.db").read_bytes()


def zips() -> dict[str, bytes]:
    small = {"allocations.json": TIMELINE, "elements.db": database(VIEWER_SCHEMA)}
    return {
        "seed-viewer-stored": zipped(small),
        "seed-viewer-deflated": zipped(small, zipfile.ZIP_DEFLATED),
        "seed-empty": zipped({}),
    }


def own_archives(program: str) -> dict[str, bytes]:
    """What snapq makes of the small snapshot; `manifest` is the text of one of them."""
    made = {}
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "s.pickle")
        source.write_bytes(pickles()["seed-old"])
        for method in ("deflate", "zstd"):
            target = Path(folder, f"{method}.zip")
            subprocess.run([program, "convert", "-q", source, "-o", target, "--compression", method], check=True)
            made[f"seed-own-{method}"] = target.read_bytes()
            with zipfile.ZipFile(target) as archive:
                if method == "deflate":
                    made["manifest"] = archive.read("manifest.json")
    return made


def chunks() -> dict[str, bytes]:
    text = b"snapq " * 40
    deflated = gzip.compress(text, mtime=0)[10:-8]
    zstd = subprocess.run(["zstd", "-qc"], input=text, capture_output=True, check=True).stdout
    room = len(text).to_bytes(2, "little")
    return {
        "seed-store": b"\0" + room + text,
        "seed-deflate": b"\1" + room + deflated,
        "seed-zstd": b"\2" + room + zstd,
    }


def words() -> dict[str, dict[str, bytes]]:
    sizes = ["512MiB", "1.5GiB", "20GB", "20000000000", "0", "1e3kB", "9223372036854775807", " 7 KiB", "rank3_x.pickle"]
    moments = ["peak", "reserved-peak", "start", "end", "oom", "oom:3", "event:-1", "time:5", "timestep:9", "span:a b"]
    return {
        "size": {f"seed-{i}": word.encode() for i, word in enumerate(sizes)},
        "moment": {f"seed-{i}": word.encode() for i, word in enumerate(moments)},
    }


COMMAND_LINES = """
--version
--help
diff --help
convert a.pickle b.pickle -o out --force --layout zip --compression zstd --level 3 --threads 2 -j 2 -d 0
convert - -o x.zip --preexisting freed --max-points 64 --label run=7 --label a=b --rank 3 --device all -q
convert a --rank-regex r([0-9]+) --dry-run --stats=json --progress never --compression=deflate --layout=dir
query a.zip SELECT 1 --format box --no-header --null - --width 20 --max-rows 5 --timeout 1.5
query --attach base=a.zip --attach new=b.zip SELECT :n --param n=1 --param t='x'
query DIR --each -f q.sql
query a.zip --named top-sites
query --list-named
summary a.zip b.zip --at oom:1 --by user-frame --user-prefix /home/ada -d 0 --top 5 --format json --chart 1
summary a.zip --get peak_requested_bytes,oom_events -o out.txt --force --github
summary --list-get
summary a.zip --max-peak 1GiB --max-reserved 2GB --max-end 1 --max-growth-in-trace 1MiB --max-unfreed 0 --max-stranded 5%
summary a.zip --no-oom --allow-no-trace --strict
diff a.zip b.zip --by stack --exact --strip-prefix /home/[^/]+/ --at end --format markdown --top 3 -o f --force -q
diff a.zip --at-base start --at-new span:x --by user-frame --user-prefix /a --device 1 --github
diff a.zip b.zip --max-growth 5%,512MiB --max-reserved-growth 1% --max-row-growth 7kB --allow-no-trace --missing-base ok
info a.zip --format json
extract a.zip -d out --device 1 -f -q
verify a.zip --format json -q
"""


def command_lines() -> dict[str, bytes]:
    """Arguments parted by zero bytes."""
    lines = COMMAND_LINES.split("\n")[1:-1]
    made = {f"seed-{i}": "\0".join(line.split(" ")).encode() for i, line in enumerate(lines)}
    return {**made, "seed-nothing": b"", "seed-odd": b"-\0--\0\0--top=\xff\0-dq1"}


def seek_points() -> dict[str, bytes]:
    """Method, size of a chunk, number of edits; then six bytes an edit: chunk, other chunk, amount, what to do, place."""
    made = {}
    text = bytes(range(256)) * 4 + b"snapq " * 40
    for number, method in enumerate(("store", "deflate", "zstd")):
        head = bytes([number]) + (99).to_bytes(2, "little")
        made[f"seed-{method}"] = head + b"\0" + text
        made[f"seed-{method}-moved"] = head + b"\2" + bytes([0, 1, 3, 6, 0, 1, 3, 7]) + text
        made[f"seed-{method}-signed"] = head + b"\3" + bytes([2, 3, 9, 6, 2, 0, 0, 9, 3, 0, 0, 9]) + text
        made[f"seed-{method}-damaged"] = head + b"\2" + bytes([1, 0, 1, 8, 5, 0, 1, 0, 0, 9]) + text
        made[f"seed-{method}-others"] = head + b"\5" + bytes([4, 0, 1, 3, 1, 0, 1, 0, 1, 0, 1, 1, 3, 0, 0, 4]) + text
    return made


def edited_tables(is_diff: bool) -> dict[str, bytes]:
    """Five bytes of options, then edits: table, column, row, what to do, kind of value, value."""
    made = {}
    for kind in range(9):
        options = bytes([kind % 4, kind, 0, kind, 0x2A]) if is_diff else bytes([kind, kind % 2, kind, kind % 4, 0])
        edits = b"".join(bytes([table, table + kind, 0, 5, kind % 6, kind]) for table in range(0, 21, 2))
        made[f"seed-{kind}"] = options
        made[f"seed-{kind}-edited"] = options + edits
        made[f"seed-{kind}-rows"] = options + bytes([kind, 0, 0, 0, 2 * kind, 0, 1, 1, kind + 9, 0, 0, 2])
    return made


def labelled_tables() -> dict[str, bytes]:
    """A label and a name, each behind its length, a rank, then edits."""
    heads = {name: bytes([len(job)]) + job + bytes([len(name)]) + name + b"\0" for job, name in
             ((b"nightly", b"rank0"), (b"../..", b"a/b"), (b"", b""), (b"\n=%", b"..\0.zip"))}  # fmt: skip
    edits = {name: content[5:] for name, content in edited_tables(is_diff=False).items()}
    made = {f"seed-name-{i}": head for i, head in enumerate(heads.values())}
    made.update({name: heads[b"rank0"] + content for name, content in edits.items()})
    return made


def category_rules() -> dict[str, bytes]:
    """The number of a moment, then rules of each kind; and some that are wrong."""
    rules = (b"# comment\n\nattention  site  model\\.py:[78]\nloss frame ^/home\ngemm op at::.*mul\nback phase backward\n"
             b"layer metadata ^layer\nother stream 7\nbig size >=1KiB <1GiB\n")  # fmt: skip
    wrong = (b"a", b"a site", b"a site (", b"a size >", b"a size >1 <0 >2", b"a stream x", b"a planet x", b"a site (a{1000}){1000}")
    return {"seed-all": b"\0" + rules, "seed-moment": b"\6" + rules, **{f"seed-wrong-{i}": b"\0" + text for i, text in enumerate(wrong)}}


def save(target: str, files: dict[str, bytes]) -> None:
    folder = HERE / target
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def main() -> None:
    for target in ("pickle", "snapshot"):
        save(target, pickles())
    save("json", json_texts())
    texts = {f"{name}.json": text for name, text in json_texts().items()}
    save("pieces", {**pickles(), **texts})
    save("container", containers())
    save("zip", zips())
    save("database", {"seed-own": database(SCHEMA), "seed-viewer": database(VIEWER_SCHEMA)})
    save("chunk", chunks())
    for target, files in words().items():
        save(target, files)
    save("cli", command_lines())
    save("seek", seek_points())
    save("diff", edited_tables(is_diff=True))
    save("summary", edited_tables(is_diff=False))
    save("report", edited_tables(is_diff=False))
    save("export", labelled_tables())
    save("rules", category_rules())
    if len(sys.argv) > 1:
        own = own_archives(sys.argv[1])
        save("manifest", {"seed-own": own.pop("manifest")})
        save("archive", {**zips(), **own})


if __name__ == "__main__":
    main()
