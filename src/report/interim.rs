//! Trials with interim looks, for people and for spreadsheets.

use super::csv::{header, number, record};
use super::digits::{NOTHING, exact, fixed, measure, optional, percent, probability, whole};
use super::page::{Page, Part};
use super::provenance::made;
use super::table::{Align, Table};
use crate::planning::{
    ChangeDescription, Interim, InterimHypothesis, InterimRow, LevelBoundaries, Resize, UnderEffects,
};
use crate::result::Measure;

/// The page of an answer; `command` is what gives it again.
pub(super) fn page(answer: &Interim, command: &str) -> Page {
    let looks = answer.looks.len();
    let mut parts = vec![boundaries(answer)];
    parts.extend(answer.effects.iter().map(|under| course(answer, under)));
    parts.push(whole_trial(answer));
    parts.push(estimates(answer));
    Page {
        title: format!(
            "{}: {} looks at up to {} patients",
            answer.made.scenario.name,
            looks,
            whole(answer.n_most)
        ),
        subtitle: subtitle(answer),
        parts,
        legend: legend(answer),
        worth_knowing: answer.warnings.iter().map(|warning| warning.message.clone()).collect(),
        in_short: in_short(answer),
        made: made(&answer.made),
        again: command.to_owned(),
    }
}

fn subtitle(answer: &Interim) -> String {
    let claims = match answer.sides {
        1 => "claims of a benefit, one-sided level",
        _ => "claims in either direction, two-sided level",
    };
    let mut text = format!("{}; {claims} {}", answer.boundaries_by, exact(answer.alpha));
    if let Some(futility) = &answer.futility_by {
        let binding = if answer.binding { "binding" } else { "not binding" };
        text.push_str(&format!("; futility {futility} ({binding})"));
    }
    if let Some(procedure) = answer.multiplicity {
        text.push_str(&format!("; several hypotheses: {}", procedure.title()));
    }
    text
}

fn boundaries(answer: &Interim) -> Part {
    let several = answer.boundaries.len() > 1;
    let tables = answer.boundaries.iter().map(|own| {
        let title = if several { format!("at level {}", exact(own.level)) } else { String::new() };
        (title, boundary_table(answer, own))
    });
    Part {
        name: "Boundaries".to_owned(),
        paragraphs: answer.change.iter().map(|change| change_in_words(answer, change)).collect(),
        tables: tables.collect(),
        lines: after_dropping(answer),
        ..Part::default()
    }
}

/// What the trial changes for what it has seen.
fn change_in_words(answer: &Interim, change: &ChangeDescription) -> String {
    match change {
        ChangeDescription::Size { how, power, promising, sizes } => {
            let [least, most] = [sizes.first(), sizes.last()].map(|size| whole(size.copied().unwrap_or(0)));
            let goal = match how {
                Resize::Blinded => format!(
                    "as many as give the planned effect a power of {} with the variance seen, the arms unknown",
                    exact(*power)
                ),
                Resize::Unblinded => format!(
                    "as many as give a conditional power of {} under the effect seen, unless that is below {} with the \
                     patients planned",
                    exact(*power),
                    exact(*promising)
                ),
            };
            format!(
                "At the last interim look the number of patients is chosen from {least} to {most}: {goal}. The last Z joins \
                 what was seen before and after with the weights planned (inverse normal combination)."
            )
        }
        ChangeDescription::Drop { factor, bound, reallocate } => {
            let later = match reallocate {
                true => "the later patients planned for its arms go to the others",
                false => "the later patients planned for its arms are not enrolled",
            };
            let left: Vec<String> = answer
                .hypotheses
                .iter()
                .map(|one| match &one.after_dropping {
                    Some(left) => format!("of {} {left}", one.id.estimand),
                    None => format!("of {} nothing", one.id.estimand),
                })
                .collect();
            format!(
                "{factor} is given up at an interim look at which the Z of its main effect is {} or less; {later}. What is \
                 then left to be tested: {}.",
                exact(*bound),
                left.join(", ")
            )
        }
    }
}

fn boundary_table(answer: &Interim, own: &LevelBoundaries) -> Table {
    let has_futility = own.looks.iter().any(|look| look.futility.is_some());
    let mut head = vec![
        ("look", Align::Right),
        ("patients", Align::Right),
        ("information", Align::Right),
        ("critical Z", Align::Right),
        ("one-sided level", Align::Right),
        ("alpha spent", Align::Right),
    ];
    head.extend(has_futility.then_some(("futility Z", Align::Right)));
    let mut table = Table::new(&head);
    for (look, own) in answer.looks.iter().zip(&own.looks) {
        let mut cells = vec![
            look.look.to_string(),
            whole(look.n_total),
            fixed(look.information, 3),
            optional(own.critical, 4),
            small(own.nominal_level),
            small(own.alpha_spent),
        ];
        cells.extend(has_futility.then(|| optional(own.futility, 4)));
        table.row(cells);
    }
    table
}

/// A level, which may be tiny.
fn small(level: f64) -> String {
    if level < 0.00005 { format!("{level:.1e}") } else { fixed(level, 5) }
}

fn after_dropping(answer: &Interim) -> Vec<String> {
    let mut lines = Vec::new();
    for own in &answer.boundaries {
        for (at, critical) in own.after_dropping.iter().enumerate() {
            let values: Vec<String> = critical.iter().map(|&z| optional(z, 4)).collect();
            lines.push(format!(
                "critical Z at level {1} after giving the factor up at look {0}: {2}",
                at + 1,
                exact(own.level),
                values.join(", ")
            ));
        }
    }
    lines
}

/// What the effects are: as the heading of a part, within a sentence, and in a table.
fn effects_words(under: &UnderEffects) -> [&'static str; 3] {
    match under.effects.as_str() {
        "planned" => ["With the planned effects", "with the planned effects", "as planned"],
        _ => ["Without the effects", "without the effects", "none"],
    }
}

fn course(answer: &Interim, under: &UnderEffects) -> Part {
    let has_futility = answer.futility_by.is_some();
    let two_sided = answer.sides == 2;
    let formula =
        under.results.iter().any(|row| row.looks.iter().any(|look| look.benefit_by_formula.is_some()));
    let tables = under.results.iter().map(|row| {
        let mut head =
            vec![("look", Align::Right), ("ends here", Align::Right), ("claims a benefit", Align::Right)];
        head.extend(formula.then_some(("by formula", Align::Right)));
        head.extend(two_sided.then_some(("claims harm", Align::Right)));
        head.extend(has_futility.then_some(("stops for futility", Align::Right)));
        head.extend((has_futility && formula).then_some(("by formula", Align::Right)));
        head.extend((!under.dropped.is_empty()).then_some(("gives the factor up", Align::Right)));
        head.push(("estimate of those who claim", Align::Right));
        let mut table = Table::new(&head);
        for (look, stops) in row.looks.iter().zip(&under.stops) {
            let mut cells = vec![look.look.to_string(), probability(stops), probability(&look.benefit)];
            cells.extend(formula.then(|| optional(look.benefit_by_formula, 4)));
            cells.extend(two_sided.then(|| probability(&look.harm)));
            cells.extend(has_futility.then(|| probability(&look.futility)));
            cells.extend((has_futility && formula).then(|| optional(look.futility_by_formula, 4)));
            cells.extend((!under.dropped.is_empty()).then(|| {
                under.dropped.get(look.look as usize - 1).map_or_else(|| NOTHING.to_owned(), probability)
            }));
            cells.push(measure(&look.mean_estimate));
            table.row(cells);
        }
        let truth = row.truth.map_or_else(String::new, |truth| format!(", true benefit {}", exact(truth)));
        (format!("{} ({} on {}){truth}", row.id.estimand, row.id.analysis, row.id.outcome), table)
    });
    Part { name: effects_words(under)[0].to_owned(), tables: tables.collect(), ..Part::default() }
}

fn whole_trial(answer: &Interim) -> Part {
    let head = [
        ("", Align::Left),
        ("effects", Align::Left),
        ("claims", Align::Right),
        ("by formula", Align::Right),
        ("with one look", Align::Right),
        ("patients", Align::Right),
        ("by formula", Align::Right),
        ("ends early", Align::Right),
    ];
    let mut table = Table::new(&head);
    for under in &answer.effects {
        let patients = |first: bool| match first {
            true => [
                measure(&under.n_expected),
                optional(under.n_expected_by_formula, 1),
                probability(&under.early),
            ],
            false => [const { String::new() }; 3],
        };
        let [.., name] = effects_words(under);
        for (number, row) in under.results.iter().enumerate() {
            let [expected, by_formula, early] = patients(number == 0);
            table.row(vec![
                row.id.estimand.clone(),
                name.to_owned(),
                probability(&row.claim),
                optional(row.claim_by_formula, 4),
                probability(&row.fixed_claim),
                expected,
                by_formula,
                early,
            ]);
        }
        for (what, claims) in [("any", &under.any), ("all", &under.all)] {
            if let Some(claims) = claims {
                let mut cells = vec![what.to_owned(), name.to_owned(), probability(claims)];
                cells.extend(std::iter::repeat_n(String::new(), 5));
                table.row(cells);
            }
        }
    }
    let mut lines = Vec::new();
    lines.extend(
        answer.why_no_null.iter().map(|why| format!("trials without the effects were not simulated: {why}")),
    );
    for under in &answer.effects {
        let [_, name, _] = effects_words(under);
        lines.extend(
            under
                .n_most
                .as_ref()
                .map(|most| format!("{name} {} of trials take the most patients", percent(most))),
        );
        for row in &under.results {
            lines.extend(row.after_dropping.as_ref().filter(|_| row.claim.value != Some(0.0)).map(|after| {
                format!(
                    "{name} {} of trials claim {} after the factor was given up",
                    percent(after),
                    left(answer, row)
                )
            }));
        }
    }
    Part {
        name: "The trial as a whole".to_owned(),
        tables: vec![(String::new(), table)],
        lines,
        ..Part::default()
    }
}

/// What is left of a hypothesis after a factor was dropped.
fn left<'a>(answer: &'a Interim, row: &'a InterimRow) -> &'a str {
    let own = answer.hypotheses.iter().find(|one| one.id == row.id);
    own.and_then(|one| one.after_dropping.as_deref()).unwrap_or(&row.id.estimand)
}

fn estimates(answer: &Interim) -> Part {
    let head = [
        ("", Align::Left),
        ("effects", Align::Left),
        ("estimate", Align::Left),
        ("bias", Align::Right),
        ("by formula", Align::Right),
        ("root mean square error", Align::Right),
        ("coverage", Align::Right),
        ("by formula", Align::Right),
        ("above the truth", Align::Right),
    ];
    let mut table = Table::new(&head);
    let mut lines: Vec<String> = Vec::new();
    for under in &answer.effects {
        for row in &under.results {
            for estimate in &row.estimates {
                if let Some(why) = &estimate.bias.why {
                    let line = format!("no {} estimate: {why}", estimator_name(&estimate.estimator));
                    if !lines.contains(&line) {
                        lines.push(line);
                    }
                    continue;
                }
                table.row(vec![
                    row.id.estimand.clone(),
                    effects_words(under)[2].to_owned(),
                    estimator_name(&estimate.estimator).to_owned(),
                    measure(&estimate.bias),
                    optional(estimate.bias_by_formula, 3),
                    measure(&estimate.root_mean_square_error),
                    probability(&estimate.coverage),
                    optional(estimate.coverage_by_formula, 4),
                    probability(&estimate.above_truth),
                ]);
            }
        }
    }
    Part {
        name: "Estimates after the trial has ended".to_owned(),
        tables: vec![(String::new(), table)],
        lines,
        ..Part::default()
    }
}

fn estimator_name(id: &str) -> &str {
    if id == "stage_wise" { "stage-wise" } else { id }
}

fn legend(answer: &Interim) -> Vec<(String, String)> {
    let claims = match answer.sides {
        1 => "share of trials that claim a benefit, at any look",
        _ => "share of trials that claim an effect in either direction, at any look",
    };
    let mut terms = vec![
        ("critical Z", "a benefit is claimed from here on; with two sides harm, down from its negative"),
        ("ends here", "share of trials that end at this look, for whatever reason"),
        ("claims", claims),
        (
            "by formula",
            "for statistics that are exactly normal, with the power that a trial of one look has by formula",
        ),
        ("with one look", "claims of the same trials, looked at once, with all patients planned"),
        ("patients", "mean number of patients when the trial ends"),
        (
            "estimate of those who claim",
            "mean plain estimate of the trials that claim a benefit at this look",
        ),
        ("plain", "the estimate with its interval as if the end had been planned"),
    ];
    if answer
        .effects
        .iter()
        .flat_map(|under| &under.results)
        .any(|row| row.estimates.iter().any(|one| one.estimator == "stage_wise" && one.bias.value.is_some()))
    {
        terms.push((
            "stage-wise",
            "median-unbiased by the stage-wise ordering: above the truth in half of the trials",
        ));
    }
    if matches!(answer.change, Some(ChangeDescription::Size { .. })) {
        terms.push((
            "weighted",
            "stages weighted as in the test: the size chosen hardly moves its median, but its mean",
        ));
    }
    terms.push(("±", "Monte Carlo standard error: what more replicates would make smaller"));
    terms.into_iter().map(|(term, meaning)| (term.to_owned(), meaning.to_owned())).collect()
}

fn in_short(answer: &Interim) -> Vec<String> {
    let mut sentences = Vec::new();
    let planned = answer.effects.iter().find(|under| under.effects == "planned");
    let null = answer.effects.iter().find(|under| under.effects == "none");
    if let Some(under) = planned {
        for row in &under.results {
            sentences.push(format!(
                "{}: {} of trials claim a benefit; with one look at the end it would be {}.",
                row.id.estimand,
                percent(&row.benefit),
                percent(&row.fixed_benefit)
            ));
            sentences.extend(
                row.harm
                    .value
                    .filter(|&harm| harm >= 0.001)
                    .map(|_| format!("{}: {} of trials claim harm.", row.id.estimand, percent(&row.harm))),
            );
        }
        let saved = null
            .map_or_else(String::new, |null| format!(", {} without the effects", measure(&null.n_expected)));
        sentences.push(format!(
            "A trial takes {} patients on average{saved}, {} at most; {} end early.",
            measure(&under.n_expected),
            whole(answer.n_most),
            percent(&under.early)
        ));
        sentences.extend(exaggeration(under));
    }
    if let Some(under) = null {
        let error = under.any.as_ref().or_else(|| under.results.first().map(|row| &row.claim));
        sentences.extend(error.map(|error| {
            format!(
                "Without the effects {} of trials claim {}; the level is {} %.",
                percent(error),
                answer.what_is_claimed(),
                exact(100.0 * answer.alpha)
            )
        }));
    }
    sentences
}

/// By how much a claim at the first look exaggerates.
fn exaggeration(under: &UnderEffects) -> Option<String> {
    let [row] = under.results.as_slice() else { return None };
    let first = row.looks.first()?;
    let (truth, mean) = (row.truth.filter(|&truth| truth > 0.0)?, first.mean_estimate.value?);
    let enough = first.benefit.value? > 0.001;
    enough.then(|| {
        format!(
            "Trials that claim a benefit at the first look find {} on average, {} times the true {}.",
            measure(&first.mean_estimate),
            fixed(mean / truth, 2),
            exact(truth)
        )
    })
}

/// One row per effects, hypothesis and look.
pub(super) fn csv(answer: &Interim) -> String {
    let head = [
        "scenario",
        "analysis",
        "outcome",
        "estimand",
        "effects",
        "truth",
        "look",
        "n_total",
        "information",
        "level",
        "critical",
        "futility_bound",
        "benefit",
        "benefit_mcse",
        "benefit_by_formula",
        "harm",
        "harm_mcse",
        "futility",
        "futility_mcse",
        "futility_by_formula",
        "mean_estimate",
        "mean_estimate_mcse",
        "claim",
        "claim_mcse",
        "claim_by_formula",
        "fixed_claim",
        "fixed_claim_mcse",
        "n_expected",
        "n_expected_mcse",
        "n_expected_by_formula",
        "ends_here",
        "ends_here_mcse",
        "plain_bias",
        "plain_bias_mcse",
        "plain_coverage",
        "plain_coverage_mcse",
        "adjusted_estimator",
        "adjusted_bias",
        "adjusted_bias_mcse",
        "adjusted_coverage",
        "adjusted_coverage_mcse",
    ];
    let mut text = header(&head);
    let pair = |measure: &Measure| [number(measure.value), number(measure.mcse)];
    for under in &answer.effects {
        for (row, hypothesis) in under.results.iter().zip(&answer.hypotheses) {
            let own = boundaries_of(answer, hypothesis);
            for (place, (look, at)) in row.looks.iter().zip(&answer.looks).enumerate() {
                let boundary = own.and_then(|own| own.looks.get(place));
                let mut cells = vec![
                    answer.made.scenario.name.clone(),
                    row.id.analysis.clone(),
                    row.id.outcome.clone(),
                    row.id.estimand.clone(),
                    under.effects.clone(),
                    number(row.truth),
                    look.look.to_string(),
                    at.n_total.to_string(),
                    at.information.to_string(),
                    number(hypothesis.level),
                    number(boundary.and_then(|boundary| boundary.critical)),
                    number(boundary.and_then(|boundary| boundary.futility)),
                ];
                cells.extend(pair(&look.benefit));
                cells.push(number(look.benefit_by_formula));
                cells.extend(pair(&look.harm));
                cells.extend(pair(&look.futility));
                cells.push(number(look.futility_by_formula));
                cells.extend(pair(&look.mean_estimate));
                cells.extend(pair(&row.claim));
                cells.push(number(row.claim_by_formula));
                cells.extend(pair(&row.fixed_claim));
                cells.extend(pair(&under.n_expected));
                cells.push(number(under.n_expected_by_formula));
                cells.extend(under.stops.get(place).map(pair).unwrap_or_default());
                for (which, estimate) in row.estimates.iter().enumerate() {
                    cells.extend((which > 0).then(|| estimate.estimator.clone()));
                    cells.extend(pair(&estimate.bias));
                    cells.extend(pair(&estimate.coverage));
                }
                text.push_str(&record(&cells, &answer.made));
            }
        }
    }
    text
}

/// The boundaries that a hypothesis starts with.
fn boundaries_of<'a>(answer: &'a Interim, hypothesis: &InterimHypothesis) -> Option<&'a LevelBoundaries> {
    answer.boundaries.iter().find(|own| Some(own.level) == hypothesis.level)
}
