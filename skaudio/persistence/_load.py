"""`load`: a model from a file of plain data."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from skaudio._version import __version__
from skaudio.exceptions import ModelFileError, warn_user
from skaudio.persistence._archive import MODEL, WEIGHTS, check_skops
from skaudio.persistence._card import read_archive, read_card
from skaudio.persistence._networks import restore_weights
from skaudio.persistence._trees import check_trees
from skaudio.persistence._trusted import OURS, SCIKIT_LEARN


def load(path: str | os.PathLike[str], *, trusted: Sequence[str] = ()) -> Any:
    """Load a fitted estimator from a file that `save` wrote, and run no code from it.

    Parameters
    ----------
    path : str or PathLike
        The file.
    trusted : sequence of str, default=()
        Full names of the types and functions that may be made, beyond scikit-learn's and this package's; name only
        those you know. A network of ``model=`` needs the name of its function here. If a name is missing, the error
        tells which.

    Returns
    -------
    estimator
        Fitted. It imports no TensorFlow to predict, but for a network of ``model=``.

    Raises
    ------
    ModelFileError
        If it is no such file, was changed or cut, or holds types that are not trusted.
    FileNotFoundError
        If there is none.

    Warns
    -----
    UserWarning
        If it was written under another version of skaudio or scikit-learn.

    See Also
    --------
    save : Write one.

    Examples
    --------
    >>> from skaudio import load
    >>> load("model.skaudio").predict(["bark.wav"])  # doctest: +SKIP
    array(['dog'], dtype='<U7')
    """
    import skops.io
    from skops.io.exceptions import UntrustedTypesFoundException

    found = read_archive(path)
    card = read_card(found)
    check_skops(found[MODEL])
    if isinstance(trusted, str):
        raise TypeError(f"trusted={trusted!r} is text; a list of names is expected")
    known = [*OURS, *SCIKIT_LEARN, *trusted]
    try:
        unknown = sorted(set(skops.io.get_untrusted_types(data=found[MODEL])) - set(known))
        if unknown:
            raise ModelFileError(
                f"{os.fspath(path)!r} holds {', '.join(unknown)}, neither scikit-learn's nor skaudio's; where you know "
                f"them and the file, load(path, trusted={unknown!r})"
            )
        estimator = skops.io.loads(found[MODEL], trusted=known)
    except ModelFileError:
        raise
    except UntrustedTypesFoundException as error:
        raise ModelFileError(f"{os.fspath(path)!r}: {error}") from error
    except Exception as error:  # whatever a changed schema leads to
        raise ModelFileError(f"{os.fspath(path)!r} was changed: {type(error).__name__}: {error}") from error
    check_trees(estimator)
    restore_weights(estimator, found[WEIGHTS])
    _warn_of_versions(card, path)
    return estimator


def _warn_of_versions(card: dict[str, Any], path: Any) -> None:
    import sklearn

    saved = card.get("versions")
    here = {"skaudio": __version__, "scikit-learn": sklearn.__version__}
    if not isinstance(saved, dict):
        raise ModelFileError("card.json names no versions")
    others = [f"{name} {saved.get(name)}" for name, version in here.items() if saved.get(name) != version]
    if others:
        warn_user(
            f"{os.fspath(path)!r} was saved under {', '.join(others)}, and is loaded under "
            f"{', '.join(f'{name} {version}' for name, version in here.items())}"
        )
