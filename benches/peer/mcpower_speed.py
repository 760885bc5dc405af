"""Trials per second of the Python package mcpower on the jobs of benches/engine.rs.

    pip install mcpower==1.4.1
    python3 benches/peer/mcpower_speed.py

One thread, one line of JSON per job. Measured as benches/engine.rs measures: the time of
many trials less the time of a quarter of them, the smallest of several short rounds, so
that neither what a call does once nor a busy machine counts against it. The figures mean something
only beside figures of the same machine in the same minutes, which is what
benches/side_by_side.sh is for.

The designs correspond as closely as the two programs allow: two crossed binary
factors with their interaction, and for ancova one normal covariate. mcpower
draws the arm of each patient anew in every trial, where trialliance keeps the
arms at fixed sizes; it tests the coefficients of a regression, where trialliance
gives eight contrasts with bias, coverage and the other measures.
"""

import json
import time

import mcpower
from mcpower import _engine

ROUNDS = 12
SIZES = (40, 117, 400)
JOBS = {
    "anova": ("y = a + b + a:b", "a=0.5, b=0.4, a:b=0.1"),
    "ancova": ("y = x + a + b + a:b", "x=0.4, a=0.5, b=0.4, a:b=0.1"),
    "lmm": ("y ~ a + b + a:b + (1|therapist)", "a=0.5, b=0.4, a:b=0.1"),
}


def prepared(formula, effects):
    clustered = "therapist" in formula
    model = mcpower.MCPower(formula, family="lme" if clustered else "ols")
    model.set_variable_type("a=binary, b=binary")
    if clustered:
        model.set_cluster("therapist", ICC=0.1, n_clusters=16)
    model.set_effects(effects)
    model.set_seed(1)
    return model


def seconds(job, patients, trials):
    model = prepared(*JOBS[job])
    start = time.perf_counter()
    model.find_power(patients, progress_callback=False, verbose=False, n_sims=trials)
    return time.perf_counter() - start


def main():
    _engine.set_n_threads(1)
    for job in JOBS:
        for patients in [160] if job == "lmm" else SIZES:
            many = 2_000_000 // patients
            few = many // 4
            rounds = [(seconds(job, patients, few), seconds(job, patients, many)) for _ in range(ROUNDS)]
            fastest_few, fastest_many = (min(times) for times in zip(*rounds))
            line = {
                "peer": f"mcpower {mcpower.__version__}",
                "job": job,
                "n": patients,
                "trials_per_s": round((many - few) / (fastest_many - fastest_few)),
            }
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
