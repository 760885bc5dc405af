//! The paragraphs of the sample-size section.

use crate::planning::{InteractionFacts, Protocol, TargetDifference};
use crate::report::digits::{exact, exact_probability, fixed, measure, percent, whole};
use crate::result::{ClosedFormKind, Row};

/// One paragraph.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Paragraph {
    /// Its name.
    pub id: &'static str,
    /// Its title.
    pub title: &'static str,
    /// What it says.
    pub text: String,
    /// What the scenario states, of what it may leave out.
    pub stated: Vec<&'static str>,
}

/// What stands where the scenario says nothing.
fn not_stated(what: &str) -> String {
    format!("[not stated: {what}]")
}

/// All paragraphs, in order.
pub(super) fn all(protocol: &Protocol, command: &str) -> Vec<Paragraph> {
    vec![
        design(protocol),
        comparisons(protocol),
        target(protocol),
        analysis(protocol),
        power(protocol),
        interaction(protocol),
        multiplicity(protocol),
        missing(protocol),
        software(protocol, command),
    ]
}

fn paragraph(
    id: &'static str,
    title: &'static str,
    sentences: Vec<String>,
    stated: Vec<&'static str>,
) -> Paragraph {
    Paragraph { id, title, text: sentences.join(" "), stated }
}

fn design(protocol: &Protocol) -> Paragraph {
    let run = &protocol.run;
    let [context, treatment] = [0, 1].map(|factor| {
        let factor = &protocol.factors[factor];
        format!("{} ({})", factor.id, factor.levels.join(" or "))
    });
    let arms: Vec<String> = run.n_per_arm.iter().map(|(arm, size)| format!("{size} to {arm}")).collect();
    let expected = if run.assignment.is_some() { " on average" } else { "" };
    let mut sentences = vec![format!(
        "The trial crosses {context} with {treatment} in a 2×2 factorial design. {} patients are assigned {}: {}{expected}.",
        whole(run.n_total),
        protocol.assignment,
        arms.join(", ")
    )];
    let mut stated = Vec::new();
    match &protocol.statements.factorial_rationale {
        Some(why) => {
            stated.push("rationale");
            sentences.push(sentence(why));
        }
        None => sentences.push(not_stated("why both are tried in one factorial trial")),
    }
    if !protocol.eligibility.is_empty() {
        sentences.push(format!("Patients are enrolled with {}.", protocol.eligibility.join(" and ")));
    }
    if let Some(therapists) = &protocol.therapists {
        sentences.push(format!("They are treated by {therapists}."));
    }
    paragraph("design", "Design", sentences, stated)
}

/// A number to four significant digits: more would say that it is known.
fn four_digits(value: f64) -> String {
    let shown = format!("{value:.3e}").parse().unwrap_or(value);
    exact(shown)
}

/// Text that ends with a full stop.
fn sentence(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.ends_with(['.', '!', '?']) { text } else { format!("{text}.") }
}

fn comparisons(protocol: &Protocol) -> Paragraph {
    let one = |comparison: &crate::planning::MainComparison| {
        format!(
            "The main effect of {} compares the {} patients in {} with the {} in {}.",
            comparison.estimand,
            whole(comparison.n_with),
            comparison.with.join(" and "),
            whole(comparison.n_against),
            comparison.against.join(" and ")
        )
    };
    let mut sentences: Vec<String> = protocol.comparisons.iter().map(one).collect();
    sentences.push("Both levels of the other factor have equal weight.".to_owned());
    paragraph("comparisons", "Main comparisons", sentences, Vec::new())
}

fn unit(protocol: &Protocol, outcome: &str) -> String {
    let unit = protocol.run.outcomes.get(outcome).and_then(|outcome| outcome.unit.as_ref());
    unit.map_or_else(String::new, |unit| format!(" {unit}"))
}

fn target(protocol: &Protocol) -> Paragraph {
    let (mut sentences, mut stated) = (Vec::new(), Vec::new());
    let one = |target: &TargetDifference| {
        let TargetDifference { hypothesis, benefit, sd, .. } = target;
        let unit = unit(protocol, &hypothesis.outcome);
        match benefit {
            Some(benefit) if hypothesis.estimand == "interaction" => format!(
                "For the interaction on {} (the difference of differences) the trial is planned with {}{unit} (SD {}{unit}).",
                hypothesis.outcome,
                exact(*benefit),
                four_digits(*sd)
            ),
            Some(benefit) => format!(
                "For {} on {} the trial is planned with a benefit of {}{unit}, {} standard deviations (SD {}{unit}).",
                hypothesis.estimand,
                hypothesis.outcome,
                exact(*benefit),
                fixed(benefit / sd, 2),
                four_digits(*sd)
            ),
            None => format!(
                "For {} ({}) the planned effect is that of the scenario.",
                hypothesis.estimand, hypothesis.analysis
            ),
        }
    };
    sentences.extend(protocol.targets.iter().map(one));
    let statements = &protocol.statements;
    match statements.target_difference_basis {
        Some(basis) => {
            stated.push("basis");
            sentences.push(format!("This is {}.", basis.words()));
        }
        None => sentences.push(not_stated("whether the target difference is important, realistic or both")),
    }
    match &statements.target_difference_justification {
        Some(why) => {
            stated.push("justification");
            sentences.push(sentence(why));
        }
        None => sentences.push(not_stated("why this difference")),
    }
    let mut sources: Vec<String> = Vec::new();
    for target in &protocol.targets {
        for source in [&target.source, &target.sd_source].into_iter().flatten() {
            if !sources.contains(source) {
                sources.push(source.clone());
            }
        }
    }
    if sources.is_empty() {
        sentences.push(not_stated("where effects and SD come from"));
    } else {
        stated.push("sources");
        sentences.push(format!("Sources: {}.", sources.join("; ").trim_end_matches('.')));
    }
    if let Some(target) = protocol.targets.first() {
        let unit = unit(protocol, &target.hypothesis.outcome);
        let mean = four_digits(target.control_mean);
        sentences.push(format!("The mean in the reference arm is assumed to be {mean}{unit}."));
    }
    paragraph("target", "Target difference", sentences, stated)
}

fn analysis(protocol: &Protocol) -> Paragraph {
    let run = &protocol.run;
    let mut sentences = Vec::new();
    let mut named: Vec<&str> = Vec::new();
    for target in &protocol.targets {
        let id = target.hypothesis.analysis.as_str();
        let Some(analysis) = run.analyses.get(id).filter(|_| !named.contains(&id)) else { continue };
        named.push(id);
        let label = run.outcomes.get(&analysis.outcome).and_then(|outcome| outcome.label.as_ref());
        let covariates = match analysis.covariates.as_slice() {
            [] => String::new(),
            covariates => {
                let correlation = target.baseline_correlation.map_or_else(String::new, |correlation| {
                    format!("; correlation of baseline and outcome {}", four_digits(correlation))
                });
                format!(" (here {}{correlation})", covariates.join(" and "))
            }
        };
        sentences.push(format!(
            "The primary outcome is {}. Analysis {id}: {}{covariates}.",
            label.unwrap_or(&analysis.outcome),
            analysis.description
        ));
    }
    sentences.push(format!(
        "Tests are two-sided at alpha {}, confidence intervals at {} %.",
        exact(run.alpha),
        exact(100.0 * run.confidence_level)
    ));
    paragraph("analysis", "Analysis", sentences, Vec::new())
}

fn power(protocol: &Protocol) -> Paragraph {
    let run = &protocol.run;
    let mut sentences = Vec::new();
    for row in run.results.iter().filter(|row| row.primary) {
        let unit = unit(protocol, &row.outcome);
        sentences.push(format!(
            "With {} patients the simulated power for {} is {}{}; the {} % confidence interval has a half-width of {}{unit} \
             on average{}.",
            whole(run.n_total),
            row.estimand,
            percent(&row.power),
            by_formula(row),
            exact(100.0 * run.confidence_level),
            measure(&row.half_width),
            verdict(row, protocol.power)
        ));
    }
    paragraph("power", "Power", sentences, Vec::new())
}

fn by_formula(row: &Row) -> String {
    match (row.closed_form.value, row.closed_form.kind) {
        (Some(power), ClosedFormKind::Exact) => format!(" (by formula {})", exact_probability(power)),
        (Some(power), _) => format!(" (by an approximate formula {})", exact_probability(power)),
        (None, _) => String::new(),
    }
}

/// Whether the power that is asked for is reached, where that is known beyond Monte Carlo error.
fn verdict(row: &Row, target: f64) -> String {
    let (Some(power), Some(mcse)) = (row.power.value, row.power.mcse) else { return String::new() };
    let goal = format!("{} %", exact(100.0 * target));
    if row.truth.value == 0.0 {
        return "; the scenario has no such effect".to_owned();
    }
    if let (Some(exact), ClosedFormKind::Exact) = (row.closed_form.value, row.closed_form.kind) {
        // Known without simulation.
        return format!("; the power is {} {goal}", if exact >= target { "at least" } else { "below" });
    }
    if power - 2.6 * mcse >= target {
        format!("; the power is above {goal}, beyond Monte Carlo error")
    } else if power + 2.6 * mcse < target {
        format!("; the power is below {goal}")
    } else {
        format!("; within Monte Carlo error the power is {goal}")
    }
}

fn interaction(protocol: &Protocol) -> Paragraph {
    let (mut sentences, mut stated) = (Vec::new(), Vec::new());
    match &protocol.statements.interaction_expected {
        Some(expected) => {
            stated.push("expected");
            sentences.push(sentence(expected));
        }
        None => sentences.push(not_stated("whether an interaction is expected, and why")),
    }
    for facts in &protocol.interactions {
        sentences.push(of_interaction(protocol, facts));
    }
    sentences.push(
        "The main effects are analysed whatever the test of the interaction says; the interaction is reported with its \
         confidence interval."
            .to_owned(),
    );
    paragraph("interaction", "Interaction", sentences, stated)
}

fn of_interaction(protocol: &Protocol, facts: &InteractionFacts) -> String {
    let InteractionFacts { hypothesis, planned, power, half_width, smallest, if_real } = facts;
    let unit = unit(protocol, &hypothesis.outcome);
    let level = exact(100.0 * protocol.run.confidence_level);
    let mut text = match *planned == 0.0 {
        true => format!("The scenario assumes no interaction on {}.", hypothesis.outcome),
        false => format!(
            "The scenario assumes an interaction of {}{unit} on {}, with power {}.",
            exact(*planned),
            hypothesis.outcome,
            percent(power)
        ),
    };
    text += &format!(" Its {level} % confidence interval has a half-width of {}{unit}.", measure(half_width));
    if let Some(smallest) = smallest {
        text += &format!(
            " The smallest interaction detected with power {} % is {}{unit}.",
            exact(100.0 * protocol.power),
            fixed(*smallest, 2)
        );
    }
    if let Some(real) = if_real {
        text += &format!(
            " If there were an interaction as large as the larger main effect ({}{unit}), it would be found in {} of trials, and \
             each main effect would differ from the simple effects that it averages by {}{unit}.",
            exact(real.interaction),
            percent(&real.power),
            exact(real.half.abs())
        );
    }
    text
}

fn multiplicity(protocol: &Protocol) -> Paragraph {
    let count = protocol.targets.len();
    let names: Vec<String> = protocol.targets.iter().map(|one| one.hypothesis.estimand.clone()).collect();
    let sentences = match (&protocol.multiplicity, &protocol.run.family) {
        (Some(procedure), Some(family)) => vec![
            format!(
                "The {count} primary hypotheses ({}) are judged together: {procedure}.",
                names.join(", ")
            ),
            format!(
                "At least one is claimed in {} of trials, all in {}.",
                percent(&family.any),
                percent(&family.all)
            ),
        ],
        _ if count > 1 => vec![format!(
            "The {count} primary hypotheses ({}) are each tested at alpha {}, without adjustment for their number.",
            names.join(", "),
            exact(protocol.run.alpha)
        )],
        _ => vec!["There is one primary hypothesis, so nothing is adjusted.".to_owned()],
    };
    paragraph("multiplicity", "Multiplicity", sentences, Vec::new())
}

fn missing(protocol: &Protocol) -> Paragraph {
    let sentences = match protocol.missing.as_slice() {
        [] => vec![
            "The simulation assumes that no outcome is missing.".to_owned(),
            not_stated("how many patients are expected to be lost, and by how many the size is raised"),
        ],
        shares => {
            let shares: Vec<String> =
                shares.iter().map(|share| format!("{} %", exact(100.0 * share))).collect();
            vec![format!(
                "Outcomes are missing in {} of patients on average over the arms; the simulation leaves them out as the \
                 analysis does, so the {} patients are those to be enrolled and are not raised further.",
                shares.join(" and "),
                whole(protocol.run.n_total)
            )]
        }
    };
    paragraph("missing", "Missing outcomes", sentences, Vec::new())
}

fn software(protocol: &Protocol, command: &str) -> Paragraph {
    let made = &protocol.made;
    let hash: String = made.scenario.hash.chars().take(12).collect();
    let sentences = vec![format!(
        "Power was simulated with trialliance {} ({} trials, seed {}, engine {}, scenario {hash}); ± and figures in brackets \
         after a percentage are Monte Carlo standard errors. The command {command} gives the same numbers again.",
        made.version,
        whole(made.replicates),
        made.seed,
        made.engine
    )];
    paragraph("software", "Software", sentences, Vec::new())
}
