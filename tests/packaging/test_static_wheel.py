"""The wheel with the static program, installed in a fresh virtual environment without network."""

from __future__ import annotations

from artefacts import PACKAGES, SAMPLE, PackageTest, made, main

TAGS = "py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64.whl"


class Wheel(PackageTest):
    def test_install_and_use(self) -> None:
        wheel = made(PACKAGES / f"snapq-*-{TAGS}", "wheel --binary build/static/snapq")
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


if __name__ == "__main__":
    main(needs_program=False)
