"""In folders that are shared with other users, snapq does not damage any files, whatever another user puts there, and
when.

The tests need root to run the program as one user and to act as another one.
"""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import unittest
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from program import CPP_SAMPLE, SNAPQ, Result, bytes_of, main, remove
from shim import ShimTest, as_user

STRANGER, VICTIM = 20001, 20002
ENTRIES = ("allocations.json", "elements.db", "manifest.json")
PRIVATE = {name: f"private {name}".encode() for name in (*ENTRIES, ".snapq-unfinished", "archive.zip", "thesis.tex")}
STICKY, OPEN = 0o1777, 0o777
Case = tuple[str, tuple[str, ...], dict[str, str]]  # command, options, environment


class SharedFolder(ShimTest):
    """`shared` is a folder of root in which everybody may write. The victim runs the program there; the stranger puts
    files there."""

    @classmethod
    def setUpClass(cls) -> None:
        if os.geteuid() != 0:
            raise unittest.SkipTest("needs root to act as two users")
        super().setUpClass()
        holder = Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="snapq-program-")))
        holder.chmod(0o755)
        # Copies the program to a place where both users can read it, whatever the permissions of the checkout are.
        cls.program = shutil.copy(SNAPQ, holder / "snapq")
        cls.source = Path(shutil.copy(CPP_SAMPLE, holder / "source.pickle"))
        cls.archive = holder / "archive.zip"
        cls.other_archive = holder / "other"
        for options in (("-o", cls.archive), ("-o", cls.other_archive, "--layout", "dir", "--label", "a=b")):
            subprocess.run([SNAPQ, "convert", cls.source, "-q", *options], check=True)
        # As usual, everybody may read the files.
        for path in (holder, *holder.rglob("*")):
            path.chmod(0o755 if path.is_dir() or path.name == "snapq" else 0o644)

    def setUp(self) -> None:
        super().setUp()
        self.directory.chmod(0o755)
        self.shared = self.directory / "shared"
        self.home = self.directory / "home"

    def prepare(self, mode: int) -> None:
        """Makes an empty shared folder, and a home of the victim with files whose names are those that the program
        uses."""
        for folder in (self.shared, self.home):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
        self.shared.chmod(mode)
        for name, content in PRIVATE.items():
            (self.home / name).write_bytes(content)
            os.chown(self.home / name, VICTIM, VICTIM)
        os.chown(self.home, VICTIM, VICTIM)
        self.home.chmod(0o700)

    def run_as_victim(self, *arguments: str | Path, **environment: str) -> Result:
        return self.run_program(
            [self.program, *arguments], env={**os.environ, **environment}, umask=0o022, **as_user(VICTIM)
        )

    def act(self, action: Callable[[], object], user: int = STRANGER) -> bool:
        """Does something as a user. Returns whether the system allowed it."""
        child = os.fork()
        if child == 0:
            try:
                os.setgroups([])
                os.setresgid(user, user, user)
                os.setresuid(user, user, user)
                os.umask(0o022)
                action()
            except OSError:
                os._exit(1)
            except BaseException:
                os._exit(2)
            os._exit(0)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        self.assertIn(code, (0, 1))
        return code == 0

    def own(self, path: Path, *, of: Path | None = None, files: Sequence[str] = (), content: bytes = b"mine") -> Path:
        """A file, a folder with files, or a copy, that belongs to the victim."""
        if of is not None:
            shutil.copytree(of, path)
        elif files:
            path.mkdir()
            for name in files:
                (path / name).write_bytes(content)
        else:
            path.write_bytes(content)
        for each in (path, *path.rglob("*")):
            os.chown(each, VICTIM, VICTIM)
        return path

    def assert_home_untouched(self) -> None:
        self.assertEqual(bytes_of(self.home), PRIVATE)

    def commands(self, name: str = "out") -> Iterator[tuple[tuple[str | Path, ...], bool]]:
        """All commands that write `shared/NAME`, and whether they make a folder of it."""
        target = self.shared / name
        for force in ((), ("--force",)):
            yield ("convert", self.source, "-q", "-o", target, *force), False
            yield ("convert", self.source, "-q", "--layout", "dir", "-o", target, *force), True
            yield ("extract", self.archive, "-q", "-d", target, *force), True
            yield ("summary", self.archive, "-o", target, *force), False
            yield ("report", self.archive, "-q", "-o", target, *force), False


def kinds_of_planted(path: Path, files: Sequence[str] = ENTRIES) -> dict[str, Callable[[], object]]:
    """The things that a stranger can put under a name, by kind."""

    def folder() -> None:
        path.mkdir()
        for name in files:
            (path / name).write_text("planted")
            (path / name).chmod(0o666)
        path.chmod(0o777)

    return {
        "file": lambda: path.write_text("planted"),
        "fifo": lambda: os.mkfifo(path, 0o666),
        "folder": folder,
        "link": lambda: path.symlink_to(path.parent.parent / "home"),
        "link to a file": lambda: path.symlink_to(path.parent.parent / "home" / "thesis.tex"),
        "link to nothing": lambda: path.symlink_to(path.parent.parent / "home" / "new"),
    }


def state_of(path: Path) -> tuple[int, int, int]:
    found = path.lstat()
    return found.st_ino, found.st_uid, stat.S_IFMT(found.st_mode)


class PlantedNames(SharedFolder):
    """Things that are there before the program starts."""

    def test_leftovers_of_another_user_stay(self) -> None:
        commands = itertools.cycle(self.commands())
        for mode, suffix in itertools.product((STICKY, OPEN), ("tmp", "old")):
            planted = self.shared / f".out.snapq-1.{suffix}"
            for kind, plant in kinds_of_planted(planted).items():
                self.prepare(mode)
                self.assertTrue(self.act(plant))
                before = state_of(planted)
                command, _ = next(commands)
                with self.subTest(mode=oct(mode), suffix=suffix, kind=kind, command=command):
                    result = self.run_as_victim(*command)
                    self.assertEqual((result.returncode, result.stderr), (0, ""))
                    self.assertEqual(self.names("shared"), [planted.name, "out"])
                    self.assertEqual(state_of(planted), before)
                    self.assertEqual((self.shared / "out").stat().st_uid, VICTIM)
                    if kind == "folder":
                        self.assertEqual(bytes_of(planted), dict.fromkeys(ENTRIES, b"planted"))
                    self.assert_home_untouched()

    def test_own_leftovers_are_removed(self) -> None:
        for mode in (STICKY, OPEN):
            for options, poor in ((("--layout", "dir"), {}), ((), {"FAIL_POOR": "1"})):
                self.prepare(mode)
                command = ("convert", self.source, "-q", "-o", self.shared / "out", *options)
                with self.subTest(mode=oct(mode), options=options):
                    last = self.counted("link", *command, **poor)
                    remove(self.shared / "out")
                    code, _ = self.stopped_before(
                        "link", last, command, lambda process: process.kill(), user=VICTIM, **poor
                    )
                    self.assertEqual((code, len(self.names("shared"))), (-signal.SIGKILL, 1))
                    self.own(self.shared / ".out.snapq-1.tmp")
                    result = self.run_as_victim(*command)
                    self.assertEqual((result.returncode, result.stderr), (0, ""))
                    # Without its mark, it could be any folder of the victim that somebody has renamed.
                    may_stay = mode == OPEN and options
                    self.assertEqual(len(self.names("shared")), 2 if may_stay else 1)

    def test_a_marked_leftover_is_removed_even_where_others_may_rename(self) -> None:
        self.prepare(OPEN)
        command = ("convert", self.source, "-q", "-o", self.shared / "out", "--layout", "dir")
        removals = self.counted("remove", *command)
        remove(self.shared / "out")
        code, _ = self.stopped_before("remove", removals, command, lambda process: process.kill(), user=VICTIM)
        self.assertEqual(code, -signal.SIGKILL)
        self.assertIn(".snapq-unfinished", self.names(f"shared/{self.names('shared')[0]}"))
        self.assertEqual(self.run_as_victim(*command).returncode, 0)
        self.assertEqual(self.names("shared"), ["out"])

    def test_nothing_planted_becomes_the_target(self) -> None:
        modes = itertools.cycle((STICKY, OPEN, OPEN))
        for kind, plant in kinds_of_planted(self.shared / ".out.snapq-1.old").items():
            for command, makes_folder in self.commands():
                if "--force" in command:
                    continue
                self.prepare(mode := next(modes))
                self.assertTrue(self.act(plant))
                kept = self.own(self.shared / "out", files=("mine",) if makes_folder else ())
                before = bytes_of(kept)
                with self.subTest(mode=oct(mode), kind=kind, command=command):
                    result = self.run_as_victim(*command)
                    self.assertEqual(result.returncode, 0 if command[0] == "extract" else 2, result.stderr)
                    after = bytes_of(kept)
                    self.assertEqual({name: after[name] for name in before}, before)
                    self.assert_home_untouched()

    def test_only_own_directories_are_put_back(self) -> None:
        """Own files and FIFOs are not put back, even in a private folder."""
        commands = itertools.cycle(self.commands())
        for mode in (0o700, OPEN):
            for kind, plant in kinds_of_planted(self.shared / ".out.snapq-1.old").items():
                self.prepare(mode)
                os.chown(self.shared, VICTIM, VICTIM)
                self.assertTrue(self.act(plant, VICTIM))
                command, _ = next(commands)
                with self.subTest(mode=oct(mode), kind=kind, command=command):
                    result = self.run_as_victim(*command)
                    self.assertEqual((result.returncode, result.stderr), (0, ""))
                    self.assert_home_untouched()
            self.prepare(mode)
            os.chown(self.shared, VICTIM, VICTIM)
            self.own(self.shared / ".out.snapq-1.old", of=self.other_archive)
            result = self.run_as_victim("convert", self.source, "--layout", "dir", "-o", self.shared / "out")
            self.assert_refused(result, 2, "exists")
            self.assertEqual(bytes_of(self.shared / "out"), bytes_of(self.other_archive))

    def test_own_folders_that_another_user_renames_keep_their_files(self) -> None:
        """A user who may rename a folder cannot delete the files in it. snapq must not do that for them."""
        for suffix, files in itertools.product(("tmp", "old"), ((), ENTRIES[:2], ("thesis.tex",))):
            for command, makes_folder in self.commands():
                if not makes_folder and "--force" in command:
                    continue
                self.prepare(OPEN)
                mine = self.own(self.shared / "mine", of=None if files else self.other_archive, files=files)
                before = bytes_of(mine)
                hidden = self.shared / f".out.snapq-1.{suffix}"
                self.assertTrue(self.act(lambda mine=mine, hidden=hidden: mine.rename(hidden)))
                with self.subTest(suffix=suffix, files=files, command=command):
                    self.run_as_victim(*command)
                    kept = hidden if hidden.exists() else self.shared / "out"
                    if "--force" not in command or hidden.exists():
                        self.assertEqual(bytes_of(kept), before)

    def test_links_of_another_user_are_not_followed(self) -> None:
        modes = itertools.cycle((STICKY, OPEN, OPEN))
        for kind, plant in kinds_of_planted(self.shared / "out").items():
            if not kind.startswith("link"):
                continue
            for command, _ in (*self.commands(), (("convert", self.source, "--split", "-o", self.shared / "out"), True)):
                self.prepare(mode := next(modes))
                self.assertTrue(self.act(plant))
                with self.subTest(mode=oct(mode), kind=kind, command=command):
                    result = self.run_as_victim(*command)
                    self.assert_refused(result, 4, "out is a symbolic link that another user made")
                    self.assertEqual(self.names("shared"), ["out"])
                    self.assert_home_untouched()

    def test_own_links_and_those_of_root_are_followed(self) -> None:
        for user in (VICTIM, 0):
            self.prepare(OPEN)
            link = self.shared / "out"
            link.symlink_to("../home/new")
            os.chown(link, user, user, follow_symlinks=False)
            result = self.run_as_victim("convert", self.source, "-q", "-o", link)
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            self.assertEqual((self.home / "new").read_bytes(), self.archive.read_bytes())

    def test_links_in_the_folder_of_extract(self) -> None:
        """Nothing is written outside the folder. With --force, the target of an own link is written."""
        for user, force in itertools.product((VICTIM, STRANGER), ((), ("--force",))):
            for name, end in itertools.product(ENTRIES[:2], ("new", "thesis.tex")):
                self.prepare(OPEN)
                folder = self.shared / "out"
                folder.mkdir()
                folder.chmod(OPEN)
                self.assertTrue(self.act(lambda link=folder / name, end=end: link.symlink_to(self.home / end), user))
                with self.subTest(user=user, force=force, name=name, end=end):
                    result = self.run_as_victim("extract", self.archive, "-d", folder, "-q", *force)
                    if user == VICTIM and force:
                        self.assertEqual((result.returncode, result.stderr), (0, ""))
                        continue
                    self.assert_refused(result, 4 if force else 2, f"out/{name}")
                    self.assertEqual(self.names("shared/out"), [name])
                    self.assert_home_untouched()

    def export(self, *options: str) -> tuple[str | Path, ...]:
        partition = ("--format", "parquet", "--partition", "job=1")
        return ("export", self.archive, "-q", *partition, "-o", self.shared / "lake", *options)

    def test_links_in_a_lake(self) -> None:
        """The directories and files below a lake have names that anybody can guess."""
        table = Path("lake", "devices", "job=1")
        places = (Path("lake"), table.parent, table, table / "archive.parquet", Path("lake", "archives"))
        for place, user, force in itertools.product(places, (STRANGER, VICTIM), ((), ("--force",))):
            self.prepare(OPEN)
            for folder in reversed((self.shared / place).parents):
                if folder.is_relative_to(self.shared / "lake"):
                    folder.mkdir()
                    folder.chmod(OPEN)
            is_file = place.suffix == ".parquet"
            end = self.home / ("thesis.tex" if is_file else "")
            self.assertTrue(self.act(lambda link=self.shared / place, end=end: link.symlink_to(end), user))
            with self.subTest(place=place, user=user, force=force):
                result = self.run_as_victim(*self.export(*force))
                if user == VICTIM:
                    self.assertEqual((result.returncode, result.stderr), (0, ""))
                    continue
                self.assert_refused(result, 4, f"{place.name} is a symbolic link that another user made")
                self.assert_home_untouched()
                left = [path for path in self.shared.rglob("*") if not path.is_dir() or path.is_symlink()]
                self.assertEqual(left, [self.shared / place])

    def test_a_lake_of_files_that_another_user_put_there(self) -> None:
        for kind in ("file", "fifo", "folder"):
            self.prepare(OPEN)
            folder = self.shared / "lake" / "devices" / "job=1"
            folder.mkdir(parents=True)
            for path in (folder, *folder.parents[:2]):
                path.chmod(OPEN)
            self.assertTrue(self.act(kinds_of_planted(folder / "archive.parquet")[kind]))
            with self.subTest(kind):
                result = self.run_as_victim(*self.export())
                if kind == "file":  # as if an export had been interrupted; it is replaced
                    self.assertEqual((result.returncode, result.stderr), (0, ""))
                    self.assertEqual((folder / "archive.parquet").stat().st_uid, VICTIM)
                    self.assertEqual((folder / "archive.parquet").stat().st_mode & 0o022, 0)
                else:
                    self.assert_refused(result, 4, "cannot write ")
                    self.assertEqual(self.names("shared/lake"), ["devices"])

    def test_an_archive_of_another_user_is_not_taken_for_an_earlier_run(self) -> None:
        """--skip-existing keeps archives that look like what would be written."""
        target = self.shared / "out"
        command = ("convert", self.source, "-o", target, "--skip-existing")
        for mode, user, code in ((STICKY, STRANGER, 2), (OPEN, STRANGER, 2), (0o775, STRANGER, 0), (OPEN, VICTIM, 0)):
            self.prepare(mode)
            shutil.copy(self.archive, target)
            os.chown(target, user, user)
            with self.subTest(mode=oct(mode), user=user):
                result = self.run_as_victim(*command)
                if code == 0:
                    self.assertEqual((result.returncode, result.stderr), (0, f"{target}: up to date\n"))
                else:
                    self.assert_refused(result, 2, "belongs to another user, in a directory where everybody")
                self.assertEqual(target.read_bytes(), self.archive.read_bytes())

    def test_permissions_of_a_file_of_another_user_are_not_kept(self) -> None:
        for planted in ("file", "folder"):
            self.prepare(OPEN)
            target = self.shared / "out"
            if planted == "folder":
                self.assertTrue(self.act(lambda: shutil.copytree(self.other_archive, target)))
            else:
                self.assertTrue(self.act(lambda: target.write_text("planted")))
            target.chmod(0o777)
            layout = "dir" if planted == "folder" else "zip"
            command = ("convert", self.source, "-q", "--layout", layout, "-o", target, "--force")
            result = self.run_as_victim(*command)
            if planted == "folder":  # its files can be removed only by who may write in it
                self.assertIn(result.returncode, (0, 4), result.stderr)
            else:
                self.assertEqual((result.returncode, result.stderr), (0, ""))
            if result.returncode == 0:
                self.assertEqual(target.stat().st_uid, VICTIM)
                self.assertEqual(target.stat().st_mode & 0o022, 0)

    def test_only_folders_of_ours_are_replaced(self) -> None:
        """Files with the names of entries are not yet an archive."""
        for files in (ENTRIES, ENTRIES[:2]):
            for content in (b"", b"{}", b'{"name": "an app", "icons": []}'):
                self.prepare(OPEN)
                mine = self.own(self.shared / "out", files=files, content=content)
                before = bytes_of(mine)
                with self.subTest(files=files, content=content):
                    result = self.run_as_victim("convert", self.source, "--layout", "dir", "-o", mine, "--force")
                    self.assert_refused(result, 2, "holds no manifest.json that this snapq can read")
                    self.assertEqual(bytes_of(mine), before)


class ExchangedNames(SharedFolder):
    """A stranger does something while the program runs. The program stops itself before each call that concerns a
    name."""

    POOR = {"FAIL_POOR": "1"}
    FILE: Case = ("convert", (), POOR)
    FORCED_FILE: Case = ("convert", ("--force",), {})
    FOLDER: Case = ("convert", ("--layout", "dir"), {})
    FORCED_FOLDER: Case = ("convert", ("--layout", "dir", "--force"), {})
    EXCHANGED_FOLDER: Case = ("convert", ("--layout", "dir", "--force"), POOR)
    PAIR: Case = ("extract", ("--force",), {})
    SCRATCH: Case = ("query", (), POOR)
    LAKE: Case = ("export", ("--force",), {})

    def command(self, name: str, options: Sequence[str]) -> tuple[str | Path, ...]:
        target = self.shared / "out"
        if name == "query":
            return ("query", self.source, "SELECT 1")
        if name == "extract":
            return ("extract", self.archive, "-q", "-d", target, *options)
        if name == "export":
            return ("export", self.archive, "-q", "--format", "parquet", "-o", target / "lake", *options)
        return ("convert", self.source, "-q", "-o", target, *options)

    def arrange(self, mode: int, name: str, options: Sequence[str]) -> None:
        """Makes what is replaced, and a leftover that another user has put there."""
        self.prepare(mode)
        target = self.shared / "out"
        if name == "export":
            target.mkdir()
            target.chmod(OPEN)
        elif "--force" in options and name == "extract":
            self.own(target, files=ENTRIES[:2])
        elif "dir" in options and "--force" in options:
            self.own(target, of=self.other_archive)
        elif "--force" in options:
            self.own(target)
        self.own(self.shared / "mine", files=("thesis.tex", *ENTRIES))
        leftover = self.shared / ".out.snapq-1.tmp"
        self.assertTrue(self.act(kinds_of_planted(leftover, tuple(PRIVATE))["folder"]))

    def at_each_call(
        self,
        mode: int,
        case: Case,
        action: Callable[[int], object],
        check: Callable[[], object],
        kill: int | None = None,
        step: int = 1,
    ) -> None:
        """For each call of a command, or every `step`-th one: runs the command; before this call, the stranger does
        something, and perhaps a signal comes."""
        name, options, poor = case
        command = self.command(name, options)
        more = {**poor, "TMPDIR": str(self.shared)}

        def meanwhile(process: subprocess.Popen[str]) -> None:
            self.act(lambda: action(process.pid))
            if kill is not None:
                process.send_signal(kill)

        self.arrange(mode, name, options)
        calls = self.counted("name", *command, **more)
        self.assertGreater(calls, 5)
        for at in range(1, calls + 1, step):
            self.arrange(mode, name, options)
            with self.subTest(case=case, at=at, kill=kill):
                code, said = self.stopped_before("name", at, command, meanwhile, user=VICTIM, **more)
                self.assertIn(code, (0, 2, 4) if kill is None else (-kill,), said)
                if code > 0:
                    self.assertRegex(said, "^snapq: error: ")
                check()

    def test_links_in_place_of_names(self) -> None:
        """Every hidden name becomes a link to the victim's home, where files have the same names."""
        shared, home = self.shared, self.home

        def exchange(_: int) -> None:
            for number, path in enumerate(sorted(shared.iterdir())):
                if path.name.startswith("."):
                    folder = path.is_dir()
                    path.rename(shared / f"moved-{number}")
                    path.symlink_to(home if folder else home / "thesis.tex")

        for case in (self.FILE, self.EXCHANGED_FOLDER, self.PAIR, self.SCRATCH):
            self.at_each_call(OPEN, case, exchange, self.assert_home_untouched)
        self.at_each_call(OPEN, self.FOLDER, exchange, self.assert_home_untouched, signal.SIGTERM)

    def test_links_in_place_of_the_directories_of_a_lake(self) -> None:
        lake = self.shared / "out" / "lake"

        def exchange(_: int) -> None:
            lake.rename(self.shared / "out" / "moved")
            lake.symlink_to(self.home)

        for kill in (None, signal.SIGTERM):
            self.at_each_call(OPEN, self.LAKE, exchange, self.assert_home_untouched, kill, step=11)

    def test_links_under_names_that_the_program_will_use(self) -> None:
        """In a folder with the sticky bit, other users cannot rename files, but they can guess names."""
        shared, home = self.shared, self.home

        def plant(process: int) -> None:
            for number, name in enumerate((".tmp", ".1.tmp", ".old", "")):
                path = shared / (f".out.snapq-{process}{name}" if name else "out")
                if not path.is_symlink() and not path.exists():
                    path.symlink_to(home if number % 2 else home / "new")

        for case in (self.FORCED_FILE, self.FOLDER):
            self.at_each_call(STICKY, case, plant, self.assert_home_untouched)

    def test_own_folders_in_place_of_names(self) -> None:
        """The stranger renames a folder of the victim to each hidden name. It must keep its files, which the stranger
        cannot delete."""
        shared = self.shared

        def exchange(_: int) -> None:
            for path in sorted(shared.iterdir(), reverse=True):  # the program's own before the planted one
                if path.name.startswith(".") and path.is_dir():
                    path.rename(shared / "moved")
                    (shared / "mine").rename(path)
                    return

        mine = dict.fromkeys(("thesis.tex", *ENTRIES), b"mine")

        def check() -> None:
            self.assertIn(mine, [bytes_of(path) for path in shared.iterdir() if path.is_dir()])

        self.at_each_call(OPEN, self.FORCED_FOLDER, exchange, check)


if __name__ == "__main__":
    main()
