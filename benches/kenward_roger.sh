#!/usr/bin/env bash
# Mixed models with Kenward and Roger's standard errors and degrees of freedom, beside R, on one thread.
#
#     benches/kenward_roger.sh [SECONDS] [FOLDER]
#
# 160 patients of 16 therapists, a random intercept, and a random slope beside it. Both programs analyse
# the same trial: the estimate, standard error and degrees of freedom of the context that each finds are printed
# beside each other. R fits it again and again for SECONDS (10 if not given). This program simulates trials: what it
# does beyond the fits, drawing the patients and adding up every measure of eight contrasts, counts against it.
# The time of many trials less that of a quarter of them, the best of five. Files go to FOLDER
# (target/kenward_roger if not given).
#
# Needs: Rscript with lme4, lmerTest and pbkrtest (r-cran-lme4 r-cran-lmertest r-cran-pbkrtest), python3.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-10}
folder=${2:-target/kenward_roger}
if ! Rscript -e 'library(lmerTest); library(pbkrtest)' >/dev/null 2>&1; then
    echo "kenward_roger: R lacks lmerTest or pbkrtest; install r-cran-lmertest and r-cran-pbkrtest" >&2
    exit 1
fi
mkdir -p "$folder"
cargo build --quiet --release --bin trialliance
program=${CARGO_TARGET_DIR:-target}/release/trialliance

scenario() {
    cat <<JSON
{"schema": "trialliance.scenario/1", "name": "kenward-roger",
 "design": {"n_per_arm": {"SL": 40, "AL": 40, "SE": 40, "AE": 40},
            "therapists": {"n": 16, "icc": 0.1, "context_effect_sd": 9, "caseload_cv": 0.3}},
 "response": {"outcomes": {"pain": {"arm_means": {"SL": 50, "AL": 45, "SE": 46, "AE": 40}, "sd": 18}}},
 "analyses": [{"method": "lmm", "outcome": "pain", "covariates": [], "df": "kenward-roger", "random_effects": "$1"}]}
JSON
}
for model in intercept intercept-and-slope; do
    scenario "$model" >"$folder/$model.json"
done
"$program" trial "$folder/intercept.json" --replicate 2 --output "$folder/trial.csv" 2>/dev/null
python3 - "$folder" <<'PYTHON'
import csv, sys
folder = sys.argv[1]
with open(f"{folder}/trial.csv", newline="") as file:
    rows = list(csv.DictReader(file))
with open(f"{folder}/peer.csv", "w", newline="") as file:
    writer = csv.writer(file)
    writer.writerow(["context", "treatment", "therapist", "outcome"])
    # R sorts levels by name: the reference first.
    for row in rows:
        context = {"limited": "0", "enhanced": "1"}[row["alliance"]]
        treatment = {"sham": "0", "active": "1"}[row["ifc"]]
        writer.writerow([f"c{context}", f"t{treatment}", row["therapist"], row["pain"]])
PYTHON
Rscript benches/peer/lmer_kenward_roger.R "$folder/peer.csv" "$seconds" >"$folder/peer.jsonl"
for model in intercept intercept-and-slope; do
    "$program" analyze "$folder/trial.csv" --scenario "$folder/$model.json" -f csv -o "$folder/$model.csv"
    for round in 1 2 3 4 5; do
        for trials in 20000 80000; do
            "$program" run "$folder/$model.json" -q --threads 1 --replicates "$trials" --timing -f json \
                -o "$folder/$model.$trials.$round.json"
        done
    done
done
python3 - "$folder" <<'PYTHON'
import csv, json, sys
folder = sys.argv[1]
peers = [json.loads(line) for line in open(f"{folder}/peer.jsonl")]
print(f"{'random effects':<20} {'R, fits/s':>10} {'trials/s':>10} {'ratio':>8}   estimate, SE, df of the context")
for peer in peers:
    model = peer["model"]
    def best(trials):
        files = [json.load(open(f"{folder}/{model}.{trials}.{round}.json")) for round in range(1, 6)]
        return min(file["timing"]["seconds"] for file in files)
    ours = 60000 / (best(80000) - best(20000))
    with open(f"{folder}/{model}.csv", newline="") as file:
        row = next(row for row in csv.DictReader(file) if row["estimand"] == "alliance")
    print(f"{model:<20} {peer['fits_per_s']:>10.2f} {ours:>10.0f} {ours / peer['fits_per_s']:>8.0f}   "
          f"{float(row['estimate']):.8f} {float(row['se']):.8f} {float(row['df']):.5f}; "
          f"R {peer['estimate']:.8f} {peer['se']:.8f} {peer['df']:.5f}")
PYTHON
