"""Reference values for shared/src/evaluation: python generate.py

Made with Python 3.11, numpy 2.4.6, scipy 1.17.1 and scikit-learn 1.9.1. Writes rankings.json,
figures.json and probes.json beside this file.
"""

import json
from pathlib import Path

import numpy as np
from scipy.stats import skew
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, label_ranking_average_precision_score, ndcg_score
from sklearn.preprocessing import StandardScaler

HERE = Path(__file__).parent


def rankings():
    """Scores without ties: ours go to the earlier song, which scikit-learn does not do."""
    rng = np.random.default_rng(20261101)
    found = []
    for n, share in [(5, 0.4), (12, 0.2), (30, 0.1), (80, 0.3), (200, 0.02)] * 5:
        scores = rng.permutation(n).astype(np.float32) / np.float32(n)
        relevant = (rng.random(n) < share).astype(int)
        relevant[rng.integers(n)] = 1
        ranked = relevant[np.argsort(-scores)]
        first = np.zeros(n, int)
        first[np.argsort(-scores)[np.argmax(ranked)]] = 1
        found.append(
            {
                "scores": scores.tolist(),
                "relevant": relevant.tolist(),
                "ndcg_10": float(ndcg_score([relevant], [scores], k=10)),
                "precision": [float(ranked[:k].sum() / k) for k in (1, 5, 10)],
                # With one relevant song, average precision is the reciprocal rank.
                "reciprocal_rank": float(label_ranking_average_precision_score([first], [scores])),
            }
        )
    return found


def targets():
    """Scores with many ties, of which scikit-learn takes the mean."""
    rng = np.random.default_rng(20261102)
    found = []
    for n, values in [(4, 2), (15, 3), (40, 2), (40, 40), (100, 5)] * 5:
        scores = rng.integers(0, values, n).astype(np.float32)
        target = int(rng.integers(n))
        relevant = np.zeros(n, int)
        relevant[target] = 1
        ndcg = float(ndcg_score([relevant], [scores], k=10, ignore_ties=False))
        found.append({"scores": scores.tolist(), "target": target, "ndcg_10": ndcg})
    return found


def figures():
    rng = np.random.default_rng(20261103)
    counts = rng.poisson(rng.gamma(0.7, 12, 150))
    truth = rng.integers(0, 4, 150)
    predicted = np.where(rng.random(150) < 0.5, truth, rng.integers(0, 3, 150))
    return {
        "counts": counts.tolist(),
        "skewness": float(skew(counts)),
        "truth": truth.tolist(),
        "predicted": predicted.tolist(),
        "macro_f1": float(f1_score(truth, predicted, average="macro", zero_division=0)),
    }


def probe(seed, n, dim, n_classes, spread, constant):
    rng = np.random.default_rng(seed)
    centres = rng.normal(0, spread, (n_classes, dim))
    classes = rng.integers(0, n_classes, n + 20)
    # Like a layer after ReLU: not negative, of unequal size.
    songs = np.maximum(0, centres[classes] + rng.normal(0, 1, (n + 20, dim)))
    songs *= rng.gamma(2, 1, dim)
    if constant:
        songs[:, 1] = 0.25
    songs = songs.astype(np.float32)
    train, test = songs[:n].astype(float), songs[n:].astype(float)
    scaler = StandardScaler().fit(train)
    model = LogisticRegression(C=1.0, tol=1e-12, max_iter=100_000)
    model.fit(scaler.transform(train), classes[:n])
    return {
        "n_classes": n_classes,
        "train": songs[:n].tolist(),
        "classes": classes[:n].tolist(),
        "test": songs[n:].tolist(),
        "probabilities": model.predict_proba(scaler.transform(test)).tolist(),
        "predicted": model.predict(scaler.transform(test)).tolist(),
        "coefficients": model.coef_.tolist(),
    }


def write(name, value):
    (HERE / name).write_text(json.dumps(value) + "\n")


if __name__ == "__main__":
    write("rankings.json", {"rankings": rankings(), "targets": targets()})
    write("figures.json", figures())
    write(
        "probes.json",
        [
            probe(20261104, 60, 6, 4, 1.0, False),
            probe(20261105, 30, 12, 3, 0.5, True),
            probe(20261106, 40, 5, 3, 6.0, False),
        ],
    )
