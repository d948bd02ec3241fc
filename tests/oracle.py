"""librosa, which says what is right."""

import warnings


def librosa_load(source, **parameters):
    """Return what librosa makes of a file."""
    import librosa

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its fallback decoder imports modules that Python deprecates
        return librosa.load(source, **parameters)
