"""Reference values for shared/src/statistics: python generate.py

Made with Python 3.11, numpy 2.4.6 and scikit-learn 1.9.1. Writes classification.json and
bootstrap.json beside this file.
"""

import json
from pathlib import Path

import numpy as np
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support

HERE = Path(__file__).parent


def classification(truth, predicted, n_classes):
    labels = list(range(n_classes))
    each = precision_recall_fscore_support(truth, predicted, labels=labels, zero_division=0)
    # Without labels: the mean is over the classes that occur, true or predicted.
    mean = precision_recall_fscore_support(truth, predicted, average="macro", zero_division=0)
    return {
        "truth": [int(t) for t in truth],
        "predicted": [int(p) for p in predicted],
        "confusion": confusion_matrix(truth, predicted, labels=labels).tolist(),
        "accuracy": float(accuracy_score(truth, predicted)),
        "precision": each[0].tolist(),
        "recall": each[1].tolist(),
        "f1": each[2].tolist(),
        "support": each[3].tolist(),
        "macro": [float(value) for value in mean[:3]],
    }


def classifications():
    rng = np.random.default_rng(20260101)
    truth = rng.integers(0, 4, 120)
    guess = np.where(rng.random(120) < 0.6, truth, rng.integers(0, 4, 120))
    # A class that is never predicted, and one that never occurs.
    rare_truth = rng.choice([0, 1, 2], 40)
    rare_guess = rng.choice([0, 2, 3], 40)
    return [
        classification(truth, guess, 4),
        classification(rare_truth, rare_guess, 4),
        classification([0, 1], [0, 1], 2),
        classification([0, 2, 2, 0], [0, 2, 0, 0], 4),
    ]


def bootstrap():
    rng = np.random.default_rng(20260102)
    sizes = rng.integers(1, 12, 40)
    clusters = np.repeat(np.arange(40), sizes)
    skill = rng.beta(2, 1.2, 40)
    values = (rng.random(len(clusters)) < skill[clusters]).astype(float)
    sums = np.bincount(clusters, values)
    level, n = 0.95, 1_000_000
    means = []
    for _ in range(100):
        drawn = rng.integers(0, 40, (n // 100, 40))
        means.append(sums[drawn].sum(1) / sizes[drawn].sum(1))
    low, high = np.quantile(np.concatenate(means), [(1 - level) / 2, 1 - (1 - level) / 2])
    some = np.sort(rng.normal(size=23))
    at = [0.0, 0.025, 0.1, 0.5, 0.77, 0.975, 1.0]
    return {
        "clusters": clusters.tolist(),
        "values": values.tolist(),
        "level": level,
        "low": float(low),
        "high": float(high),
        "quantiles_of": some.tolist(),
        "quantiles_at": at,
        "quantiles": np.quantile(some, at).tolist(),
    }


(HERE / "classification.json").write_text(json.dumps(classifications(), indent=1) + "\n")
(HERE / "bootstrap.json").write_text(json.dumps(bootstrap(), indent=1) + "\n")
