"""Logistic regression with cells and covariates, and g-computation, with 50 digits.

The design matrix has an indicator of each of the four cells and the covariates as they are. Newton's
steps are repeated until they are below 1e-40. Each contrast of the mean predicted probabilities has
the delta-method standard error with the gradient written out; covariates are taken as fixed.

Run: python3 reference.py   (mpmath 1.3.0; writes g_computation.json beside itself)
"""

import csv
import json
import pathlib

from mpmath import exp, matrix, mp, mpf, sqrt

mp.dps = 50
HERE = pathlib.Path(__file__).parent
CELLS = [("limited", "sham"), ("limited", "active"), ("enhanced", "sham"), ("enhanced", "active")]
half = mpf(1) / 2
WEIGHTS = {
    "alliance": [-half, -half, half, half],
    "ifc": [-half, half, -half, half],
    "interaction": [1, -1, -1, 1],
    "alliance_at_sham": [-1, 0, 1, 0],
    "alliance_at_active": [0, -1, 0, 1],
    "ifc_at_limited": [-1, 1, 0, 0],
    "ifc_at_enhanced": [0, 0, -1, 1],
    "joint": [-1, 0, 0, 1],
}
MODELS = [["baseline"], ["baseline", "age", "pcs"]]


def probability(eta):
    return 1 / (1 + exp(-eta))


def fit(rows, names):
    covariates = [[mpf(row[name]) for name in names] for row in rows]
    cells = [CELLS.index((row["alliance"], row["ifc"])) for row in rows]
    y = [mpf(row["responder"]) for row in rows]
    order = 4 + len(names)

    def design(cell, x):
        return [mpf(cell == k) for k in range(4)] + x

    slopes = matrix(order, 1)
    while True:
        information, score = matrix(order, order), matrix(order, 1)
        for cell, x, response in zip(cells, covariates, y):
            d = design(cell, x)
            p = probability(sum(d[k] * slopes[k] for k in range(order)))
            for a in range(order):
                score[a] += d[a] * (response - p)
                for b in range(order):
                    information[a, b] += p * (1 - p) * d[a] * d[b]
        step = information**-1 * score
        slopes += step
        if max(abs(s) for s in step) < mpf(10) ** -40:
            break
    covariance = information**-1
    n = len(rows)
    share, gradient = [mpf(0)] * 4, [[mpf(0)] * order for _ in range(4)]
    for x in covariates:
        for cell in range(4):
            d = design(cell, x)
            p = probability(sum(d[k] * slopes[k] for k in range(order)))
            share[cell] += p / n
            for k in range(order):
                gradient[cell][k] += p * (1 - p) * d[k] / n
    out = {}
    for name, weights in WEIGHTS.items():
        g = [sum(w * gradient[cell][k] for cell, w in enumerate(weights)) for k in range(order)]
        variance = sum(g[a] * covariance[a, b] * g[b] for a in range(order) for b in range(order))
        out[name] = {"estimate": float(sum(w * s for w, s in zip(weights, share))), "se": float(sqrt(variance))}
    return out


result = {"method": "saturated cells and covariates, maximum likelihood, mpmath 1.3.0 with 50 digits; see reference.py"}
for name in ["responder_n60", "responder_n117"]:
    rows = list(csv.DictReader((HERE.parent / "data" / f"{name}.csv").open()))
    result[name] = [{"covariates": names, "contrasts": fit(rows, names)} for names in MODELS]
(HERE / "g_computation.json").write_text(json.dumps(result, indent=1) + "\n")
