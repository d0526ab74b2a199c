"""The functions of the Python package: convert, summary, diff, query, open, and their errors."""

from __future__ import annotations

import shutil
import subprocess

from program import SAMPLE, SNAPQ, main
from python_package import PACKAGE, PackageTest


class Functions(PackageTest):
    """convert, summary, diff, query and open."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        subprocess.run([SNAPQ, "convert", "-q", SAMPLE, "-o", cls.folder / "run.zip"], check=True)

    def setUp(self) -> None:
        super().setUp()
        shutil.copy(SAMPLE, self.directory / "run.pickle")
        shutil.copy(self.folder / "run.zip", self.directory)

    def test_errors_have_the_message_and_the_exit_code(self) -> None:
        (self.directory / "text.zip").write_text("no archive")
        said = self.says("""
            import pickle, snapq
            endless = "WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x FROM r) SELECT max(x) FROM r"
            for call in (
                lambda: snapq.query("run.zip", "SELECT no_such FROM devices"),
                lambda: snapq.summary("text.zip"),
                lambda: snapq.convert("run.pickle", "run.zip"),
                lambda: snapq.convert("run.pickle", "/proc/run.zip"),
                lambda: snapq.summary("run.zip", no_oom=True, max_peak="1GiB"),
                lambda: snapq.query("run.zip", endless, timeout=0.01),
            ):
                try:
                    print("no error:", call())
                except snapq.Error as error:
                    copy = pickle.loads(pickle.dumps(error))
                    assert (type(copy), str(copy)) == (type(error), str(error))
                    print(type(error).__name__, error.exit_code, str(error).replace("\\n", " | "))
            """).splitlines()
        for line, start in zip(said, (
            "UsageError 2 no such column: no_such | ",
            "InputError 3 text.zip: ",
            "UsageError 2 run.zip exists | use --force to replace it",
            "SystemError 4 cannot write /proc/run.zip: ",
            "LimitExceeded 1 FAIL max-peak 0 1193402372 1073741824 ",
            "LimitExceeded 1 the query took longer than --timeout 0.01 s",
        ), strict=True):
            self.assertTrue(line.startswith(start), line)

    def test_exceeded_limit_has_the_report(self) -> None:
        said = self.says("""
            import snapq
            try:
                snapq.summary("run.zip", no_oom=True)
            except snapq.LimitExceeded as error:
                print(error.report["checks"])
            """)
        self.assertEqual(said, "[{'name': 'no-oom', 'device': 0, 'value': 1, 'limit': 0, 'ok': False}]\n")

    def test_options_are_those_of_the_program(self) -> None:
        said = self.says("""
            import pathlib, snapq
            archive = snapq.convert(
                pathlib.Path("run.pickle"), "b.zip", label={"a": 1, "b": "x=y"}, rank=3, force=False, threads=None)
            found = snapq.summary(
                archive, by="user-frame", top=1, user_prefix=["/a", "/home/ada/tinylm"], allow_no_trace=True)
            print(found["labels"], found["rank"], found["devices"][0]["top"][0]["key"])
            """)
        self.assertEqual(said, "{'a': '1', 'b': 'x=y'} 3 /home/ada/tinylm/attention.py:38 forward\n")

    def test_options_that_change_the_output_are_refused(self) -> None:
        said = self.says("""
            import snapq
            for call in (
                lambda: snapq.summary("run.zip", format="text"),
                lambda: snapq.diff("run.zip", output="x"),
                lambda: snapq.convert("run.pickle", "x.zip", dry_run=True),
                lambda: snapq.summary("run.zip", what=1),
            ):
                try:
                    print("no error:", call())
                except (TypeError, snapq.UsageError) as error:
                    print(error)
            """).splitlines()
        self.assertEqual(said[:3], [
            "summary() does not take the option 'format' of the command",
            "diff() does not take the option 'output' of the command",
            "convert() does not take the option 'dry_run' of the command",
        ])  # fmt: skip
        self.assertIn("--what", said[3])

    def test_split_makes_several_archives(self) -> None:
        said = self.says("""
            import pickle, snapq
            both = {rank: pickle.load(open("run.pickle", "rb")) for rank in ("rank0", "rank1")}
            with open("both.pickle", "wb") as file:
                pickle.dump(both, file)
            ranks = snapq.convert("both.pickle", "ranks", split=True)
            archive = snapq.open(ranks)
            print(ranks, archive.verdict.partition(":")[0], "live at the peak of all ranks" in archive._repr_html_())
            """, PYTHONWARNINGS="ignore")
        self.assertEqual(said, "ranks OUT OF MEMORY on rank 0 (and 1 other) True\n")

    def test_file_names_are_never_options(self) -> None:
        shutil.copy(SAMPLE, self.directory / "-q")
        said = self.says("""
            import snapq
            print(snapq.convert("-q", "-o.zip"), len(snapq.query("-o.zip", "SELECT 1")))
            """)
        self.assertEqual(said, "-o.zip 1\n")

    def test_rows_keep_their_types(self) -> None:
        said = self.says("""
            import snapq
            sql = '''-- a comment comes first
                SELECT :text AS text, :number AS number, :real AS real, :none AS none, 9223372036854775807 AS large,
                       'a' || char(8232) || char(10) || 'b' AS lines, 1 AS twice, 2 AS twice'''
            values = {"text": "it's '1'", "number": True, "real": 1e16, "none": None}
            rows = snapq.query("run.zip", sql, values)
            print(rows.columns, rows.fetchall(), list(rows) == list(rows), len(rows))
            empty = snapq.query("run.zip", "SELECT 1 AS a, 2 AS 'b,c' WHERE :x = 'y'", {"x": "1"})
            print(empty.columns, empty.fetchall())
            """)
        self.assertEqual(said.splitlines(), [
            "['text', 'number', 'real', 'none', 'large', 'lines', 'twice', 'twice:2'] "
            "[(\"it's '1'\", 1, 1e+16, None, 9223372036854775807, 'a\\u2028\\nb', 1, 2)] True 1",
            "['a', 'b,c'] []",
        ])

    def test_values_that_would_change_are_refused(self) -> None:
        said = self.says("""
            import snapq
            for value in (float("inf"), 2**63, b"x"):
                try:
                    print(snapq.query("run.zip", "SELECT :x", {"x": value}).fetchall())
                except TypeError as error:
                    print(error)
            """)
        self.assertEqual(said.count("the parameter x must be a text, an integer of 64 bits, a finite number or None"), 3)

    def test_long_sql(self) -> None:
        said = self.says("import snapq; print(snapq.query('run.zip', 'SELECT 1' + ' ' * 200_000).fetchall())")
        self.assertEqual(said, "[(1,)]\n")

    def test_pandas_is_used_where_it_is(self) -> None:
        (self.directory / "pandas.py").write_text(
            "class DataFrame:\n"
            "    from_records = staticmethod(lambda rows, columns: f'frame of {rows} {columns}')\n"
        )
        call = "import snapq; print(snapq.query('run.zip', 'SELECT 1 AS a').df())"
        self.assertEqual(self.says(call, PYTHONPATH=f"{self.directory}:{PACKAGE}"), "frame of [(1,)] ['a']\n")
        without = self.raises(f"import sys; sys.modules['pandas'] = None; {call}")
        self.assertTrue(without.startswith("ModuleNotFoundError"), without)

    def test_notebooks_show_html(self) -> None:
        said = self.says("""
            import snapq
            print(snapq.open("run.zip")._repr_html_())
            print(snapq.query("run.zip", "SELECT '<b>&' AS '<a>', 1 AS n FROM allocations")._repr_html_())
            """)
        self.assertIn("<pre>OUT OF MEMORY on device 0: 256.00 MiB for tinylm/attention.py:38 forward (bmm)\n", said)
        self.assertIn("<td style=\"text-align: left\">tinylm/attention.py:38 forward</td>", said)
        self.assertIn("<th>&lt;a&gt;</th><th>n</th>", said)
        self.assertIn("<td style=\"text-align: left\">&lt;b&gt;&amp;</td>", said)
        self.assertIn("<p>and 1,067 more rows</p>", said)

    def test_notebooks_show_the_page_of_report_in_a_frame(self) -> None:
        said = self.says("""
            import html, snapq
            page = snapq.open("run.zip").report(height=500, no_paths=True)
            print(page.html, end="")
            head, _, text = page._repr_html_().partition(' srcdoc="')
            assert head.startswith('<iframe sandbox="allow-scripts" ') and ' height="500" ' in head, head
            assert html.unescape(text.removesuffix('"></iframe>')) == page.html
            """)
        written = self.run_program([SNAPQ, "report", "run.zip", "--no-paths", "--output=-"])
        self.assertEqual(said, written.stdout)

    def test_limits_of_the_page(self) -> None:
        said = self.raises("import snapq; snapq.open('run.zip').report(max_peak='1MiB')")
        self.assertTrue(said.startswith("snapq.LimitExceeded: FAIL max-peak 0 "), said)

    def test_warnings_name_the_line_of_the_user(self) -> None:
        text = "import snapq\nsnapq.diff('none.zip', 'run.zip', missing_base='ok')\n"
        result = self.python(text, GITHUB_ACTIONS="true")
        self.assertIn("<string>:2: SnapqWarning: no base: nothing was compared", result.stderr)

    def test_missing_program(self) -> None:
        call = "import snapq; snapq.open('run.zip')"
        self.assertIn("is not installed beside its Python package", self.raises(call, SNAPQ_PROGRAM=""))
        self.assertIn("cannot be started: No such file", self.raises(call, SNAPQ_PROGRAM="/nowhere/snapq"))


if __name__ == "__main__":
    main()
