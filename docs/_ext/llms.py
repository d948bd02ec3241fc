"""``llms.txt``: an index of the pages in plain text, each with its first sentence, for programs that read them."""

import re
from pathlib import Path

from docutils import nodes

_HEAD = """# skaudio

> Sound files as ordinary scikit-learn data: features of clips by parallel, cached transformers, Keras networks as
> scikit-learn classifiers, the datasets' own folds, and models that leave as one safe file.

A clip is a path, bytes or a waveform, and X is a list of clips. Everything else is scikit-learn: Pipeline,
GridSearchCV, clone, pickle. Rules that programs get wrong most often:

- Split by recording, never at random: use `dataset.cv`, or pass `groups`.
- Scaling, early stopping and augmentation belong inside of the pipeline that is cross-validated.
- `cache=True` keeps features; `n_jobs=-1` reads clips in threads.
- `skaudio.save` and `skaudio.load` keep models; a pickle runs whatever code is in it.

## Pages

"""


def write(app, exception):
    """Write the index beside the pages, once they are there."""
    if exception is not None or app.builder.name != "html":
        return
    text = _HEAD
    for name in sorted(app.env.found_docs):
        if name.startswith(("reference/generated/", "gallery/")) and name != "gallery/index":
            continue
        page = app.env.get_doctree(name)
        paragraph = next((each for each in page.findall(nodes.paragraph) if each.astext().strip()), None)
        first = re.split(r"(?<=[.:!?])\s", " ".join(paragraph.astext().split()))[0] if paragraph else ""
        text += f"- [{app.env.titles[name].astext()}]({name}.html): {first}\n"
    Path(app.outdir, "llms.txt").write_text(text, "utf-8")


def setup(app):
    """Have Sphinx write the index last."""
    app.connect("build-finished", write)
    return {"parallel_read_safe": True}
