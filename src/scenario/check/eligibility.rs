//! Can anybody be enrolled?
//!
//! In comes a scenario; out come findings about `cohort.eligibility` and
//! `cohort.of`.

use super::names::{before_treatment, unknown_value};
use crate::cohort::{CohortModel, NoCohort, NoPopulation};
use crate::scenario::finding::Finding;
use crate::scenario::{Eligibility, Scenario, pointer, resolve, words};

const AT: &str = "/cohort/eligibility";

pub(super) fn check(scenario: &Scenario) -> Vec<Finding> {
    let rules = scenario.cohort.eligibility.iter().enumerate();
    rules.flat_map(|(index, rule)| check_rule(scenario, rule, &pointer::item(AT, index))).collect()
}

fn check_rule(scenario: &Scenario, rule: &Eligibility, at: &str) -> Vec<Finding> {
    let known = before_treatment(scenario);
    let unknown = unknown_value(&rule.variable, &known, "variable", format!("{at}/variable"));
    if let Some(finding) = unknown {
        return vec![finding];
    }
    let limits = rule.at_least.is_some() || rule.at_most.is_some();
    match (resolve::levels(scenario, &rule.variable), &rule.any_of) {
        (Some(levels), Some(enrolled)) if !limits => {
            let known: Vec<String> = levels.keys().cloned().collect();
            let names = enrolled.iter().enumerate();
            names
                .filter_map(|(k, name)| unknown_value(name, &known, "level", format!("{at}/any_of/{k}")))
                .collect()
        }
        (Some(_), _) => {
            let found = format!("{}, which has levels", words::quoted(&rule.variable));
            vec![Finding::value(at, found, "`any_of` with the levels that are enrolled, and no limits")]
        }
        (None, Some(_)) => {
            let found = format!("`any_of` for {}, which has no levels", words::quoted(&rule.variable));
            vec![Finding::name(format!("{at}/any_of"), found, "`at_least`, `at_most`, or both")]
        }
        (None, None) if !limits => {
            vec![Finding::value(at, "a rule without limits", "`at_least`, `at_most`, or both")]
        }
        (None, None) => match (rule.at_least, rule.at_most) {
            (Some(low), Some(high)) if low > high => {
                let allowed = format!("a number of at least `at_least`, {low}");
                vec![Finding::value(format!("{at}/at_most"), high.to_string(), allowed)]
            }
            _ => Vec::new(),
        },
    }
}

/// Whether the rules leave anybody, and whom. Only for a scenario in which all else is right.
pub(super) fn check_cohort(scenario: &Scenario) -> Option<Finding> {
    if scenario.cohort.eligibility.is_empty() {
        return None;
    }
    Some(match CohortModel::new(scenario, 0).err()? {
        NoCohort::Nobody { eligible, screened } => {
            let found = format!("{eligible} of {} candidates eligible", words::thousands(screened));
            let finding = Finding::value(AT, found, "rules that at least one candidate in 1,000 meets");
            finding.help("candidates are simulated as the cohort describes them, and measured at screening")
        }
        NoCohort::Population(NoPopulation::NotOneNormalRule) => {
            let found =
                "numbers of the enrolled with more than one rule, or with variables that are not normal";
            let finding = Finding::value("/cohort/of", found, "`screened`");
            finding.help(
                "from the enrolled to those screened there is a way back for one rule on one normal variable \
                 among normal variables; else state the numbers of those screened",
            )
        }
        NoCohort::Population(NoPopulation::Unreachable { name, why }) => {
            let found =
                format!("a mean and SD of {} that no enrolled patients can have", words::quoted(&name));
            Finding::value(AT, found, why.allowed)
        }
        NoCohort::Correlation => {
            let found = "rules before which the true values would correlate too closely";
            Finding::value(AT, found, "less error of measurement, or weaker correlations")
        }
    })
}
