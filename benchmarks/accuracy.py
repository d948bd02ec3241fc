"""Accuracy of the default network, or of the convolutional one, on a dataset's official folds, over several seeds.

    python benchmarks/accuracy.py DATA [--network ann|cnn] [--seeds 3] [--n-jobs 2]

Prints the mean over the folds for each seed, and the mean and standard deviation over the seeds. Features are
extracted once: they depend on the clip alone. Scaling and training happen inside each fold.
"""

import argparse

import numpy as np
from sklearn.model_selection import cross_val_score

from skaudio import CNNClassifier, MFCCTransformer, make_audio_pipeline
from skaudio.datasets import load_dataset


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data")
    parser.add_argument("--network", choices=["ann", "cnn"], default="ann")
    parser.add_argument("--duration", type=float, default=5.0, help="seconds of each clip that the cnn is given")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--n-jobs", type=int, default=2)
    options = parser.parse_args()
    dataset = load_dataset(options.data)
    sequences = {"statistics": None, "duration": options.duration} if options.network == "cnn" else {}
    X = MFCCTransformer(n_jobs=-1, **sequences).fit_transform(dataset.data)
    means = []
    for seed in range(options.seeds):
        learner = make_audio_pipeline("tutorial", random_state=seed)[1:]
        if options.network == "cnn":
            learner = CNNClassifier(random_state=seed)
        scores = cross_val_score(learner, X, dataset.target, cv=dataset.cv, n_jobs=options.n_jobs, error_score="raise")
        means.append(scores.mean())
        print(f"seed {seed}: folds {np.round(scores, 3).tolist()}, mean {scores.mean():.3f}, sd {scores.std():.3f}")
    print(f"{len(X)} clips, {len(scores)} folds, {len(means)} seeds: {np.mean(means):.3f} ± {np.std(means):.3f}")


if __name__ == "__main__":
    main()
