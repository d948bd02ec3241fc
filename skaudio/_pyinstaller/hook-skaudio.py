"""What PyInstaller cannot see: submodules and their names come from a stub when they are first asked for."""

from contextlib import suppress
from importlib.metadata import PackageNotFoundError

from PyInstaller.utils.hooks import collect_data_files, collect_dynamic_libs, collect_submodules, copy_metadata

hiddenimports = collect_submodules("skaudio", filter=lambda name: "_pyinstaller" not in name)
# skops finds its own modules by name, when a model file is read.
hiddenimports += collect_submodules("skops.io", filter=lambda name: ".tests" not in name)
binaries = collect_dynamic_libs("skaudio", search_patterns=["_kernel.*"])
datas = collect_data_files("skaudio", includes=["**/*.pyi", "library/page/static/*"])
# The versions of what decodes are part of the key of stored features, those of what learns stand in model files.
for package in ("soundfile", "soxr", "scipy", "librosa", "av", "numpy", "scikit-learn", "skops"):
    with suppress(PackageNotFoundError):
        datas += copy_metadata(package)
