"""Which source packages packaging/static_libraries.sh takes where the mirror does not have the newest ones."""

from __future__ import annotations

from artefacts import ROOT, PackageTest, Result, main

# apt lists the versions, but the mirror has only one of them.
SCRIPT = """
source {recipe} {folder} x86_64 {option}
apt_cache_here() {{ printf 'Version: %s\\n' {versions}; }}
apt_here() {{ [[ "${{!#}}" == *"={there}" ]]; }}
get_source {name}
"""


class Sources(PackageTest):
    def get(self, name: str, *versions: str, there: str, option: str = "") -> Result:
        script = SCRIPT.format(recipe=ROOT / "packaging/static_libraries.sh", folder=self.directory, option=option,
                               versions=" ".join(versions), there=there, name=name)
        return self.run_program(["bash", "-c", script])

    def notes(self) -> str:
        file = self.directory / "notes"
        return file.read_text() if file.exists() else ""

    def test_the_newest(self) -> None:
        result = self.get("re2", "20230201-1", "20230301-3", there="20230301-3")
        self.assertEqual((result.returncode, self.notes()), (0, ""), result.stderr)

    def test_an_earlier_revision_is_not_taken_silently(self) -> None:
        result = self.get("sqlite3", "3.40.1-2", "3.40.1-2+deb12u2", there="3.40.1-2")
        self.assertEqual(result.returncode, 1)
        self.assertIn("sqlite3 3.40.1-2+deb12u2", result.stdout)
        self.assertIn("scripts/package static --older-sources", result.stdout)

    def test_an_earlier_revision_when_asked_for(self) -> None:
        result = self.get("sqlite3", "3.40.1-2", "3.40.1-2+deb12u2", there="3.40.1-2", option="--older-sources")
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertIn("sqlite3 3.40.1-2+deb12u2; 3.40.1-2 was taken. The program lacks what was fixed", self.notes())

    def test_another_upstream_version_is_never_taken(self) -> None:
        """Its code would not fit the headers of the package."""
        result = self.get("sqlite3", "3.39.4-1", "3.40.1-2", there="3.39.4-1", option="--older-sources")
        self.assertEqual((result.returncode, self.notes()), (1, ""))

    def test_what_writes_zstd_data_may_be_of_an_earlier_revision(self) -> None:
        result = self.get("libzstd", "1.5.4+dfsg2-5", "1.5.4+dfsg2-5+deb12u1", there="1.5.4+dfsg2-5")
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertIn("what reads them is that of the newest package", self.notes())


if __name__ == "__main__":
    main(needs_program=False)
