#!/usr/bin/env python3
"""Random snapshots whose stacks are those of frameworks: for comparing two implementations of the category rules.

As random_snapshots.py, which makes them, with stacks of framework_stacks.py and mixtures of their frames, and with
categories and metadata at some allocs. A third has no C++ frames, so that stackless events are looked at.

Use: random_categories.py --count 100 --seed 1 -o DIR    writes DIR/00001.pickle …
     random_categories.py --count 1000 --totals          how often each category and phase occurs
"""
import argparse
import collections
import pathlib
import pickle
import random

import category_oracle
import framework_stacks
import random_snapshots

STACKS = [frames for framework, _, _, frames in framework_stacks.STACKS if not framework.endswith("row")]
# Stacks of a plain training loop, so that runs and boundaries occur in small traces too.
LOOP = [next(frames for _, text, _, frames in framework_stacks.STACKS if text == what) for what in
        ("a layer", "a node of the engine", "gradient accumulates", "foreach Adam makes its state", "foreach Adam's temporaries",
         "gradients are dropped", "a batch by hand", "Module.to")]
TEXTS = ("gradient", "Optimizer States", " activations ", "unknown", "my tensor", "kv-cache")


class Style(random_snapshots.Style):
    def __init__(self, rng):
        super().__init__(rng)
        self.python_only = rng.random() < 0.33
        self.lists = {}
        pool = LOOP if rng.random() < 0.5 else STACKS
        self.pool = rng.sample(pool, min(len(pool), rng.choice((3, 8, 30))))

    def stack(self):
        if self.rng.random() < (0.3 if self.python_only else 0.1):
            return self.no_frames
        frames = self.rng.choice(self.pool)
        if self.rng.random() < 0.1:
            frames = frames[self.rng.randrange(len(frames)):] + self.rng.choice(self.pool)
        if self.python_only:
            frames = [frame for frame in frames if frame[0] != "??"]
        key = tuple(frames)
        if key not in self.lists:
            self.lists[key] = [{"filename": file, "line": line, "name": name} for file, line, name in frames]
        return self.lists[key] or self.no_frames


random_snapshots.Style = Style


def random_snapshot(seed):
    snapshot = random_snapshots.random_snapshot(seed)
    rng = random.Random(-seed)
    if rng.random() < 0.15:
        for events in snapshot.get("device_traces", []):
            for event in events:
                if event.get("action") == "alloc" and rng.random() < 0.2:
                    kinds = [*category_oracle.PROFILER, "unknown"]
                    event.update({"user_metadata": rng.choice(TEXTS)} if rng.random() < 0.5 else {"category": rng.choice(kinds)})
    return snapshot


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=pathlib.Path, metavar="DIR")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--totals", action="store_true")
    options = parser.parse_args()
    seen = collections.Counter()
    for seed in range(options.seed, options.seed + options.count):
        snapshot = random_snapshot(seed)
        if options.output:
            options.output.mkdir(parents=True, exist_ok=True)
            (options.output / f"{seed:05}.pickle").write_bytes(pickle.dumps(snapshot, 4))
        if options.totals:
            for device in category_oracle.devices(snapshot):
                checks = category_oracle.result_of(device, snapshot)["checks"]
                assert all(checks.values()), (seed, checks)
                seen.update(f"category {item.category}" for item in device.allocations)
                seen.update(f"phase {item.A}" for item in device.allocations)
                seen.update(f"basis {item.basis}" for item in device.allocations)
                seen.update(["inferred"] * device.inferred + ["frees repeat"] * device.frees_repeat)
    for name, count in sorted(seen.items()):
        print(f"{count:8} {name}")


if __name__ == "__main__":
    main()
