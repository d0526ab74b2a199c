"""A command whose results cannot be written fails, in each format, and no command overwrites its own input."""

from __future__ import annotations

import json
import os

from program import SAMPLE, SNAPQ, ProgramTest, Result, main

FORMATS = ["text", "json", "csv", "markdown"]
ROWS = ["table", "box", "csv", "tsv", "json", "jsonl", "markdown", "line"]
LOST = "snapq: error: cannot write the results: "


def every_output(archive: str) -> list[list[str]]:
    """A command line for everything that prints results."""
    return [
        ["--version"],
        ["--help"],
        *([name, "--help"] for name in ["convert", "query", "summary", "diff", "info", "extract", "verify", "completion"]),
        ["convert", "--dry-run", str(SAMPLE)],
        *(["convert", "--dry-run", f"--stats={form}", str(SAMPLE)] for form in ["text", "json"]),
        ["query", "--list-named"],
        *(["query", archive, "SELECT * FROM devices", "--format", form] for form in ROWS),
        *(["query", archive, "SELECT * FROM events", "--format", form] for form in ROWS),
        ["query", "ranks", "--each", "SELECT device FROM devices"],
        ["summary", "--list-get"],
        ["summary", archive, "--get", "peak_requested_bytes"],
        *(["summary", archive, "--format", form] for form in FORMATS),
        *(["summary", "ranks", "--format", form] for form in FORMATS),
        ["summary", archive, "--max-peak", "1B"],
        *(["diff", archive, "--at-base", "start", "--format", form] for form in FORMATS),
        *(["info", archive, "--format", form] for form in ["text", "json"]),
        *(["verify", archive, "--format", form] for form in ["text", "json"]),
    ]


class OutputTest(ProgramTest):
    def setUp(self) -> None:
        super().setUp()
        self.convert(SAMPLE, target="a.zip")
        (self.directory / "ranks").mkdir()
        for rank in range(2):
            (self.directory / "ranks" / f"rank{rank}.zip").write_bytes((self.directory / "a.zip").read_bytes())

    def redirected(self, redirection: str, arguments: list[str]) -> Result:
        return self.run_program(["bash", "-c", f'"$0" "$@" {redirection}', SNAPQ, *arguments])


class LostResults(OutputTest):
    def test_a_full_disk_is_a_system_error(self) -> None:
        for arguments in every_output("a.zip"):
            with self.subTest(arguments=arguments):
                result = self.redirected("> /dev/full", arguments)
                self.assertIn(f"{LOST}No space left on device\n", result.stderr)
                self.assertEqual(result.stderr.count("error:"), 1, result.stderr)
                self.assertEqual(result.returncode, 4)

    def test_a_closed_standard_output_is_a_system_error(self) -> None:
        for arguments in every_output("a.zip"):
            with self.subTest(arguments=arguments):
                result = self.redirected(">&-", arguments)
                self.assertIn(f"{LOST}Bad file descriptor\n", result.stderr)
                self.assertEqual(result.returncode, 4)

    def test_without_results_a_closed_standard_output_does_not_matter(self) -> None:
        result = self.redirected(">&- <&-", ["convert", "-q", str(SAMPLE), "-o", "b.zip"])
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual((self.directory / "b.zip").read_bytes(), (self.directory / "a.zip").read_bytes())
        result = self.redirected(">&-", ["summary", "a.zip", "-o", "report.txt"])
        self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_results_are_never_written_into_an_archive(self) -> None:
        """The descriptor of the archive must not get the number of the closed standard output."""
        result = self.redirected(">&-", ["convert", "-q", "--stats", str(SAMPLE), "-o", "b.zip"])
        self.assertEqual(result.returncode, 4, result.stderr)
        self.assertEqual((self.directory / "b.zip").read_bytes(), (self.directory / "a.zip").read_bytes())

    def test_messages_that_cannot_be_written_change_no_exit_code(self) -> None:
        commands: dict[str, tuple[int, list[str]]] = {
            "an error": (3, ["info", "missing.zip"]),
            "no message": (0, ["info", "a.zip"]),
            "progress": (0, ["convert", str(SAMPLE), "-o", "b.zip", "-f", "--progress", "always"]),
            "done": (0, ["extract", "a.zip", "-d", "extracted", "-f"]),
            "a note": (0, ["query", str(SAMPLE), "SELECT 1"]),
            "a limit held": (0, ["summary", "a.zip", "--max-peak", "1TiB", "-o", "report.json", "--format", "json", "-f"]),
            "a limit crossed": (1, ["summary", "a.zip", "--max-peak", "1B"]),
            "a limit of diff": (0, ["diff", "a.zip", "a.zip", "--max-growth", "1B"]),
            "no base": (0, ["diff", "missing.zip", "a.zip", "--missing-base", "ok"]),
            "too many rows": (0, ["query", "a.zip", "SELECT * FROM events", "--max-rows", "1"]),
        }
        for redirection in ["2> /dev/full", "2>&-"]:
            for what, (code, arguments) in commands.items():
                with self.subTest(what, redirection=redirection):
                    self.assertEqual(self.redirected(redirection, arguments).returncode, code)
            # The messages were not written into the archive either.
            self.assertEqual((self.directory / "b.zip").read_bytes(), (self.directory / "a.zip").read_bytes())
            json.loads((self.directory / "report.json").read_text())

    def test_both_failures_are_reported(self) -> None:
        (self.directory / "ranks" / "rank1.zip").write_bytes(b"PK")
        result = self.redirected("> /dev/full", ["summary", "ranks"])
        self.assertIn(LOST, result.stderr)
        self.assertEqual(result.returncode, 4)

    def test_a_reader_that_closes_the_pipe_is_not_an_error(self) -> None:
        result = self.redirected("| head -1", ["query", "a.zip", "SELECT * FROM events"])
        self.assertEqual((result.returncode, result.stderr), (0, ""))


class OwnInput(OutputTest):
    def assert_kept(self, replaced: str, *arguments: str) -> None:
        """The command is refused for the name of its input, which keeps every byte."""
        before = {path: path.read_bytes() for path in self.directory.rglob("*") if path.is_file()}
        result = self.snapq(*arguments, "-f")
        self.assert_refused(result, 2, f"'{replaced}' would be replaced by its own report")
        self.assertEqual({path: path.read_bytes() for path in before}, before)

    def test_a_report_does_not_replace_its_archive(self) -> None:
        folder = self.directory
        (folder / "symbolic.zip").symlink_to("a.zip")
        os.link(folder / "a.zip", folder / "hard.zip")
        (folder / "b.zip").write_bytes((folder / "a.zip").read_bytes())
        for target in ["a.zip", "./ranks/../a.zip", str(folder / "a.zip"), "symbolic.zip", "hard.zip"]:
            with self.subTest(target=target):
                self.assert_kept("a.zip", "summary", "a.zip", "-o", target)
                self.assert_kept("a.zip", "diff", "a.zip", "b.zip", "-o", target)
                self.assert_kept("a.zip", "diff", "b.zip", "a.zip", "-o", target)
        self.assert_kept("a.zip", "diff", "a.zip", "--at-base", "start", "-o", "a.zip")

    def test_a_report_does_not_replace_any_of_several_archives(self) -> None:
        self.assert_kept("ranks/rank1.zip", "summary", "ranks", "-o", "ranks/rank1.zip")
        self.assert_kept("a.zip", "summary", "ranks/rank0.zip", "a.zip", "-o", "a.zip")

    def test_a_report_does_not_replace_a_file_of_an_archive_folder(self) -> None:
        self.convert(SAMPLE, "--layout", "dir", target="plain")
        for name in ["elements.db", "allocations.json", "manifest.json"]:
            self.assert_kept("plain", "summary", "plain", "-o", f"plain/{name}")
            self.assert_kept("plain", "diff", "a.zip", "plain", "-o", f"plain/{name}")

    def test_another_old_file_may_be_replaced(self) -> None:
        (self.directory / "report.txt").write_text("old")
        result = self.snapq("summary", "a.zip", "-o", "report.txt", "-f")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("device 0", (self.directory / "report.txt").read_text())


if __name__ == "__main__":
    main()
