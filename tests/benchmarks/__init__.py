"""The performance budgets: `pytest tests/benchmarks -m benchmark` or `afloc benchmark`."""
