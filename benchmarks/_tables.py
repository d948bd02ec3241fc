"""A function for each kind of table: from the JSON of a benchmark to Markdown."""

from __future__ import annotations


def published_table(results: dict) -> str:
    """Return the rows of published.py as a table of Markdown."""
    what = f"{results['data']}, {results['n_clips']} clips, {results['n_folds']} official folds"
    lines = [
        f"| {what} | published | accuracy | ± folds | ± seeds | settings | seconds | random split |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, row in results["rows"].items():
        published = "" if row["published"] is None else f"{row['published']:.1f}"
        seeds = "" if row["sd_seeds"] is None else f"{row['sd_seeds']:.1f}"
        random = "" if row["random_split"] is None else f"{row['random_split']:.1f}"
        lines.append(
            f"| {name} | {published} | {row['accuracy']:.1f} | {row['sd_folds']:.1f} | {seeds} | "
            f"{row['settings']} | {row['seconds']:.0f} + {row['feature_seconds']:.0f} | {random} |"
        )
    return "\n".join(lines) + "\n"


def presets_table(results: dict) -> str:
    """Return the rows of presets.py as a table of Markdown."""
    lines = [
        f"| {results['data']}, {results['n_clips']} clips | accuracy | ± folds | ± seeds | settings | seconds |",
        "|---|---|---|---|---|---|",
    ]
    for row in results["rows"]:
        seeds = f"{100 * row['sd_seeds']:.1f}" if row["sd_seeds"] else ""
        lines.append(
            f"| {row['preset']}, {row['classifier']} | {100 * row['accuracy']:.1f} | {100 * row['sd_folds']:.1f} | "
            f"{seeds} | {row['settings']} | {row['seconds']:.0f} |"
        )
    return "\n".join(lines) + "\n"


def urbansound8k_table(results: dict) -> str:
    """Return accuracies on real slices, those of a random split beside them."""
    lines = [
        f"| {results['data']}, {results['n_clips']} clips | official folds | random split: not comparable |",
        "|---|---|---|",
    ]
    for name, accuracy in results["rows"].items():
        random = results["random_split"].get(name)
        lines.append(f"| {name} | {accuracy:.1f} | {'' if random is None else f'{random:.1f}'} |")
    return "\n".join(lines) + "\n"


def extraction_table(results: dict) -> str:
    """Return the milliseconds a clip of extraction.py, of 16-bit WAV."""
    rows = results["wav"]
    tutorial = next(iter(rows.values()))["ms_per_clip"]
    lines = [
        f"| {results['clips']} clips of {results['data']} as WAV, {results['repeats']} repeats ({_where(results)}) | "
        "ms a clip | spread | times as fast as the tutorial |",
        "|---|---|---|---|",
    ]
    for name, row in rows.items():
        lines.append(
            f"| {name} | {row['ms_per_clip']:.2f} | {row['spread']:.0%} | {tutorial / row['ms_per_clip']:.1f} |"
        )
    return "\n".join(lines) + "\n"


def library_table(results: dict) -> str:
    """Return what library.py measures."""
    index = results["index"]
    lines = [f"| a library of sounds ({_where(results)}) | |", "|---|---|"]
    lines += [
        f"| precision at 10, ESC-10, {name} | {value:.3f} |" for name, value in results["precision at 10"].items()
    ]
    lines += [
        f"| first index of 3000 clips of 4 s, s | {index['first']:.1f} |",
        f"| the same folder again, s; files decoded | {index['again']:.2f}; {index['again, decoded']} |",
    ]
    lines += [f"| a query among {name} values, ms | {row['ms']:.0f} |" for name, row in results["query"].items()]
    return "\n".join(lines) + "\n"


def labelling_table(results: dict) -> str:
    """Return how many labels each strategy needs."""
    lines = [
        f"| labels until 95 % of the accuracy with all ({_where(results)}) | mean of folds and seeds | by seed |",
        "|---|---|---|",
    ]
    for name, row in results["strategies"].items():
        by_seed = ", ".join("more" if each is None else f"{each:.0f}" for each in row["by_seed"])
        lines.append(f"| {name} | {'more' if row['labels'] is None else format(row['labels'], '.0f')} | {by_seed} |")
    return "\n".join(lines) + "\n"


def grid_search_table(results: dict) -> str:
    """Return how often a search decodes each clip."""
    what = f"{results['candidates']} candidates over the folds of {results['clips']} clips of {results['data']}"
    lines = [
        f"| a search of {what}, {results['n_jobs']} jobs ({_where(results)}) | decodes a clip | seconds |",
        "|---|---|---|",
    ]
    for name, title in (
        ("no cache", "no cache"),
        ("Pipeline(memory=)", "`Pipeline(memory=...)`"),
        ("a store", "`make_audio_pipeline(cache=...)`"),
    ):
        lines.append(f"| {title} | {results[name]['decodes_per_clip']:.0f} | {results[name]['seconds']:.1f} |")
    return "\n".join(lines) + "\n"


def training_table(results: dict) -> str:
    """Return what training and prediction take by each package."""
    sides = ["scikeras", "plain Keras", "skaudio", "MLPClassifier"]  # Keras has no search of its own
    lines = [
        f"| the tutorials' network ({_where(results)}) | scikeras | Keras | skaudio | `MLPClassifier` (no dropout) |",
        "|---|---|---|---|---|",
    ]

    def row(title: str, *keys: str, digits: int) -> str:
        cells = (
            " / ".join(f"{results[key][side]:.{digits}f}" for key in keys if side in results[key]) for side in sides
        )
        return f"| {title} | {' | '.join(cells)} |"

    lines += [
        row("an epoch of 6985 x 40 rows, s", "epoch, s", digits=3),
        row("a first fit, of one such epoch, s", "first fit, s", digits=2),
        row(
            "`predict_proba` of 1 / 100 / 10 000 rows, ms",
            *(f"predict {n}, ms" for n in (1, 100, 10_000)),
            digits=1,
        ),
        row("memory that a fit leaves behind, MB", "memory a fit, MB", digits=1),
        row("a search of 4 candidates over 10 folds of 320 rows, s", "search, s", digits=1),
    ]
    return "\n".join(lines) + "\n"


def serving_table(results: dict) -> str:
    """Return what a saved model costs in service."""
    what = f"{results['model']}, trained on clips of {results['data']}"
    lines = [
        f"| {what} ({_where(results)}) | |",
        "|---|---|",
        f"| the file, MB | {results['file_megabytes']:.1f} |",
        f"| first answer of a cold process, s; CPU s; MB at most | {results['cold_seconds']:.1f}; "
        f"{results['cold_cpu_seconds']:.1f}; {results['cold_peak_megabytes']:.0f} |",
        f"| {results['n_calls']} answers of a warm one, ms: median; 99 of 100 | {results['p50_ms']:.1f}; "
        f"{results['p99_ms']:.1f} |",
        f"| memory before and after these, MB | {results['before_megabytes_threads_files'][0]:.0f}; "
        f"{results['after_megabytes_threads_files'][0]:.0f} |",
    ]
    return "\n".join(lines) + "\n"


def threads_table(results: dict) -> str:
    """Return what more jobs make of the time of a clip, by either kernel."""
    lines = [
        f"| 1000 clips (hard links to {results['clips']} of {results['data']}, as WAV; {_where(results)}) | "
        "native kernel, ms a clip | NumPy, ms a clip |",
        "|---|---|---|",
    ]
    for name in results["jobs"]:
        title = name.replace("(s)", "" if name.startswith("1 ") else "s").replace("(es)", "es")
        cells = (f"{results[key][name]['ms_per_clip']:.2f}" for key in ("jobs", "jobs, NumPy"))
        lines.append(f"| {title} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def growth_table(results: dict) -> str:
    """Return what a clip costs as the clips become more."""
    lines = [
        f"| clips ({_where(results)}) | ms a clip | memory, MB | stored, ms a clip | its memory, MB | "
        "read back, ms a clip |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {_thousands(row['n'])} | {row['ms']:.2f} | {row['MB']:.0f} | {row['stored_ms']:.2f} | "
        f"{row['stored_MB']:.0f} | {row['warm_ms']:.2f} |"
        for row in results["growth"]
    ]
    return "\n".join(lines) + "\n"


def millions_table(results: dict) -> str:
    """Return what follows for millions of clips."""
    lines = [
        "| clips of 5 s | core hours | sound as WAV, TB | store, GB | hours of the one caller that stores | "
        "its memory, GB |",
        "|---|---|---|---|---|---|",
    ]
    for row in results["millions"]:
        cells = (
            f"{row[key]:.2g}" if row[key] < 10 else f"{row[key]:.0f}"
            for key in ("core_hours", "sound_TB", "store_GB", "caller_hours", "memory_GB")
        )
        lines.append(f"| {row['n'] / 1e6:.0f} million | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def long_recordings_table(results: dict) -> str:
    """Return the memory and the time of long files."""
    hours = list(dict.fromkeys(row["hours"] for row in results["rows"]))
    head = " | ".join(f"{each:g} h: MB at most, CPU s" for each in hours)
    lines = [
        f"| one file of {results['rate'] / 1000:g} kHz ({_where(results)}) | {head} |",
        "|---" * (1 + len(hours)) + "|",
    ]
    for name in dict.fromkeys(row["features"] for row in results["rows"]):
        cells = (f"{row['MB']:.0f}, {row['cpu_s']:.0f}" for row in results["rows"] if row["features"] == name)
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def embeddings_table(results: dict) -> str:
    """Return accuracies of a linear classifier on embeddings."""
    what = f"{results['data']}, {results['n_clips']} clips, {results['n_folds']} official folds"
    lines = [f"| {what}, {results['model']} ({_where(results)}) | accuracy, % | ± folds |", "|---|---|---|"]
    lines += [f"| {name} | {row['accuracy']:.1f} | {row['sd_folds']:.1f} |" for name, row in results["rows"].items()]
    return "\n".join(lines) + "\n"


def _thousands(n: int) -> str:
    return f"{n:,}".replace(",", " ")


def _where(results: dict) -> str:
    return f"{results['date']}, {results['machine']['cores']} cores, Python {results['machine']['python']}"


TABLES = {
    "extraction": extraction_table,
    "library": library_table,
    "labelling": labelling_table,
    "grid_search": grid_search_table,
    "training": training_table,
    "serving": serving_table,
    "threads": threads_table,
    "growth": growth_table,
    "millions": millions_table,
    "long_recordings": long_recordings_table,
    "embeddings": embeddings_table,
    "published": published_table,
    "presets": presets_table,
    "urbansound8k": urbansound8k_table,
}
