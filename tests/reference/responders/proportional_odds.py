"""Proportional odds with cells and covariates, with 30 digits.

The probability of each patient's category is written out as a difference of two logistic distribution functions,
its derivatives by the chain rule. Newton's steps are repeated until they are below 1e-24: for the maximum; with a
contrast held at 0, for the likelihood-ratio test; and for the limits, where parameters and Lagrange multiplier are
solved for together.

Run: python3 proportional_odds.py   (mpmath 1.3.0; writes proportional_odds.json beside itself)
"""

import csv
import json
import pathlib

from mpmath import erfinv, exp, log, lu_solve, matrix, mp, mpf, sqrt

mp.dps = 30
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
MODELS = [[], ["baseline", "age"]]
DROP = erfinv(mpf("0.95")) ** 2  # half of the 95 % point of chi-squared with one degree of freedom


def distribution(x):
    f = 1 / (1 + exp(-x))
    return f, f * (1 - f), f * (1 - f) * (1 - 2 * f)


class Model:
    def __init__(self, rows, names):
        values = sorted({float(row["global_effect"]) for row in rows})
        self.cuts = len(values) - 1
        self.order = self.cuts + 3 + len(names)
        means = [sum(mpf(row[name]) for row in rows) / len(rows) for name in names]
        self.rows = []
        for row in rows:
            cell = CELLS.index((row["alliance"], row["ifc"]))
            x = [mpf(cell == k) for k in (1, 2, 3)] + [mpf(row[name]) - m for name, m in zip(names, means)]
            self.rows.append((values.index(float(row["global_effect"])), x))
        shares = [mpf(sum(1 for y, _ in self.rows if y <= k)) / len(rows) for k in range(self.cuts)]
        self.start = matrix([log(s / (1 - s)) for s in shares] + [0] * (self.order - self.cuts))

    def evaluate(self, b):
        """Log likelihood, its slopes, and its second derivatives."""
        value, slope, second = mpf(0), matrix(self.order, 1), matrix(self.order, self.order)
        for y, x in self.rows:
            eta = sum(x[k] * b[self.cuts + k] for k in range(len(x)))
            p, dp, ddp = mpf(0), {}, {}
            for cut, sign in ((y, 1), (y - 1, -1)):
                if cut == self.cuts:
                    p += sign
                    continue
                if cut < 0:
                    continue
                f, g, h = distribution(b[cut] - eta)
                d = {cut: mpf(1)}
                d.update({self.cuts + k: -x[k] for k in range(len(x)) if x[k] != 0})
                p += sign * f
                for i in d:
                    dp[i] = dp.get(i, 0) + sign * g * d[i]
                    for j in d:
                        ddp[i, j] = ddp.get((i, j), 0) + sign * h * d[i] * d[j]
            value += log(p)
            for i in dp:
                slope[i] += dp[i] / p
                for j in dp:
                    second[i, j] += ddp.get((i, j), 0) / p - dp[i] * dp[j] / p**2
        return value, slope, second

    def maximise(self):
        b = self.start
        while True:
            value, slope, second = self.evaluate(b)
            step = lu_solve(-second, slope)
            b = b + step
            if max(abs(s) for s in step) < mpf(10) ** -24:
                return b, value, second

    def bordered(self, b, w, multiplier, held):
        """Newton's steps for slope = multiplier w and, of the rest, `held`: (residual, its derivatives)."""
        n = self.order
        while True:
            value, slope, second = self.evaluate(b)
            rest, of_b = held(b, value, slope)
            system, right = matrix(n + 1, n + 1), matrix(n + 1, 1)
            for i in range(n):
                right[i] = -(slope[i] - multiplier * w[i])
                system[i, n] = -w[i]
                system[n, i] = of_b[i]
                for j in range(n):
                    system[i, j] = second[i, j]
            right[n] = -rest
            step = lu_solve(system, right)
            b = b + step[:n]
            multiplier += step[n]
            if max(abs(s) for s in step) < mpf(10) ** -22:
                return b, self.evaluate(b)[0]

    def contrast(self, cell_weights, top):
        b, value, second = top
        w = matrix(self.order, 1)
        for k in (1, 2, 3):
            w[self.cuts + k - 1] = cell_weights[k]
        direction = lu_solve(-second, w)
        dot = lambda x, y: sum(x[i] * y[i] for i in range(self.order))
        estimate, variance = dot(w, b), dot(w, direction)
        null, null_value = self.bordered(b, w, mpf(0), lambda c, *_: (dot(w, c), w))
        limits = []
        for side in (-1, 1):
            move = side * sqrt(2 * DROP / variance)
            start = b + direction * move
            held = lambda c, v, s: (v - (value - DROP), s)
            end, _ = self.bordered(start, w, -move, held)
            limits.append(dot(w, end))
        return {
            "estimate": float(estimate),
            "se": float(sqrt(variance)),
            "chi2": float(2 * (value - null_value)),
            "lower": float(limits[0]),
            "upper": float(limits[1]),
        }


result = {"method": "cells and covariates, proportional odds, mpmath 1.3.0 with 30 digits; see proportional_odds.py"}
for name in ["n60", "n117"]:
    rows = list(csv.DictReader((HERE.parent / "data" / f"global_effect_{name}.csv").open()))
    result[name] = []
    for names in MODELS:
        model = Model(rows, names)
        top = model.maximise()
        contrasts = {estimand: model.contrast(weights, top) for estimand, weights in WEIGHTS.items()}
        result[name].append({"covariates": names, "contrasts": contrasts})
        print(name, names, contrasts["joint"], flush=True)
(HERE / "proportional_odds.json").write_text(json.dumps(result, indent=1) + "\n")
