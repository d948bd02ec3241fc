"""Sounds in the forms that other programs write, made by FFmpeg's libraries."""

import io

import av
import numpy as np

RATE = 44100


def sweep(seconds, rate=RATE, n_channels=1, *, quiet=0.0):
    """Return a tone that rises under noise, (n_channels, n) float32, whose first `quiet` seconds are faint."""
    t = np.arange(int(seconds * rate)) / rate
    noise = np.random.default_rng(0).uniform(-0.2, 0.2, (n_channels, len(t)))
    sound = 0.4 * np.sin(2 * np.pi * 300 * t * (1 + t / 9)) + noise
    sound[:, : int(quiet * rate)] *= 0.001
    return sound.astype("float32")


def encoded(sound, rate, container, codec, *, bitrate=None, **options):
    """Return the bytes of a file that holds the sound; `options` are the container's."""
    pcm = np.round(sound.T * 32767).astype("int16").reshape(1, -1)
    content = io.BytesIO()
    with av.open(content, "w", format=container, options=options) as file:
        stream = file.add_stream(codec, rate=rate)
        stream.layout = ("mono", "stereo")[len(sound) - 1]
        if bitrate is not None or codec == "wmav2":  # which has no rate of its own
            stream.bit_rate = bitrate or 128_000
        frame = av.AudioFrame.from_ndarray(pcm, format="s16", layout=stream.layout.name)
        frame.sample_rate = rate
        frames = [frame]
        if codec == "flac":  # which takes no more than a block at a time
            frame.pts = 0
            stream.codec_context.open()
            cut = av.AudioResampler(format="s16", frame_size=stream.codec_context.frame_size)
            frames = [*cut.resample(frame), *cut.resample(None)]
        file.mux([packet for each in (*frames, None) for packet in stream.encode(each)])
    return content.getvalue()


def decoded(content):
    """Return what PyAV itself makes of a file: (channels, n) float32."""
    with av.open(io.BytesIO(content)) as file:
        frames = list(file.decode(audio=0))
    n_channels = frames[0].layout.nb_channels
    blocks = [f.to_ndarray() if f.format.is_planar else f.to_ndarray().reshape(-1, n_channels).T for f in frames]
    samples = np.concatenate(blocks, axis=1)
    middle, scale = {"u8": (128, 128), "s16": (0, 2.0**15), "s32": (0, 2.0**31)}.get(
        frames[0].format.name.strip("p"), (0, 1)
    )
    return ((samples - float(middle)) / scale).astype("float32")
