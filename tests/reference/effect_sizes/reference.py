"""Limits of noncentrality parameters with 50 digits, and Shapiro and Wilk's test.

Noncentral t and F are sums of Poisson weights times incomplete beta functions, from the first term until
nothing is left, with 80 digits: so many that neither the recurrence of the beta functions nor the
alternating signs at t < 0 take away any that are kept. They are inverted in the noncentrality by a
bracketed secant method (Anderson's) to 50 digits.

Shapiro and Wilk's W and p are those of scipy.stats.shapiro, which runs Royston's algorithm (AS R94).

Run: python3 reference.py   (mpmath 1.3.0, SciPy 1.17.1; writes limits.json and shapiro_wilk.json)
"""

import json
import pathlib

from mpmath import betainc, exp, findroot, gamma, log, loggamma, mp, mpf, ncdf, sqrt

mp.dps = 80
HERE = pathlib.Path(__file__).parent
LEAST = mpf(10) ** -75


def mixture(weight, ratio, a, b, u):
    """Sum over j of weight_j I_u(a + j, b), where weight_{j+1} = weight_j ratio(j)."""
    value = betainc(a, b, 0, u, regularized=True)
    difference = exp(a * log(u) + b * log(1 - u) - log(a) + loggamma(a + b) - loggamma(a) - loggamma(b))
    total, j = mpf(0), 0
    while j < 10 or abs(weight) > LEAST or ratio(j) > 1:
        total += weight * value
        value -= difference
        difference *= u * (a + j + b) / (a + j + 1)
        weight *= ratio(j)
        j += 1
    return total


def t_lower(t, df, ncp):
    """P(T <= t)."""
    t, df, ncp = mpf(t), mpf(df), mpf(ncp)
    if t < 0:
        return 1 - t_lower(-t, df, -ncp)
    if t == 0:
        return ncdf(-ncp)
    u, mean = t * t / (t * t + df), ncp * ncp / 2
    even = mixture(exp(-mean), lambda j: mean / (j + 1), mpf(1) / 2, df / 2, u)
    first = ncp * exp(-mean) / (sqrt(2) * gamma(mpf(3) / 2))
    odd = mixture(first, lambda j: mean / (j + mpf(3) / 2), mpf(1), df / 2, u)
    return ncdf(-ncp) + (even + odd) / 2


def f_lower(f, df1, df2, ncp):
    """P(F <= f)."""
    f, df1, df2, mean = mpf(f), mpf(df1), mpf(df2), mpf(ncp) / 2
    u = df1 * f / (df1 * f + df2)
    return mixture(exp(-mean), lambda j: mean / (j + 1), df1 / 2, df2 / 2, u)


def root(function, low, high):
    return findroot(function, (mpf(low), mpf(high)), solver="anderson", tol=mpf(10) ** -100, maxsteps=200)


def t_limits(t, df, level):
    half = (1 - mpf(level)) / 2
    low, high = mpf(t) - 1, mpf(t) + 1
    while 1 - t_lower(t, df, low) > half:
        low -= 3 * (1 + abs(t) / sqrt(mpf(df)))
    while t_lower(t, df, high) > half:
        high += 3 * (1 + abs(t) / sqrt(mpf(df)))
    lower = root(lambda d: log((1 - t_lower(t, df, d)) / half), low, high)
    upper = root(lambda d: log(t_lower(t, df, d) / half), low, high)
    return [lower, upper]


def f_limits(f, df1, df2, level):
    half = (1 - mpf(level)) / 2
    central = f_lower(f, df1, df2, 0)
    high = mpf(f) * df1 + 10
    while f_lower(f, df1, df2, high) > half:
        high *= 2
    lower = mpf(0) if 1 - central >= half else root(lambda n: log((1 - f_lower(f, df1, df2, n)) / half), 0, high)
    upper = mpf(0) if central <= half else root(lambda n: log(f_lower(f, df1, df2, n) / half), 0, high)
    return [lower, upper]


T = [(2.83, 126, "0.95"), (-3.61582532739849, 113, "0.95"), (0, 20, "0.95"), (0.4, 20, "0.95"), (1.5, 1, "0.9"),
     (2.0, 2.5, "0.99"), (12.5, 36, "0.95"), (40, 8, "0.95"), (-7, 1e5, "0.999"), (1.96, 1e6, "0.5")]
F = [(5, 4, 75, "0.95"), (5, 4, 75, "0.9"), (13.0741927982565, 1, 113, "0.95"), (2.0246249689961, 1, 113, "0.95"),
     (0.01, 3, 50, "0.95"), (0.0001, 1, 50, "0.95"), (9.0, 2, 6, "0.99"), (150, 1, 36, "0.95"),
     (2.7, 3, 1e5, "0.95"), (1, 1, 1, "0.8")]


def text(pair):
    return [mp.nstr(value, 25) for value in pair]


if __name__ == "__main__":
    limits = {
        "method": "sums with 80 digits, mpmath 1.3.0; see reference.py",
        "t": [{"t": t, "df": df, "level": float(level), "limits": text(t_limits(t, df, level))} for t, df, level in T],
        "f": [{"f": f, "df1": df1, "df2": df2, "level": float(level), "limits": text(f_limits(f, df1, df2, level))}
              for f, df1, df2, level in F],
    }
    (HERE / "limits.json").write_text(json.dumps(limits, indent=1) + "\n")

    import scipy
    from scipy.stats import shapiro

    samples = []
    for n in [3, 4, 5, 6, 7, 11, 12, 20, 50, 200, 2000, 5000]:
        for power in [1, 2]:
            # Whole numbers, so that any language has the same; from 1 on, as Weyl's sequence.
            values = [float((k * 7919 % 10007) ** power) for k in range(1, n + 1)]
            w, p = shapiro(values)
            samples.append({"n": n, "power": power, "w": float(w), "p": float(p)})
    out = {
        "method": f"scipy.stats.shapiro (AS R94), SciPy {scipy.__version__}; value k of a sample is (7919 k mod 10007)^power",
        "samples": samples,
    }
    (HERE / "shapiro_wilk.json").write_text(json.dumps(out, indent=1) + "\n")
