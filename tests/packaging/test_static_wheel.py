"""The wheel with the static program, installed in a fresh virtual environment without network."""

from __future__ import annotations

from artefacts import PACKAGES, SAMPLE, PackageTest, emulator, made, main

TAGS = "py3-none-manylinux_2_17_{0}.manylinux2014_{0}.musllinux_1_1_{0}.whl"


class Wheel(PackageTest):
    def test_install_and_use(self) -> None:
        wheel = made(PACKAGES / f"snapq-*-{TAGS.format('x86_64')}", "wheel --binary build/static/snapq")
        self.checked("/usr/bin/python3", "-m", "venv", "venv")
        bin_directory = self.directory / "venv" / "bin"
        self.checked(bin_directory / "pip", "install", "--no-index", "--quiet", wheel)
        self.assertIn(self.checked(bin_directory / "snapq", "--version").split()[1], wheel.name)
        program = (bin_directory / "snapq").read_bytes()
        self.assertEqual(program[:4], b"\x7fELF")
        self.checked("readelf", "--wide", "--dynamic", bin_directory / "snapq")
        said = self.checked(bin_directory / "python", "-c",
                            f"import snapq; snapq.convert({str(SAMPLE)!r}, 'run.zip'); print(snapq.summary('run.zip')['devices'][0]['device'])")
        self.assertEqual(said, "0\n")
        self.checked(bin_directory / "pip", "uninstall", "--yes", "--quiet", "snapq")
        self.assertFalse((bin_directory / "snapq").exists())

    def test_for_aarch64(self) -> None:
        """pip of another processor can only unpack it; an emulator runs the program."""
        wheel = made(PACKAGES / f"snapq-*-{TAGS.format('aarch64')}", "wheel --binary build/static-aarch64/snapq")
        self.checked("/usr/bin/python3", "-m", "venv", "venv")
        self.checked(self.directory / "venv" / "bin" / "pip", "install", "--no-index", "--quiet", "--target", "there",
                     "--platform", "manylinux2014_aarch64", "--only-binary=:all:", wheel)
        program = self.directory / "there" / "bin" / "snapq"
        self.assertIn(self.checked(emulator("aarch64"), program, "--version").split()[1], wheel.name)


if __name__ == "__main__":
    main(needs_program=False)
