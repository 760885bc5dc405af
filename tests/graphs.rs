//! Graphs of hypotheses: do they reject what they should?

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod support;

use assert_cmd::Command;
use serde_json::{Value, json};
use support::patients::{FAR, pain, read, with};
use support::{ENGINES, TWO_BY_TWO, linear_models, relative_difference, simulate, value};
use trialliance::decision::{Graph, Multiplicity, Procedure, Rejected};
use trialliance::engine::EngineChoice;
use trialliance::scenario::{MultiplicitySpec, Override, library};
use trialliance::stats::{chi_squared, normal, student_t};

const REPLICATES: u64 = 40_000;

fn graph(weights: &[f64], transitions: &[Vec<f64>]) -> Multiplicity {
    let stated = MultiplicitySpec {
        procedure: Procedure::Graph,
        weights: Some(weights.to_vec()),
        transitions: Some(transitions.to_vec()),
    };
    Multiplicity::new(&stated, weights.len()).unwrap()
}

fn plain(procedure: Procedure, weights: Option<&[f64]>, count: usize) -> Multiplicity {
    let stated = MultiplicitySpec { weights: weights.map(<[f64]>::to_vec), ..procedure.into() };
    Multiplicity::new(&stated, count).unwrap()
}

fn rejected(of: &Multiplicity, p: &[f64], alpha: f64) -> Rejected {
    let levels = of.levels(alpha);
    of.reject(|h, level| p[h] <= levels[level])
}

/// Rows of a matrix by a rule.
fn rows(count: usize, part: impl Fn(usize, usize) -> f64) -> Vec<Vec<f64>> {
    (0..count).map(|from| (0..count).map(|to| part(from, to)).collect()).collect()
}

/// Procedures, as graphs and as themselves: section 3 of Bretz et al. (2009).
fn pairs(count: usize, weights: &[f64]) -> Vec<(&'static str, Multiplicity, Multiplicity)> {
    let equal = vec![1.0 / count as f64; count];
    let mut first = vec![0.0; count];
    first[0] = 1.0;
    let to_next = || rows(count, |from, to| f64::from(u8::from(to == from + 1)));
    let to_all = rows(count, |from, to| if from == to { 0.0 } else { 1.0 / (count as f64 - 1.0) });
    vec![
        ("holm", graph(&equal, &to_all), plain(Procedure::Holm, None, count)),
        ("bonferroni", graph(&equal, &rows(count, |_, _| 0.0)), plain(Procedure::Bonferroni, None, count)),
        ("fixed sequence", graph(&first, &to_next()), plain(Procedure::FixedSequence, None, count)),
        ("fallback", graph(weights, &to_next()), plain(Procedure::Fallback, Some(weights), count)),
    ]
}

/// Uniform numbers, the same in every run.
fn uniform() -> impl FnMut() -> f64 {
    let mut state = 1_u64;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[test]
fn known_procedures_are_graphs() {
    let mut uniform = uniform();
    for _ in 0..1_000 {
        let count = 2 + (uniform() * 5.0) as usize;
        let p: Vec<f64> = (0..count).map(|_| 0.1 * uniform()).collect();
        let parts: Vec<f64> = (0..count).map(|_| uniform()).collect();
        let sum: f64 = parts.iter().sum();
        let weights: Vec<f64> = parts.iter().map(|part| part / sum).collect();
        for (name, graph, itself) in pairs(count, &weights) {
            assert_eq!(rejected(&graph, &p, 0.05), rejected(&itself, &p, 0.05), "{name} {p:?} {weights:?}");
            for (ours, theirs) in graph.adjusted(&p).iter().zip(itself.adjusted(&p)) {
                assert!(relative_difference(*ours, theirs) < 1e-12, "{name} {p:?}: {ours} for {theirs}");
            }
        }
    }
}

#[test]
fn adjusted_p_values_are_those_of_r() {
    let mut count = 0;
    for name in TWO_BY_TWO {
        let fitted = linear_models(name);
        for family in ["three_factorial", "four_simple"] {
            let values = &fitted["multiplicity"][family];
            let raw = values["raw"].as_object().unwrap();
            let p: Vec<f64> = raw.values().map(|p| p.as_f64().unwrap()).collect();
            let weights = vec![1.0 / p.len() as f64; p.len()];
            for (key, graph, _) in &pairs(p.len(), &weights)[..2] {
                for ((hypothesis, _), ours) in raw.iter().zip(graph.adjusted(&p)) {
                    let theirs = values[*key][hypothesis].as_f64().unwrap();
                    assert!(relative_difference(ours, theirs) < 1e-9, "{name} {key} {hypothesis}: {ours}");
                    count += 1;
                }
            }
        }
    }
    assert_eq!(count, 6 * (3 + 4) * 2);
}

/// Two primary and two secondary hypotheses (Bretz et al. 2011, Biom. J. 53:894, figure 1), and the same
/// with half of what is won kept among the primary ones: adjusted p values printed in the documentation of
/// the R package graphicalMCP, to three digits. From its graphs at each step they are exactly 0.02, 0.105
/// and 0.018/0.75.
#[test]
fn two_published_examples() {
    let p = [0.018, 0.01, 0.105, 0.006];
    let weights = [0.5, 0.5, 0.0, 0.0];
    let back = [vec![0.0, 1.0, 0.0, 0.0], vec![1.0, 0.0, 0.0, 0.0]];
    let first = [vec![0.0, 0.0, 1.0, 0.0], vec![0.0, 0.0, 0.0, 1.0]];
    let second = [vec![0.0, 0.5, 0.5, 0.0], vec![0.5, 0.0, 0.0, 0.5]];
    for (start, theirs) in [(first, [0.02, 0.02, 0.105, 0.02]), (second, [0.024, 0.02, 0.105, 0.024])] {
        let graph = graph(&weights, &[start, back.clone()].concat());
        for (ours, theirs) in graph.adjusted(&p).iter().zip(theirs) {
            assert!((ours - theirs).abs() < 1e-15, "{ours} for {theirs}");
        }
        assert_eq!(rejected(&graph, &p, 0.025), 0b1011);
    }
}

/// The short cut rejects what the closed test does: a hypothesis is rejected if every set that has it is, a
/// set if one in it has a p value at most its share. Shares are taken hypothesis by hypothesis here, as a
/// walk through the graph: a lost hypothesis's share goes along its arrows until it meets one that is left.
#[test]
fn the_short_cut_is_the_closed_test() {
    let mut uniform = uniform();
    for _ in 0..500 {
        let count = 2 + (uniform() * 4.0) as usize;
        let mut parts = |sum: f64| {
            let raw: Vec<f64> = (0..count).map(|_| if uniform() < 0.3 { 0.0 } else { uniform() }).collect();
            let total = raw.iter().sum::<f64>().max(1e-9);
            raw.iter().map(|one| sum * one / total).collect::<Vec<f64>>()
        };
        let weights = parts(1.0);
        let mut transitions: Vec<Vec<f64>> = (0..count).map(|_| parts(0.9)).collect();
        (0..count).for_each(|one| transitions[one][one] = 0.0);
        let p: Vec<f64> = (0..count).map(|_| 0.08 * uniform()).collect();
        let of = graph(&weights, &transitions);
        let stored = Graph::new(&weights, &transitions).unwrap();
        let share = |set: usize, h: usize| {
            let (mut total, mut moving) = (0.0, weights.clone());
            for _ in 0..350 {
                total += moving[h];
                let lost: Vec<f64> =
                    (0..count).map(|one| if set >> one & 1 == 1 { 0.0 } else { moving[one] }).collect();
                moving = (0..count)
                    .map(|to| (0..count).map(|from| lost[from] * transitions[from][to]).sum())
                    .collect();
            }
            total
        };
        let mut closed: Rejected = (1 << count) - 1;
        for set in 1..1_usize << count {
            let those: Vec<usize> = (0..count).filter(|h| set >> h & 1 == 1).collect();
            for &h in &those {
                let ours = stored.shares(set as Rejected)[h];
                assert!((ours - share(set, h)).abs() < 1e-12, "{weights:?} {transitions:?} {set:b} {h}");
            }
            if !those.iter().any(|&h| p[h] <= 0.05 * stored.shares(set as Rejected)[h]) {
                closed &= !(set as Rejected);
            }
        }
        assert_eq!(rejected(&of, &p, 0.05), closed, "{weights:?} {transitions:?} {p:?}");
        for (h, adjusted) in of.adjusted(&p).iter().enumerate() {
            assert_eq!(*adjusted <= 0.05, closed >> h & 1 == 1);
        }
    }
}

/// The first hypothesis has all of alpha; the others share what it leaves, and then hand on to each other.
fn gate() -> Value {
    json!({"procedure": "graph", "weights": [1, 0, 0], "transitions": [[0, 0.5, 0.5], [0, 0, 1], [0, 1, 0]]})
}

fn trial(effects: [f64; 3]) -> Value {
    let [alliance, ifc, interaction] = effects;
    let stated = json!({"alliance": alliance, "ifc": ifc, "interaction": interaction});
    with(with(pain(40), "/response/outcomes/pain/effects", stated), "/multiplicity", gate())
}

/// Powers of the gate: the three contrasts are independent given the estimate of variance, over which their
/// powers at each level are averaged. In order: of each hypothesis, and that the second or the third is
/// rejected.
fn reckoned(effects: [f64; 3]) -> [f64; 4] {
    let df = 156.0;
    let [alpha, half] = [0.05, 0.025].map(|level| student_t::isf(level / 2.0, df));
    let se = 16.0 / 40.0_f64.sqrt();
    let shifts = [effects[0] / se, effects[1] / se, effects[2] / (2.0 * se)];
    let mut sums = [0.0; 4];
    for k in 0..4_000 {
        let s = (chi_squared::quantile((f64::from(k) + 0.5) / 4_000.0, df) / df).sqrt();
        let power = |one: usize, critical: f64| {
            normal::sf(critical * s - shifts[one]) + normal::sf(critical * s + shifts[one])
        };
        let first = power(0, alpha);
        let [second, third] = [(1, 2), (2, 1)].map(|(one, other)| {
            power(one, half) + (power(one, alpha) - power(one, half)) * power(other, half)
        });
        let either = 1.0 - (1.0 - power(1, half)) * (1.0 - power(2, half));
        let found = [first, first * second, first * third, first * either];
        sums.iter_mut().zip(found).for_each(|(sum, one)| *sum += one / 4_000.0);
    }
    sums
}

/// Within five standard errors of the reckoning: of the eleven comparisons one fails by chance with
/// probability 6e-6.
#[test]
fn power_and_family_wise_error_are_those_that_can_be_reckoned() {
    let near = |measure: &trialliance::result::Measure, expected: f64, place: &str| {
        let gap = (value(measure) - expected).abs();
        assert!(gap < FAR * measure.mcse.unwrap(), "{place}: {} for {expected}", value(measure));
    };
    for engine in ENGINES {
        let effects = [8.0, 6.0, 9.0];
        let replicates = if engine == EngineChoice::Statistics { REPLICATES } else { 4_000 };
        let family = simulate(&read(&trial(effects)), engine, 6, replicates).family.unwrap();
        for (one, expected) in family.hypotheses.iter().zip(reckoned(effects)) {
            near(&one.power, expected, &one.estimand);
        }
    }
    let error = |effects: [f64; 3]| {
        let result = simulate(&read(&trial(effects)), EngineChoice::Statistics, 11, REPLICATES);
        result.family.unwrap().familywise_error
    };
    // All are true: alpha, as the first has all of it.
    near(&error([0.0; 3]), 0.05, "global null");
    // The first is false and always found: the others have half of alpha each.
    let [first, _, _, either] = reckoned([40.0, 0.0, 0.0]);
    assert!(first > 0.999_999 && either > 0.049);
    near(&error([40.0, 0.0, 0.0]), either, "partial null");
    // Only the second is true: rejected at half of alpha, or at all of it with the third.
    near(&error([40.0, 0.0, 8.0]), reckoned([40.0, 0.0, 8.0])[1], "one true");
}

#[test]
fn what_is_no_graph_is_refused() {
    let refused = |stated: Value| {
        let set = Override::parse(&format!("/multiplicity={stated}")).unwrap();
        let text = library::find("fuentes-2014").unwrap().text;
        let error = trialliance::scenario::read(text, "fuentes-2014", &[set]).expect_err("must be refused");
        let problem = &error.problems[0];
        (problem.pointer.clone(), problem.found.clone(), problem.allowed.clone())
    };
    let with = |weights: Value, transitions: Value| {
        refused(json!({"procedure": "graph", "weights": weights, "transitions": transitions}))
    };
    let thirds = json!([0.5, 0.3, 0.2]);
    let cases = [
        (refused(json!({"procedure": "graph"})), "/multiplicity/transitions", "nothing"),
        (
            refused(json!({"procedure": "holm", "transitions": [[0, 1], [1, 0]]})),
            "/multiplicity/transitions",
            "`transitions`",
        ),
        (
            with(json!([0.5, 0.6, 0.2]), json!([[0, 1, 0], [0, 0, 1], [1, 0, 0]])),
            "/multiplicity/weights",
            "sum to 1.3",
        ),
        (
            with(json!([0.5, 0.5]), json!([[0, 1, 0], [0, 0, 1], [1, 0, 0]])),
            "/multiplicity/weights",
            "2 of them",
        ),
        (
            with(json!([0.5, -0.1, 0.2]), json!([[0, 1, 0], [0, 0, 1], [1, 0, 0]])),
            "/multiplicity/weights/1",
            "-0.1",
        ),
        (with(thirds.clone(), json!([[0, 1], [1, 0]])), "/multiplicity/transitions", "2 rows"),
        (
            with(thirds.clone(), json!([[0, 1, 0], [1, 0], [0, 1, 0]])),
            "/multiplicity/transitions/1",
            "2 parts",
        ),
        (
            with(thirds.clone(), json!([[0, 1, 0], [0.5, 0.5, 0], [0, 1, 0]])),
            "/multiplicity/transitions/1/1",
            "0.5",
        ),
        (
            with(thirds.clone(), json!([[0, 1, 0.5], [1, 0, 0], [0, 1, 0]])),
            "/multiplicity/transitions/0",
            "sum to 1.5",
        ),
        (with(thirds, json!([[0, 1, 0], [1.5, 0, 0], [0, 1, 0]])), "/multiplicity/transitions/1/0", "1.5"),
    ];
    for ((pointer, found, allowed), at, what) in cases {
        assert!(pointer == at && found.contains(what) && !allowed.is_empty(), "{pointer}: {found} ({what})");
    }
    // Seven hypotheses: too many sets.
    let all = [
        "alliance",
        "ifc",
        "interaction",
        "alliance_at_sham",
        "alliance_at_active",
        "ifc_at_limited",
        "joint",
    ];
    let seven = json!(all.map(|id| format!("ancova/{id}")));
    let sets = [
        Override::parse(&format!("/primary={seven}")).unwrap(),
        Override::parse(r#"/multiplicity={"procedure": "graph", "transitions": [[0]]}"#).unwrap(),
    ];
    let text = library::find("fuentes-2014").unwrap().text;
    let error = trialliance::scenario::read(text, "fuentes-2014", &sets).expect_err("must be refused");
    assert_eq!(error.problems[0].found, "7 primary hypotheses");
    assert_eq!(error.problems[0].allowed, "at most 6 in a graph");
}

/// `analyze` takes the graph from the scenario; a scenario without one, or an analysis that it does not
/// name, is told.
#[test]
fn analyze_takes_the_graph_from_the_scenario() {
    let folder = std::env::temp_dir().join(format!("trialliance-graph-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (scenario, csv) = (folder.join("gate.json"), folder.join("trial.csv"));
    std::fs::write(&scenario, trial([8.0, 6.0, 9.0]).to_string()).unwrap();
    let run = |words: &[&str]| {
        let mut program = Command::cargo_bin("trialliance").unwrap();
        let output = program.args(words).output().unwrap();
        let [told, warned] =
            [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
        (output.status.code(), told, warned)
    };
    let [scenario, csv] = [&scenario, &csv].map(|path| path.to_str().unwrap());
    assert_eq!(run(&["trial", scenario, "--output", csv]).0, Some(0));
    let analyze = |words: &[&str]| run(&[&["analyze", csv, "-f", "json"], words].concat());
    for words in [&["--scenario", scenario][..], &["--scenario", scenario, "--adjust", "graph"]] {
        let (code, told, warned) = analyze(words);
        assert_eq!(code, Some(0), "{warned}");
        let result: Value = serde_json::from_str(&told).unwrap();
        assert_eq!(result["multiplicity"], "graph");
        let rows = &result["results"].as_array().unwrap()[..3];
        let [p, adjusted] = ["p", "p_adjusted"]
            .map(|key| rows.iter().map(|row| row[key].as_f64().unwrap()).collect::<Vec<_>>());
        let stated: MultiplicitySpec = serde_json::from_value(gate()).unwrap();
        assert_eq!(adjusted, Multiplicity::new(&stated, 3).unwrap().adjusted(&p));
    }
    let other = analyze(&["--scenario", "fuentes-2014", "--outcome", "pain", "--adjust", "graph"]);
    assert_eq!(other.0, Some(2));
    assert!(other.2.contains("--adjust graph needs a scenario that states the graph"), "{}", other.2);
    let part = analyze(&["--scenario", scenario, "--method", "welch", "--adjust", "graph"]);
    assert_eq!(part.0, Some(2));
    assert!(part.2.contains("0 of 3 are among the results"), "{}", part.2);
    let planned = analyze(&["--scenario", scenario, "--method", "welch"]);
    assert!(
        planned.0 == Some(0) && planned.1.contains("p values are not adjusted: a graph needs all"),
        "{}",
        planned.1
    );
    std::fs::remove_dir_all(folder).unwrap();
}
