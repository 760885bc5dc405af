"""How long the Python package mcpower searches ten sizes of 10,000 trials, on one thread.

    pip install mcpower==1.4.1
    python3 benches/peer/mcpower_search.py > target/search.jsonl
    cargo bench --bench planning -- --peer "$PWD/target/search.jsonl"

Prints one JSON line: the least seconds of five searches, model and seed set anew each time.
"""

import json
import time

import mcpower
from mcpower import _engine

_engine.set_n_threads(1)


def search():
    model = mcpower.MCPower("y = a + b + a:b", family="ols")
    model.set_variable_type("a=binary, b=binary")
    model.set_effects("a=0.5, b=0.4, a:b=0.1")
    model.set_seed(1)
    start = time.perf_counter()
    model.find_sample_size(
        from_size=80, to_size=260, by=20, progress_callback=False, verbose=False, n_sims=10_000
    )
    return time.perf_counter() - start


print(json.dumps({"job": "size_search_10_sizes_x_10000", "seconds": round(min(search() for _ in range(5)), 4)}))
