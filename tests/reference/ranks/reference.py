"""Brunner-Munzel and Mann-Whitney tests of each contrast by SciPy: writes two_samples.json beside it."""
import csv, json, os
import scipy
from scipy import stats

here = os.path.dirname(os.path.abspath(__file__))
arms = {(a, i): 2 * x + y for x, a in enumerate(["limited", "enhanced"]) for y, i in enumerate(["sham", "active"])}
contrasts = {
    "alliance": ([0, 1], [2, 3]), "ifc": ([0, 2], [1, 3]),
    "alliance_at_sham": ([0], [2]), "alliance_at_active": ([1], [3]),
    "ifc_at_limited": ([0], [1]), "ifc_at_enhanced": ([2], [3]), "joint": ([0], [3]),
}
names = ["ties_small_n20", "ties_small_n21", "two_by_two_unbalanced_n31", "two_by_two_n117_29_30_29_29"]
out = {"call": "scipy.stats.brunnermunzel(first, second, distribution='t'), scipy.stats.mannwhitneyu(second, first, "
               "method='asymptotic', use_continuity=True)", "scipy": scipy.__version__}
for name in names:
    with open(os.path.join(here, "..", "data", name + ".csv")) as file:
        rows = [(arms[row["alliance"], row["ifc"]], float(row["outcome"])) for row in csv.DictReader(file)]
    out[name] = {}
    for contrast, sides in contrasts.items():
        first, second = ([y for arm, y in rows if arm in side] for side in sides)
        munzel = stats.brunnermunzel(first, second, distribution="t")
        whitney = stats.mannwhitneyu(second, first, method="asymptotic", use_continuity=True)
        out[name][contrast] = {
            "brunner_munzel_statistic": float(munzel.statistic), "brunner_munzel_p": float(munzel.pvalue),
            "u": float(whitney.statistic), "p_normal_corrected": float(whitney.pvalue),
        }
with open(os.path.join(here, "two_samples.json"), "w") as file:
    json.dump(out, file, indent=1)
    file.write("\n")
