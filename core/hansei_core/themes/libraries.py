"""The libraries of numbers that the theme model needs, loaded when it is first asked for."""

from __future__ import annotations

import os
import sys

_THREADS = "OPENBLAS_NUM_THREADS"


def load() -> None:
    """Load numpy, scipy and scikit-learn without threads for dense algebra, which nothing here has.

    numpy and scipy each bring an OpenBLAS that starts a thread for every core as soon as it is
    loaded; the threads spin for a while before they sleep, which is a tenth of what loading takes.
    How many there are can be told by the environment only. It is the process's own environment
    that is set meanwhile, as numpy does for OpenBLAS too, so that `os.environ` never changes
    under another thread; where the user says how many, that stays.
    """
    if "numpy" in sys.modules:
        return
    is_said = _THREADS in os.environ
    if not is_said:
        os.putenv(_THREADS, "1")
    try:
        import sklearn.feature_extraction.text  # noqa: F401 - loads scipy and numpy
    finally:
        if not is_said:
            os.unsetenv(_THREADS)
