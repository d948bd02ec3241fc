"""How many clips that a random split holds out come from a recording that it trains on, by UrbanSound8K's own table.

    python benchmarks/leakage.py UrbanSound8K [--splits 100] [--json FILE]

The table alone is read, `metadata/UrbanSound8K.csv`, whose column fsID tells the recording. A fifth of the clips is
held out, by class, over as many seeds as there are splits.
"""

import argparse
import os

import numpy as np
import pandas as pd
from _measure import data_name, finish
from sklearn.model_selection import StratifiedShuffleSplit


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", metavar="DATA")
    parser.add_argument("--splits", type=int, default=100)
    parser.add_argument("--json")
    options = parser.parse_args()
    table = pd.read_csv(os.path.join(options.data, "metadata", "UrbanSound8K.csv"))
    recordings = table["fsID"].to_numpy()
    splitter = StratifiedShuffleSplit(options.splits, test_size=0.2, random_state=0)
    shares = [
        np.isin(recordings[test], recordings[train]).mean() for train, test in splitter.split(table, table["class"])
    ]
    results = {
        "data": data_name(options.data),
        "n_clips": len(table),
        "n_recordings": int(table["fsID"].nunique()),
        "n_splits": options.splits,
        "share": float(np.mean(shares)),
        "sd": float(np.std(shares)),
    }
    print(
        f"{results['n_clips']} clips of {results['n_recordings']} recordings: {results['share']:.1%} of the clips held "
        f"out share theirs with a training clip (sd of {options.splits} splits {results['sd']:.1%})"
    )
    finish(results, options.json)


if __name__ == "__main__":
    main()
