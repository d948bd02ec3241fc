"""The wheel holds the package alone, and says what it needs."""

import email
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_wheel_holds_the_package_alone(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        top = {name.split("/")[0] for name in names}
    assert {name for name in top if not name.endswith(".dist-info")} == {"skaudio"}
    assert "skaudio/py.typed" in names
    expected = {str(path.relative_to(ROOT)) for path in (ROOT / "skaudio").rglob("*.py")}
    assert expected == {name for name in names if name.endswith(".py")}


def test_the_wheel_says_what_it_needs(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith("METADATA")]
        metadata = email.message_from_bytes(archive.read(name))
    assert metadata["Requires-Python"] == ">=3.11"
    assert set(metadata.get_all("Provides-Extra")) >= {"keras", "dask", "test"}
    core = [line for line in metadata.get_all("Requires-Dist") if "extra ==" not in line]
    assert not any("tensorflow" in line or "scikeras" in line for line in core)
