"""The API reference: written from the names that the package makes public, so that none is missing."""

import importlib
import inspect
from pathlib import Path

SECTIONS = {
    "skaudio": "Start here",
    "skaudio.feature_extraction": "Clips become rows",
    "skaudio.pipeline": "Ready pipelines",
    "skaudio.neural": "Networks",
    "skaudio.datasets": "Datasets",
    "skaudio.model_selection": "Folds and comparisons",
    "skaudio.inspection": "Faults and copies",
    "skaudio.augmentation": "Altered copies",
    "skaudio.windows": "Long recordings",
    "skaudio.persistence": "Model files",
    "skaudio.export": "Graphs",
    "skaudio.serving": "Services",
    "skaudio.library": "A library of sounds",
    "skaudio.labelling": "Labelling",
    "skaudio.plotting": "Figures",
    "skaudio.report": "Reports",
    "skaudio.store": "The store of features",
    "skaudio.testing": "Checks of your own estimators",
    "skaudio.exceptions": "Errors and warnings",
    "skaudio.dsp": "Signal processing",
}
"""The modules that users import from, in the order of the page; the engine below them is not part of the promise."""

# What the package's folders give to each other by their __init__, and promise to nobody else.
_INTERNAL = {
    "skaudio.feature_extraction": {"BaseAudioTransformer", "frames_of_clip", "recipe_of"},
    "skaudio.pipeline": {"MODELS", "NETWORKS", "PRESETS", "SEQUENCE_MODELS", "model_of_preset"},
    "skaudio.neural": {
        *(
            "BATCH_EPSILON",
            "BaseNetworkClassifier",
            "Blueprint",
            "FittedNetwork",
            "SCALING_EPSILON",
            "ValidationSplit",
            "find_keras",
        ),
        *("import_keras", "weight_shapes"),
    },
    "skaudio.datasets": {
        *("clips_of_table", "fields_of", "find_sounds", "is_sound", "is_table", "natural_order", "recognise_layout"),
        "select_clips",
    },
    "skaudio.labelling": {"VERDICTS", "row_classifier", "targets"},
    "skaudio.store": {"Entry", "StoreError", "StoreSession", "store_key", "store_of"},
    "skaudio.exceptions": {"first_line", "warn_user"},
    "skaudio.dsp": {
        *("FileLevels", "FrameStream", "KeptParts", "LANDMARK_RATE", "LANDMARK_STEP", "LONG_SERIES", "Series"),
        *(
            "STREAMED_STATISTICS",
            "SpectraStream",
            "can_compute_log_mel",
            "can_halve",
            "contrast_levels",
            "delta_weights",
        ),
        *("derivatives", "describe_kernel", "fft_fingerprint", "halve", "is_statistic", "landmarks", "log_energies"),
        *("mel_matrix", "mel_power", "native_log_mel", "native_log_mel_of_files", "octaves", "spectrum_dtype"),
        *("summarise_parts", "summarise_rows"),
    },
}

_HEAD = """API reference
=============

Everything here may be imported from the module it is listed under. Names that begin with an underscore, and the modules
``skaudio.audio``, ``skaudio.clips``, ``skaudio.extraction`` and ``skaudio.pretrained``, may change without notice.

"""


def public_names(module_name):
    """Return the names of a module that its users may import: classes and functions, then constants."""
    module = importlib.import_module(module_name)
    names = getattr(module, "__all__", None)
    if names is None:
        names = [
            name
            for name, value in vars(module).items()
            if not name.startswith("_") and getattr(value, "__module__", None) == module_name
        ]
    found = {name: getattr(module, name) for name in names if name not in _INTERNAL.get(module_name, ())}
    things = [name for name, value in found.items() if inspect.isclass(value) or inspect.isroutine(value)]
    constants = [
        name
        for name, value in found.items()
        if name not in things and not inspect.ismodule(value) and not name.startswith("__")
    ]
    return things, constants


def write(app, config):
    """Write the page of each module, and the page that leads to them."""
    folder = Path(app.srcdir) / "reference"
    folder.mkdir(exist_ok=True)
    text = _HEAD
    places = {}  # of each class or function, where its page is
    for module_name in [*list(SECTIONS)[1:], "skaudio"]:
        for name in public_names(module_name)[0]:
            thing = getattr(importlib.import_module(module_name), name)
            places.setdefault(id(thing), f"{module_name}.{name}")
    for module_name, title in SECTIONS.items():
        things, constants = public_names(module_name)
        pages = [places[id(getattr(importlib.import_module(module_name), name))] for name in things]
        elsewhere = [page for page in pages if page.rpartition(".")[0] != module_name]
        things = [page.rpartition(".")[2] for page in pages if page not in elsewhere]
        heading = f"{title}: ``{module_name}``"
        text += f"{heading}\n{'-' * len(heading)}\n\n.. currentmodule:: {module_name}\n\n"
        if things:
            text += ".. autosummary::\n   :toctree: generated\n   :nosignatures:\n\n"
            text += "".join(f"   {name}\n" for name in sorted(things, key=str.casefold)) + "\n"
        if elsewhere:
            links = (f":py:obj:`{name.rpartition('.')[2]} <{name}>`" for name in elsewhere)
            text += f"And, told of below: {', '.join(links)}.\n\n"
        for name in sorted(constants):
            text += f".. autodata:: {name}\n   :no-value:\n\n"
    _write_if_new(folder / "api.rst", text)
    for page in (folder / "generated").glob("*.rst"):  # of names that are gone
        if page.stem not in places.values():
            page.unlink()


def _write_if_new(path, text):
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def skip(app, kind, name, member, skipped, options):
    """Leave out what scikit-learn's own pages tell of: members whose code is elsewhere."""
    module = getattr(inspect.unwrap(member) if callable(member) else member, "__module__", None) or ""
    return True if kind == "class" and callable(member) and not module.startswith("skaudio") else None


def setup(app):
    """Have Sphinx write the pages before it reads any."""
    app.connect("config-inited", write)  # before Sphinx looks which pages there are
    app.connect("autodoc-skip-member", skip)
    return {"parallel_read_safe": True}
