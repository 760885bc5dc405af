//! Advice on the scenario itself: what a reviewer would ask about its assumptions.
//!
//! In come a scenario and the result of its run; out come warnings, each fitted to the scenario.

use crate::analysis::registry;
use crate::result::{RunResult, Warning};
use crate::scenario::words::thousands;
use crate::scenario::{Instrument, Outcome, Scenario, TherapistLayout, resolve};
use crate::stats::normal;

use super::qualify;

/// The largest Monte Carlo standard error of a power that is told to two digits.
const TWO_DIGITS: f64 = 0.005_5;

/// The code of the warning of a power that is not.
pub const IMPRECISE: &str = "imprecise";

/// Fewer therapists than this are few.
const MANY_THERAPISTS: u64 = 10;

/// A share of patients at the end of a scale that is worth a word.
const AT_THE_END: f64 = 0.15;

/// The largest published effect of the context on pain, in mm on 0 to 100 (Fuentes et al. 2014), and, for other outcomes,
/// a number of standard deviations that no trial of the context has found again.
const LARGEST_MM: f64 = 12.5;
const LARGEST_SDS: f64 = 1.0;

/// All advice, each code at most once per outcome or analysis.
pub(super) fn advice(scenario: &Scenario, result: &RunResult) -> Vec<Warning> {
    let mut all = Vec::new();
    all.extend(imprecise(result));
    all.extend(few_therapists(scenario));
    all.extend(chooses_by_test(scenario));
    for (name, outcome) in &scenario.response.outcomes {
        all.extend(ends_of_scale(scenario, name, outcome));
        all.extend(large_effect(scenario, name, outcome));
    }
    all
}

fn warning(code: &str, message: String) -> Warning {
    Warning { code: code.to_owned(), message }
}

fn imprecise(result: &RunResult) -> Option<Warning> {
    let Warning { code, message } = imprecise_primary(result)?;
    Some(Warning { code, message: format!("{message}, or ask for --precision 0.005") })
}

/// That a primary power cannot be told to two digits, for questions that cannot be asked for a precision.
#[must_use]
pub fn imprecise_primary(result: &RunResult) -> Option<Warning> {
    let primary = result.results.iter().filter(|row| row.primary);
    let mcse = primary.filter_map(|row| row.power.mcse).fold(0.0, f64::max);
    imprecise_power("a primary power", mcse, result.replicates)
}

/// That a power, or the least precise of several, has too large a Monte Carlo standard error to be told to two digits, and
/// how many trials would do; none if it has not. `what` begins the sentence.
#[must_use]
pub fn imprecise_power(what: &str, mcse: f64, replicates: u64) -> Option<Warning> {
    let needed = replicates as f64 * (mcse / 0.005) * (mcse / 0.005);
    let rounded = (needed / 1000.0).ceil() as u64 * 1000;
    (mcse > TWO_DIGITS).then(|| {
        let message = format!(
            "{what} is known to ±{mcse:.3} only (one Monte Carlo standard error): for two digits simulate about {} \
             trials (--replicates {rounded})",
            thousands(rounded)
        );
        warning(IMPRECISE, message)
    })
}

fn few_therapists(scenario: &Scenario) -> Option<Warning> {
    let therapists = scenario.design.therapists.as_ref().filter(|_| qualify::therapists_differ(scenario))?;
    let by_level =
        if therapists.layout == TherapistLayout::Crossed { "" } else { ", and fewer deliver each level," };
    (therapists.n < MANY_THERAPISTS).then(|| {
        let message = format!(
            "{} therapists{by_level} are few to estimate what differs between them: standard errors and degrees of freedom \
             are rough; `cluster_summary` keeps its level with any number, and more therapists do more than more patients \
             of each",
            therapists.n
        );
        warning("few_therapists", message)
    })
}

fn chooses_by_test(scenario: &Scenario) -> Option<Warning> {
    let chooses = |method: &str| method == "interaction_then_choose" && registry::find(method).is_some();
    scenario.analyses.iter().any(|analysis| chooses(&analysis.method)).then(|| {
        let message = "interaction_then_choose lets a test of the interaction choose the analysis: it is there to show what \
                       that does (estimates are biased, intervals cover too seldom); plan with main effects and report the \
                       interaction with its interval";
        warning("chooses_by_test", message.to_owned())
    })
}

/// How many patients are at the end of a scale, where that is many: an effect has nowhere to go.
fn ends_of_scale(scenario: &Scenario, name: &str, outcome: &Outcome) -> Option<Warning> {
    let instrument = scenario.observation.instruments.get(name)?;
    let (means, sds) = (resolve::arm_means(scenario, outcome), resolve::arm_sds(scenario, outcome));
    let half_step = instrument.step.unwrap_or(0.0) / 2.0;
    let share = |end: &dyn Fn(&Instrument, f64, f64) -> Option<f64>| {
        means.iter().zip(&sds).filter_map(|(&mean, &sd)| end(instrument, mean, sd)).fold(0.0, f64::max)
    };
    let low = share(&|instrument, mean, sd| Some(normal::cdf((instrument.min? + half_step - mean) / sd)));
    let high = share(&|instrument, mean, sd| Some(normal::sf((instrument.max? - half_step - mean) / sd)));
    let (share, end) = if low > high { (low, "floor") } else { (high, "ceiling") };
    (share > AT_THE_END).then(|| {
        let message = format!(
            "about {:.0} % of patients of an arm would be at the {end} of {name}'s scale: effects are measured smaller than \
             they are there, and the truth is that of what is measured",
            100.0 * share
        );
        warning("ends_of_scale", message)
    })
}

fn large_effect(scenario: &Scenario, name: &str, outcome: &Outcome) -> Option<Warning> {
    let means = resolve::arm_means(scenario, outcome);
    let effect = crate::estimand::contrast(&crate::estimand::WEIGHTS[0], &means).abs();
    let sds = resolve::arm_sds(scenario, outcome);
    let sd = sds.iter().sum::<f64>() / sds.len() as f64;
    let context = &scenario.factors.first()?.id;
    let in_mm = outcome.unit.as_deref() == Some("mm");
    let message = if in_mm && effect > LARGEST_MM * (1.0 + 1e-9) {
        format!(
            "the effect of {context} on {name}, {effect:.1} mm, is larger than any published ({LARGEST_MM} mm in one trial; a \
             meta-analysis of context finds 1.8): see what remains with `trialliance assurance --prior {context}=sceptical`"
        )
    } else if !in_mm && effect > LARGEST_SDS * sd {
        format!(
            "the effect of {context} on {name} is {:.1} standard deviations, larger than trials of the context find (about \
             .1): see what remains with a smaller one, as by `trialliance curve --over effect`",
            effect / sd
        )
    } else {
        return None;
    };
    Some(warning("effect_larger_than_published", message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{RunOptions, run};
    use crate::scenario::library;

    fn codes(name: &str, set: &[&str], replicates: u64) -> Vec<String> {
        let text = library::find(name).expect("embedded").text;
        let overrides: Vec<_> =
            set.iter().map(|text| crate::scenario::Override::parse(text).expect("an override")).collect();
        let scenario = crate::scenario::read(text, name, &overrides).expect("valid");
        let options = RunOptions { replicates, ..RunOptions::default() };
        let result = run(&scenario, &options, &mut |_| {}).expect("a result");
        advice(&scenario, &result).into_iter().map(|warning| warning.code).collect()
    }

    #[test]
    fn advice_fits_the_scenario() {
        assert_eq!(codes("sceptical", &[], 10_000), [""; 0]);
        assert_eq!(codes("sceptical", &[], 1000), ["imprecise"]);
        assert_eq!(
            codes("fuentes-2014-realistic-noise", &["/response/outcomes/pain/effects/alliance=15"], 10_000),
            ["effect_larger_than_published"]
        );
        assert_eq!(codes("therapist-clustered", &["/design/therapists/n=6"], 10_000), ["few_therapists"]);
        let low = ["/response/outcomes/pain/control_mean=1.5"];
        assert_eq!(codes("confirmatory", &low, 10_000), ["ends_of_scale"]);
        let choose =
            [r#"/analyses=[{"method": "interaction_then_choose", "outcome": "pain"}]"#, "/primary=[]"];
        assert_eq!(codes("sceptical", &choose, 10_000), ["chooses_by_test"]);
    }
}
