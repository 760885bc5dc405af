"""Moderation in the 2x2 data sets by ordinary least squares with 50 digits.

The whole design matrix is written out: an indicator of each of the four cells, each cell's
indicator times the moderator (a number; 1 for male; one indicator for each site after A), and the
covariates. The normal equations are solved by mpmath's LU decomposition. Nothing is centred,
grouped or swept, so that nothing is shared with what is tested.

Run: python3 reference.py   (mpmath 1.3.0; writes two_by_two.json beside itself)
"""

import csv
import json
import pathlib

from mpmath import betainc, mp, mpf, matrix, sqrt

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
    "enhanced_active_minus_limited_sham": [-1, 0, 0, 1],
}
MODELS = [("baseline", []), ("pcs", ["baseline"]), ("sex", ["baseline", "age"]), ("site", ["baseline"])]


def columns(name, rows):
    if name == "sex":
        return [[mpf(row["sex"] == "male") for row in rows]]
    if name == "site":
        return [[mpf(row["site"] == site) for row in rows] for site in "BC"]
    return [[mpf(row[name]) for row in rows]]


def fit(rows, moderator, covariates):
    cells = [[mpf((row["alliance"], row["ifc"]) == cell) for row in rows] for cell in CELLS]
    coded = columns(moderator, rows)
    design = list(cells)
    for column in coded:
        design += [[c * x for c, x in zip(cell, column)] for cell in cells]
    for name in covariates:
        design += columns(name, rows)
    y = [mpf(row["outcome"]) for row in rows]
    dot = lambda a, b: sum(p * q for p, q in zip(a, b))
    cross = matrix([[dot(a, b) for b in design] for a in design])
    df = len(rows) - len(design)
    try:
        inverse = cross**-1
    except ZeroDivisionError:
        return None
    if df < 1:
        return None
    slope = inverse * matrix([dot(a, y) for a in design])
    residual = [v - sum(slope[k] * design[k][i] for k in range(len(design))) for i, v in enumerate(y)]
    s2 = dot(residual, residual) / df
    out = {"df": df, "contrasts": []}
    for k in range(len(coded)):
        place = 4 + 4 * k
        contrasts = {}
        for name, weights in WEIGHTS.items():
            estimate = sum(w * slope[place + a] for a, w in enumerate(weights))
            variance = s2 * sum(
                v * w * inverse[place + a, place + b] for a, v in enumerate(weights) for b, w in enumerate(weights)
            )
            t = estimate / sqrt(variance)
            p = betainc(mpf(df) / 2, half, 0, df / (df + t * t), regularized=True)
            contrasts[name] = {k: float(v) for k, v in {"estimate": estimate, "se": sqrt(variance), "t": t, "p": p}.items()}
        out["contrasts"].append(contrasts)
    return out


result = {"method": "ordinary least squares on the full design matrix, mpmath 1.3.0 with 50 digits; see reference.py"}
for path in sorted((HERE.parent / "data").glob("two_by_two_*.csv")):
    rows = list(csv.DictReader(path.open()))
    fits = []
    for moderator, covariates in MODELS:
        fits.append({"moderator": moderator, "covariates": covariates, "fit": fit(rows, moderator, covariates)})
    result[path.stem] = fits
(HERE / "two_by_two.json").write_text(json.dumps(result, indent=1) + "\n")
