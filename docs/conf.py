"""How the site is built: ``sphinx-build -W docs docs/_build``, without a network."""

import os
import sys
import warnings
from pathlib import Path

from sklearn.experimental import enable_halving_search_cv  # noqa: F401 - an example searches by it

import skaudio

sys.path.insert(0, str(Path(__file__).parent / "_ext"))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

project = "skaudio"
author = "The skaudio developers"
copyright = "The skaudio developers, BSD-3-Clause"
version = release = skaudio.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "myst_parser",
    "sphinx_copybutton",
    "sphinx_gallery.gen_gallery",
    "public_names",
    "commands",
    "figures",
    "llms",
]
exclude_patterns = ["_build", "_templates"]
templates_path = ["_templates"]
source_suffix = {".rst": "restructuredtext", ".md": "markdown"}
default_role = "any"
show_warning_types = True
suppress_warnings = [
    "ref.any",  # single backticks stand for parameters and files, too
    "config.cache",  # the gallery's functions cannot be pickled
]

myst_enable_extensions = ["colon_fence", "deflist", "attrs_inline"]
myst_heading_anchors = 3

autosummary_generate = True
toc_object_entries_show_parents = "hide"
autodoc_typehints = "none"  # numpydoc's sections say types
numpydoc_show_class_members = False
numpydoc_xref_param_type = False
numpydoc_use_plots = False

copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
copybutton_only_copy_prompt_lines = True

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "gallery",
    "filename_pattern": r"/plot_",
    "ignore_pattern": r"/serve\.py",
    "copyfile_regex": r".*README\.rst",
    "download_all_examples": False,
    "show_memory": False,
    "show_signature": False,
    "remove_config_comments": True,
    "abort_on_example_error": True,
    "plot_gallery": os.environ.get("SKAUDIO_GALLERY", "run") == "run",
    "first_notebook_cell": "%matplotlib inline",
    "write_computation_times": False,
    "default_thumb_file": str(Path(__file__).parent / "_static" / "thumb.png"),
    "within_subsection_order": "FileNameSortKey",
}
warnings.filterwarnings("ignore", "FigureCanvasAgg is non-interactive", UserWarning)

html_theme = "pydata_sphinx_theme"
html_title = "skaudio"
html_static_path = ["_static"]
html_css_files = ["skaudio.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "logo": {"text": "skaudio"},
    "navbar_align": "left",
    "navbar_end": ["theme-switcher"],
    "header_links_before_dropdown": 6,
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "tango",
    "pygments_dark_style": "github-dark",
}
html_sidebars = {"index": [], "install": [], "tutorial": [], "which_model": [], "comparison": [], "changelog": []}
