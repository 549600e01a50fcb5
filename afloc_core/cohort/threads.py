"""How libraries are told to use one thread, before they are loaded: films are done side by side instead."""

ONE_THREAD_EACH = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""Environment of a cohort run; no digit then depends on the number of threads of a library."""
