"""Writes mel.safetensors: short signals and librosa's mel spectrograms of them in decibels.

    pip install librosa safetensors
    python tests/golden/mel/generate.py

Tensors: `signal/<name>` (float32 samples) and `mel/<name>/<config>` (float32, [n_mels, n_frames]).
The metadata holds the versions and the parameters of each config.
"""
import json
import pathlib
import sys

import librosa
import numpy as np
import scipy
from safetensors.numpy import save_file

CONFIGS = {
    "default": dict(sr=22050, n_fft=2048, hop_length=512, n_mels=128, fmin=0.0, fmax=8000.0),
    "short": dict(sr=22050, n_fft=1024, hop_length=256, n_mels=64, fmin=0.0, fmax=8000.0),
    "long": dict(sr=22050, n_fft=4096, hop_length=1024, n_mels=96, fmin=30.0, fmax=11025.0),
    "speech": dict(sr=16000, n_fft=512, hop_length=160, n_mels=40, fmin=20.0, fmax=7600.0),
    "cd": dict(sr=44100, n_fft=2048, hop_length=441, n_mels=128, fmin=0.0, fmax=16000.0),
    "odd": dict(sr=22050, n_fft=1500, hop_length=333, n_mels=50, fmin=0.0, fmax=8000.0),
}
N = 9000


def signals():
    rng = np.random.default_rng(1)
    t = np.arange(N) / 22050
    yield "tone", 0.5 * np.sin(2 * np.pi * 440 * t)
    yield "two_tones", 0.7 * np.sin(2 * np.pi * 220.3 * t) + 0.003 * np.sin(2 * np.pi * 5111 * t)
    yield "noise", 0.2 * rng.standard_normal(N)
    yield "chirp", 0.8 * scipy.signal.chirp(t, 50, t[-1], 10000, method="logarithmic")
    yield "silence", np.zeros(N)
    impulse = np.zeros(N)
    impulse[N // 3] = 1.0
    yield "impulse", impulse
    # Like speech: pulses through three resonances, between pauses.
    pulses = np.zeros(N)
    pulses[::183] = 1.0
    voice = pulses
    for hz, width in [(700, 110), (1220, 120), (2600, 160)]:
        radius = np.exp(-np.pi * width / 22050)
        voice = scipy.signal.lfilter(
            [1.0], [1, -2 * radius * np.cos(2 * np.pi * hz / 22050), radius**2], voice)
    envelope = np.clip(np.sin(2 * np.pi * 3 * t), 0, None)
    voice = voice * envelope
    yield "speech_like", 0.9 * voice / np.abs(voice).max()


def main():
    tensors = {}
    for name, signal in signals():
        signal = signal.astype(np.float32)
        tensors[f"signal/{name}"] = signal
        for config, parameters in CONFIGS.items():
            power = librosa.feature.melspectrogram(y=signal, power=2.0, **parameters)
            tensors[f"mel/{name}/{config}"] = librosa.power_to_db(power).astype(np.float32)
    versions = {"librosa": librosa.__version__, "numpy": np.__version__,
                "scipy": scipy.__version__, "python": sys.version.split()[0]}
    metadata = {"configs": json.dumps(CONFIGS), "versions": json.dumps(versions)}
    save_file(tensors, pathlib.Path(__file__).with_name("mel.safetensors"), metadata)


if __name__ == "__main__":
    main()
