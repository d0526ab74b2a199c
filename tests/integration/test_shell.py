#!/usr/bin/env python3
"""The shell of `snapq query`, driven through a pseudo-terminal as a person would."""

from __future__ import annotations

import contextlib
import os
import pickle
import pty
import re
import select
import signal
import sqlite3
import subprocess
import sys
import tempfile
import termios
import time
import unittest
from pathlib import Path

SAMPLES = Path(__file__).resolve().parents[2] / "examples"
PROMPT = "snapq> "
MORE = "   ...> "
# An emulated processor takes many times as long; scripts/test --emulator says so.
PATIENCE = int(os.environ.get("SNAPQ_TEST_PATIENCE", "1"))
# With the thread sanitizer, the longest statement takes 12 s on an idle machine.
WAIT_S = 60 * PATIENCE
LOCAL_MODES = 3  # in what termios.tcgetattr returns


def program() -> str:
    found = os.environ.get("SNAPQ")
    if not found:
        sys.exit(77)
    return found


class Terminal:
    """A running shell, and what it printed so far."""

    def __init__(self, archive: Path, home: Path, *options: str, command: tuple[str, ...] = (), **environment: str) -> None:
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            settings = {"PATH": os.environ["PATH"], "HOME": str(home), "TERM": "xterm", "LC_ALL": "C.UTF-8",
                        "XDG_STATE_HOME": str(home / "state"), "PAGER": "", **environment}
            # libedit never frees the name and the help of a function that is added to it.
            settings["ASAN_OPTIONS"] = "detect_leaks=0"
            command = command or (program(), "query", str(archive), *options)
            os.execvpe(command[0], command, settings)
        self.first_modes = self.modes()
        self.text = ""
        self.seen = 0

    def send(self, text: str) -> None:
        os.write(self.fd, text.encode())

    def press(self, key: str) -> None:
        """Types a control character, after waiting until the editor reads: it prints its prompt a little earlier."""
        end = time.monotonic() + WAIT_S
        while termios.tcgetattr(self.fd)[LOCAL_MODES] & termios.ICANON:
            if time.monotonic() > end:
                raise AssertionError("the editor does not read")
            time.sleep(0.01)
        self.send(key)

    def interrupt(self) -> None:
        """Types Control-C while a line is being typed."""
        self.press("\x03")
        self.expect("^C")

    def modes(self) -> list[int]:
        """Echo and all other modes of the terminal, also after the shell has ended."""
        return [mode for mode in termios.tcgetattr(self.fd) if isinstance(mode, int)]

    def processor_time(self) -> float:
        """Seconds that the shell has used so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def is_running(self) -> bool:
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    def take(self, seconds: float) -> None:
        """Adds what is printed within that time, if anything."""
        if select.select([self.fd], [], [], max(0, seconds))[0]:
            self.text += clean(os.read(self.fd, 65536).decode("utf-8", "replace"))

    def take_all(self) -> None:
        """Passes over what is printed until nothing comes any more."""
        before = -1
        while before < len(self.text):
            before = len(self.text)
            self.take(0.5 * PATIENCE)
        self.seen = len(self.text)

    def expect(self, wanted: str) -> str:
        """Waits until `wanted` is printed. Returns what was printed before it since the last call."""
        end = time.monotonic() + WAIT_S
        while wanted not in self.text[self.seen:]:
            ready, _, _ = select.select([self.fd], [], [], max(0, end - time.monotonic()))
            if not ready:
                raise AssertionError(f"waited for {wanted!r}, got {self.text[self.seen:]!r}")
            try:
                piece = os.read(self.fd, 65536)
            except OSError:  # the other end has closed
                piece = b""
            if not piece:
                raise AssertionError(f"ended before {wanted!r}, got {self.text[self.seen:]!r}")
            self.text += clean(piece.decode("utf-8", "replace"))
        at = self.text.index(wanted, self.seen)
        before = self.text[self.seen:at]
        self.seen = at + len(wanted)
        return before

    def ask(self, line: str) -> str:
        """Types a line at the prompt and returns what is printed up to the next prompt."""
        self.send(line + "\n")
        return self.expect("\n" + PROMPT).replace("\r", "")

    def expect_end(self) -> None:
        """Waits for the process, which can only end while somebody reads what it prints."""
        end = time.monotonic() + WAIT_S
        while self.is_running():
            if time.monotonic() > end:
                raise AssertionError("the shell does not end")
            with contextlib.suppress(OSError):  # the other end has closed
                self.take(0.05)

    def end(self) -> int:
        """Waits for the process and returns its exit code."""
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end:
            done, status = os.waitpid(self.pid, os.WNOHANG)
            if done:
                os.close(self.fd)
                return os.waitstatus_to_exitcode(status)
            try:
                if select.select([self.fd], [], [], 0.05)[0]:
                    os.read(self.fd, 65536)
            except OSError:
                pass
        os.kill(self.pid, signal.SIGKILL)
        raise AssertionError("the shell does not end")


def clean(text: str) -> str:
    """The text without control sequences of the terminal."""
    return re.sub(r"\x1b(\[[0-9;?]*[A-Za-z]|[=>])", "", text)


class ShellTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.directory = tempfile.TemporaryDirectory(prefix="shell-")
        cls.home = Path(cls.directory.name)
        cls.archive = cls.home / "sample.zip"
        subprocess.run([program(), "convert", "-q", SAMPLES / "sample-training-step.pickle", "-o", cls.archive],
                       check=True)

    @classmethod
    def tearDownClass(cls) -> None:
        cls.directory.cleanup()

    def start(self, *options: str, **environment: str) -> Terminal:
        terminal = Terminal(self.archive, self.home, *options, **environment)
        terminal.expect(PROMPT)
        return terminal

    def test_answers_a_statement_and_leaves(self) -> None:
        terminal = self.start()
        self.assertRegex(terminal.ask("SELECT count(*) AS n FROM allocations;"), r"n\s+-+\s+1127")
        terminal.send(".quit\n")
        self.assertEqual(terminal.end(), 0)

    def test_a_statement_may_have_characters_of_any_language(self) -> None:
        """Also where the environment names no language, as in a container."""
        for language in ("C", "C.UTF-8"):
            terminal = self.start(LC_ALL=language)
            shown = terminal.ask("SELECT 'Zoë – 漢字 🙂' AS name, hex('é') AS bytes;")
            self.assertIn("C3A9", shown)
            self.assertGreaterEqual(shown.count("Zoë – 漢字 🙂"), 2)  # as typed and in the result
            terminal.send("\x1b[A\n")  # up
            self.assertIn("C3A9", terminal.expect("\n" + PROMPT))
            terminal.send("SELECT 'é€")
            terminal.press("\x7f")  # Backspace
            terminal.press("\x7f")
            self.assertIn("65", terminal.ask("e', hex('e');"))
            os.write(terminal.fd, b"SELECT 1\xc3 + \xff1;\n")  # bytes of no character are left out
            self.assertIn("2", terminal.expect("\n" + PROMPT).replace("\r", "").splitlines()[-1])
            terminal.send(".quit\n")
            self.assertEqual(terminal.end(), 0)

    def test_a_statement_may_take_several_lines(self) -> None:
        terminal = self.start()
        terminal.send("SELECT 40\n")
        terminal.expect(MORE)
        self.assertIn("42", terminal.ask("+ 2 AS answer;"))
        terminal.press("\x04")
        self.assertEqual(terminal.end(), 0)

    def test_control_c_ends_the_statement_but_not_the_shell(self) -> None:
        terminal = self.start()
        terminal.send("WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c;\n")
        time.sleep(0.5 * PATIENCE)
        os.kill(terminal.pid, signal.SIGINT)
        self.assertIn("interrupted", terminal.expect("\n" + PROMPT))
        self.assertIn("7", terminal.ask("SELECT 3 + 4;"))
        terminal.send(".quit\n")
        self.assertEqual(terminal.end(), 0)

    def test_many_control_c_at_any_moment_never_end_the_shell(self) -> None:
        """Each belongs to what runs or is typed when it arrives, also while the one before it is still obeyed."""
        terminal = self.start()
        for _ in range(2000):
            os.kill(terminal.pid, signal.SIGINT)
            terminal.take(0)
        terminal.take_all()
        self.assertIn("7", terminal.ask("SELECT 3 + 4;"))
        terminal.send(".quit\n")
        self.assertEqual(terminal.end(), 0)

    def test_control_c_typed_ends_a_long_regexp(self) -> None:
        terminal = self.start()
        terminal.send("WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 100000000) SELECT count(*) "
                      "FROM c, stacks WHERE callstack REGEXP 'z+y+x+';\n")
        time.sleep(0.5 * PATIENCE)
        terminal.send("\x03")
        self.assertIn("interrupted", terminal.expect("\n" + PROMPT))
        terminal.send(".quit\n")
        self.assertEqual(terminal.end(), 0)

    def test_control_c_drops_the_line_being_typed(self) -> None:
        terminal = self.start()
        terminal.send("SELECT this is not")
        time.sleep(0.3 * PATIENCE)
        terminal.interrupt()
        terminal.expect(PROMPT)
        self.assertIn("42", terminal.ask("SELECT 42;"))
        terminal.send(".quit\n")
        self.assertEqual(terminal.end(), 0)

    def test_errors_are_shown_with_their_position(self) -> None:
        terminal = self.start()
        answer = terminal.ask("SELECT site FORM stacks x;")
        self.assertIn('near "stacks": syntax error', answer)
        self.assertIn("^", answer)
        self.assertIn("not allowed", terminal.ask("DELETE FROM meta;"))
        self.assertIn("unknown command .nope", terminal.ask(".nope"))
        terminal.send(".quit\n")
        self.assertEqual(terminal.end(), 0)

    def test_dot_commands(self) -> None:
        terminal = self.start()
        self.assertIn("stack_frames", terminal.ask(".tables"))
        self.assertIn("CREATE TABLE devices", terminal.ask(".schema devices"))
        self.assertIn("top-sites", terminal.ask(".named"))
        self.assertIn("attention.py", terminal.ask(".named top-sites top=1"))
        helped = terminal.ask(".help")
        for moment in ("reserved-peak", "oom[:N]", "timestep:N", "span:NAME", "alive_at", "callstack(stack_id)"):
            self.assertIn(moment, helped)
        terminal.ask(".mode json")
        self.assertIn('[{"a":1}]', terminal.ask("SELECT 1 AS a;"))
        terminal.ask(".mode csv")
        terminal.ask(".headers off")
        terminal.ask(".null nothing")
        self.assertIn("1,nothing", terminal.ask("SELECT 1, NULL;"))
        terminal.ask(".param size=5")
        self.assertIn("10", terminal.ask("SELECT :size * 2;"))
        terminal.ask(".timer on")
        self.assertRegex(terminal.ask("SELECT 1;"), r"1 row in \d+\.\d+ s")
        terminal.send(".quit\n")
        self.assertEqual(terminal.end(), 0)

    def test_commands_of_other_shells(self) -> None:
        terminal = self.start()
        self.assertIn("leave the shell", terminal.ask("help"))
        self.assertRegex(terminal.ask("SELECT 1 AS n;"), r"n\s+-+\s+1")
        for leave in ("exit\n", "quit;\n", "  quit  \n"):
            if leave != "exit\n":
                terminal = self.start()
            terminal.send(leave)
            self.assertEqual(terminal.end(), 0)

    def test_an_unknown_column_lists_those_of_the_table(self) -> None:
        terminal = self.start()
        answer = terminal.ask("SELECT idx, bytes FROM allocations;")
        self.assertIn("no such column: bytes", answer)
        self.assertIn("allocations has device, idx, size", answer)
        self.assertNotIn("devices has", answer)
        terminal.send(".quit\n")
        self.assertEqual(terminal.end(), 0)

    # One call of a function, which takes hours and cannot be interrupted.
    LONG_CALL = "SELECT instr(hex(zeroblob(7000000)), hex(zeroblob(1000000)) || '1');"

    def test_a_call_that_cannot_be_interrupted_ends_the_shell(self) -> None:
        command = f"trap : INT; {program()} query {self.archive}; echo ended with $?; stty -a; echo all"
        terminal = Terminal(self.archive, self.home, command=("/bin/sh", "-c", command))
        terminal.expect(PROMPT)
        terminal.send(self.LONG_CALL + "\n")
        terminal.expect("'1');")
        time.sleep(0.5 * PATIENCE)
        terminal.send("\x03")
        terminal.expect("snapq: error: the statement does not end, so the shell ends")
        terminal.expect("ended with 1")
        settings = terminal.expect("all\r\n").split()
        self.assertIn("echo", settings)
        self.assertIn("icanon", settings)

    def test_a_call_longer_than_the_time_limit_ends_the_shell_after_the_pager(self) -> None:
        terminal = Terminal(self.archive, self.home, "--timeout", "0.3", PAGER="cat; echo PAGED")
        terminal.expect(PROMPT)
        lines = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 9000) SELECT x FROM n UNION ALL "
        terminal.send(lines + self.LONG_CALL + "\n")
        self.assertIn("PAGED", terminal.expect("snapq: error: the statement does not end after --timeout"))
        self.assertEqual(terminal.end(), 1)

    # More single calls that take minutes or hours, by their functions. The values are as large as a query may make them.
    LONG_CALLS = {
        "replace": "replace(hex(zeroblob(7000000)), hex(zeroblob(1000000)) || '1', '')",
        "LIKE": "hex(zeroblob(7000000)) LIKE '%' || hex(zeroblob(450)) || '1'",
        "GLOB": "hex(zeroblob(7000000)) GLOB '*' || hex(zeroblob(450)) || '1'",
        "json_patch": "json_patch('{' || replace(hex(zeroblob(200000)), '00', '\"a\":0,') || '\"z\":0}', "
                      "'{' || replace(hex(zeroblob(200000)), '00', '\"b\":0,') || '\"z\":0}')",
        "printf": "printf('" + "%.*c" * 8 + "'" + ", 2000000000, 'x'" * 8 + ")",
    }  # fmt: skip

    def start_call(self, name: str, *options: str) -> Terminal:
        """A shell whose call of the function has begun."""
        terminal = self.start(*options)
        idle = terminal.processor_time()
        terminal.send(f"SELECT {self.LONG_CALLS[name]};\n")
        while terminal.processor_time() < idle + 0.1 and terminal.is_running():
            time.sleep(0.01)
        return terminal

    def check_ends(self, terminal: Terminal, message: str) -> None:
        terminal.expect(message)
        terminal.expect_end()
        modes = terminal.modes()
        self.assertEqual(terminal.end(), 1)
        self.assertEqual(modes, terminal.first_modes)

    def test_a_long_call_of_any_function_ends(self) -> None:
        """The shells run side by side, because each call has two seconds to return before the shell ends."""
        limited = {name: self.start_call(name, "--timeout", "0.1") for name in self.LONG_CALLS}
        interrupted = {name: self.start_call(name) for name in self.LONG_CALLS}
        for terminal in interrupted.values():
            terminal.send("\x03")
        for name in self.LONG_CALLS:
            with self.subTest(name, end="time limit"):
                self.check_ends(limited[name], "snapq: error: the statement does not end after --timeout, so the shell ends")
            with self.subTest(name, end="Control-C"):
                self.check_ends(interrupted[name], "snapq: error: the statement does not end, so the shell ends")

    def test_a_built_in_query_has_limits_of_its_own(self) -> None:
        terminal = self.start()
        terminal.ask(".named top-sites")
        self.assertIn("1", terminal.ask("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 450) "
                                        "SELECT count(*) > 0 FROM n a, n b, n c;"))  # fmt: skip
        terminal.send(".quit\n")
        self.assertEqual(terminal.end(), 0)

    def test_a_built_in_query_takes_any_moment(self) -> None:
        terminal = self.start()
        self.assertIn("attention.py", terminal.ask(".named top-sites at=+24.45ms top=1"))
        self.assertIn("estimated", terminal.ask(".named pinners at=oom top=1"))
        self.assertIn("there is no oom:7", terminal.ask(".named top-sites at=oom:7"))
        terminal.send(".quit\n")
        self.assertEqual(terminal.end(), 0)

    def test_a_built_in_query_shows_short_forms_of_long_names(self) -> None:
        function = "f" * 500_000
        frame = {"filename": "/x/a.py", "line": 3, "name": function}
        event = {"action": "alloc", "addr": 4096, "size": 512, "stream": 0, "frames": [frame]}
        source, archive = self.home / "long.pickle", self.home / "long.zip"
        source.write_bytes(pickle.dumps({"segments": [], "device_traces": [[event]]}))
        subprocess.run([program(), "convert", "-q", source, "-o", archive], check=True)
        terminal = Terminal(archive, self.home)
        terminal.expect(PROMPT)
        terminal.ask(".width 0")
        for mode in ("table", "json"):
            terminal.ask(f".mode {mode}")
            for query in ("top-sites", "unfreed"):
                shown = terminal.ask(f".named {query}")
                self.assertIn("/x/a.py:3 fff", shown)
                self.assertRegex(shown, r"\[50\d{4} bytes, ")
                self.assertLess(len(shown), 5_000)
            # The user's own SQL has whole names, and no other tables.
            self.assertIn(str(len(f"/x/a.py:3 {function}")), terminal.ask("SELECT length(site) AS n FROM stacks WHERE depth = 1;"))
            self.assertNotIn("temp", terminal.ask(".tables"))
        terminal.send(".quit\n")
        self.assertEqual(terminal.end(), 0)

    def test_names_in_a_hostile_schema_do_not_control_the_terminal(self) -> None:
        folder = self.home / "stranger"
        subprocess.run([program(), "extract", "-q", self.archive, "-d", folder], check=True)
        with contextlib.closing(sqlite3.connect(folder / "elements.db")) as database:
            database.execute("CREATE VIEW zz AS SELECT 1 /* \x1b]0;PWNED\x07 */")
        terminal = Terminal(folder, self.home)
        terminal.expect(PROMPT)
        shown = terminal.ask(".schema z%")
        self.assertIn(r"/* \x1b]0;PWNED\x07 */;", shown)
        self.assertNotIn("\x07", shown)
        terminal.send(".quit\n")
        self.assertEqual(terminal.end(), 0)

    def test_tab_completes_keywords_tables_columns_and_commands(self) -> None:
        terminal = self.start()
        terminal.send("SELEC\tpeak_reserved_b\tFROM devices;\n")
        self.assertIn("1564475392", terminal.expect("\n" + PROMPT))
        terminal.send("select devices.peak_requested_b\tfrom devices;\n")
        self.assertIn("1193402372", terminal.expect("\n" + PROMPT))
        terminal.send("SELECT rounding_bytes FROM fragm\tWHERE moment = 'start';\n")
        self.assertIn("1016", terminal.expect("\n" + PROMPT))
        terminal.send(".mo\tjsonl\n")
        terminal.expect(PROMPT)
        self.assertIn('{"a":1}', terminal.ask("SELECT 1 AS a;"))
        terminal.send("SELECT max_\t")
        terminal.expect("max_event")
        terminal.interrupt()
        terminal.expect(PROMPT)
        terminal.send(".quit\n")
        self.assertEqual(terminal.end(), 0)

    def test_history_is_kept_for_the_next_shell(self) -> None:
        terminal = self.start()
        terminal.ask("SELECT 'kept for later';")
        terminal.send(".quit\n")
        self.assertEqual(terminal.end(), 0)
        history = self.home / "state" / "snapq" / "history"
        self.assertEqual(history.stat().st_mode & 0o777, 0o600)
        terminal = self.start()
        terminal.send("\x1b[A\x1b[A\n")  # twice up: .quit is the last
        self.assertIn("kept for later", terminal.expect("\n" + PROMPT))
        terminal.send(".quit\n")
        self.assertEqual(terminal.end(), 0)

    def save_to(self, name: str) -> Path:
        """Types a statement in a shell whose state is in folder `name`. Returns the path of its history."""
        terminal = self.start(XDG_STATE_HOME=str(self.home / name))
        terminal.ask("SELECT 'kept';")
        terminal.send(".quit\n")
        self.assertEqual(terminal.end(), 0)
        return self.home / name / "snapq" / "history"

    def test_history_needs_a_folder_that_belongs_to_the_user(self) -> None:
        """Other users could have made the folder, or put a link into it."""
        (self.home / "open" / "snapq").mkdir(parents=True)
        (self.home / "open" / "snapq").chmod(0o777)
        history = self.save_to("open")
        self.assertIn("kept", history.read_text())
        self.assertEqual(history.parent.stat().st_mode & 0o777, 0o755)  # others can no longer write there
        other = self.home / "other" / "snapq" / "history"
        other.parent.mkdir(parents=True)
        other.write_text("not a history")
        self.assertEqual(self.save_to("other").read_text(), "not a history")
        if os.geteuid() == 0:
            os.chown(self.home / "open" / "snapq", 20001, 20001)
            history.unlink()
            self.assertFalse(self.save_to("open").exists())
            other.unlink()
            other.symlink_to("elsewhere")
            os.chown(other, 20001, 20001, follow_symlinks=False)
            self.assertFalse(self.save_to("other").exists())

    def test_long_results_go_through_the_pager(self) -> None:
        terminal = self.start(PAGER="sed s/^/paged:/")
        self.assertNotIn("paged:", terminal.ask("SELECT 1;"))
        self.assertIn("paged:", terminal.ask("SELECT idx FROM allocs LIMIT 200;"))
        terminal.ask(".pager off")
        self.assertNotIn("paged:", terminal.ask("SELECT idx FROM allocs LIMIT 200;"))
        terminal.send(".quit\n")
        self.assertEqual(terminal.end(), 0)

    def test_a_pager_left_early_does_not_end_the_shell(self) -> None:
        terminal = self.start(PAGER="head -3")
        terminal.ask("SELECT a.idx FROM allocs a, allocs b;")
        self.assertIn("42", terminal.ask("SELECT 42;"))
        terminal.send(".quit\n")
        self.assertEqual(terminal.end(), 0)

    def test_the_time_limit_holds_for_each_statement(self) -> None:
        terminal = self.start("--timeout", "0.3")
        endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c;"
        self.assertIn("longer than --timeout", terminal.ask(endless))
        self.assertIn("42", terminal.ask("SELECT 42;"))
        terminal.send(".quit\n")
        self.assertEqual(terminal.end(), 0)


if __name__ == "__main__":
    unittest.main()
