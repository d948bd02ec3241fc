"""Whatever a changed model file may hold, it is refused, and nothing of it is run."""

import contextlib
import io
import json
import pickle
import re
import zipfile

import numpy as np
import pytest
from saving import folder  # noqa: F401 - a fixture

from skaudio import load
from skaudio.exceptions import ModelFileError

pytest.importorskip("keras")

pytestmark = pytest.mark.slow


def _members(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _zip(members, compression=zipfile.ZIP_STORED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def _npy(array):
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


def _within(member, change):
    """Change a member that is a zip itself."""
    return lambda members: {**members, member: _zip(change(_members(members[member])))}


def _schema(change):
    def changed(inside):
        return {**inside, "schema.json": change(inside["schema.json"].decode()).encode()}

    return _within("model.skops", changed)


def _first_array(inside, content):
    name = next(name for name in inside if name.endswith(".npy"))
    return {**inside, name: content}


def _huge(array_like):
    header = str({"descr": "<f4", "fortran_order": False, "shape": array_like}).encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + b"1234"


SCALER = "sklearn.preprocessing._data"


class Evil:
    def __reduce__(self):
        return (print, ("code was run",))


CHANGES = {
    "no card": lambda m: {k: v for k, v in m.items() if k != "card.json"},
    "one more": lambda m: {**m, "more.txt": b""},
    "outside": lambda m: {**m, "../outside": b""},
    "absolute": lambda m: {**m, "/etc/outside": b""},
    "card is a list": lambda m: {**m, "card.json": b"[]"},
    "card is no JSON": lambda m: {**m, "card.json": b"{"},
    "card is deep": lambda m: {**m, "card.json": b'{"format":' + b"[" * 100_000 + b"]" * 100_000 + b"}"},
    "card of tomorrow": lambda m: {**m, "card.json": m["card.json"].replace(b'"format": 1', b'"format": 2')},
    "model is a pickle": lambda m: {**m, "model.skops": pickle.dumps(Evil())},
    "weights are a pickle": lambda m: {**m, "weights.npz": pickle.dumps(Evil())},
    "a pickle among the weights": _within("weights.npz", lambda i: _first_array(i, _npy(np.array([Evil()], object)))),
    "a pickle in the model": _within("model.skops", lambda i: _first_array(i, _npy(np.array([Evil()], object)))),
    "a huge shape of weights": _within("weights.npz", lambda i: _first_array(i, _huge((10**6, 10**6)))),
    "a huge shape in the model": _within("model.skops", lambda i: _first_array(i, _huge((10**12,)))),
    "an odd shape of weights": _within("weights.npz", lambda i: _first_array(i, _npy(np.zeros((3, 3), "f4")))),
    "weights of another type": _within("weights.npz", lambda i: _first_array(i, _npy(np.zeros((3, 3), "f8")))),
    "no weights": _within("weights.npz", lambda i: {}),
    "a strange member": _within("model.skops", lambda i: {**i, "run.py": b"print('code was run')"}),
    "no schema": _within("model.skops", lambda i: {k: v for k, v in i.items() if k != "schema.json"}),
    "a foreign type": _schema(lambda s: s.replace("StandardScaler", "Popen").replace(SCALER, "subprocess")),
    "a foreign function": _schema(lambda s: s.replace('"StandardScaler"', '"system"').replace(SCALER, "os")),
    "another network": _schema(lambda s: s.replace("dense", "banana")),
    "a wide network": _schema(lambda s: s.replace('"200"', '"1000000000"')),
    "a loader of another kind": _schema(lambda s: s.replace("ObjectNode", "FunctionNode", 1)),
    "a deep schema": _schema(lambda s: '{"a":' * 5000 + "1" + "}" * 5000),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_file_is_refused_and_runs_nothing(folder, tmp_path, capfd, name):
    content = (folder / "ann.skaudio").read_bytes()
    changed = tmp_path / "changed.skaudio"
    members = _members(content)
    spoilt = CHANGES[name](members)
    for each in ("model.skops", "weights.npz"):  # or nothing was changed
        if zipfile.is_zipfile(io.BytesIO(spoilt[each])) and _members(spoilt[each]) == _members(members[each]):
            spoilt[each] = members[each]
    assert spoilt != members
    changed.write_bytes(_zip(spoilt))
    with pytest.raises(ModelFileError):
        load(changed)
    assert "code was run" not in capfd.readouterr().out
    assert list(tmp_path.iterdir()) == [changed]


def test_bombs_links_and_what_was_cut_are_refused(folder, tmp_path):
    content = (folder / "ann.skaudio").read_bytes()
    bomb, twice, cut = (tmp_path / f"{name}.skaudio" for name in ("bomb", "twice", "cut"))
    bomb.write_bytes(_zip({**_members(content), "card.json": b" " * 50_000_000 + b"{}"}, zipfile.ZIP_DEFLATED))
    with pytest.raises(ModelFileError, match="compressed"):
        load(bomb)
    with zipfile.ZipFile(twice, "w") as archive:
        archive.writestr("card.json", "{}")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("card.json", "{}")
    with pytest.raises(ModelFileError, match="twice"):
        load(twice)
    for n in (0, 10, len(content) // 2, len(content) - 1):
        cut.write_bytes(content[:n])
        with pytest.raises(ModelFileError):
            load(cut)
    rng = np.random.default_rng(0)
    for _ in range(60):  # single bytes: refused by checksums, or harmless
        spoilt = bytearray(content)
        spoilt[rng.integers(len(spoilt))] ^= 1 << rng.integers(8)
        cut.write_bytes(bytes(spoilt))
        with contextlib.suppress(ModelFileError):
            load(cut)
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "none.skaudio")


@pytest.mark.parametrize(
    ("field", "value"), [("left_child", 10**6), ("left_child", 0), ("right_child", -5), ("feature", 10**6)]
)
def test_a_tree_that_leads_out_of_itself_is_refused(folder, tmp_path, field, value):
    inside = _members(_members((folder / "forest.skaudio").read_bytes())["model.skops"])
    name = next(each for each, content in inside.items() if b"left_child" in content[:300] and each.endswith(".npy"))
    spoilt = np.load(io.BytesIO(inside[name]))
    spoilt[field][0] = value
    members = _members((folder / "forest.skaudio").read_bytes())
    changed = tmp_path / "changed.skaudio"
    changed.write_bytes(_zip({**members, "model.skops": _zip({**inside, name: _npy(spoilt)})}))
    with pytest.raises(ModelFileError, match=r"a branch of a tree|a tree asks for a feature"):
        load(changed)


def test_another_version_is_warned_of(folder, tmp_path):
    members = _members((folder / "svm.skaudio").read_bytes())
    card = json.loads(members["card.json"])
    card["versions"]["scikit-learn"] = "1.0"
    (tmp_path / "old.skaudio").write_bytes(_zip({**members, "card.json": json.dumps(card).encode()}))
    with pytest.warns(UserWarning, match=re.escape("was saved under scikit-learn 1.0, and is loaded under")):
        load(tmp_path / "old.skaudio")
