"""A file with several snapshots is never converted as one snapshot, and --split makes an archive of each."""

from __future__ import annotations

import base64
import copy
import gzip
import io
import json
import pickle
import re
import shutil
import subprocess
import zipfile
from typing import Any

from program import CPP_SAMPLE, SAMPLE, SAMPLE_DIVISOR, SNAPQ, ProgramTest, main, meta

from lib import cpp_pickler

MIB = 1 << 20


def snapshot(mib: int) -> dict[str, Any]:
    """One allocation of so many MiB."""
    frames = [{"filename": f"/app/rank{mib}.py", "line": mib, "name": "grow"}]
    event = {"action": "alloc", "addr": 4096, "size": mib * MIB, "stream": 0, "frames": frames, "time_us": 7}
    return {"segments": [], "device_traces": [[event]]}


def page_of(*pickles: bytes) -> bytes:
    files = [{"name": f"rank{i}.pickle", "base64": base64.b64encode(one).decode()} for i, one in enumerate(pickles)]
    return f"<!DOCTYPE html><script>const files = {json.dumps(files)}</script>".encode()


def torch_save(data: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("archive/data.pkl", data)
    return file.getvalue()


def zstd(data: bytes) -> bytes:
    return subprocess.run(["zstd", "-qc"], input=data, capture_output=True, check=True).stdout


class Several(ProgramTest):
    def write(self, data: bytes | str, name: str = "two.pickle") -> str:
        (self.directory / name).write_bytes(data.encode() if isinstance(data, str) else data)
        return name

    def peaks(self, folder: str = "out") -> dict[str, int]:
        """The peak of each archive of a folder, in MiB."""
        names = self.names(folder)
        return {name: self.peak(f"{folder}/{name}") // MIB for name in names}

    def peak(self, archive: str) -> int:
        result = self.snapq("summary", archive, "--get", "peak_requested_bytes")
        self.assertEqual(result.returncode, 0, result.stderr)
        return int(result.stdout)

    def split(self, name: str, *options: str, folder: str = "out") -> str:
        result = self.snapq("convert", name, "-o", folder, "--split", *options)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stderr

    def forms(self) -> dict[str, tuple[bytes, str]]:
        """Files with snapshots of 20 and 40 MiB, and how the error names them."""
        one, two = snapshot(20), snapshot(40)
        named, both = {"rank0": one, "rank1": two}, pickle.dumps(one) + pickle.dumps(two)
        forms = {
            "dict": (pickle.dumps(named), "rank0, rank1"),
            "dict of numbers": (pickle.dumps({0: one, 1: two}), "0, 1"),
            "list": (pickle.dumps([one, two]), "[0], [1]"),
            "tuple": (pickle.dumps((one, two)), "[0], [1]"),
            "one level deeper": (pickle.dumps({"job": named}), "job.rank0, job.rank1"),
            "list in a dict": (pickle.dumps({"all": [one, two], "step": 3}), "all[0], all[1]"),
            "C++ form": (cpp_pickler.dumps(named), "rank0, rank1"),
            "C++ form, one after the other": (cpp_pickler.dumps(one) + cpp_pickler.dumps(two), "pickle 1, pickle 2"),
            "JSON": (json.dumps(named).encode(), "rank0, rank1"),
            "JSON lines": (f"{json.dumps(one)}\n{json.dumps(two)}\n".encode(), "JSON text 1, JSON text 2"),
            "one after the other": (both, "pickle 1, pickle 2"),
            "gzip": (gzip.compress(both), "pickle 1, pickle 2"),
            "two gzip members": (gzip.compress(pickle.dumps(one)) + gzip.compress(pickle.dumps(two)), "pickle 1, pickle 2"),
            "torch.save": (torch_save(pickle.dumps(named, 2)), "rank0, rank1"),
            "torch.save in gzip": (gzip.compress(torch_save(pickle.dumps(named, 2))), "rank0, rank1"),
            "page": (page_of(pickle.dumps(named)), "rank0, rank1"),
            "page of two": (page_of(pickle.dumps(one), pickle.dumps(two)), "pickle 1, pickle 2"),
        }  # fmt: skip
        for protocol in range(6):
            forms[f"protocol {protocol}"] = (pickle.dumps(named, protocol), "rank0, rank1")
            again = pickle.dumps(one, protocol) + pickle.dumps(two, protocol)
            forms[f"protocol {protocol}, one after the other"] = (again, "pickle 1, pickle 2")
        if shutil.which("zstd"):
            forms["zstd"] = (zstd(both), "pickle 1, pickle 2")
        return forms

    def test_all_forms_are_refused_unless_they_are_split(self) -> None:
        for what, (data, keys) in self.forms().items():
            with self.subTest(what):
                name = self.write(data)
                result = self.snapq("convert", name)
                self.assert_refused(result, 3, f"two.pickle: the file holds 2 snapshots: {keys}")
                self.assertIn("snapq convert two.pickle -o DIR --split", result.stderr)
                self.assertEqual(self.names(), ["two.pickle"])
                self.split(name)
                self.assertEqual(list(self.peaks().values()), [20, 40])
                self.assertTrue(all("rank0" in one or "rank1" in one for one in self.names("out")), self.names("out"))
                shutil.rmtree(self.directory / "out")

    def test_other_commands_refuse_it_the_same_way(self) -> None:
        name = self.write(pickle.dumps({"rank0": snapshot(20), "rank1": snapshot(40)}))
        for arguments in (
            ("summary", name),
            ("summary", name, "--max-peak", "1TiB"),
            ("query", name, "SELECT 1"),
            ("diff", name, str(SAMPLE)),
            ("info", name),
            ("convert", name, "--dry-run"),
        ):
            with self.subTest(arguments=arguments):
                result = self.snapq(*arguments)
                self.assertEqual((result.returncode, result.stdout), (3, ""), result.stderr)
                self.assertIn("the file holds 2 snapshots: rank0, rank1", result.stderr)
                self.assertIn("--split", result.stderr)
        with (self.directory / name).open() as stream:
            result = self.snapq("summary", "-", stdin=stream)
        self.assertEqual(result.returncode, 3)
        self.assertIn("--split", result.stderr)

    def test_each_archive_is_that_of_its_snapshot_alone(self) -> None:
        snapshots = {f"rank{i}": pickle.loads(one.read_bytes()) for i, one in enumerate((SAMPLE, CPP_SAMPLE))}
        self.split(self.write(pickle.dumps(snapshots)))
        for rank, one in snapshots.items():
            self.write(pickle.dumps(one), f"{rank}.pickle")
            alone = self.convert(f"{rank}.pickle", target=f"alone_{rank}.zip")
            made = f"out/two_{rank}.zip"
            for question in (
                ("summary", "--format", "json", "--top", "0"),
                ("query", "SELECT count(*), sum(depth) FROM stacks"),
                ("query", "SELECT count(*) FROM frames"),
                ("query", "SELECT * FROM extra ORDER BY 1, 2, 3"),
                ("query", "SELECT idx, address, size, stream, alloc_event, end_event FROM allocations ORDER BY idx"),
            ):
                answers = []
                for archive in (made, alone.name):
                    result = self.snapq(question[0], archive, *question[1:])
                    self.assertNotIn("no such column", result.stderr)
                    # The numbers of stacks depend on what else is in the file.
                    answers.append(re.sub(r'"stack_id":\d+|' + archive, "", result.stdout))
                self.assertEqual(answers[0], answers[1], question)
            self.assertEqual(self.snapq("verify", made).returncode, 0)
            found = meta(self.directory / made, self.directory / f"{rank}.d")
            self.assertEqual((found["rank"], found["source_key"]), (int(rank[4:]), rank))

    def test_the_folder_can_be_used_as_ranks(self) -> None:
        ranks = {f"rank{i}": snapshot(20 + i) for i in (0, 2, 10)}
        self.split(self.write(pickle.dumps(ranks), "job.pickle.gz"))
        self.assertEqual(self.names("out"), ["job_rank0.zip", "job_rank10.zip", "job_rank2.zip"])
        found = json.loads(self.snapq("summary", "out", "--format", "json").stdout)
        self.assertEqual([archive["rank"] for archive in found["archives"]], [0, 2, 10])

    def test_names(self) -> None:
        for keys, names in (
            (["gpu0", "gpu1"], ["two_gpu0_rank0.zip", "two_gpu1_rank1.zip"]),
            (["before", "after"], ["two_after.zip", "two_before.zip"]),
            (["a/b", "a:b"], ["two_a_b.zip", "two_a_b_2.zip"]),
            (["../x", "x" * 200], ["two_.._x.zip", "two_" + "x" * 60 + ".zip"]),
            ([("local", 1), 7], ["two__.zip", "two_rank7.zip"]),
        ):
            with self.subTest(keys=keys):
                self.split(self.write(pickle.dumps({key: snapshot(1) for key in keys})))
                self.assertEqual(sorted(self.names("out")), sorted(names))
                shutil.rmtree(self.directory / "out")
        pairs = [(3, snapshot(1)), (4, snapshot(2))]
        self.split(self.write(pickle.dumps(pairs)))
        self.assertEqual(self.peaks(), {"two_rank0.zip": 1, "two_rank1.zip": 2})

    def test_the_users_pattern_finds_ranks_in_keys(self) -> None:
        name = self.write(pickle.dumps({"host_a7": snapshot(1), "host_b8": snapshot(2)}))
        self.split(name, "--rank-regex", r"host_.(\d)")
        self.assertEqual(self.names("out"), ["two_host_a7_rank7.zip", "two_host_b8_rank8.zip"])
        result = self.snapq("convert", name, "--split", "--rank", "1")
        self.assert_refused(result, 2, "--rank", "--split")

    def test_a_single_snapshot_is_one_archive_with_split_too(self) -> None:
        self.split(self.write(pickle.dumps(snapshot(3)), "rank5.pickle"))
        self.assertEqual(self.peaks(), {"rank5.zip": 3})
        self.assertEqual(meta(self.directory / "out/rank5.zip", self.directory / "d")["rank"], 5)

    def test_a_dict_with_one_snapshot_is_converted_with_a_message(self) -> None:
        for value, key in (({"x": snapshot(9)}, "x"), ([snapshot(9)], "[0]"), ({"a": {"b": snapshot(9)}}, "a.b")):
            with self.subTest(key=key):
                name = self.write(pickle.dumps(value))
                result = self.snapq("convert", name, "-o", "out.zip", "--force")
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertIn(f"snapq: note: two.pickle: the snapshot is the value of {key} in a dict or list", result.stderr)
                self.assertEqual(self.peak("out.zip"), 9 * MIB)
                self.assertIn(f"the snapshot is the value of {key}", self.snapq("summary", name).stderr)

    def test_other_pickles_in_the_file_are_counted(self) -> None:
        config = pickle.dumps({"lr": 0.1})
        for data in (config + pickle.dumps(snapshot(5)), pickle.dumps(snapshot(5)) + config):
            name = self.write(data)
            result = self.snapq("convert", name, "-o", "out.zip", "--force")
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn(f"{len(config)} bytes of the input are not part of the snapshot", result.stderr)
            self.assertEqual(self.peak("out.zip"), 5 * MIB)
        result = self.snapq("convert", self.write(config + config), "-o", "none.zip")
        self.assert_refused(result, 3, "none of the 2 pickles in the file is a memory snapshot")

    def test_existing_archives_stay_unless_forced(self) -> None:
        name = self.write(pickle.dumps([snapshot(1), snapshot(2)]))
        (self.directory / "out").mkdir()
        (self.directory / "out/two_rank1.zip").write_text("old")
        result = self.snapq("convert", name, "-o", "out", "--split")
        self.assert_refused(result, 2, "out/two_rank1.zip exists")
        self.assertEqual(self.names("out"), ["two_rank1.zip"])
        self.split(name, "--force")
        self.assertEqual(self.peaks(), {"two_rank0.zip": 1, "two_rank1.zip": 2})
        (self.directory / "file").write_text("x")
        self.assert_refused(self.snapq("convert", name, "-o", "file", "--split"), 2, "--split needs a directory")

    def test_without_a_directory_the_archives_are_next_to_the_file(self) -> None:
        name = self.write(pickle.dumps([snapshot(1), snapshot(2)]))
        self.assertEqual(self.snapq("convert", name, "--split", "-q").stderr, "")
        self.assertEqual(self.names(), ["two.pickle", "two_rank0.zip", "two_rank1.zip"])
        self.assert_refused(self.snapq("convert", "-", "--split", stdin=subprocess.DEVNULL), 2, "-o")

    def test_reports(self) -> None:
        name = self.write(pickle.dumps({"rank0": snapshot(1), "rank1": snapshot(2)}))
        said = self.split(name, "--layout", "dir")
        self.assertIn("two.pickle (rank0) -> out/two_rank0.snapq: 1 event, 1 allocation, 1 device", said)
        self.assertIn("two.pickle (rank1) -> out/two_rank1.snapq", said)
        result = self.snapq("convert", name, "-o", "new", "--split", "-q", "--stats=json")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        found = json.loads(result.stdout)["conversions"]
        self.assertEqual([one["key"] for one in found], ["rank0", "rank1"])
        self.assertEqual([one["output"] for one in found], ["new/two_rank0.zip", "new/two_rank1.zip"])
        dry = self.snapq("convert", name, "--split", "--dry-run")
        self.assertEqual(dry.returncode, 0, dry.stderr)
        self.assertIn("two.pickle (rank1)", dry.stdout)

    def test_several_files_and_standard_input(self) -> None:
        self.write(pickle.dumps([snapshot(1), snapshot(2)]), "a.pickle")
        self.write(pickle.dumps([snapshot(3)]), "b.pickle")
        result = self.snapq("convert", "a.pickle", "b.pickle", "-o", "out", "--split", "-j", "2")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.peaks(), {"a_rank0.zip": 1, "a_rank1.zip": 2, "b_rank0.zip": 3})
        command = f"cat a.pickle | '{SNAPQ}' convert - -o piped --split -q"
        subprocess.run(["sh", "-c", command], cwd=self.directory, check=True)
        self.assertEqual(self.peaks("piped"), {"stdin_rank0.zip": 1, "stdin_rank1.zip": 2})

    def test_archives_from_a_pipe_are_the_same_in_each_run(self) -> None:
        count = 50_000 // min(SAMPLE_DIVISOR, 4)
        trace = [{"action": "alloc", "addr": 512 * i, "size": 512, "stream": 0, "time_us": i} for i in range(count)]
        one = pickle.dumps({"segments": [], "device_traces": [trace]})
        self.write(one * 3, "three.pickle")
        for folder in ("first", "second"):
            command = f"cat three.pickle | '{SNAPQ}' convert - -o {folder} --split -q"
            subprocess.run(["sh", "-c", command], cwd=self.directory, check=True)
        for i in range(3):
            read = [(self.directory / folder / f"stdin_rank{i}.zip").read_bytes() for folder in ("first", "second")]
            self.assertEqual(read[0], read[1])
            found = meta(self.directory / f"first/stdin_rank{i}.zip", self.directory / f"{i}.d")
            self.assertEqual(found["source_bytes"], len(one) * (i + 1))

    def test_a_damaged_second_pickle_leaves_only_whole_archives(self) -> None:
        name = self.write(pickle.dumps(snapshot(1)) + pickle.dumps(snapshot(2))[:-9])
        self.assert_refused(self.snapq("convert", name), 3, "truncated: the file ends at byte")
        result = self.snapq("convert", name, "-o", "out", "--split")
        self.assertEqual(result.returncode, 3, result.stderr)
        self.assertIn("truncated: the file ends at byte", result.stderr)
        self.assertEqual(self.peaks(), {"two_rank0.zip": 1})

    def test_snapshots_that_share_their_parts(self) -> None:
        base = pickle.loads(SAMPLE.read_bytes())
        other = copy.copy(base)  # the same lists of events and segments
        other["allocator_settings"] = {"max_split_size": 7}
        self.split(self.write(pickle.dumps([base, other])))
        peak = self.peak(str(SAMPLE))
        self.assertEqual([self.peak(f"out/{name}") for name in self.names("out")], [peak, peak])

    def test_one_object_under_two_keys_gets_two_archives(self) -> None:
        shared = snapshot(20)
        self.write(pickle.dumps({"rank0": shared, "rank1": shared, "all": {"first": shared}}), "twice.pickle")
        self.assertNotIn("warning", self.split("twice.pickle"))
        names = ["twice_all_first.zip", "twice_rank0.zip", "twice_rank1.zip"]
        self.assertEqual(self.peaks(), dict.fromkeys(names, 20))
        # Without --split it is one snapshot.
        result = self.snapq("convert", "twice.pickle", "-o", "one.zip")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.peak("one.zip"), 20 * MIB)

    def test_a_key_that_could_be_lost_is_refused(self) -> None:
        # In most protocols of pickle, a dict of one item may still be filled when the next key follows.
        shared: dict[str, Any] = {"segments": []}
        self.write(pickle.dumps({"rank0": shared, "rank1": shared}, protocol=2), "twice.pickle")
        result = self.snapq("convert", "twice.pickle", "-o", "out", "--split")
        self.assert_refused(result, 3, "twice.pickle: rank1: a dict or list that is in the file before")
        self.assertEqual(self.names("out") if (self.directory / "out").exists() else [], [])

    def test_many_snapshots_take_as_much_memory_as_one(self) -> None:
        count = 100_000 // SAMPLE_DIVISOR**2  # the memory of a sanitized program is not looked at
        trace = [{"action": "alloc", "addr": 512 * i, "size": 512, "stream": 0, "time_us": i} for i in range(count)]
        one = pickle.dumps({"segments": [], "device_traces": [trace]})
        self.write(one, "one.pickle")
        self.write(one * 12, "many.pickle")
        result = self.run_bounded(150 << 10, "convert", "many.pickle", "-o", "out", "--split", "-q", "--threads", "1")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(len(self.names("out")), 12)
        result = self.run_bounded(150 << 10, "summary", "many.pickle")
        self.assertEqual(result.returncode, 3, result.stderr)
        self.assertIn("holds 12 snapshots: pickle 1, pickle 2, ", result.stderr)
        self.assertIn("pickle 8 and 4 more", result.stderr)


if __name__ == "__main__":
    main()
