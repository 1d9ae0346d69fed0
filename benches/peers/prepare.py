"""Times `segue prepare` and two ways in Python on the same mp3 files; called by run.sh.

(a) The study's own chain: pydub cuts 1:10 to 1:40 to mp3, librosa loads that, matplotlib draws the mel
    spectrogram as jpg, PIL cuts slices; one process, as the study ran it, and two.
(b) The best way in Python: librosa loads 30 s by offset, mel, power_to_db; two processes, each started
    and warmed up before the clock runs.
(c) `segue prepare --no-stimuli --jobs 2`, starting the program included.
"""
import csv
import multiprocessing
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[variable] = "1"

START, END = 70, 100
# (b) and (c) are timed in turn so often; their medians count.
N_ROUNDS = 5


def thesis_chain(path):
    import librosa
    import librosa.display
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    import numpy as np
    from PIL import Image
    from pydub import AudioSegment

    with tempfile.TemporaryDirectory() as folder:
        clip = pathlib.Path(folder, "clip.mp3")
        AudioSegment.from_mp3(path)[START * 1000:END * 1000].export(clip, format="mp3")
        samples, rate = librosa.load(clip)
        mel = librosa.feature.melspectrogram(y=samples, sr=rate, n_mels=128, fmax=8000)
        figure = plt.figure(figsize=(13, 1.7), dpi=100)
        axes = figure.add_axes([0, 0, 1, 1])
        axes.axis("off")
        librosa.display.specshow(librosa.power_to_db(mel, ref=np.max), fmax=8000, cmap="gray_r", ax=axes)
        picture = pathlib.Path(folder, "mel.jpg")
        figure.savefig(picture)
        plt.close(figure)
        image = Image.open(picture)
        for left in range(0, image.width - 127, 128):
            image.crop((left, 0, left + 128, 128)).save(pathlib.Path(folder, "slice.jpg"))


def best_python(path):
    import librosa
    samples, rate = librosa.load(path, sr=22050, mono=True, offset=START, duration=END - START)
    mel = librosa.feature.melspectrogram(y=samples, sr=rate, n_mels=128, fmax=8000)
    return librosa.power_to_db(mel).shape


def timed(function, paths, n_processes):
    context = multiprocessing.get_context("spawn")
    with context.Pool(n_processes) as pool:
        pool.map(function, paths[: 2 * n_processes], chunksize=1)
        start = time.perf_counter()
        pool.map(function, paths, chunksize=1)
        return len(paths) / (time.perf_counter() - start)


def segue(program, paths, folder):
    catalog = folder / "catalog.csv"
    with open(catalog, "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["track_id", "title", "artist", "genre", "audio_path", "split"])
        for index, path in enumerate(paths):
            rows.writerow([f"t{index:05}", path.stem, "artist", "pop", path, "train"])
    shutil.rmtree(folder / "prepared", ignore_errors=True)
    start = time.perf_counter()
    subprocess.run([program, "prepare", "--catalog", catalog, "--out", folder / "prepared",
                    "--no-stimuli", "--quiet", "--jobs", "2"], check=True, stdout=subprocess.DEVNULL)
    return len(paths) / (time.perf_counter() - start)


def mel_alone():
    import librosa
    import numpy as np
    samples = np.random.default_rng(1).standard_normal(22050 * 30).astype(np.float32)
    times = []
    for _ in range(30):
        start = time.perf_counter()
        librosa.power_to_db(librosa.feature.melspectrogram(y=samples, n_mels=128, fmax=8000))
        times.append(time.perf_counter() - start)
    # The first ones set up.
    return statistics.median(times[5:])


def milliseconds(text):
    """What criterion prints, such as `8.5310 ms`."""
    value, unit = text.split()
    return float(value) * {"s": 1e3, "ms": 1.0, "µs": 1e-3, "us": 1e-3}[unit]


def main():
    program, songs, copies = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3])
    mel = milliseconds(sys.argv[4])
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        paths = []
        for path in sorted(songs.glob("*.mp3")):
            for copy in range(copies):
                target = folder / f"{copy:03}-{len(paths):05}.mp3"
                shutil.copy(path, target)
                paths.append(target)
        if not paths:
            sys.exit(f"no mp3 files in {songs}")
        few = paths[:: max(1, len(paths) // 12)]
        print(f"{len(paths)} songs ({len(few)} for the study's chain)")
        # In turn: a shared machine is quicker at one time than at another.
        rounds = [(segue(program, paths, folder), timed(best_python, paths, 2)) for _ in range(N_ROUNDS)]
        ours, python = (statistics.median(figures) for figures in zip(*rounds))
        study_two = timed(thesis_chain, few, 2)
        study_one = timed(thesis_chain, few, 1)
    print(f"segue prepare, 2 jobs                {ours:8.2f} songs/s")
    print(f"librosa by offset, 2 processes       {python:8.2f} songs/s   segue is {ours / python:6.1f} times as fast")
    print(f"the study's chain, 2 processes       {study_two:8.2f} songs/s   segue is {ours / study_two:6.1f} times as fast")
    print(f"the study's chain, as it ran (one)   {study_one:8.2f} songs/s   segue is {ours / study_one:6.1f} times as fast")
    librosa_mel = 1000 * mel_alone()
    print(f"mel of 30 s alone, one core: {mel:.1f} ms, librosa {librosa_mel:.1f} ms: "
          f"segue is {librosa_mel / mel:.1f} times as fast")


if __name__ == "__main__":
    main()
