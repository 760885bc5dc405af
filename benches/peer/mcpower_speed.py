"""Seconds that the Python package mcpower takes for jobs of benches/engine, which asks for them.

    pip install mcpower==1.4.1
    echo anova 117 10000 | python3 benches/peer/mcpower_speed.py THREADS

Writes its name, then for each line "JOB PATIENTS TRIALS" of standard input the seconds of a call with so many
trials; "search" looks so many times for a size among 80, 100, ..., 260 patients, with 10,000 trials at each. Its threads are
fixed when the process starts. The figures mean something only beside figures of the same machine in the same
minutes.

The designs correspond as closely as the two programs allow: two crossed binary factors with their interaction, and
for ancova one or three independent normal covariates. mcpower draws the arm of each patient anew in every trial,
where trialliance keeps the arms at fixed sizes; it tests the coefficients of a regression, where trialliance
gives eight contrasts with bias, coverage and the other measures. Its logistic regression tests log odds ratios, ours
differences of shares.
"""

import sys
import time

import mcpower
from mcpower import _engine

EFFECTS = "a=0.5, b=0.4, a:b=0.1"
JOBS = {
    "anova": ("ols", "y = a + b + a:b", EFFECTS),
    "ancova": ("ols", "y = x + a + b + a:b", f"x=0.4, {EFFECTS}"),
    "ancova3": ("ols", "y = x1 + x2 + x3 + a + b + a:b", f"x1=0.4, x2=0.3, x3=0.3, {EFFECTS}"),
    "lmm": ("lme", "y ~ a + b + a:b + (1|therapist)", EFFECTS),
    "lmm-adjusted": ("lme", "y ~ x + a + b + a:b + (1|therapist)", f"x=0.4, {EFFECTS}"),
    "logistic": ("logit", "y = a + b + a:b", EFFECTS),
    "search": ("ols", "y = a + b + a:b", EFFECTS),
}


def seconds(job, patients, trials):
    family, formula, effects = JOBS[job]
    model = mcpower.MCPower(formula, family=family)
    model.set_variable_type("a=binary, b=binary")
    if family == "lme":
        model.set_cluster("therapist", ICC=0.1, n_clusters=16)
    model.set_effects(effects)
    if family == "logit":
        model.set_baseline_probability(0.3)
    model.set_seed(1)
    quiet = {"progress_callback": False, "verbose": False}
    start = time.perf_counter()
    if job == "search":
        for _ in range(trials):
            model.find_sample_size(from_size=80, to_size=260, by=20, n_sims=10_000, **quiet)
    else:
        model.find_power(patients, n_sims=trials, **quiet)
    return time.perf_counter() - start


def main():
    _engine.set_n_threads(int(sys.argv[1]))
    print(f"mcpower {mcpower.__version__}", flush=True)
    for line in sys.stdin:
        job, patients, trials = line.split()
        print(seconds(job, int(patients), int(trials)), flush=True)


if __name__ == "__main__":
    main()
