"""Writes one short song in every format, and what librosa reads of a clip of it.

    pip install librosa soundfile safetensors      (and ffmpeg on the path)
    python tests/golden/audio/generate.py

`song.*` are the files. `clips.safetensors` holds for each file 0.5 s from 0.5 s on, one channel,
22,050 Hz, as `librosa.load(file, sr=22050, mono=True, offset=0.5, duration=0.5)` gives it (resampler
soxr_hq), in 16 bits. What soundfile can't read (m4a), ffmpeg turns into wav first.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import librosa
import numpy as np
import scipy.signal
import soundfile
import soxr
from safetensors.numpy import save_file

HERE = pathlib.Path(__file__).parent
RATE = 44100
SECS = 1.2
# Without noise substitution in AAC, which every decoder fills with noise of its own.
FORMATS = {
    "song.mp3": ["-ac", "2", "-c:a", "libmp3lame", "-b:a", "96k"],
    "song_without_xing.mp3": ["-ac", "2", "-c:a", "libmp3lame", "-b:a", "96k", "-write_xing", "0"],
    "song_vbr.mp3": ["-ac", "1", "-c:a", "libmp3lame", "-q:a", "5"],
    "song.ogg": ["-ac", "2", "-c:a", "libvorbis", "-q:a", "2"],
    "song.flac": ["-ac", "1", "-c:a", "flac"],
    "song_48k.flac": ["-ac", "1", "-ar", "48000", "-c:a", "flac"],
    "song_alac.m4a": ["-ac", "1", "-c:a", "alac"],
    "song_aac.m4a": ["-ac", "1", "-c:a", "aac", "-aac_pns", "0", "-b:a", "96k"],
    "song.wav": ["-ac", "1", "-ar", "16000", "-c:a", "pcm_s16le"],
}


def song():
    """Chords with a decaying pluck every 0.15 s, a little different left and right, below 6 kHz."""
    t = np.arange(int(RATE * SECS)) / RATE
    sound = np.zeros((len(t), 2))
    for index, start in enumerate(np.arange(0, SECS, 0.15)):
        age = t - start
        for partial in range(1, 9):
            hz = 196 * 2 ** ((index * 5 % 12) / 12) * partial
            pluck = np.where(age > 0, np.exp(-age * (6 + partial)) * np.sin(2 * np.pi * hz * age), 0)
            sound[:, 0] += pluck / partial**1.5
            sound[:, 1] += 0.7 * pluck / partial**1.3
    sound = scipy.signal.sosfiltfilt(scipy.signal.butter(12, 6000, fs=RATE, output="sos"), sound, axis=0)
    return (0.6 * sound / np.abs(sound).max()).astype(np.float32)


def run(*arguments):
    subprocess.run(["ffmpeg", "-hide_banner", "-loglevel", "error", "-y", "-bitexact", *map(str, arguments)],
                   check=True)


def main():
    tensors = {}
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder, "source.wav")
        soundfile.write(source, song(), RATE, subtype="PCM_16")
        for name, options in FORMATS.items():
            path = HERE / name
            run("-i", source, "-map_metadata", "-1", *options, path)
            readable = path
            if path.suffix == ".m4a":
                readable = pathlib.Path(folder, name + ".wav")
                run("-i", path, "-c:a", "pcm_s16le", readable)
            clip, _ = librosa.load(readable, sr=22050, mono=True, offset=0.5, duration=0.5)
            tensors[name] = np.round(clip * 32767).astype(np.int16)
    ffmpeg = subprocess.run(["ffmpeg", "-version"], capture_output=True, text=True).stdout.split()[2]
    versions = {"librosa": librosa.__version__, "soundfile": soundfile.__version__,
                "libsndfile": soundfile.__libsndfile_version__, "soxr": soxr.__version__,
                "ffmpeg": ffmpeg, "python": sys.version.split()[0]}
    save_file(tensors, HERE / "clips.safetensors", {"versions": json.dumps(versions)})


if __name__ == "__main__":
    main()
