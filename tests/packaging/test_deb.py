"""The packages for Debian: installed in a fresh Debian, used, and removed again."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from artefacts import BUILD, PACKAGES, ROOT, SAMPLE, PackageTest, emulator, made, main, root_of

# What apt and dpkg keep for themselves.
OF_THE_SYSTEM = re.compile(r"/(var/(lib/(dpkg|apt|man-db)|cache|log)|etc/ld\.so\.cache|tmp|proc|dev)(/|$)")


def paths_of(root: Path) -> set[str]:
    found = set()
    for folder, folders, files in os.walk(root):
        for name in (*folders, *files):
            path = "/" + str(Path(folder, name).relative_to(root))
            if not OF_THE_SYSTEM.match(path):
                found.add(path)
    return found


class Deb:
    """What is tested for both kinds of package."""

    pattern: str
    how: str
    architecture = "amd64"
    snapq = "snapq"  # how the program is started in the root

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.package = made(PACKAGES / cls.pattern, cls.how)

    def test_its_architecture(self) -> None:
        self.assertEqual(self.checked("dpkg-deb", "--field", self.package, "Architecture").strip(), self.architecture)

    def test_lintian_finds_only_what_the_readme_explains(self) -> None:
        if shutil.which("lintian") is None:
            self.skipTest("lintian is not installed")
        said = self.run_program(["lintian", "--no-cfg", "--allow-root", self.package]).stdout
        explained = set(re.findall(r"^\| `([a-z-]+)` \|", (ROOT / "packaging/README.md").read_text(), re.MULTILINE))
        found = set(re.findall(r"^[EWI]: snapq: ([a-z-]+)", said, re.MULTILINE))
        self.assertEqual(found - explained, set(), said)

    def test_the_same_bytes_each_time(self) -> None:
        self.assert_same_bytes(*self.how.split())

    def test_install_use_and_remove(self) -> None:
        origin = root_of("bookworm", "bash-completion", "man-db", "zsh")
        root = BUILD / "roots" / "copy"
        shutil.rmtree(root, ignore_errors=True)
        self.addCleanup(shutil.rmtree, root, ignore_errors=True)
        self.checked("cp", "-a", origin, root)
        shutil.copy(self.package, root / "tmp" / "snapq.deb")
        shutil.copy(SAMPLE, root / "tmp" / "run.pickle")
        self.prepare(root)
        before = paths_of(root)

        def inside(script: str) -> str:
            environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
            result = self.in_root(root, "/bin/bash", "-euc", script, env=environment)
            self.assertEqual(result.returncode, 0, f"{script}\n{result.stdout}{result.stderr}")
            return result.stdout

        inside(self.preparation)
        inside("apt-get install -y -qq --no-install-recommends /tmp/snapq.deb")
        installed = paths_of(root) - before
        for path in ("/usr/bin/snapq", "/usr/share/man/man1/snapq.1.gz", "/usr/share/man/man1/snapq-diff.1.gz",
                     "/usr/share/bash-completion/completions/snapq", "/usr/share/zsh/vendor-completions/_snapq",
                     "/usr/share/fish/vendor_completions.d/snapq.fish", "/usr/share/doc/snapq/copyright",
                     "/usr/share/doc/snapq/changelog.gz", "/usr/share/doc/snapq/docs/commands.md"):
            self.assertIn(path, installed)
        self.assertIn("OUT OF MEMORY", inside(f"cd /tmp; {self.snapq} convert -q run.pickle; {self.snapq} summary run.zip"))
        self.assertEqual(inside("man -w snapq-diff").strip(), "/usr/share/man/man1/snapq-diff.1.gz")
        self.assertIn("snapq", inside(". /usr/share/bash-completion/bash_completion; _completion_loader snapq || true; complete -p snapq"))
        self.assertEqual(inside("zsh -c 'autoload -U compinit; compinit -u -D; echo $_comps[snapq]'").strip(), "_snapq")
        inside("apt-get purge -y -qq --autoremove snapq")
        self.assertEqual(paths_of(root) - before, set())

    def prepare(self, root: Path) -> None:
        """What the root needs besides to run the program."""


class Distribution(Deb, PackageTest):
    """The package with the libraries of Debian 12."""

    pattern = "snapq_[0-9.]*[0-9]_amd64.deb"
    how = "deb"
    preparation = "apt-get update -qq"

    def test_it_depends_on_its_libraries(self) -> None:
        depends = self.checked("dpkg-deb", "--field", self.package, "Depends")
        for library in ("libc6", "libsqlite3-0", "libzip4", "libzstd1", "libre2-9", "libedit2"):
            self.assertRegex(depends, rf"\b{library}\b")


class Static(Deb, PackageTest):
    """The package with the static program."""

    pattern = "snapq_*+static_amd64.deb"
    how = "deb --static"
    preparation = "true"

    def test_it_depends_on_nothing(self) -> None:
        self.assertEqual(self.checked("dpkg-deb", "--field", self.package, "Depends").strip(), "")


class StaticAarch64(Static):
    """The same for 64-bit ARM processors: in a root of this processor, as a package of a foreign architecture."""

    pattern = "snapq_*+static_arm64.deb"
    how = "deb --static --processor aarch64"
    preparation = "dpkg --add-architecture arm64"
    architecture = "arm64"
    snapq = "/tmp/qemu-aarch64-static /usr/bin/snapq"

    def prepare(self, root: Path) -> None:
        shutil.copy(emulator("aarch64"), root / "tmp")


if __name__ == "__main__":
    main(needs_program=False)
