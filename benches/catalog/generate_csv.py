"""Writes a lyrics csv of a given size, and names of audio files for part of its songs.

python3 benches/catalog/generate_csv.py LYRICS.csv AUDIO_FOLDER [GIGABYTES=1.0] [FILES=2000]

The csv has the 11 columns of the second Genius edition and its look: multi-line quoted lyrics of some
2 kB with section marks, doubled quotes, further artists; 1 row in 100,000 is broken. The audio files are
copies of one second of silence (made with ffmpeg), named as spotdl names them. Then measure with
`/usr/bin/time -v segue catalog --lyrics LYRICS.csv --audio AUDIO_FOLDER --out OUT/catalog.csv`.
"""

import csv
import os
import random
import shutil
import subprocess
import sys

WORDS = ("love night road fire rain heart gone back never always hand light dark river town money dance "
         "sleep cold home eyes the a to you me my your we in on and of all was is for what when").split()
SYLLABLES = "ka lo mi ra ten bo vel sha dor in qui pa zen lu for tam es ol gri wen".split()


def name(rng, least, most):
    word = lambda: "".join(rng.choice(SYLLABLES) for _ in range(rng.randint(2, 3))).capitalize()
    return " ".join(word() for _ in range(rng.randint(least, most)))


def lyrics(rng):
    lines = [" ".join(rng.choice(WORDS) for _ in range(7)) for _ in range(rng.randint(30, 80))]
    lines.insert(0, "[Verse 1]")
    lines.insert(12, '[Chorus: "All"]')
    return "\n".join(lines)


def main():
    path, folder = sys.argv[1], sys.argv[2]
    size = float(sys.argv[3]) * 1e9 if len(sys.argv) > 3 else 1e9
    n_files = int(sys.argv[4]) if len(sys.argv) > 4 else 2000
    rng = random.Random(7)
    # Lyrics are costly to make in Python; drawing them from a stock changes nothing for a reader.
    stock = [lyrics(rng) for _ in range(2000)]
    artists = [name(rng, 1, 3) for _ in range(50_000)]
    os.makedirs(folder, exist_ok=True)
    silence = os.path.join(folder, "silence.mp3")
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "anullsrc=r=22050", "-t", "1",
                    silence], check=True)
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow("title,tag,artist,year,views,features,lyrics,id,language_cld3,language_ft,"
                        "language".split(","))
        number = 0
        every = max(1, int(size / 2200 / n_files))
        while file.tell() < size:
            number += 1
            artist, title = rng.choice(artists), name(rng, 1, 4)
            tag = rng.choice(["rap", "pop", "country", "rock", "rb", "misc"])
            language = rng.choice(["en"] * 7 + ["fr", "es", ""])
            if number % 100_000 == 0:
                file.write("broken,row\r\n")
            writer.writerow([title, tag, artist, rng.randint(1960, 2022), rng.randint(0, 10**6),
                             '{"%s"}' % rng.choice(artists), rng.choice(stock), number, language,
                             language, language])
            if number % every == 0:
                shutil.copy(silence, os.path.join(folder, f"{artist} - {title}.mp3"))
    os.remove(silence)
    print(f"{number} rows, {os.path.getsize(path)} bytes")


if __name__ == "__main__":
    main()
