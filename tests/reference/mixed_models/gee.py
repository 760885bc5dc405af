"""Reference values for `gee`: Python's statsmodels, and dense matrices for the degrees of freedom.

    pip install statsmodels==0.15.0 pandas
    python3 tests/reference/mixed_models/gee.py

Estimates, the working correlation, standard errors without correction and with that of Mancl and DeRouen:
statsmodels' GEE (Gaussian, identity link, exchangeable working correlation by therapist). The same by dense
matrices of all patients, patient by patient, must agree to 1e-10. Degrees of freedom, of which statsmodels has
none: 2 (E v)^2 / Var v of the estimated variance v as a quadratic form in the outcomes under the working
model, E v = tr(CV) and Var v = 2 tr(CVCV), C being the form's matrix of as many rows as patients.

In `lone` the patients of the limited style have no therapist: each is a cluster of one.
"""

import csv
import json
import pathlib
import sys

import numpy as np
import statsmodels
import statsmodels.api as sm

HERE = pathlib.Path(__file__).parent
DATA_SETS = [
    "therapists_crossed_n160",
    "therapists_crossed_uneven_n152",
    "therapists_nested_n160",
    "therapists_nested_uneven_n137",
    "therapists_nested_no_variance_n160",
]
CONTRASTS = {
    "alliance": [-0.5, -0.5, 0.5, 0.5],
    "ifc": [-0.5, 0.5, -0.5, 0.5],
    "interaction": [1, -1, -1, 1],
    "alliance_at_sham": [-1, 0, 1, 0],
    "alliance_at_active": [0, -1, 0, 1],
    "ifc_at_limited": [-1, 1, 0, 0],
    "ifc_at_enhanced": [0, 0, -1, 1],
    "enhanced_active_minus_limited_sham": [-1, 0, 0, 1],
}


def read(name, lone):
    with open(HERE.parent / "data" / f"{name}.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    arms = np.array([2 * (row["alliance"] == "enhanced") + (row["ifc"] == "active") for row in rows])
    groups = [f"{row['id']}" if lone and arm < 2 else row["therapist"] for row, arm in zip(rows, arms)]
    x = np.column_stack([arms == arm for arm in range(4)] + [[float(row["baseline"]) for row in rows]])
    return x.astype(float), np.array([float(row["outcome"]) for row in rows]), np.unique(groups, return_inverse=True)[1]


def dense(x, y, groups, exchangeable):
    n, q = x.shape
    same = groups[:, None] == groups[None, :]
    pairs = (same.sum() - n) / 2
    alpha = 0.0
    for _ in range(500):
        v = np.where(same, alpha, 0.0)
        np.fill_diagonal(v, 1.0)
        inverse = np.linalg.inv(v)
        bread = np.linalg.inv(x.T @ inverse @ x)
        beta = bread @ x.T @ inverse @ y
        r = y - x @ beta
        phi = r @ r / (n - q)
        products = np.outer(r, r)[same].sum() - r @ r
        moved = products / 2 / phi / (pairs - q) if exchangeable else 0.0
        if abs(moved - alpha) < 1e-15:
            break
        alpha = moved
    hat = x @ bread @ x.T @ inverse
    fitted = {"correlation": alpha, "beta": beta}
    residuals = np.eye(n) - hat
    for key in ("uncorrected", "mancl_derouen"):
        # Rows of each cluster's part of the estimate, as forms in the outcomes.
        forms = []
        for cluster in np.unique(groups):
            at = np.flatnonzero(groups == cluster)
            part = residuals[at]
            if key == "mancl_derouen":
                part = np.linalg.solve(np.eye(len(at)) - hat[np.ix_(at, at)], part)
            forms.append(bread @ x[at].T @ inverse[np.ix_(at, at)] @ part)
        of_key = {}
        for name, weights in CONTRASTS.items():
            l = np.array(weights + [0.0])
            each = np.array([l @ form for form in forms])
            variance = float(((each @ y) ** 2).sum())
            covariances = each @ v @ each.T
            df = np.trace(covariances) ** 2 / (covariances**2).sum()
            of_key[name] = {"estimate": float(l @ beta), "se": variance**0.5, "df": float(df)}
        fitted[key] = of_key
    return fitted


def fit(x, y, groups, exchangeable):
    structure = sm.cov_struct.Exchangeable() if exchangeable else sm.cov_struct.Independence()
    model = sm.GEE(y, x, groups, family=sm.families.Gaussian(), cov_struct=structure)
    result = {}
    ours = dense(x, y, groups, exchangeable)
    for key, kind in (("uncorrected", "robust"), ("mancl_derouen", "bias_reduced")):
        fitted = model.fit(maxiter=1000, ctol=1e-11, cov_type=kind)
        covariance = fitted.cov_params()
        result[key] = {}
        if exchangeable:
            result["correlation"] = float(structure.dep_params)
            assert abs(structure.dep_params - ours["correlation"]) < 1e-10
        for name, weights in CONTRASTS.items():
            l = np.array(weights + [0.0])
            theirs = {"estimate": float(l @ fitted.params), "se": float((l @ covariance @ l) ** 0.5)}
            for what, value in theirs.items():
                assert abs(value / ours[key][name][what] - 1) < 1e-10, (key, name, what, value)
            result[key][name] = theirs | {"df": ours[key][name]["df"]}
    return result


def main():
    every = {"versions": {"python": sys.version.split()[0], "statsmodels": statsmodels.__version__, "numpy": np.__version__}}
    for name in DATA_SETS:
        every[name] = {}
        for lone in (False, True):
            for exchangeable in (True, False):
                key = ("exchangeable" if exchangeable else "independence") + ("_lone" if lone else "")
                every[name][key] = fit(*read(name, lone), exchangeable)
    (HERE / "gee.json").write_text(json.dumps(every, indent=1) + "\n")


main()
