"""The state of one page: the sounds that were brought to search by, and the steps that can be undone."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable
from threading import RLock
from typing import Any

import numpy as np
import pandas as pd

from skaudio.clips import load_audio
from skaudio.labelling import fit_labels, score_labels, suggest
from skaudio.library._library import SoundLibrary
from skaudio.library._peaks import outline_of

_QUERIES = 16  # brought sounds that are held, the latest ones
_LONGEST = 120.0  # seconds of a brought sound that are read
_UNDONE = 500  # steps that can be taken back


class Session:
    """The work on one library.

    Parameters
    ----------
    library : SoundLibrary
        The library.
    """

    def __init__(self, library: SoundLibrary) -> None:
        self.library = library
        self._queries: OrderedDict[str, tuple[np.ndarray, float]] = OrderedDict()
        self._n_queries = 0
        self._steps: list[Callable[[], str]] = []
        self._lock = RLock()

    def bring(self, content: bytes) -> dict[str, Any]:
        """Take a sound to search by.

        Raises
        ------
        AudioReadError
            If it cannot be read.
        """
        samples, rate = load_audio(content, sample_rate=None, duration=_LONGEST)
        with self._lock:
            self._n_queries += 1
            name = f"q{self._n_queries}"
            self._queries[name] = samples, rate
            while len(self._queries) > _QUERIES:
                self._queries.popitem(last=False)
        return {"query": name, "seconds": len(samples) / rate, "peaks": outline_of(samples, samples).ravel().tolist()}

    def brought(self, name: str) -> tuple[np.ndarray, float]:
        """Return a sound that was brought.

        Raises
        ------
        ValueError
            If it is not held any more.
        """
        with self._lock:
            if name not in self._queries:
                raise ValueError(f"the sound {name!r} is not held any more; drop the file again")
            return self._queries[name]

    def find(self, question: dict[str, Any]) -> dict[str, Any]:
        """Return the ids of the sounds that are asked for, in order, and the similarities of a search."""
        chosen: dict[str, Any] = {"tags": question.get("tags") or None, "where": question.get("where") or None}
        k = int(question.get("k") or 200)
        per_recording = question.get("per_recording") or None
        like, unlike = (self._clips(question.get(name) or []) for name in ("like", "unlike"))
        words = (question.get("words") or "").strip()
        if words:
            found = self.library.search_text(words, k, clip=like or None, per_recording=per_recording, **chosen)
            return _ids_and_similarities(found, "similarity") | {"n_by_words": int(found["by_words"].sum())}
        if like:
            weights = {
                name: float(value) for name, value in (question.get("weights") or {}).items() if float(value) != 1
            }
            found = self.library.search(
                like, k, unlike=unlike or None, weights=weights or None, per_recording=per_recording, **chosen
            )
            return _ids_and_similarities(found, "similarity")
        return {"ids": self._sorted(self.library.select(**chosen), question.get("sort") or "name")}

    def rows(self, ids: list[int]) -> list[dict[str, Any]]:
        """Return what the list shows of some sounds."""
        sounds = self.library.sounds
        places = np.searchsorted(sounds["id"], ids)
        there = [
            int(place) for place, sound in zip(places, ids) if place < len(sounds) and sounds["id"][place] == sound
        ]
        said = self.library.labels
        said = said[said["sound"].isin(ids)]
        verdicts: dict[int, dict[str, str]] = {}
        for sound, label, verdict in zip(said["sound"], said["label"], said["verdict"]):
            verdicts.setdefault(int(sound), {})[label] = verdict
        return [_row_as_json(row, verdicts) for _, row in sounds.iloc[there].iterrows()]

    def counts(self) -> dict[str, Any]:
        """Return what can be filtered by, each with how often it is there."""
        sounds = self.library.sounds
        tags = pd.Series([tag for each in sounds["tags"] for tag in each], dtype=object)
        columns = {"labels": sounds["label"], "predicted": sounds["predicted"], "weak_labels": sounds["weak_label"]}
        columns |= {"categories": sounds["category"], "tags": tags, "folders": sounds["folder"].map(_folder_as_filter)}
        counts: dict[str, Any] = {
            name: [[str(value), int(n)] for value, n in column.dropna().value_counts().sort_index().items()]
            for name, column in columns.items()
        }
        return counts | {"unlabelled": int(sounds["label"].isna().sum())}

    def classes(self) -> dict[str, Any]:
        """Return what each sound is, as far as anything is known: by label, by classifier, or by folder."""
        sounds = self.library.sounds
        names = sounds["label"].fillna(sounds["predicted"]).fillna(sounds["weak_label"])
        there = names.notna()
        return {"classes": [[int(sound), str(name)] for sound, name in zip(sounds["id"][there], names[there])]}

    def tag(self, ids: list[int], tag: str, *, remove: bool) -> int:
        """Give sounds a tag or take it away. Undoing this touches only the sounds that it has changed."""
        with self._lock:
            had = {int(sound) for sound, tags in self.library.sounds[["id", "tags"]].values if tag.strip() in tags}
            changed = [sound for sound in ids if (sound in had) == remove]
            self.library.tag(ids, tag, remove=remove)

            def back() -> str:
                there = [sound for sound in changed if sound in set(self.library.sounds["id"])]
                if there:
                    self.library.tag(there, tag, remove=not remove)
                return f"tag {tag!r}"

            if changed:
                self._remember(back)
            return len(changed)

    def label(self, ids: list[int], label: str, verdict: str) -> int:
        """Say something of sounds."""
        with self._lock:
            said = self.library.labels
            before: dict[int, list[tuple[str, str]]] = {sound: [] for sound in ids}
            for sound, name, earlier in zip(said["sound"], said["label"], said["verdict"]):
                if sound in before:
                    before[int(sound)].append((name, earlier))
            self.library.label(ids, label, verdict)

            def back() -> str:
                there = set(self.library.sounds["id"])
                for sound in there.intersection(ids):
                    self.library.label([sound], label, "withdrawn")
                    for name, earlier in before[sound]:  # said again in their order, of which the last one stands
                        self.library.label([sound], name, earlier)
                return f"label {label!r}"

            self._remember(back)
            return len(ids)

    def undo(self) -> dict[str, Any]:
        """Take back the last step of this page."""
        with self._lock:
            if not self._steps:
                return {"undone": None}
            undone = self._steps[-1]()
            self._steps.pop()
            return {"undone": undone}

    def _remember(self, back: Callable[[], str]) -> None:
        self._steps.append(back)
        del self._steps[:-_UNDONE]

    def suggested(self, n: int, strategy: str) -> dict[str, Any]:
        """Return which sounds to listen to next."""
        return {"ids": suggest(None, self.library, n, strategy)["id"].tolist()}

    def learn(self) -> dict[str, Any]:
        """Fit a classifier on what is labelled, have it name all sounds, and tell how good it is.

        Raises
        ------
        DatasetError
            If too little is labelled.
        """
        self.library.predict(fit_labels(self.library))
        try:
            score = score_labels(self.library)
        except ValueError as error:  # enough to learn from, and not to tell how good it is
            return {"accuracy": None, "reason": str(error), "n_labels": len(self.library.labels)}
        return {
            "accuracy": score.accuracy,
            "interval": list(score.interval),
            "n_labels": score.n_labels,
            "n_recordings": score.n_recordings,
            "curve": score.curve.to_numpy().tolist(),
        }

    def _clips(self, names: list[Any]) -> list[Any]:
        return [self.brought(name) if isinstance(name, str) else int(name) for name in names]

    def _sorted(self, sounds: pd.DataFrame, by: str) -> list[int]:
        if by == "name":
            keys = [os.path.basename(path).casefold() for path in sounds["path"]]
            order = np.array(sorted(range(len(keys)), key=lambda k: (keys[k], sounds["start"].iat[k])), int)
        elif by == "newest":
            order = np.argsort(-sounds["id"].to_numpy(), kind="stable")
        elif by == "length":
            order = np.argsort(sounds["seconds"].to_numpy(), kind="stable")
        elif by == "unsure":
            order = np.argsort(sounds["probability"].fillna(-1).to_numpy(), kind="stable")
        else:
            raise ValueError(f"sort={by!r} is unknown; name, newest, length or unsure is expected")
        return [int(sound) for sound in sounds["id"].to_numpy()[order]]


def _ids_and_similarities(table: pd.DataFrame, score: str) -> dict[str, Any]:
    scores = [None if value != value else round(float(value), 4) for value in table[score]]
    return {"ids": [int(sound) for sound in table["id"]], "similarities": scores}


def _row_as_json(row: pd.Series, verdicts: dict[int, dict[str, str]]) -> dict[str, Any]:
    folder, _, name = row["path"].replace("\\", "/").rpartition("/")
    probability = row["probability"]
    return {
        "id": int(row["id"]),
        "name": _printable(name),
        "folder": _printable(folder),
        "start": float(row["start"]),
        "seconds": float(row["seconds"]),
        "is_part": bool(row["is_part"]),
        "tags": list(row["tags"]),
        "said": verdicts.get(int(row["id"]), {}),
        "category": row["category"],
        "predicted": row["predicted"],
        "probability": None if probability != probability else round(float(probability), 3),
    }


def _folder_as_filter(folder: str) -> str:
    """Return a folder's path as it can be asked for, ``*`` in the place of bytes that are no text."""
    return folder.encode("utf-8", "replace").decode().replace("?", "*")


def _printable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()
