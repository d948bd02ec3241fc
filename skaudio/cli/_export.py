"""``skaudio export``: a saved model as a graph that needs no Python."""

from __future__ import annotations

from pathlib import Path

from skaudio._writing import check_output
from skaudio.cli._data import Source
from skaudio.cli._model import find_model, load_model
from skaudio.cli._quiet import quiet_start
from skaudio.cli._report import console

_FORMATS = (".onnx", ".tflite")


def export_model(
    model: Path, output: Path, check: Source | None, *, atol: float, opset: int, allow_pickle: bool
) -> None:
    """Write the graph that the name asks for, compared with the model on the clips of a dataset where there is one."""
    find_model(model, allow_pickle)
    check_output(output)
    if output.suffix not in _FORMATS:
        raise ValueError(f"{str(output)!r} must end in {' or '.join(_FORMATS)}, which says what is written")
    from skaudio.export import to_onnx, to_tflite
    from skaudio.neural import import_keras

    clips = None if check is None else list(check.clips()[0])
    pipeline = load_model(model, allow_pickle)
    if output.suffix == ".onnx":
        parity = to_onnx(pipeline, output, clips=clips, atol=atol, opset=opset)
    else:
        with quiet_start():
            import_keras()
        parity = to_tflite(pipeline, output, clips=clips, atol=atol)
    if parity is None:
        console.print(f"{output}: not compared with the model; --check DATA does it", soft_wrap=True)
    elif parity.changed:
        console.print(f"other classes: {', '.join(map(str, parity.changed))}", soft_wrap=True)
