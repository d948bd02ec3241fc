"""The build of the native kernel; all else about the package stands in pyproject.toml.

The kernel is a library without Python's own interface, so that one wheel a platform serves all Pythons. Where there is
no C compiler, or it fails, the package is installed without it.
"""

import os
import sys
from contextlib import suppress

from setuptools import Extension, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_ext import build_ext

FOLDER = "skaudio/dsp/_native"


class BuildKernel(build_ext):
    """Names a library as `ctypes` finds it, with nothing of Python in it."""

    def get_ext_filename(self, fullname):
        """Return the path of the library."""
        return fullname.replace(".", "/") + (".dll" if sys.platform == "win32" else ".so")

    def copy_extensions_to_source(self):
        """Leave no older library among the sources where there is no new one."""
        for ext in self.extensions:
            with suppress(FileNotFoundError):
                os.remove(self.get_ext_filename(ext.name))
        super().copy_extensions_to_source()

    def get_export_symbols(self, ext):
        """Return no function that Python would begin with."""
        return ext.export_symbols


class WheelOfAnyPython(bdist_wheel):
    """Names a wheel by its platform alone."""

    def get_tag(self):
        """Return what Python, what interface, and what platform it is for."""
        return "py3", "none", super().get_tag()[2]


setup(
    ext_modules=[
        Extension(
            "skaudio.dsp._native._kernel",
            [f"{FOLDER}/kernel.c", f"{FOLDER}/files.c"],
            depends=[f"{FOLDER}/kernel.h", f"{FOLDER}/lanes.h"],
            # Contracted operations would be rounded otherwise than single ones, each processor in its own way; fast
            # ones forget what is not a number.
            extra_compile_args=["-O3", "-ffp-contract=off", "-fno-fast-math", "-Wno-psabi", "-fvisibility=hidden"],
            optional=True,
        )
    ],
    cmdclass={"build_ext": BuildKernel, "bdist_wheel": WheelOfAnyPython},
)
