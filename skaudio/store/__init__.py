"""`FeatureStore`: what was extracted from each clip, kept on disk, so that no clip is extracted twice.

One SQLite file for any number of threads, processes and sessions on one machine. Who is going to extract a clip claims
it first, in the same transaction that looks whether somebody else has; so a search in many processes shares the work
rather than repeats it. A claim counts as long as its owner holds a lock on a file of its own, which the operating
system frees when the owner ends, however it ends.
"""

from skaudio.store._database import StoreError
from skaudio.store._session import Entry, StoreSession, store_key
from skaudio.store._store import FeatureStore, store_of

__all__ = ["Entry", "FeatureStore", "StoreError", "StoreSession", "store_key", "store_of"]
