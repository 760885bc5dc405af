//! Wrong numbers about patients: each is found at its place, and what is allowed is said.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use trialliance::error::Problem;
use trialliance::scenario::{Override, library, read};

/// The problems of an embedded scenario in which these fields are set.
fn problems(name: &str, set: &[&str]) -> Vec<Problem> {
    let overrides: Vec<Override> = set.iter().map(|one| Override::parse(one).unwrap()).collect();
    let text = library::find(name).unwrap().text;
    let error = read(text, name, &overrides).expect_err("must be refused");
    // A source of a field that is gone is beside the point.
    error.problems.into_iter().filter(|problem| !problem.pointer.starts_with("/sources")).collect()
}

#[track_caller]
fn refused(name: &str, set: &[&str], expected: &[(&str, &str, &str)]) {
    let problems = problems(name, set);
    let found: Vec<(&str, &str, &str)> = problems
        .iter()
        .map(|problem| (problem.pointer.as_str(), problem.found.as_str(), problem.allowed.as_str()))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn instruments() {
    let pain = "/observation/instruments/pain";
    let set = |field: &str, value: &str| format!("{pain}/{field}={value}");
    refused(
        "confirmatory",
        &[&set("sem", "2")],
        &[(
            "/observation/instruments/pain/sem",
            "2, which leaves nothing of the SD of `pain`",
            "a number below the SD of what is measured",
        )],
    );
    refused(
        "confirmatory",
        &[&set("sem", "1.6")],
        &[(
            "/observation/instruments",
            "an error of measurement with which the true values of `pain` would correlate too closely",
            "less error, or weaker correlations",
        )],
    );
    refused(
        "confirmatory",
        &[&set("reliability", "0.8")],
        &[(
            "/observation/instruments/pain/reliability",
            "`reliability` beside `sem`",
            "either `sem` or `reliability`",
        )],
    );
    refused(
        "confirmatory",
        &[&set("max", "-1"), &set("step", "0")],
        &[
            ("/observation/instruments/pain/step", "0", "a number above 0"),
            ("/observation/instruments/pain/max", "-1", "a number above `min`, 0"),
        ],
    );
    refused(
        "confirmatory",
        &[r#"/observation/instruments={"pian": {"min": 0}}"#],
        &[("/observation/instruments/pian", "an unknown outcome `pian`", "`pain`")],
    );
}

#[test]
fn missing_values() {
    let missing = |value: &str| format!("/observation/missing=[{value}]");
    refused(
        "confirmatory",
        &[&missing(r#"{"rate": 1.2}"#)],
        &[("/observation/missing/0/rate", "1.2", "a number from 0 to 1")],
    );
    refused(
        "confirmatory",
        &[&missing(r#"{"rate": 0.1, "mechanism": "mar", "depends_on": "pain", "correlation": 0.1}"#)],
        &[("/observation/missing/0/depends_on", "`pain`", "`pain_baseline`")],
    );
    refused(
        "confirmatory",
        &[&missing(r#"{"rate": {"SL": 0.1, "AL": 0.1, "SE": 0.1}, "mechanism": "mnar"}"#)],
        &[
            (
                "/observation/missing/0/rate",
                "nothing for `AE`",
                "one entry for each of `SL`, `AL`, `SE` and `AE`",
            ),
            ("/observation/missing/0/depends_on", "nothing", "an outcome, whose value is then unseen"),
        ],
    );
    refused(
        "confirmatory",
        &[&missing(r#"{"rate": 0.1, "depends_on": "pain_baseline", "correlation": 0.2}"#)],
        &[(
            "/observation/missing/0/depends_on",
            "`depends_on` with the mechanism `mcar`",
            "`depends_on` with `mar` or `mnar`",
        )],
    );
    refused(
        "confirmatory",
        &[&missing(r#"{"rate": 0.1, "outcomes": ["ppt"]}"#)],
        &[("/observation/missing/0/outcomes/0", "`ppt`", "`pain`")],
    );
}

#[test]
fn events() {
    refused(
        "confirmatory",
        &[
            r#"/observation/events=[{"id": "pain", "rate": 0.1, "benefits": {"pian": 3}, "strategy": "composite"}]"#,
        ],
        &[
            (
                "/observation/events/0/id",
                "`pain` as the name of an event, which is the name of an outcome",
                "a name of its own",
            ),
            ("/observation/events/0/benefits/pian", "an unknown outcome `pian`", "`pain`"),
            (
                "/observation/events/0/composite_values",
                "nothing",
                "the value that counts after the event, by outcome",
            ),
        ],
    );
}

#[test]
fn delivery_and_belief() {
    refused(
        "consultation-acupuncture",
        &["/response/delivery/effect_of=assignment", "/response/delivery/fidelity=0.1"],
        &[(
            "/response/delivery/fidelity",
            "0.1, which is not above `contamination`, 0.1",
            "a number above `contamination`",
        )],
    );
    refused(
        "unblinded",
        &["/response/blinding=null"],
        &[(
            "/response/outcomes/pain/belief_effect",
            "`belief_effect` without `/response/blinding`",
            "both or neither",
        )],
    );
}

#[test]
fn what_differs_between_patients() {
    refused(
        "confirmatory",
        &[r#"/response/outcomes/pain/moderators={"alliance": {"age": 1}, "ifcc": {"pain_baseline": 1}}"#],
        &[
            (
                "/response/outcomes/pain/moderators/alliance/age",
                "an unknown covariate `age`",
                "`pain_baseline`",
            ),
            (
                "/response/outcomes/pain/moderators/ifcc",
                "an unknown effect `ifcc`",
                "one of `alliance`, `ifc`, `synergy`",
            ),
        ],
    );
    refused(
        "confirmatory",
        &[r#"/response/outcomes/pain/effect_sd={"alliance": -1}"#],
        &[("/response/outcomes/pain/effect_sd/alliance", "-1", "a number of at least 0")],
    );
}

#[test]
fn names_of_columns_are_taken_once() {
    let found = problems(
        "consultation-acupuncture",
        &[
            r#"/cohort={"covariates": [{"id": "arm", "mean": 0, "sd": 1}, {"id": "disposition", "mean": 0, "sd": 1}]}"#,
        ],
    );
    let pointers: Vec<&str> = found.iter().map(|problem| problem.pointer.as_str()).collect();
    assert_eq!(pointers, ["/cohort/covariates/0/id", "/cohort/covariates/1/id"]);
}

#[test]
fn sizes_and_assignment() {
    let design = |text: &str| format!("/design={text}");
    refused(
        "confirmatory",
        &[&design(r#"{"n_total": 100}"#)],
        &[("/design/n_total", "`n_total` with the method `fixed`", "`n_per_arm` for the method `fixed`")],
    );
    refused(
        "confirmatory",
        &["/design/assignment/method=urn"],
        &[
            (
                "/design/n_total",
                "nothing",
                "the patients in all, as `urn` leaves the sizes of the arms to chance",
            ),
            ("/design/n_per_arm", "`n_per_arm` with the method `urn`", "`n_total` and `ratio`"),
        ],
    );
    refused(
        "confirmatory",
        &[&design(
            r#"{"n_total": 100, "ratio": {"SL": 2, "AL": 1, "SE": 1, "AE": 2},
            "assignment": {"method": "blocks", "block_sizes": [6, 8], "urn_start": 1, "strata": ["sex"]}}"#,
        )],
        &[
            (
                "/design/assignment/urn_start",
                "`urn_start` with the method `blocks`",
                "`urn_start` only with `urn`",
            ),
            (
                "/design/assignment/strata/0",
                "`sex`",
                "a categorical covariate or `therapist`, of which the scenario has none",
            ),
            ("/design/assignment/block_sizes/1", "8", "a multiple of 6, the sum of the allocation ratio"),
        ],
    );
    refused(
        "confirmatory",
        &[&design(
            r#"{"n_total": 100, "assignment": {"method": "minimisation", "best_probability": 0, "strata": []}}"#,
        )],
        &[
            ("/design/assignment/best_probability", "0", "a number above 0 and up to 1"),
            (
                "/design/assignment/strata",
                "nothing",
                "the factors to balance: categorical covariates or `therapist`",
            ),
        ],
    );
}

#[test]
fn therapists() {
    let therapists = |text: &str| format!("/design/therapists={text}");
    let clustered = |text: &str, expected: &[(&str, &str, &str)]| {
        refused("therapist-clustered", &[&therapists(text)], expected);
    };
    clustered(r#"{"n": 16}"#, &[("/design/n_per_arm", "nothing", "the patients in each arm")]);
    refused(
        "confirmatory",
        &[&therapists(
            r#"{"n": 301, "icc": {"pian": 0.1}, "only_with": "active", "stratified": true,
                          "layout": "nested"}"#,
        )],
        &[
            (
                "/design/therapists/n",
                "301 therapists for 300 patients",
                "at most one therapist for each patient",
            ),
            (
                "/design/therapists/stratified",
                "`stratified` where therapists are not crossed with arms of fixed sizes",
                "`stratified` with the layout `crossed` and the method `fixed`",
            ),
            ("/design/therapists/only_with", "`active`", "one of `limited`, `enhanced`"),
            ("/design/therapists/icc/pian", "an unknown outcome `pian`", "`pain`"),
        ],
    );
    refused(
        "confirmatory",
        &[&therapists(r#"{"n": 16, "caseload": 10}"#)],
        &[(
            "/design/therapists/caseload",
            "10 patients of each of 16 therapists beside 300 patients",
            "either a caseload or sizes of the arms",
        )],
    );
    clustered(
        r#"{"n": 3, "caseload": 20, "layout": "nested_in_arms"}"#,
        &[("/design/therapists/n", "3", "at least 4, one for each group of arms")],
    );
    // What baseline and error leave: 1 − .51 of the variance.
    clustered(
        r#"{"n": 16, "caseload": 10, "icc": 0.6}"#,
        &[("/design/therapists/icc", "0.6 for `pain`", "a number below 0.4899, with the others as stated")],
    );
    refused(
        "consultation-acupuncture",
        &["/response/delivery/therapist_sd=0.2"],
        &[(
            "/response/delivery/therapist_sd",
            "`therapist_sd` without `/design/therapists`",
            "both or neither",
        )],
    );
}

/// One covariate in place of none.
fn covariate(text: &str, expected: &[(&str, &str, &str)]) {
    refused("confirmatory", &[&format!(r#"/cohort/covariates=[{text}]"#)], expected);
}

#[test]
fn laws_of_covariates() {
    let at = "/cohort/covariates/0";
    covariate(
        r#"{"id": "age"}"#,
        &[(&format!("{at}/mean"), "nothing", "a number"), (&format!("{at}/sd"), "nothing", "a number")],
    );
    covariate(
        r#"{"id": "pcs", "law": "beta", "mean": 17, "sd": 30, "min": 0, "max": 52, "levels": {"a": 1}}"#,
        &[(&format!("{at}/levels"), "`levels` with the law `beta`", "what the law needs, and nothing else")],
    );
    covariate(
        r#"{"id": "pcs", "law": "beta", "mean": 17, "sd": 30, "min": 0, "max": 52}"#,
        &[(&format!("{at}/sd"), "30", "an SD up to 24.380435 with this mean and these limits")],
    );
    covariate(
        r#"{"id": "pain0", "law": "truncated_normal", "mean": 50, "sd": 25, "min": 30}"#,
        &[(&format!("{at}/sd"), "25", "an SD below 19.980000 with this mean and these limits")],
    );
    covariate(
        r#"{"id": "pain0", "law": "truncated_normal", "mean": 20, "sd": 5, "min": 30, "max": 100}"#,
        &[(&format!("{at}/mean"), "20", "a mean between 30 and 100")],
    );
    covariate(
        r#"{"id": "risk", "law": "categorical", "levels": {"low": 0.3, "High": 0.3}}"#,
        &[
            (
                &format!("{at}/levels/High"),
                "`High`",
                "a name of lower-case letters, digits and `_`, beginning with a letter",
            ),
            (&format!("{at}/levels"), "shares that sum to 0.6", "shares that sum to 1"),
        ],
    );
    covariate(
        r#"{"id": "visits", "law": "empirical", "values": [2, 2]}"#,
        &[(&format!("{at}/values"), "2 for every patient", "values that differ")],
    );
}

#[test]
fn correlations_that_no_such_variables_have() {
    let two = |value: f64| {
        format!(
            r#"/cohort={{"covariates": [{{"id": "months", "law": "log_normal", "mean": 40, "sd": 50}},
                                        {{"id": "age", "mean": 48, "sd": 12}}],
                       "correlation": [{{"between": ["months", "age"], "value": {value}}}]}}"#
        )
    };
    refused(
        "confirmatory",
        &[&two(0.9)],
        &[(
            "/cohort/correlation/0/value",
            "0.9 for `months` and `age`, whose distributions leave no such correlation",
            "a number from -0.776 to 0.776",
        )],
    );
}

#[test]
fn moderators_by_level() {
    let moderated = |text: &str| {
        [
            r#"/cohort/covariates=[{"id": "risk", "law": "categorical", "levels": {"low": 0.5, "high": 0.5}}]"#
                .to_owned(),
            format!(r#"/response/outcomes/pain/moderators={{"alliance": {text}}}"#),
        ]
    };
    let at = "/response/outcomes/pain/moderators/alliance";
    let wrong = |text: &str, expected: &[(&str, &str, &str)]| {
        let [one, other] = moderated(text);
        refused("confirmatory", &[&one, &other], expected);
    };
    wrong(r#"{"risk": 0.5}"#, &[(&format!("{at}/risk"), "0.5", "a number for each level of the covariate")]);
    wrong(
        r#"{"risk": {"low": 0, "high": 0.5}}"#,
        &[(
            &format!("{at}/risk"),
            "numbers with a mean of 0.25 over the patients",
            "numbers with a mean of 0",
        )],
    );
    wrong(
        r#"{"risk": {"lwo": -1, "high": 1}, "pain_baseline": {"low": 1}}"#,
        &[
            (&format!("{at}/risk/lwo"), "an unknown level `lwo`", "one of `low`, `high`"),
            (
                &format!("{at}/pain_baseline"),
                "numbers by level for a covariate without levels",
                "one number: the relative increase of the effect per standard deviation",
            ),
        ],
    );
}

#[test]
fn analyses_of_moderation() {
    let at = "/analyses/2";
    let wrong = |analysis: &str, expected: &[(&str, &str, &str)]| {
        refused("psychosocial-moderation", &[&format!("{at}={analysis}")], expected);
    };
    wrong(
        r#"{"method": "moderation", "outcome": "pain"}"#,
        &[(
            at,
            "`moderation` without `moderator`",
            "one of `baseline`, `risk`, `catastrophising`, `expectation`",
        )],
    );
    wrong(
        r#"{"method": "moderation", "outcome": "pain", "moderator": "risc"}"#,
        &[(
            "/analyses/2/moderator",
            "an unknown covariate `risc`",
            "one of `baseline`, `risk`, `catastrophising`, `expectation`",
        )],
    );
    wrong(
        r#"{"method": "anova", "outcome": "pain", "moderator": "risk"}"#,
        &[("/analyses/2/moderator", "`moderator` for `anova`", "`moderator` only for `moderation`")],
    );
    wrong(
        r#"{"method": "moderation", "outcome": "pain", "moderator": "risk", "covariates": ["baseline", "risk"]}"#,
        &[("/analyses/2/covariates/1", "`risk`, which is adjusted for already", "each covariate once")],
    );
    wrong(
        r#"{"method": "lmm", "outcome": "pain"}"#,
        &[(
            "/analyses/2/method",
            "`lmm` in a scenario without therapists",
            "a scenario with `/design/therapists`",
        )],
    );
    wrong(
        r#"{"method": "ancova", "outcome": "pain", "df": "kenward-roger"}"#,
        &[("/analyses/2/df", "`df` for `ancova`", "`df` only for one of `lmm`, `mmrm`")],
    );
    for layout in [r#"{"n": 16, "caseload": 10, "layout": "nested"}"#, r#"{"n": 8, "only_with": "enhanced"}"#]
    {
        let sizes = r#"/design/n_per_arm={"SL": 40, "AL": 40, "SE": 40, "AE": 40}"#;
        let sizes = if layout.contains("caseload") { "/alpha=0.05" } else { sizes };
        refused(
            "therapist-clustered",
            &[
                &format!("/design/therapists={layout}"),
                sizes,
                r#"/analyses/0/random_effects="intercept-and-slope""#,
            ],
            &[(
                "/analyses/0/random_effects",
                "`intercept-and-slope` where therapists deliver one level of the context each",
                "`intercept`, or therapists with the layout `crossed`",
            )],
        );
    }
    refused(
        "psychosocial-moderation",
        &["/design/n_total=12", "/analyses/3/covariates=[\"baseline\"]"],
        &[(
            "/analyses/2/covariates",
            "12 patients, with 1 to adjust for beside four arms and 8 slopes",
            "at least 14 patients, so that a residual degree of freedom is left",
        )],
    );
}

#[test]
fn eligibility() {
    let cohort = |text: &str| format!("/cohort={text}");
    let rules = |text: &str| cohort(&format!(r#"{{"eligibility": {text}}}"#));
    refused(
        "confirmatory",
        &[&rules(
            r#"[{"variable": "age", "at_least": 18}, {"variable": "pain_baseline"},
                     {"variable": "pain_baseline", "at_least": 7, "at_most": 4},
                     {"variable": "pain_baseline", "any_of": ["high"]}]"#,
        )],
        &[
            ("/cohort/eligibility/0/variable", "`age`", "`pain_baseline`"),
            ("/cohort/eligibility/1", "a rule without limits", "`at_least`, `at_most`, or both"),
            ("/cohort/eligibility/2/at_most", "4", "a number of at least `at_least`, 7"),
            (
                "/cohort/eligibility/3/any_of",
                "`any_of` for `pain_baseline`, which has no levels",
                "`at_least`, `at_most`, or both",
            ),
        ],
    );
    refused(
        "confirmatory",
        &[&cohort(r#"{"of": "screened", "eligibility": [{"variable": "pain_baseline", "at_least": 12}]}"#)],
        &[(
            "/cohort/eligibility",
            "0 of 131,072 candidates eligible",
            "rules that at least one candidate in 1,000 meets",
        )],
    );
    // A mean of 5.2 and an SD of 2 among patients with 4 or more.
    refused(
        "confirmatory",
        &[&rules(r#"[{"variable": "pain_baseline", "at_least": 4}]"#)],
        &[(
            "/cohort/eligibility",
            "a mean and SD of `pain_baseline` that no enrolled patients can have",
            "an SD below 1.698300 with this mean and these limits",
        )],
    );
    refused(
        "confirmatory",
        &[&rules(
            r#"[{"variable": "pain_baseline", "at_least": 1}, {"variable": "pain_baseline", "at_most": 9}]"#,
        )],
        &[(
            "/cohort/of",
            "numbers of the enrolled with more than one rule, or with variables that are not normal",
            "`screened`",
        )],
    );
}

#[test]
fn a_pilot_has_whole_rows() {
    let pilot = |second: &str, correlation: &str| {
        format!(
            r#"/cohort={{"covariates": [{{"id": "age", "law": "pilot", "values": [40, 50, 61]}},
                 {{"id": "bmi", "law": "pilot", "values": {second}}},
                 {{"id": "fear", "law": "gamma", "mean": 3, "sd": 2}}], "correlation": [{correlation}]}}"#
        )
    };
    refused(
        "confirmatory",
        &[&pilot("[20, 25]", "")],
        &[("/cohort/covariates/1/values", "2 rows", "3 rows, as many as `age` has")],
    );
    refused(
        "confirmatory",
        &[&pilot(
            "[20, 27, 25]",
            r#"{"between": ["age", "bmi"], "value": 0.1}, {"between": ["age", "fear"], "value": 0.1}"#,
        )],
        &[
            (
                "/cohort/correlation/0",
                "a correlation of two covariates of the pilot",
                "none: they hang together as they did there",
            ),
            (
                "/cohort/correlation/1",
                "a correlation of a covariate of the pilot with one that is not normal",
                "a normal covariate, or one of the pilot",
            ),
        ],
    );
    covariate(
        r#"{"id": "age", "law": "empirical", "file": "pilot.csv"}"#,
        &[(
            "/cohort/covariates/0/file",
            "`pilot.csv` with files are not read here; state `values`",
            "a CSV file with a header and numbers in the column `age`",
        )],
    );
}

#[test]
fn permutations() {
    let set = |assignment: &str, analysis: &str, expected: &[(&str, &str, &str)]| {
        let sets = [format!("/design/assignment={assignment}"), format!("/analyses/2={analysis}")];
        refused("psychosocial-moderation", &[&sets[0], &sets[1]], expected);
    };
    let permutation = r#"{"method": "permutation", "outcome": "pain"}"#;
    for method in ["minimisation", "urn"] {
        let strata = if method == "urn" { "" } else { r#", "strata": ["risk"]"# };
        let found = format!(
            "`permutation` where `/design/assignment/method` is `{method}`, by which some orders of the labels are \
             likelier than others"
        );
        set(
            &format!(r#"{{"method": "{method}"{strata}}}"#),
            permutation,
            &[(
                "/analyses/2/method",
                &found,
                "it with `fixed`, `simple` or `blocks`, which leave all permutations equally likely",
            )],
        );
    }
    refused(
        "psychosocial-moderation",
        &["/alpha=0.001", &format!("/analyses/2={permutation}")],
        &[(
            "/analyses/2/resamples",
            "199 permutations, whose least p value 1/200 is above alpha",
            "at least 999 for alpha = 0.001",
        )],
    );
    set(
        r#"{"method": "simple"}"#,
        r#"{"method": "wilcoxon", "outcome": "pain", "strata": ["risk"]}"#,
        &[(
            "/analyses/2/strata",
            "`strata` for `wilcoxon`",
            "`strata` only for one of `mantel_haenszel`, `van_elteren`",
        )],
    );
    set(
        r#"{"method": "simple"}"#,
        r#"{"method": "van_elteren", "outcome": "pain", "strata": ["catastrophising"]}"#,
        &[("/analyses/2/strata/0", "`catastrophising`, which is no covariate with levels", "`risk`")],
    );
}

#[test]
fn responders() {
    let wrong = |analysis: &str, expected: &[(&str, &str, &str)]| {
        refused("psychosocial-moderation", &[&format!("/analyses/2={analysis}")], expected);
    };
    let rules = "one of `at_most`, `at_least`, `improvement`, `improvement_percent`";
    wrong(
        r#"{"method": "logistic", "outcome": "pain"}"#,
        &[("/analyses/2", "`logistic` without `responder`", &format!("a `responder` with {rules}"))],
    );
    wrong(
        r#"{"method": "risk_difference", "outcome": "pain", "responder": {"at_most": 30, "at_least": 5}}"#,
        &[("/analyses/2/responder", "no rule, or more than one", rules)],
    );
    wrong(
        r#"{"method": "ancova", "outcome": "pain", "responder": {"at_most": 30}}"#,
        &[(
            "/analyses/2/responder",
            "`responder` for `ancova`",
            "`responder` only for one of `risk_difference`, `logistic`, `odds_ratio`, `risk_ratio`, `mantel_haenszel`",
        )],
    );
    wrong(
        r#"{"method": "logistic", "outcome": "pain", "responder": {"improvement": -5}}"#,
        &[("/analyses/2/responder/improvement", "-5", "a number above 0")],
    );
}

/// The help of the one problem.
#[track_caller]
fn help(name: &str, set: &[&str]) -> String {
    let problems = problems(name, set);
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems.into_iter().next().and_then(|problem| problem.help).unwrap_or_default()
}

#[test]
fn shares_that_are_percentages() {
    let delivery = "/response/delivery";
    let share = "a number from 0 to 1";
    for (field, value) in [("fidelity", "90"), ("contamination", "1.5"), ("contamination", "-1e+308")] {
        let at = format!("{delivery}/{field}");
        refused("script-or-gift", &[&format!("{at}={value}")], &[(&at, value, share)]);
    }
    let meant = help("script-or-gift", &["/response/delivery/fidelity=90"]);
    assert_eq!(meant, "did you mean 0.9? it is a share, not a percentage");
    assert_eq!(help("script-or-gift", &["/response/delivery/fidelity=1.5"]), "");
}

#[test]
fn steps_wider_than_the_scale() {
    let at = "/response/delivery/rating/step";
    let allowed = "a number above 0 and up to 96, from `min` to `max`";
    refused("ferreira-2013", &[&format!("{at}=1000")], &[(at, "1000", allowed)]);
    assert!(help("ferreira-2013", &[&format!("{at}=1000")]).contains("neighbouring values"));
    let at = "/observation/instruments/pain/step";
    let allowed = "a number above 0 and up to 10, from `min` to `max`";
    refused("confirmatory", &[&format!("{at}=200")], &[(at, "200", allowed)]);
    // A step of the whole range shows two values.
    let text = library::find("confirmatory").unwrap().text;
    read(text, "confirmatory", &[Override::parse(&format!("{at}=10")).unwrap()]).unwrap();
}

#[test]
fn outcomes_that_nobody_has() {
    let at = "/observation/missing/0/rate";
    let share = "a share from 0 to below 1";
    refused("confirmatory", &[&format!("{at}=1")], &[(at, "1, which leaves nobody", share)]);
    assert_eq!(help("confirmatory", &[&format!("{at}=1")]), "`pain` is analysed");
    let rates = r#"{"SL": 0.1, "AL": 1, "SE": 0.1, "AE": 0.1}"#;
    let arm = format!("{at}/AL");
    refused("confirmatory", &[&format!("{at}={rates}")], &[(&arm, "1, which leaves nobody", share)]);
}

#[test]
fn levels_stated_for_each_other() {
    let level = "a number of at least 0.5 and below 1";
    refused("confirmatory", &["/confidence_level=0.05"], &[("/confidence_level", "0.05", level)]);
    assert_eq!(help("confirmatory", &["/confidence_level=0.05"]), "did you mean 0.95?");
    refused("confirmatory", &["/alpha=0.95"], &[("/alpha", "0.95", "a number above 0 and below 0.5")]);
    assert_eq!(help("confirmatory", &["/alpha=0.95"]), "did you mean 0.05?");
    refused("confirmatory", &["/alpha=0.5"], &[("/alpha", "0.5", "a number above 0 and below 0.5")]);
}

#[test]
fn improvements_that_nobody_can_have() {
    let at = "/analyses/2/responder/improvement_percent";
    let set = format!("{at}=300");
    refused("confirmatory", &[&set], &[(at, "300", "a number above 0 and up to 100")]);
    assert!(help("confirmatory", &[&set]).contains("on a scale from 0 to 10"));
    // Of what rises from near 0 any percentage can be.
    let better = "/response/outcomes/pain/better=higher";
    let text = library::find("confirmatory").unwrap().text;
    let set = [&set, better].map(|one| Override::parse(one).unwrap());
    read(text, "confirmatory", &set).unwrap();
}

#[test]
fn means_of_another_scale() {
    let allowed = "a number from 0 to 10, on the scale of its instrument";
    let pain = "/response/outcomes/pain";
    let means = [format!("{pain}/control_mean"), format!("{pain}/baseline/mean")];
    for at in &means {
        refused("confirmatory", &[&format!("{at}=42")], &[(at, "42", allowed)]);
    }
    let said = help("confirmatory", &[&format!("{pain}/control_mean=42")]);
    assert!(said.contains("`pain` is measured on a scale from 0 to 10"), "{said}");
    let arms = r#"{"SL": 4, "AL": 3, "SE": 35, "AE": -1}"#;
    let set = [
        format!("{pain}/control_mean=null"),
        format!("{pain}/effects=null"),
        format!("{pain}/arm_means={arms}"),
    ];
    let (third, fourth) = (format!("{pain}/arm_means/SE"), format!("{pain}/arm_means/AE"));
    let set: Vec<&str> = set.iter().map(String::as_str).collect();
    refused("confirmatory", &set, &[(&third, "35", allowed), (&fourth, "-1", allowed)]);
}

#[test]
fn runs_without_answers_end_alike_whatever_their_length() {
    use trialliance::engine::{self, EngineChoice, RunOptions};
    use trialliance::error::ErrorKind;
    let nobody =
        r#"/analyses=[{"method": "odds_ratio", "outcome": "pain", "responder": {"at_least": 1000}}]"#;
    let set: Vec<Override> = [nobody, "/primary=[]", "/multiplicity=null", "/sources={}"]
        .iter()
        .map(|one| Override::parse(one).unwrap())
        .collect();
    let scenario = read(library::find("confirmatory").unwrap().text, "confirmatory", &set).unwrap();
    for replicates in [1, 100, 300, 2000] {
        let options = RunOptions { replicates, engine: EngineChoice::Patients, ..RunOptions::default() };
        let error = engine::run(&scenario, &options, &mut |_| {}).expect_err("no answer in any trial");
        assert_eq!(error.kind, ErrorKind::Scenario, "{replicates}");
        assert!(error.message.contains("gave no answer"), "{}", error.message);
        let going_on = RunOptions { keep_going: true, ..options };
        assert!(engine::run(&scenario, &going_on, &mut |_| {}).is_ok());
    }
}
