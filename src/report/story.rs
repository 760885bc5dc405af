//! A scenario in plain words.
//!
//! In comes a scenario, worked out; out comes one sentence or two for each thing
//! that it says, in the order in which a trial happens.

use super::digits::{exact, fixed, whole};
use crate::engine::Explained;
use crate::estimand::{ARMS, arm_ids};
use crate::scenario::{
    AssignmentMethod, Better, ByOutcome, CorrelationPattern, Covariate, Eligibility, IntercurrentEvent, Law,
    Mechanism, Missing, Moderator, Outcome, Scenario, Strategy, TherapistLayout, Therapists, Visit, resolve,
};
use indexmap::IndexMap;

/// The sentences.
pub(super) fn story(scenario: &Scenario, explained: &Explained) -> Vec<String> {
    let mut lines = vec![design(scenario)];
    lines.extend(scenario.design.therapists.iter().map(|stated| therapists(scenario, stated)));
    lines.extend(scenario.cohort.covariates.iter().map(covariate));
    lines.extend(enrolment(scenario, explained));
    let last = scenario.response.outcomes.iter().filter(|(_, stated)| stated.visit.is_none());
    for (name, stated) in last {
        lines.extend(outcome(scenario, name, stated));
    }
    lines.extend(visits(scenario));
    lines.extend(delivery(scenario));
    lines.extend(blinding(scenario));
    lines.extend(instruments(scenario));
    lines.extend(scenario.observation.events.iter().map(|stated| event(scenario, stated)));
    lines.extend(scenario.observation.missing.iter().map(|stated| missing(scenario, stated)));
    lines.push(analyses(scenario));
    lines
}

/// A share as a percentage.
fn percent(share: f64) -> String {
    let text = fixed(100.0 * share, 1);
    format!("{} %", text.strip_suffix(".0").unwrap_or(&text))
}

/// Words with commas and a last `and`.
fn list(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn by_arm(scenario: &Scenario, values: [f64; ARMS], say: impl Fn(f64) -> String) -> String {
    if values.iter().all(|&value| value == values[0]) {
        return say(values[0]);
    }
    let arms = arm_ids(&scenario.factors);
    let one = |(value, arm): (&f64, &String)| format!("{} in {arm}", say(*value));
    list(&values.iter().zip(&arms).map(one).collect::<Vec<_>>())
}

fn design(scenario: &Scenario) -> String {
    let sizes = resolve::arm_sizes(scenario);
    if resolve::is_observational(scenario) {
        return format!("{} patients in usual care; nothing is assigned.", whole(sizes[0]));
    }
    let arms: Vec<String> =
        arm_ids(&scenario.factors).iter().zip(sizes).map(|(arm, size)| format!("{arm} {size}")).collect();
    let total = whole(sizes.iter().sum());
    let assignment = &scenario.design.assignment;
    let within = match assignment.strata.as_slice() {
        [] => String::new(),
        strata => format!(" by {}", list(strata)),
    };
    let how = match assignment.method {
        AssignmentMethod::Fixed => {
            return format!(
                "{total} patients in random order into arms of fixed sizes: {}.",
                arms.join(", ")
            );
        }
        AssignmentMethod::Simple => "each by a draw of their own".to_owned(),
        AssignmentMethod::Blocks if within.is_empty() => "by random permuted blocks".to_owned(),
        AssignmentMethod::Blocks => format!("by random permuted blocks{within}"),
        AssignmentMethod::Minimisation => format!("by minimisation with a random element{within}"),
        AssignmentMethod::Urn => "by Wei's urn".to_owned(),
    };
    format!("{total} patients, assigned {how}; on average {}.", arms.join(", "))
}

fn therapists(scenario: &Scenario, stated: &Therapists) -> String {
    let [context, treatment] = [0, 1].map(|k| scenario.factors.get(k).map_or("", |factor| &factor.id));
    let layout = match stated.layout {
        TherapistLayout::Crossed => "who each treat patients of all arms".to_owned(),
        TherapistLayout::Nested => {
            format!("each trained in one level of {context}, who treat both of {treatment}")
        }
        TherapistLayout::NestedInArms => "who each treat patients of one arm".to_owned(),
    };
    let mut text = format!("{} therapists {layout}", whole(stated.n));
    if let Some(level) = &stated.only_with {
        text.push_str(&format!(", only of patients with {level} {context}"));
    }
    if let Some(cv) = stated.caseload_cv.filter(|&cv| cv > 0.0) {
        text.push_str(&format!(", with caseloads that vary by {}", percent(cv)));
    }
    text.push('.');
    if let Some(icc) = &stated.icc {
        let share = by_outcome(scenario, icc, percent);
        text.push_str(&format!(" Share of the variance within an arm that lies between them: {share}."));
    }
    if let Some(sds) = &stated.context_effect_sd {
        let sds = by_outcome(scenario, sds, exact);
        text.push_str(&format!(" SD between them of the effect of {context}: {sds}."));
    }
    text
}

fn by_outcome(scenario: &Scenario, values: &ByOutcome, say: impl Fn(f64) -> String) -> String {
    let last = scenario.response.outcomes.iter().filter(|(_, outcome)| outcome.visit.is_none());
    let named = last.filter_map(|(name, _)| Some((name, values.of(name)?)));
    list(&named.map(|(name, value)| format!("{} ({name})", say(value))).collect::<Vec<_>>())
}

fn covariate(covariate: &Covariate) -> String {
    let name = covariate.label.as_ref().map_or(covariate.id.clone(), |label| {
        if *label == covariate.id { label.clone() } else { format!("{} ({label})", covariate.id) }
    });
    let moments = format!(
        "mean {}, SD {}",
        covariate.mean.map_or_else(String::new, exact),
        covariate.sd.map_or_else(String::new, exact)
    );
    let limits = match (covariate.min, covariate.max) {
        (Some(min), Some(max)) => format!(" between {} and {}", exact(min), exact(max)),
        (Some(min), None) => format!(" from {}", exact(min)),
        (None, Some(max)) => format!(" up to {}", exact(max)),
        (None, None) => String::new(),
    };
    let law = match covariate.law {
        Law::Normal => "normal",
        Law::TruncatedNormal => "normal, cut off,",
        Law::LogNormal => "log-normal",
        Law::Beta => "beta",
        Law::Gamma => "gamma",
        Law::Categorical => {
            let levels = covariate.levels.iter().flatten();
            let levels: Vec<String> =
                levels.map(|(level, share)| format!("{level} {}", percent(*share))).collect();
            return format!("{name}: {}.", list(&levels));
        }
        Law::Pilot => {
            let count = covariate.values.as_ref().map_or(0, Vec::len);
            return format!("{name}: as in one of {} patients of a pilot.", whole(count as u64));
        }
        Law::Empirical => {
            let count = covariate.values.as_ref().map_or(0, Vec::len);
            return format!("{name}: one of {} measured values.", whole(count as u64));
        }
    };
    format!("{name}: {law}{limits}, {moments}.")
}

fn enrolment(scenario: &Scenario, explained: &Explained) -> Option<String> {
    let screening = explained.cohort.screening.as_ref()?;
    let rules: Vec<String> = scenario.cohort.eligibility.iter().map(rule).collect();
    let (share, mcse) = screening.eligible;
    let mut text = format!(
        "Enrolled are patients with {}: {} of those screened (simulated, MCSE {}).",
        list(&rules),
        percent(share),
        percent(mcse)
    );
    for outcome in &explained.outcomes {
        let Some(parts) = &outcome.parts else { continue };
        if scenario.response.outcomes.get(&outcome.name).is_some_and(|stated| stated.visit.is_some()) {
            continue;
        }
        let simulated = simulated_regression(scenario, explained, &outcome.name);
        text.push_str(&format!(
            " Regression to the mean of {} is then {}{}.",
            outcome.name,
            fixed(parts[0].regression_to_the_mean, 2),
            simulated.map_or_else(String::new, |simulated| format!(" (simulated {})", fixed(simulated, 2)))
        ));
    }
    Some(text)
}

/// Regression to the mean among the simulated enrolled, where the stated one is exact.
fn simulated_regression(scenario: &Scenario, explained: &Explained, name: &str) -> Option<f64> {
    let cohort = &explained.cohort;
    let simulated = cohort.screening.as_ref().filter(|_| cohort.is_traced_back()).map(|s| &s.simulated)?;
    let sign = f64::from(scenario.response.outcomes.get(name)?.better.map(Better::sign)?);
    let baseline = cohort.index(&resolve::baseline_column(scenario, name)?)?;
    let after = cohort.index(name)?;
    let shift = |variable: usize| simulated[variable].mean[0] - cohort.moments[variable].mean[0];
    Some(sign * (shift(after) - shift(baseline)))
}

fn rule(rule: &Eligibility) -> String {
    let name = &rule.variable;
    match (&rule.any_of, rule.at_least, rule.at_most) {
        (Some(levels), ..) => format!("{name} {}", list(levels)),
        (None, Some(low), Some(high)) => format!("{name} from {} to {}", exact(low), exact(high)),
        (None, Some(low), None) => format!("{name} of at least {}", exact(low)),
        (None, None, Some(high)) => format!("{name} of at most {}", exact(high)),
        (None, None, None) => name.clone(),
    }
}

fn outcome(scenario: &Scenario, name: &str, stated: &Outcome) -> Vec<String> {
    let unit = stated.unit.as_ref().map_or_else(String::new, |unit| format!(" {unit}"));
    let better = match stated.better {
        Some(Better::Lower) => ", where lower is better",
        Some(Better::Higher) => ", where higher is better",
        None => "",
    };
    let label = stated.label.as_ref().map_or_else(|| name.to_owned(), |label| format!("{name} ({label})"));
    let means = resolve::arm_means(scenario, stated);
    let sds = by_arm(scenario, resolve::arm_sds(scenario, stated), exact);
    let control = match resolve::is_observational(scenario) {
        true => String::new(),
        false => format!(" in {}", arm_ids(&scenario.factors)[0]),
    };
    let baseline = baseline(scenario, name, stated);
    let mut lines = vec![format!(
        "{label}{better}: {}{unit} on average{control}, SD {sds} within an arm{baseline}.",
        exact(means[0])
    )];
    lines.push(effects(scenario, name, stated, &unit));
    if let Some(course) = stated.natural_course {
        lines.push(format!(
            "Without any treatment {name} would have improved by {}{unit} (SD {} between patients).",
            exact(course.mean),
            exact(course.sd)
        ));
    }
    if let Some(sd) = stated.sham_response_sd.filter(|&sd| sd > 0.0) {
        lines.push(format!(
            "Patients differ in how much {name} improves by being treated at all: SD {}.",
            exact(sd)
        ));
    }
    if let Some(shape) = stated.residual_shape {
        let tails =
            shape.t_degrees_of_freedom.map(|df| format!("heavy tails (t, {} degrees of freedom)", exact(df)));
        let skew = shape.skewness.map(|skewness| format!("a skewness of {}", exact(skewness)));
        lines.extend(tails.or(skew).map(|shape| format!("What is left of {name} to chance has {shape}.")));
    }
    lines
}

fn baseline(scenario: &Scenario, name: &str, stated: &Outcome) -> String {
    let Some(baseline) = &stated.baseline else { return String::new() };
    let column = resolve::baseline_column(scenario, name).unwrap_or_default();
    match (baseline.mean, baseline.sd) {
        (Some(mean), Some(sd)) => format!(
            "; before treatment mean {}, SD {}, correlation {}",
            exact(mean),
            exact(sd),
            exact(baseline.correlation)
        ),
        _ => format!("; before treatment it is {column}, correlation {}", exact(baseline.correlation)),
    }
}

fn effects(scenario: &Scenario, name: &str, stated: &Outcome, unit: &str) -> String {
    let names = resolve::effect_parts(&scenario.factors);
    let parts = resolve::parts_of_effect(scenario, stated);
    let say = |(name, benefit): (&String, &f64)| format!("{name} {}", exact(*benefit));
    let at_reference: Vec<String> = names.iter().zip(&parts).map(say).collect();
    let mut text = format!(
        "Benefits in {name}{}: {}; the first two at the other's reference level, the last beyond their sum.",
        if unit.is_empty() { String::new() } else { format!(",{unit}") },
        at_reference.join(", ")
    );
    let differ = stated.effect_sd.iter().flatten().filter(|(_, sd)| **sd > 0.0);
    let differ: Vec<String> =
        differ.map(|(effect, sd)| format!("{effect} with an SD of {}", exact(*sd))).collect();
    if !differ.is_empty() {
        text.push_str(&format!(" They differ between patients: {}.", list(&differ)));
    }
    for (effect, moderators) in stated.moderators.iter().flatten() {
        text.push_str(&moderated(effect, moderators));
    }
    if let Some(belief) = stated.belief_effect.filter(|&belief| belief != 0.0) {
        text.push_str(&format!(" Believing to be treated helps by {}.", exact(belief)));
    }
    text
}

fn moderated(effect: &str, moderators: &IndexMap<String, Moderator>) -> String {
    let signed = |share: f64| format!("{}{}", if share > 0.0 { "+" } else { "" }, percent(share));
    let one = |(name, moderator): (&String, &Moderator)| match moderator {
        Moderator::Slope(slope) => format!("{} for each SD of {name}", signed(*slope)),
        Moderator::Levels(offsets) => {
            let levels = offsets.iter().map(|(level, offset)| format!("{} with {level}", signed(*offset)));
            format!("by {name} {}", list(&levels.collect::<Vec<_>>()))
        }
    };
    format!(" The effect of {effect} differs: {}.", list(&moderators.iter().map(one).collect::<Vec<_>>()))
}

fn visits(scenario: &Scenario) -> Option<String> {
    let visits = scenario.response.visits.as_ref()?;
    let visit = |visit: &Visit| {
        format!(
            "{} (week {}: {} of the course, {} of the effects)",
            visit.id,
            exact(visit.week),
            percent(visit.course),
            percent(visit.effect)
        )
    };
    let earlier: Vec<String> = visits.earlier.iter().map(visit).collect();
    let pattern = match visits.correlation_pattern {
        CorrelationPattern::Exchangeable => {
            format!("any two visits correlate by {}", exact(visits.correlation))
        }
        CorrelationPattern::Ar1 => {
            format!(
                "visits a week apart correlate by {}, others less by its powers",
                exact(visits.correlation)
            )
        }
    };
    Some(format!(
        "Measured in week {} and before that at {}; {pattern}.",
        exact(visits.last_week),
        list(&earlier)
    ))
}

fn delivery(scenario: &Scenario) -> Option<String> {
    let delivery = scenario.response.delivery.as_ref()?;
    let context = scenario.factors.first()?;
    let [first, second] = context.levels.as_slice() else { return None };
    let mut text = format!(
        "Of {second} {}, {} reaches the patient, and with {first} {} slips through",
        context.id,
        percent(delivery.fidelity),
        percent(delivery.contamination)
    );
    let sources = [
        ("therapist's ability", delivery.therapist_sd),
        ("patient's disposition", delivery.disposition_sd),
        ("chance", delivery.residual_sd),
    ];
    let sources = sources.iter().filter(|(_, sd)| *sd > 0.0);
    let sources: Vec<String> = sources.map(|(name, sd)| format!("{name} SD {}", exact(*sd))).collect();
    if !sources.is_empty() {
        text.push_str(&format!("; what is perceived also varies by {}", list(&sources)));
    }
    let of = match delivery.effect_of {
        crate::scenario::EffectOf::Assignment => "being assigned to it",
        crate::scenario::EffectOf::Delivery => "perfect delivery, so a trial finds less",
    };
    Some(format!("{text}. Stated effects of {} are those of {of}.", context.id))
}

fn blinding(scenario: &Scenario) -> Option<String> {
    scenario.response.blinding.as_ref()?;
    let shares = by_arm(scenario, resolve::believers(scenario), percent);
    let level =
        scenario.factors.get(1).and_then(|factor| factor.levels.get(1).map(|level| (level, &factor.id)))?;
    Some(format!("Patients who believe to have {} {}: {shares}.", level.0, level.1))
}

fn instruments(scenario: &Scenario) -> Vec<String> {
    let one = |(name, instrument): (&String, &crate::scenario::Instrument)| {
        let mut says = Vec::new();
        match (instrument.min, instrument.max) {
            (Some(min), Some(max)) => says.push(format!("from {} to {}", exact(min), exact(max))),
            (Some(min), None) => says.push(format!("from {}", exact(min))),
            (None, Some(max)) => says.push(format!("up to {}", exact(max))),
            (None, None) => {}
        }
        says.extend(instrument.step.map(|step| format!("in steps of {}", exact(step))));
        says.extend(
            instrument.sem.map(|sem| format!("with a standard error of measurement of {}", exact(sem))),
        );
        says.extend(instrument.reliability.map(|share| format!("with a reliability of {}", exact(share))));
        format!("{name} is measured {}.", list(&says))
    };
    // What measures an outcome measures it at every visit.
    let outcomes = &scenario.response.outcomes;
    let last = |name: &String| outcomes.get(name).is_some_and(|outcome| outcome.visit.is_none());
    scenario.observation.instruments.iter().filter(|(name, _)| last(name)).map(one).collect()
}

fn depends(on: Option<&String>, correlation: Option<f64>) -> String {
    match (on, correlation) {
        (Some(on), Some(correlation)) => {
            format!(", the more the {} {on}", if correlation > 0.0 { "higher" } else { "lower" })
        }
        _ => String::new(),
    }
}

fn event(scenario: &Scenario, event: &IntercurrentEvent) -> String {
    let rate = by_arm(scenario, resolve::by_arm(scenario, &event.rate), percent);
    let name = event.label.as_ref().unwrap_or(&event.id);
    let strategy = match event.strategy {
        Strategy::TreatmentPolicy => "outcomes count as they are (treatment policy)",
        Strategy::Hypothetical => "what counts is the outcome without it (hypothetical)",
        Strategy::Composite => "it is a part of the outcome (composite)",
    };
    format!(
        "{name} happens to {rate} of patients{}; {strategy}.",
        depends(event.depends_on.as_ref(), event.correlation)
    )
}

fn missing(scenario: &Scenario, missing: &Missing) -> String {
    let rate = by_arm(scenario, resolve::by_arm(scenario, &missing.rate), percent);
    let what = missing
        .outcomes
        .as_ref()
        .map_or_else(|| "Outcomes are".to_owned(), |names| format!("{} is", list(names)));
    let left = if missing.dropout { " by the last visit" } else { "" };
    let mechanism = match missing.mechanism {
        Mechanism::Mcar => "completely at random",
        Mechanism::Mar => "at random given what was measured before",
        Mechanism::Mnar => "not at random",
    };
    format!(
        "{what} missing in {rate} of patients{left}, {mechanism}{}.",
        depends(missing.depends_on.as_ref(), missing.correlation)
    )
}

fn analyses(scenario: &Scenario) -> String {
    let one = |analysis: &crate::scenario::AnalysisSpec| {
        let adjusted = resolve::covariates(analysis);
        let adjusted =
            if adjusted.is_empty() { String::new() } else { format!(", adjusted for {}", list(&adjusted)) };
        let by = analysis.moderator.as_ref().map_or_else(String::new, |moderator| format!(" by {moderator}"));
        let who = analysis.responder.map_or_else(String::new, |rule| format!(" ({})", rule.words()));
        let through = analysis.mediator.as_ref().map_or_else(String::new, |of| format!(" through {of}"));
        format!("{} of {}{who}{by}{through}{adjusted}", analysis.method, analysis.outcome)
    };
    let all: Vec<String> = scenario.analyses.iter().map(one).collect();
    let together = scenario.multiplicity.as_ref().map_or_else(String::new, |stated| {
        format!(" Primary hypotheses together: {}.", stated.procedure.title())
    });
    format!("Analysed by {}, two-sided at {}.{together}", all.join("; "), exact(scenario.alpha))
}
