"""REML with first-order autoregression between visits, by multiple precision.

    Rscript longitudinal_ar1.R | python3 longitudinal_ar1.py > longitudinal_ar1.json   (mpmath 1.3; minutes)

Model: outcome ~ 0 + cell:visit + baseline:visit, visits 1 to 4 with an outcome; the covariance of two
values of one patient is s * r^|difference of visits|. The restricted likelihood is computed patient by
patient with 50 digits; its maximum in (s, r) is found by Newton's method with derivatives by central
differences (step 1e-15: some 30 digits are right).

satterthwaite: df = 2 v^2 / (g' A g), v = l' Phi l, g its derivatives by (s, r) (central differences), A
the inverse of the observed information (central differences of the likelihood).
kenward_roger: Kenward, Roger (1997) without the terms of second derivatives of V (the first-order variant,
which does not depend on the parametrisation): Phi_A = Phi + 2 Phi (sum W_ij (Q_ij - P_i Phi P_j)) Phi with
W the inverse of the expected information; df = 2 v^2 / (g' W g), v and g from Phi.

`gls` holds what nlme's gls gives (longitudinal_ar1.R), which stops within some 1e-6 of the optimum.
"""
import csv
import json
import sys

from mpmath import mp, mpf, matrix, log, lu_solve, inverse, cholesky

mp.dps = 50
VISITS = 4
CELLS = [("limited", "sham"), ("limited", "active"), ("enhanced", "sham"), ("enhanced", "active")]
WEIGHTS = {
    "alliance": [-.5, -.5, .5, .5],
    "ifc": [-.5, .5, -.5, .5],
    "interaction": [1, -1, -1, 1],
    "alliance_at_sham": [-1, 0, 1, 0],
    "alliance_at_active": [0, -1, 0, 1],
    "ifc_at_limited": [-1, 1, 0, 0],
    "ifc_at_enhanced": [0, 0, -1, 1],
    "enhanced_active_minus_limited_sham": [-1, 0, 0, 1],
}


def read(path):
    patients = {}
    for row in csv.DictReader(open(path)):
        if row["visit"] == "0" or row["outcome"] in ("", "NA"):
            continue
        cell = CELLS.index((row["alliance"], row["ifc"]))
        visits = patients.setdefault(row["id"], (cell, mpf(row["baseline"]), {}))[2]
        visits[int(row["visit"])] = mpf(row["outcome"])
    return list(patients.values())


class Model:
    def __init__(self, patients):
        self.patients = patients
        self.effects = 5 * VISITS

    def at(self, theta):
        """Phi, effects, restricted log-likelihood but for a constant, and X'V^-1 (...) V^-1 X."""
        s, r = theta
        m = mp.zeros(self.effects)
        xy = mp.zeros(self.effects, 1)
        yy, logs = mpf(0), mpf(0)
        inverses = {}
        for cell, baseline, visits in self.patients:
            times = tuple(sorted(visits))
            if times not in inverses:
                v = matrix([[s * r ** abs(a - b) for b in times] for a in times])
                factor = cholesky(v)
                inverses[times] = (inverse(v), 2 * sum(log(factor[k, k]) for k in range(len(times))))
            w, logdet = inverses[times]
            logs += logdet
            columns = [[(5 * (t - 1) + cell, mpf(1)), (5 * (t - 1) + 4, baseline)] for t in times]
            for i, a in enumerate(times):
                for j, b in enumerate(times):
                    yy += visits[a] * w[i, j] * visits[b]
                    for k, x in columns[i]:
                        xy[k] += x * w[i, j] * visits[b]
                        for l, z in columns[j]:
                            m[k, l] += x * w[i, j] * z
        beta = lu_solve(m, xy)
        factor = cholesky(m)
        logs += 2 * sum(log(factor[k, k]) for k in range(self.effects))
        rss = yy - sum(xy[k] * beta[k] for k in range(self.effects))
        return m, beta, -(logs + rss) / 2

    def sandwich(self, theta, i, j=None):
        """sum X' V^-1 V_i V^-1 (V_j V^-1) X and the trace of V^-1 V_i V^-1 V_j."""
        s, r = theta
        out, trace, known = mp.zeros(self.effects), mpf(0), {}
        slope = [lambda d: r ** d, lambda d: s * d * r ** (d - 1) if d else mpf(0)]
        for cell, baseline, visits in self.patients:
            times = tuple(sorted(visits))
            if times not in known:
                of = lambda f: matrix([[f(abs(a - b)) for b in times] for a in times])
                w = inverse(of(lambda d: s * r ** d))
                a = w * of(slope[i])
                full = a * w if j is None else a * w * of(slope[j]) * w
                product = a if j is None else a * w * of(slope[j])
                known[times] = (full, sum(product[k, k] for k in range(len(times))))
            w, t = known[times]
            trace += t
            columns = [[(5 * (t - 1) + cell, mpf(1)), (5 * (t - 1) + 4, baseline)] for t in times]
            for a in range(len(times)):
                for b in range(len(times)):
                    for k, x in columns[a]:
                        for l, z in columns[b]:
                            out[k, l] += x * w[a, b] * z
        return out, trace


def differences(f, theta, h=mpf(10) ** -15):
    """Gradient and Hessian by central differences."""
    def moved(*steps):
        point = list(theta)
        for k, step in steps:
            point[k] += step * h * abs(theta[k])
        return f(point)
    here = f(theta)
    size = [h * abs(t) for t in theta]
    ends = [[moved((k, sign)) for sign in (1, -1)] for k in (0, 1)]
    gradient = [(up - down) / (2 * size[k]) for k, (up, down) in enumerate(ends)]
    hessian = matrix(2)
    for k, (up, down) in enumerate(ends):
        hessian[k, k] = (up - 2 * here + down) / size[k] ** 2
    cross = moved((0, 1), (1, 1)) - moved((0, 1), (1, -1)) - moved((0, -1), (1, 1)) + moved((0, -1), (1, -1))
    hessian[0, 1] = hessian[1, 0] = cross / (4 * size[0] * size[1])
    return gradient, hessian


def solve(path, start):
    model = Model(read(path))
    theta = [mpf(x) for x in start]
    likelihood = lambda point: model.at(point)[2]
    for _ in range(30):
        gradient, hessian = differences(likelihood, theta)
        step = lu_solve(-hessian, matrix(gradient))
        theta = [t + d for t, d in zip(theta, step)]
        print(path, [mp.nstr(t, 20) for t in theta], mp.nstr(max(abs(d) for d in step), 5), file=sys.stderr)
        if max(abs(d) for d in step) < mpf(10) ** -17:
            break
    _, hessian = differences(likelihood, theta)
    observed = inverse(-hessian)
    m, beta, value = model.at(theta)
    phi = inverse(m)
    p = [model.sandwich(theta, i)[0] for i in (0, 1)]
    q = [[model.sandwich(theta, i, j) for j in (0, 1)] for i in (0, 1)]
    trace = lambda a: sum(a[k, k] for k in range(a.rows))
    expected = matrix(2)
    for i in (0, 1):
        for j in (0, 1):
            expected[i, j] = (q[i][j][1] - 2 * trace(phi * q[i][j][0]) + trace(phi * p[i] * phi * p[j])) / 2
    w = inverse(expected)
    middle = mp.zeros(model.effects)
    for i in (0, 1):
        for j in (0, 1):
            middle += w[i, j] * (q[i][j][0] - p[i] * phi * p[j])
    adjusted = phi + 2 * phi * middle * phi
    h = mpf(10) ** -15
    def slope(k):
        up, down = list(theta), list(theta)
        up[k] += h * theta[k]
        down[k] -= h * theta[k]
        return (inverse(model.at(up)[0]) - inverse(model.at(down)[0])) / (2 * h * theta[k])
    slopes = [slope(0), slope(1)]
    out = {"variance": theta[0], "correlation": theta[1], "satterthwaite": {}, "kenward_roger": {}}
    for name, weights in WEIGHTS.items():
        l = mp.zeros(model.effects, 1)
        for cell, weight in enumerate(weights):
            l[5 * (VISITS - 1) + cell] = mpf(weight)
        form = lambda a: (l.T * a * l)[0]
        g = matrix([form(s) for s in slopes])
        v = form(phi)
        estimate = (l.T * beta)[0]
        for key, variance, a in [("satterthwaite", v, observed), ("kenward_roger", form(adjusted), w)]:
            df = 2 * v ** 2 / (g.T * a * g)[0]
            out[key][name] = {"estimate": estimate, "se": mp.sqrt(variance), "df": df}
    return out


def plain(value):
    return {k: plain(v) for k, v in value.items()} if isinstance(value, dict) else float(mp.nstr(value, 17))


if __name__ == "__main__":
    result = {"made_by": "longitudinal_ar1.py: mpmath, 50 digits"}
    for line in sys.stdin:
        name, *numbers = line.split()
        result[name] = plain(solve(f"../data/{name}.csv", (200, 0.6)))
        result[name]["gls"] = dict(zip(("variance", "correlation", "alliance", "alliance_se"), map(float, numbers)))
    print(json.dumps(result, indent=1))
