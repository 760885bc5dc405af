"""REML of all visits where patients who miss a visit miss all later ones, by multiple precision.

    python3 longitudinal_monotone.py > longitudinal_monotone.json   (mpmath 1.3; minutes)

The data of longitudinal_ar1.py without what comes after the first missed visit of a patient. Model: outcome ~ 0 + cell:visit +
baseline:visit; the covariance of a patient's values is unstructured, s * r^|difference of visits| (ar1), or s on the diagonal and
s * r elsewhere (compound_symmetry). The restricted likelihood is computed with 50 digits as it stands, all effects together
(Harville 1977), its maximum by Newton's method with derivatives by central differences; a step that does not bring it up is halved.
satterthwaite as in longitudinal_ar1.py.
"""
import json
import sys

from mpmath import mp, mpf, matrix, log, lu_solve, inverse, cholesky
from longitudinal_ar1 import VISITS, WEIGHTS, read, plain

mp.dps = 50
STEP = mpf(10) ** -15


def unstructured(theta):
    entries = {(a, b): theta[a * (a + 1) // 2 + b] for a in range(VISITS) for b in range(a + 1)}
    return lambda a, b: entries[max(a, b), min(a, b)]


PATTERNS = {
    "unstructured": (unstructured, None),
    "ar1": (lambda theta: lambda a, b: theta[0] * theta[1] ** abs(a - b), (200, 0.6)),
    "compound_symmetry": (lambda theta: lambda a, b: theta[0] * (1 if a == b else theta[1]), (200, 0.6)),
}


class Model:
    def __init__(self, patients, covariance):
        self.covariance, self.sums = covariance, {}
        for cell, baseline, visits in patients:
            there = 0
            while there + 1 in visits:
                there += 1
            if there == 0:
                continue
            z = [mpf(cell == k) for k in range(4)] + [baseline]
            y = [visits[t + 1] for t in range(there)]
            n, zz, zy, yy = self.sums.setdefault(
                there, [0, mp.zeros(5), mp.zeros(5, there), mp.zeros(there)])
            self.sums[there][0] = n + 1
            for i in range(5):
                for j in range(5):
                    zz[i, j] += z[i] * z[j]
                for t in range(there):
                    zy[i, t] += z[i] * y[t]
            for t in range(there):
                for u in range(there):
                    yy[t, u] += y[t] * y[u]

    def at(self, theta):
        """Information of the effects, effects, restricted log-likelihood but for a constant."""
        entry = self.covariance(theta)
        order = 5 * VISITS
        m, xy, yy, logs = mp.zeros(order), mp.zeros(order, 1), mpf(0), mpf(0)
        for there, (n, zz, zy, squares) in self.sums.items():
            v = matrix([[entry(a, b) for b in range(there)] for a in range(there)])
            factor, w = cholesky(v), inverse(v)
            logs += n * 2 * sum(log(factor[k, k]) for k in range(there))
            for a in range(there):
                for b in range(there):
                    yy += w[a, b] * squares[a, b]
                    for i in range(5):
                        xy[5 * a + i] += w[a, b] * zy[i, b]
                        for j in range(5):
                            m[5 * a + i, 5 * b + j] += w[a, b] * zz[i, j]
        factor = cholesky(m)
        beta = lu_solve(m, xy)
        logs += 2 * sum(log(factor[k, k]) for k in range(order))
        return m, beta, -(logs + yy - (xy.T * beta)[0]) / 2

    def start(self):
        """Covariances of what cells and the baseline leave in those who were always there."""
        n, zz, zy, yy = self.sums[VISITS]
        left = (yy - zy.T * inverse(zz) * zy) / (n - 5)
        return [left[a, b] for a in range(VISITS) for b in range(a + 1)]


def differences(f, theta):
    """Gradient and Hessian by central differences."""
    count = len(theta)
    size = [STEP * abs(t) for t in theta]

    def moved(*steps):
        point = list(theta)
        for k, sign in steps:
            point[k] += sign * size[k]
        return f(point)

    here = f(theta)
    ends = [[moved((k, 1)), moved((k, -1))] for k in range(count)]
    gradient = matrix([(up - down) / (2 * size[k]) for k, (up, down) in enumerate(ends)])
    hessian = matrix(count)
    for k, (up, down) in enumerate(ends):
        hessian[k, k] = (up - 2 * here + down) / size[k] ** 2
        for j in range(k):
            cross = sum(a * b * moved((j, a), (k, b)) for a in (1, -1) for b in (1, -1))
            hessian[j, k] = hessian[k, j] = cross / (4 * size[j] * size[k])
    return gradient, hessian


def solve(model, theta):
    likelihood = lambda point: model.at(point)[2]
    for _ in range(40):
        gradient, hessian = differences(likelihood, theta)
        step, before, share = lu_solve(-hessian, gradient), likelihood(theta), mpf(1)
        far = max(abs(d / t) for d, t in zip(step, theta))
        print(mp.nstr(far, 5), file=sys.stderr)
        while True:
            try:
                point = [t + share * d for t, d in zip(theta, step)]
                if far < mpf(10) ** -6 or likelihood(point) > before:
                    break
            except ValueError:
                pass
            share /= 2
        theta = point
        if far < mpf(10) ** -17:
            break
    _, hessian = differences(likelihood, theta)
    observed = inverse(-hessian)
    m, beta, _ = model.at(theta)
    phi = inverse(m)

    def slope(k):
        up, down = list(theta), list(theta)
        up[k] += STEP * abs(theta[k])
        down[k] -= STEP * abs(theta[k])
        return (inverse(model.at(up)[0]) - inverse(model.at(down)[0])) / (2 * STEP * abs(theta[k]))

    slopes = [slope(k) for k in range(len(theta))]
    out = {"theta": [float(t) for t in theta], "satterthwaite": {}}
    for name, weights in WEIGHTS.items():
        l = mp.zeros(5 * VISITS, 1)
        for cell, weight in enumerate(weights):
            l[5 * (VISITS - 1) + cell] = mpf(weight)
        form = lambda a: (l.T * a * l)[0]
        g, v = matrix([form(s) for s in slopes]), form(phi)
        out["satterthwaite"][name] = {
            "estimate": (l.T * beta)[0], "se": mp.sqrt(v), "df": 2 * v ** 2 / (g.T * observed * g)[0]}
    return out


def rounded(value):
    return value if isinstance(value, list) else (
        {k: rounded(v) for k, v in value.items()} if isinstance(value, dict) else plain(value))


if __name__ == "__main__":
    result = {"made_by": "longitudinal_monotone.py: mpmath, 50 digits"}
    for name in ("longitudinal_dropout_n117", "longitudinal_dropout_n78"):
        patients = read(f"../data/{name}.csv")
        result[name] = {}
        for pattern, (covariance, start) in PATTERNS.items():
            model = Model(patients, covariance)
            theta = model.start() if start is None else [mpf(str(x)) for x in start]
            result[name][pattern] = rounded(solve(model, theta))
    print(json.dumps(result, indent=1))
