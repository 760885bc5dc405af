//! Trials to simulate: what each costs both engines, beside its floors and beside peers.

use crate::floors::{Statistics, draw_patients, draw_statistics, write_and_read};
use crate::measure::Role::{Base, Ours, Part};
use crate::measure::{Role, Subject, Work, timed};
use crate::peer::Peer;
use crate::table::{Group, Section};
use crate::{Outcome, Peers, SEED};
use serde_json::{Value, json};
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;
use trialliance::cohort;
use trialliance::engine::{self, EngineChoice, RunOptions, Success};
use trialliance::scenario::{self, Scenario, library, resolve};

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_trialliance");

/// Both engines and what they are called.
pub const ENGINES: [(&str, EngineChoice); 2] =
    [("patients", EngineChoice::Patients), ("statistics", EngineChoice::Statistics)];

/// Trials of the least run that is timed: its quarter is one block of the engine.
const LEAST_TRIALS: u64 = 1024;

/// Trials that mcpower simulates at least.
const LEAST_OF_MCPOWER: u64 = 256;

/// Trials with a single analysis.
pub fn trials(peers: &Peers) -> Outcome<Section> {
    let mut groups = Vec::new();
    let mut add = |name: &str, scenario: Value, peer: Option<(&Peer, &str, u64)>| -> Outcome<()> {
        let scenario = read(&scenario)?;
        let mut group = group(name, &scenario);
        let memory = write_and_read(variables(&scenario).len(), patients(&scenario));
        group.subjects.insert(1, subject(Part, "write, read", memory));
        if engine::qualifies_for_statistics(&scenario) {
            let power = powers(vec![scenario.clone()], EngineChoice::Statistics);
            group.subjects.push(subject(Ours, "its power", power));
        }
        group.subjects.extend(peer.map(|(peer, job, least)| peer.subject(job, patients(&scenario), least)));
        groups.push(group);
        Ok(())
    };
    let mcpower = |job| peers.mcpower.as_ref().map(|peer| (peer, job, LEAST_OF_MCPOWER));
    for patients in [40, 117, 400, 4000] {
        add("anova", trial("anova", patients), mcpower("anova"))?;
    }
    for patients in [40, 117, 400] {
        add("ancova", trial("ancova", patients), mcpower("ancova"))?;
    }
    add("ancova, 3 covariates", three_covariates(), mcpower("ancova3"))?;
    add("welch", trial("welch", 117), None)?;
    let logistic = with(trial("logistic", 117), |it| it["analyses"][0]["covariates"] = json!([]));
    let logistic = with(logistic, |it| it["analyses"][0]["responder"] = json!({ "at_most": 40 }));
    add("logistic", logistic, mcpower("logistic"))?;
    add("lmm", of_therapists(), mcpower("lmm"))?;
    add("lmm, a covariate", of_therapists_adjusted(), mcpower("lmm-adjusted"))?;

    let kenward_roger = |scenario| with(scenario, |it| it["analyses"][0]["df"] = json!("kenward-roger"));
    let slope =
        with(of_therapists(), |it| it["analyses"][0]["random_effects"] = json!("intercept-and-slope"));
    let slope = with(slope, |it| it["design"]["therapists"]["context_effect_sd"] = json!(9));
    let lmer = peer_in_r(peers, "lmer_kenward_roger.R", &slope)?;
    let in_r = |job| lmer.as_ref().map(|peer| (peer, job, 1));
    add("lmm, Kenward-Roger", kenward_roger(of_therapists()), in_r("lmm"))?;
    add("lmm slope, Kenward-Roger", kenward_roger(slope), in_r("lmm-slope"))?;

    let gls = peer_in_r(peers, "gls_mmrm.R", &four_visits())?;
    let in_r = |job| gls.as_ref().map(|peer| (peer, job, 1));
    let covariance =
        |pattern: &str| with(four_visits(), |it| it["analyses"][0]["covariance"] = json!(pattern));
    add("mmrm, 4 visits", four_visits(), in_r("mmrm"))?;
    add("mmrm, Kenward-Roger", kenward_roger(four_visits()), in_r("mmrm"))?;
    add("mmrm, AR(1)", covariance("ar1"), in_r("mmrm-ar1"))?;
    let compound_symmetry = covariance("compound-symmetry");
    add("mmrm, compound symmetry", compound_symmetry, in_r("mmrm-compound-symmetry"))?;
    Ok(Section { title: "Trials", note: TRIALS, unit: "trial", base: "floor", groups })
}

const TRIALS: &str =
    "Drawing, analysis and every measure of eight contrasts; the number is that of patients. `its power` counts claims of the
primary hypotheses and nothing else, as mcpower does. R analyses the same trial again and again and draws
nothing; its nlme tells neither contrasts nor degrees of freedom.";

/// The scenarios of the library with all of their analyses.
pub fn library() -> Outcome<Section> {
    let scenario = |found: &library::Embedded| -> Outcome<Group> {
        Ok(group(found.name, &scenario::read(found.text, found.name, &[])?))
    };
    let groups = library::all().iter().map(scenario).collect::<Outcome<_>>()?;
    Ok(Section { title: "Library", note: LIBRARY, unit: "trial", base: "floor", groups })
}

const LIBRARY: &str =
    "Every scenario of the library, with all of its analyses; `statistics` where that engine is exact.";

/// Each engine, where it is exact, follows its floor.
fn group(name: &str, scenario: &Scenario) -> Group {
    let (variables, patients) = (variables(scenario), patients(scenario));
    let mut subjects = vec![
        subject(Base, "patients floor", draw_patients(&variables, patients)),
        subject(Ours, "patients", run(scenario, EngineChoice::Patients, 1)),
    ];
    if engine::qualifies_for_statistics(scenario) {
        subjects.extend([
            subject(Base, "statistics floor", draw_statistics(&statistics(scenario))),
            subject(Ours, "statistics", run(scenario, EngineChoice::Statistics, 1)),
        ]);
    }
    Group { name: format!("{name}, {patients}"), subjects }
}

pub fn read(scenario: &Value) -> Outcome<Scenario> {
    Ok(scenario::read(&scenario.to_string(), "bench", &[])?)
}

/// What is drawn in place of patients.
fn statistics(scenario: &Scenario) -> Statistics {
    let therapists = scenario.design.therapists.as_ref();
    let slopes = therapists.filter(|therapists| therapists.context_effect_sd.is_some());
    // Effects of crossed therapists take as many directions more.
    let directions = 1 + usize::from(slopes.is_some());
    let mut variables = variables(scenario);
    variables.retain(|name| therapists.is_none() || !resolve::is_part(name));
    Statistics {
        variables,
        patients: patients(scenario),
        arms_apart: scenario.analyses.iter().any(|analysis| analysis.method == "welch"),
        contrasts: therapists.map_or(0, |therapists| directions * (therapists.n as usize - 1)),
        slopes: slopes.map_or(0, |therapists| therapists.n as usize),
    }
}

/// What is drawn of each patient.
pub fn variables(scenario: &Scenario) -> Vec<String> {
    cohort::variables(scenario).into_iter().map(|one| one.name).collect()
}

/// Patients in all.
fn patients(scenario: &Scenario) -> u64 {
    resolve::arm_sizes(scenario).iter().sum()
}

fn subject(role: Role, name: &str, work: Work) -> Subject {
    Subject::new(role, name, LEAST_TRIALS, work)
}

/// Whole runs of an engine.
pub fn run(scenario: &Scenario, engine: EngineChoice, threads: usize) -> Work {
    let scenario = scenario.clone();
    timed(move |replicates| {
        black_box(engine::run(&scenario, &options(replicates, engine, threads), &mut |_| {})?);
        Ok(())
    })
}

pub fn options(replicates: u64, engine: EngineChoice, threads: usize) -> RunOptions {
    RunOptions { seed: SEED, replicates, engine, threads: Some(threads), ..RunOptions::default() }
}

/// Counts claims of the primary hypotheses.
pub fn powers(points: Vec<Scenario>, engine: EngineChoice) -> Work {
    timed(move |replicates| {
        let primary = resolve::resolve_primary(&points[0]).map_err(|_| "no primary hypotheses")?;
        let criteria: Vec<Success> = primary.into_iter().map(|one| Success::All(vec![one])).collect();
        black_box(engine::successes(&points, &criteria, &options(replicates, engine, 1), &mut |_| {})?);
        Ok(())
    })
}

/// One outcome and one analysis without covariates; for the analysis of covariance a baseline.
pub fn trial(method: &str, patients: u64) -> Value {
    let mut outcome =
        json!({ "arm_means": { "SL": 50, "AL": 45, "SE": 46, "AE": 40 }, "sd": 18, "better": "lower" });
    if method == "ancova" {
        outcome["baseline"] = json!({ "mean": 50, "sd": 18, "correlation": 0.5 });
    }
    // Arms as equal as possible, the larger ones first.
    let [sl, al, se, ae] = [0, 1, 2, 3].map(|arm| patients / 4 + u64::from(arm < patients % 4));
    json!({
        "schema": "trialliance.scenario/1",
        "name": method,
        "alpha": 0.05,
        "design": { "n_per_arm": { "SL": sl, "AL": al, "SE": se, "AE": ae } },
        "response": { "outcomes": { "pain": outcome } },
        "analyses": [{ "method": method, "outcome": "pain" }],
    })
}

/// The baseline and two more, which tell about the outcome too.
fn three_covariates() -> Value {
    let covariate = |id: &str| json!({ "id": id, "mean": 0, "sd": 1 });
    let correlation = |id: &str| json!({ "between": ["pain", id], "value": 0.3 });
    let mut scenario = trial("ancova", 117);
    scenario["cohort"] = json!({ "covariates": [covariate("age"), covariate("stress")] });
    scenario["response"]["correlation"] = json!([correlation("age"), correlation("stress")]);
    with(scenario, |it| it["analyses"][0]["covariates"] = json!(["baseline", "age", "stress"]))
}

/// 160 patients of 16 therapists.
fn of_therapists() -> Value {
    let scenario = with(trial("lmm", 160), |it| it["design"]["therapists"] = json!({ "n": 16, "icc": 0.1 }));
    with(scenario, |it| it["analyses"][0]["covariates"] = json!([]))
}

/// The same, adjusted for the baseline.
fn of_therapists_adjusted() -> Value {
    let baseline = json!({ "mean": 50, "sd": 18, "correlation": 0.5 });
    let scenario = with(of_therapists(), |it| it["response"]["outcomes"]["pain"]["baseline"] = baseline);
    with(scenario, |it| it["analyses"][0]["covariates"] = json!(["baseline"]))
}

/// Four visits after the baseline; a fifth of the patients leave.
fn four_visits() -> Value {
    let mut scenario = trial("mmrm", 117);
    // Visits have shares of the effects, so these are stated and not the means.
    scenario["response"]["outcomes"]["pain"] = json!({
        "better": "lower",
        "control_mean": 50,
        "sd": 18,
        "effects": { "alliance": 4, "ifc": 5, "interaction": 0 },
        "baseline": { "mean": 50, "sd": 18, "correlation": 0.5 },
    });
    scenario["response"]["visits"] = json!({
        "last_week": 12,
        "correlation": 0.6,
        "earlier": [{ "id": "a", "week": 3 }, { "id": "b", "week": 6 }, { "id": "c", "week": 9 }],
    });
    scenario["observation"] = json!({ "missing": [{ "rate": 0.2, "dropout": true }] });
    scenario
}

/// The scenario, changed.
pub fn with(mut scenario: Value, change: impl FnOnce(&mut Value)) -> Value {
    change(&mut scenario);
    scenario
}

/// Starts a peer in R, if there is R, with a trial of the scenario to analyse.
fn peer_in_r(peers: &Peers, script: &str, scenario: &Value) -> Outcome<Option<Peer>> {
    let Some(interpreter) = &peers.rscript else { return Ok(None) };
    let [stated, simulated] = ["json", "csv"]
        .map(|extension| Path::new(env!("CARGO_TARGET_TMPDIR")).join(script).with_extension(extension));
    std::fs::write(&stated, scenario.to_string())?;
    let arguments: [PathBuf; 4] = ["trial".into(), stated, "--output".into(), simulated.clone()];
    let output = Command::new(PROGRAM).args(arguments).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(Some(Peer::start(interpreter, script, &[simulated.to_string_lossy().into_owned()])?))
}
