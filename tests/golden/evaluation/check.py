"""Computes figures of `segue evaluate` anew, from its inputs:

    python check.py catalog.csv evaluation/metrics.csv audio=audio.safetensors lyrics=...

Made with Python 3.11, numpy 2.4.6, scipy 1.17.1, scikit-learn 1.9.1 and safetensors. For `--split test`, the
default rule for artists, and tables that have every song. Says each figure twice and fails where the two
differ by 1e-6. Artists are told apart by the first name before `, `, ` & ` or ` feat`, which is enough for the
demo catalogue.
"""

import csv
import json
import re
import sys

import numpy as np
from safetensors import safe_open
from scipy.stats import skew
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import ndcg_score
from sklearn.preprocessing import StandardScaler


def read_table(path):
    with safe_open(path, "np") as file:
        ids = file.metadata()["track_ids"]
        ids = json.loads(ids) if ids.startswith("[") else re.split(r"[\n,]", ids)
        return ids, file.get_tensor("embeddings").astype(float)


def main_artist(row):
    return re.split(r", | feat| & ", row["artist"])[0].lower()


def retrieval(songs, cosines):
    """Figures of the songs of the split; `cosines` is [n, n]."""
    n = len(songs)
    artists = [main_artist(song) for song in songs]
    genres = [song["genre"] for song in songs]
    views = np.array([float(song["views"]) + 1 for song in songs])
    bits = -np.log2(views / views.sum())
    near = np.zeros(n)
    found = {name: [] for name in ("genre", "first", "rank", "artist", "novelty")}
    for query in range(n):
        others = np.array([at for at in range(n) if at != query])
        strangers = np.array([at for at in others if artists[at] != artists[query]])
        near[others[np.argsort(-cosines[query, others], kind="stable")[:10]]] += 1
        of_genre = np.array([int(genres[at] == genres[query]) for at in strangers])
        order = np.argsort(-cosines[query, strangers], kind="stable")
        found["novelty"].append(bits[strangers[order[:10]]].mean())
        if of_genre.any():
            found["genre"].append(ndcg_score([of_genre], [cosines[query, strangers]], k=10))
            found["first"].append(of_genre[order[0]])
            found["rank"].append(1 / (1 + np.argmax(of_genre[order])))
        of_artist = np.array([int(artists[at] == artists[query]) for at in others])
        if of_artist.any():
            found["artist"].append(ndcg_score([of_artist], [cosines[query, others]], k=10))
    mean = {name: float(np.mean(values)) for name, values in found.items()}
    return {
        "same_genre_ndcg_10": mean["genre"],
        "same_genre_precision_1": mean["first"],
        "same_genre_mrr": mean["rank"],
        "same_artist_ndcg_10": mean["artist"],
        "novelty": mean["novelty"],
        "hubness_skewness": float(skew(near)),
    }


def probe(train, train_genres, test, test_genres):
    scaler = StandardScaler().fit(train)
    model = LogisticRegression(C=1.0, tol=1e-10, max_iter=10_000)
    model.fit(scaler.transform(train), train_genres)
    return float(np.mean(model.predict(scaler.transform(test)) == np.array(test_genres)))


def main():
    with open(sys.argv[1]) as file:
        catalog = {row["track_id"]: row for row in csv.DictReader(file)}
    with open(sys.argv[2]) as file:
        rows = [row for row in csv.DictReader(file) if not row["minus"]]
    got = {(row["recommender"], row["measure"]): float(row["estimate"]) for row in rows}
    n_different = 0
    for argument in sys.argv[3:]:
        name, path = argument.split("=", 1)
        ids, values = read_table(path)
        split = np.array([catalog[own]["split"] for own in ids])
        songs = [catalog[own] for own, of in zip(ids, split) if of == "test"]
        genre = np.array([catalog[own]["genre"] for own in ids])
        train, test = split == "train", split == "test"
        unit = values[test] / np.linalg.norm(values[test], axis=1, keepdims=True)
        figures = retrieval(songs, unit @ unit.T)
        figures["probe_accuracy"] = probe(values[train], genre[train], values[test], genre[test])
        for measure, value in figures.items():
            own = got[name, measure]
            is_same = abs(own - value) < 1e-6
            n_different += not is_same
            print(f"{name:<12} {measure:<24} {own:.6f} {value:.6f} {'' if is_same else 'DIFFERENT'}")
    sys.exit(n_different > 0)


if __name__ == "__main__":
    main()
