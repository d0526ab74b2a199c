"""Builds the wheel: the package, and the program as a script beside it.

`scripts/package wheel` calls this in a copy of the directory, to which it adds the program as bin/snapq. It says in the
environment what to build:

    SNAPQ_WHEEL_VERSION    version of the program, which is that of the wheel
    SNAPQ_WHEEL_PLATFORM   where the program runs: platform tags, separated by dots
"""

import os
import sys

from setuptools import Distribution, setup
from wheel.bdist_wheel import bdist_wheel

# setuptools brings its own distutils, which can be imported after it.
from distutils.command.build_scripts import build_scripts  # isort: skip


def given(variable):
    try:
        return os.environ[variable]
    except KeyError:
        sys.exit(f"setup.py: {variable} is not set; build the wheel with 'scripts/package wheel --binary PROGRAM'")


class CopyProgram(build_scripts):
    """Copies the program as it is. The original looks for a line that names a Python, which a binary does not have."""

    def copy_scripts(self):
        self.mkpath(self.build_dir)
        target = os.path.join(self.build_dir, "snapq")
        self.copy_file(self.scripts[0], target)
        os.chmod(target, 0o755)
        return [target], [target]


class WithProgram(Distribution):
    """The package is for one kind of machine, although it has no extension module."""

    def has_ext_modules(self):
        return True


class TaggedWheel(bdist_wheel):
    """A wheel for any Python 3."""

    def get_tag(self):
        return "py3", "none", given("SNAPQ_WHEEL_PLATFORM")


setup(
    version=given("SNAPQ_WHEEL_VERSION"),
    scripts=["bin/snapq"],
    distclass=WithProgram,
    cmdclass={"build_scripts": CopyProgram, "bdist_wheel": TaggedWheel},
)
