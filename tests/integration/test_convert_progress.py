"""The progress bar of convert, which several threads move."""

from __future__ import annotations

from program import SAMPLE, ProgramTest, main


class Progress(ProgramTest):
    def test_progress_when_asked_for_and_only_then(self) -> None:
        shown = self.snapq("convert", SAMPLE, "-o", "a.zip", "--progress", "always")
        self.assertRegex(shown.stderr, r"(?m)^reading +\[[= ]+\] +\d+ %  .*iB  .*iB/s")
        self.assertRegex(shown.stderr, r"(?m)^writing +\[[= ]+\] +\d+ %  [\d,]+ points")
        for mode in ("never", "auto"):  # stderr is no terminal here
            hidden = self.snapq("convert", SAMPLE, "-o", f"{mode}.zip", "--progress", mode)
            self.assertEqual(len(hidden.stderr.splitlines()), 1, hidden.stderr)


if __name__ == "__main__":
    main()
