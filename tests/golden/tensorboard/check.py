"""Reads the event file of a run with TensorBoard: python check.py RUN

Made with Python 3.11 and tensorboard 2.21.0. Compares every scalar with metrics.jsonl and
contrastive.jsonl of the run and says what differs.
"""

import json
import sys
from pathlib import Path

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def expected(run):
    """Scalars by tag: (step, value) in order."""
    scalars = {}
    for line in (run / "metrics.jsonl").read_text().splitlines():
        epoch = json.loads(line)
        for split in ("train", "validation"):
            scores = epoch[split]
            values = {name: scores[name] for name in ("loss", "accuracy", "macro_f1")}
            values |= {f"f1_{own['genre']}": own["f1"] for own in scores["genres"]}
            for name, value in values.items():
                scalars.setdefault(f"{name}/{split}", []).append((epoch["epoch"], value))
    pairs = run / "contrastive.jsonl"
    for line in pairs.read_text().splitlines() if pairs.exists() else []:
        epoch = json.loads(line)
        for tag, name in (("contrastive_loss/train", "train_loss"), ("contrastive_loss/validation", "validation_loss"),
                          ("contrastive_found/validation", "validation_found")):
            if epoch[name] is not None:
                scalars.setdefault(tag, []).append((epoch["epoch"], epoch[name]))
    return scalars


def main():
    run = Path(sys.argv[1])
    events = EventAccumulator(str(run), size_guidance={"scalars": 0})
    events.Reload()
    wanted = expected(run)
    assert sorted(events.Tags()["scalars"]) == sorted(wanted), events.Tags()
    last = 0.0
    for tag, values in wanted.items():
        read = events.Scalars(tag)
        assert [own.step for own in read] == [step for step, _ in values], tag
        for own, (_, value) in zip(read, values):
            assert abs(own.value - value) <= 1e-6 * max(1.0, abs(value)), (tag, own, value)
        times = [own.wall_time for own in read]
        assert times == sorted(times) and times[0] > 1.7e9, (tag, times)
        last = max(last, times[-1])
    print(f"{len(wanted)} scalars agree; the last was written at {last:.0f}")


if __name__ == "__main__":
    main()
