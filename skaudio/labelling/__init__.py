"""Label a few, get the rest: what was said of sounds, which to listen to next, how good the classifier is."""

from skaudio.labelling._annotations import Annotations
from skaudio.labelling._log import VERDICTS
from skaudio.labelling._rounds import fit_labels, row_classifier, score_labels, targets
from skaudio.labelling._suggest import suggest

__all__ = ["VERDICTS", "Annotations", "fit_labels", "row_classifier", "score_labels", "suggest", "targets"]
