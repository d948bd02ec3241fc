"""What a clip is read to: librosa's numbers, and channels that are mixed to the same bits from everywhere."""

import warnings

import numpy as np
import pytest
import soundfile

from skaudio.clips import Reader, as_clip


@pytest.mark.parametrize("res_type", ["soxr_hq", "polyphase"])
@pytest.mark.parametrize("rate", [22050, 44100, 48000])
def test_long_and_short_clips_have_the_numbers_of_librosa(tmp_path, rate, res_type):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its fallback decoder imports modules that Python deprecates
        import librosa

        path = tmp_path / "long.wav"
        samples = np.random.default_rng(0).uniform(-0.5, 0.5, int(1.1 * 2**22)).astype(np.float32)
        soundfile.write(path, samples, rate, subtype="FLOAT")
        waveform, _ = librosa.load(path, sr=22050, res_type=res_type)
    reading = Reader(res_type=res_type).reading_of(as_clip(path))
    pieces = list(reading)
    assert (len(pieces) > 1) == (res_type == "soxr_hq" or rate == 22050)
    assert (reading.n_frames, reading.rate) == (len(samples), rate)
    np.testing.assert_allclose(np.concatenate(pieces), waveform, atol=1e-6)
    assert sum(map(len, pieces)) == len(waveform)


@pytest.mark.parametrize("n_channels", [1, 2, 3, 8, 13, 64])
def test_channels_are_mixed_to_the_same_bits_from_a_file_and_from_memory(tmp_path, n_channels):
    samples = np.random.default_rng(0).uniform(-1, 1, (n_channels, 999)).astype(np.float32)
    path = tmp_path / "many.wav"
    soundfile.write(path, samples.T, 22050, subtype="FLOAT")
    forms = [path, path.read_bytes(), samples, np.asfortranarray(samples), (samples[:, ::1], 22050)]
    rows = [Reader().read(as_clip(form))[0] for form in forms]
    assert {row.tobytes() for row in rows} == {rows[0].tobytes()}
    total = samples[0].copy()
    for channel in samples[1:]:  # in float32, as librosa has it for up to seven channels
        total += channel
    assert rows[0].tobytes() == (total / np.float32(n_channels)).tobytes()


def test_a_tenth_of_the_samples_of_a_mix_would_differ_in_float64():
    stereo = np.random.default_rng(0).uniform(-1, 1, (3, 9999)).astype(np.float32)
    exact = stereo.mean(axis=0, dtype=np.float64).astype(np.float32)
    assert (Reader().read(as_clip(stereo))[0] != exact).mean() > 0.1
    assert Reader().read(as_clip(stereo))[0].tobytes() == stereo.mean(axis=0).tobytes()
