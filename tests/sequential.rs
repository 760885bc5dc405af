//! Do group-sequential trials keep what they promise? Level, power, median and coverage, by identities and by
//! simulated Brownian paths.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use trialliance::decision::sequential::{
    Boundaries, Decision, Futility, FutilityStops, InverseNormal, MOST_LOOKS, Plan, Rule, Sides, Spending,
};
use trialliance::stats::normal;
use trialliance::stats::quadrature::GaussLegendre;

fn equal(looks: usize) -> Vec<f64> {
    (1..=looks).map(|look| look as f64 / looks as f64).collect()
}

fn plan(information: &[f64], rule: Rule) -> Plan {
    let information = information.to_vec();
    Plan { information, alpha: 0.025, sides: Sides::One, rule, futility: Futility::None }
}

const RULES: [Rule; 8] = [
    Rule::Spending(Spending::OBrienFleming),
    Rule::Spending(Spending::Pocock),
    Rule::Spending(Spending::HwangShihDeCani { gamma: -4.0 }),
    Rule::Spending(Spending::KimDeMets { rho: 3.0 }),
    Rule::O_BRIEN_FLEMING,
    Rule::POCOCK,
    Rule::WangTsiatis { delta: 0.25 },
    Rule::HaybittlePeto { interim: 3.2 },
];

fn bounds(looks: usize, z: f64, binding: bool) -> Futility {
    Futility::Bounds { z: vec![z; looks - 1], binding }
}

/// Every rule, one- and two-sided, with binding futility and with futility by spending.
fn designs() -> Vec<Plan> {
    let mut designs = Vec::new();
    for rule in RULES {
        for information in [equal(2), equal(5), vec![0.2, 0.25, 0.9, 1.0]] {
            let looks = information.len();
            let one = plan(&information, rule);
            let spending = Spending::HwangShihDeCani { gamma: -2.0 };
            let spent = |binding| Futility::Spending { spending, power: 0.9, binding };
            designs.push(Plan { sides: Sides::Two, alpha: 0.05, ..one.clone() });
            designs.push(Plan { futility: bounds(looks, 0.2, true), ..one.clone() });
            designs.push(Plan { futility: bounds(looks, 0.2, false), ..one.clone() });
            designs.push(Plan { futility: spent(false), ..one.clone() });
            if !matches!(rule, Rule::WangTsiatis { .. }) {
                designs.push(Plan { futility: spent(true), ..one.clone() });
            }
            designs.push(one);
        }
    }
    designs
}

/// With futility that does not bind, the level is that of the trial that goes on.
#[test]
fn type_i_error_is_alpha_and_power_is_power() {
    for plan in designs() {
        let boundaries = Boundaries::new(&plan).unwrap();
        let spent = *boundaries.alpha_spent().last().unwrap();
        assert!((spent - plan.alpha).abs() < 1e-12, "{plan:?}: {spent}");
        let error = boundaries.exits(0.0).rejection();
        if plan.futility == Futility::None || plan.futility.is_binding() {
            assert!((error - plan.alpha).abs() < 1e-12, "{plan:?}: {error}");
        } else {
            assert!(error < plan.alpha - 1e-5, "{plan:?}: {error}");
        }
        let drift = boundaries.drift_for_power(0.9);
        let exits = boundaries.exits(drift);
        assert!((exits.power() - 0.9).abs() < 1e-11 && exits.power() == boundaries.power(drift));
        assert!((exits.stopping().iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert!(boundaries.inflation(0.9) > 1.0);
        if let Futility::Spending { spending, .. } = plan.futility {
            let mut missed = 0.0;
            for (no_claim, time) in exits.no_claim.iter().zip(&plan.information) {
                missed += no_claim;
                assert!((missed - spending.spent(0.1, *time)).abs() < 1e-11, "{plan:?}: {missed}");
            }
        }
    }
}

#[test]
fn one_look_is_the_fixed_trial() {
    for rule in RULES {
        let boundaries = Boundaries::new(&plan(&[1.0], rule)).unwrap();
        assert!((boundaries.critical()[0] - normal::isf(0.025)).abs() < 1e-12, "{rule:?}");
        assert!((boundaries.inflation(0.8) - 1.0).abs() < 1e-11, "{rule:?}");
        let result = boundaries.stage_wise(0, 1.3, FutilityStops::Obeyed).unwrap();
        assert!((result.p_value() - normal::sf(1.3)).abs() < 1e-15);
        assert!((result.median_unbiased() - 1.3).abs() < 1e-12);
        let naive = boundaries.naive_estimate(0.7);
        assert!(naive.bias.abs() < 1e-14 && (naive.variance - 1.0).abs() < 1e-13);
        assert!((boundaries.naive_coverage(0.7, 0.9) - 0.9).abs() < 1e-13);
    }
}

/// What is spent by a look is the p value of a result at its critical value.
#[test]
fn p_values_at_the_boundary_are_what_has_been_spent() {
    for plan in designs() {
        let boundaries = Boundaries::new(&plan).unwrap();
        for (look, (&critical, &spent)) in
            boundaries.critical().iter().zip(boundaries.alpha_spent()).enumerate()
        {
            let of = |z: f64| boundaries.stage_wise(look, z, FutilityStops::Ignored).unwrap();
            assert!((of(critical).p_value() - spent).abs() < 1e-13, "{plan:?} at {look}");
            if plan.sides == Sides::Two {
                assert!((of(-critical).p_value() - spent).abs() < 1e-13);
            }
        }
    }
}

/// A limit is 0 where the p value is the level that belongs to it.
#[test]
fn intervals_agree_with_p_values() {
    for plan in designs() {
        let boundaries = Boundaries::new(&plan).unwrap();
        let last = boundaries.looks() - 1;
        for z in [-1.0, boundaries.critical()[last], 3.0] {
            for stops in [FutilityStops::Ignored, FutilityStops::Obeyed] {
                let result = boundaries.stage_wise(last, z, stops).unwrap();
                let p = result.in_favour(0.0);
                assert!((p + result.against(0.0) - 1.0).abs() < 1e-12);
                let (low, high) = result.interval(1.0 - 2.0 * p.min(1.0 - p));
                assert!(low.abs() < 1e-9 || high.abs() < 1e-9, "{plan:?} {z}: {low} to {high}");
                let median = result.median_unbiased();
                assert!((result.in_favour(median) - 0.5).abs() < 1e-11);
            }
        }
    }
}

/// Stopping for futility by choice costs power, and buys lower critical values when it binds.
#[test]
fn binding_futility_lowers_critical_values() {
    for rule in RULES {
        let none = plan(&equal(4), rule);
        let of = |futility| Boundaries::new(&Plan { futility, ..none.clone() }).unwrap();
        let (free, choice, bound) = (of(Futility::None), of(bounds(4, 0.3, false)), of(bounds(4, 0.3, true)));
        assert_eq!(free.critical(), choice.critical());
        assert!(bound.critical()[3] < free.critical()[3]);
        assert!(choice.power(3.0) < bound.power(3.0) && choice.power(3.0) < free.power(3.0));
        assert!(choice.exits(0.0).expected_information() < free.exits(0.0).expected_information());
    }
}

/// Averaged over an interim look, the conditional power is the power of what is left.
#[test]
fn conditional_power_averages_to_power() {
    let rule = GaussLegendre::new(40);
    let futility = bounds(4, 0.1, false);
    let boundaries = Boundaries::new(&Plan { futility, ..plan(&equal(4), RULES[0]) }).unwrap();
    for drift in [0.0, 2.5] {
        let (low, high) = (boundaries.futility()[0], boundaries.critical()[0]);
        let weighted = |z: f64| normal::density(z - 0.5 * drift) * boundaries.conditional_power(0, z, drift);
        let later = rule.integrate(weighted, low, high);
        let exits = boundaries.exits(drift);
        assert!((later + exits.benefit[0] - exits.power()).abs() < 1e-12);
    }
    assert_eq!(boundaries.conditional_power(3, 1.0, 2.0), 0.0);
    assert!(boundaries.conditional_power(4, 1.0, 2.0).is_nan());
}

/// Drifts far beyond the grid of the null hypothesis have their own.
#[test]
fn far_drifts_leave_nothing_over() {
    for plan in designs() {
        let boundaries = Boundaries::new(&plan).unwrap();
        for drift in [-60.0, -12.0, -8.0001, -7.9999, 7.9999, 8.0001, 30.0] {
            let total: f64 = boundaries.exits(drift).stopping().iter().sum();
            assert!((total - 1.0).abs() < 1e-12, "{plan:?} {drift}: {total}");
        }
        let (within, beyond) = (boundaries.exits(8.0), boundaries.exits(8.0 + 1e-12));
        for (one, other) in within.stopping().iter().zip(beyond.stopping()) {
            assert!((one - other).abs() < 1e-11, "{plan:?}: {one} {other}");
        }
        let last = boundaries.looks() - 1;
        let result = boundaries.stage_wise(last, -25.0, FutilityStops::Ignored).unwrap();
        let (low, high) = result.interval(0.95);
        assert!(low < result.median_unbiased() && result.median_unbiased() < high, "{plan:?}: {low} {high}");
    }
}

#[test]
fn the_most_looks_are_possible() {
    let boundaries = Boundaries::new(&plan(&equal(MOST_LOOKS), RULES[0])).unwrap();
    assert!((boundaries.alpha_spent()[MOST_LOOKS - 1] - 0.025).abs() < 1e-12);
    assert!(boundaries.critical().windows(2).all(|pair| pair[1] < pair[0]));
    // So early that nothing can be spent.
    let boundaries = Boundaries::new(&plan(&[0.001, 0.5, 1.0], RULES[0])).unwrap();
    assert_eq!(boundaries.critical()[0], f64::INFINITY);
    assert!((boundaries.alpha_spent()[2] - 0.025).abs() < 1e-12);
}

/// Standard normal numbers from a fixed start (xoshiro256++).
fn normals() -> impl FnMut() -> f64 {
    use rand_xoshiro::Xoshiro256PlusPlus;
    use rand_xoshiro::rand_core::{Rng, SeedableRng};
    let mut generator = Xoshiro256PlusPlus::seed_from_u64(1);
    move || normal::quantile(((generator.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64)
}

/// Trials as Brownian paths, decided look by look: each frequency and mean lies within 5 standard errors of what is
/// said. 4 designs with 14 comparisons each: false alarms in 3e-5 of all seeds.
#[test]
fn simulated_trials_stop_estimate_and_cover_as_they_should() {
    const TRIALS: usize = 40_000;
    const INFERRED: usize = 1_000;
    let mut normal_number = normals();
    let one = plan(&[0.3, 0.6, 1.0], Rule::Spending(Spending::Pocock));
    let plans = [
        Plan { futility: bounds(3, 0.4, false), ..one.clone() },
        Plan { futility: bounds(3, 0.4, true), ..one.clone() },
        Plan { sides: Sides::Two, alpha: 0.05, ..one.clone() },
        Plan { rule: Rule::O_BRIEN_FLEMING, ..one },
    ];
    for plan in plans {
        let drift = 2.2;
        let boundaries = Boundaries::new(&plan).unwrap();
        let combination = InverseNormal::of_information(&plan.information).unwrap();
        let (mut stops, mut benefits) = ([0_usize; 3], [0_usize; 3]);
        let (mut sum, mut covered) = (0.0, 0_usize);
        let (mut below, mut within, mut inferred_covered, mut medians_below) =
            (0_usize, 0_usize, 0_usize, 0_usize);
        for trial in 0..TRIALS {
            let mut stages = Vec::new();
            let (look, z) = loop {
                let look = stages.len();
                let before = if look > 0 { plan.information[look - 1] } else { 0.0 };
                let mean = drift * (plan.information[look] - before).sqrt();
                stages.push(mean + normal_number());
                let z = combination.combine(&stages);
                match boundaries.decide(look, z) {
                    Decision::GoOn => {}
                    decision => {
                        benefits[look] += usize::from(decision == Decision::Benefit);
                        break (look, z);
                    }
                }
            };
            stops[look] += 1;
            let root = plan.information[look].sqrt();
            sum += z / root;
            covered += usize::from((z - drift * root).abs() < 1.959963984540054);
            let result = boundaries.stage_wise(look, z, FutilityStops::Obeyed).unwrap();
            let share = result.in_favour(drift);
            below += usize::from(share > 0.5);
            within += usize::from((0.025..0.975).contains(&share));
            if trial < INFERRED {
                let (low, high) = result.interval(0.95);
                inferred_covered += usize::from(low < drift && drift < high);
                medians_below += usize::from(result.median_unbiased() < drift);
            }
        }
        let frequency = |what: &str, count: usize, trials: usize, expected: f64| {
            let error = (expected * (1.0 - expected) / trials as f64).sqrt();
            let found = count as f64 / trials as f64;
            assert!(
                (found - expected).abs() <= 5.0 * error + 1e-12,
                "{what} of {plan:?}: {found} for {expected}"
            );
        };
        let exits = boundaries.exits(drift);
        for look in 0..3 {
            frequency("stops", stops[look], TRIALS, exits.stopping()[look]);
            frequency("benefits", benefits[look], TRIALS, exits.benefit[look]);
        }
        let naive = boundaries.naive_estimate(drift);
        let error = (naive.variance / TRIALS as f64).sqrt();
        assert!((sum / TRIALS as f64 - naive.mean).abs() < 5.0 * error);
        // The bias would be seen, unless early claims and stops for futility weigh each other up.
        assert!(naive.bias > 10.0 * error || plan.futility != Futility::None, "{}", naive.bias);
        frequency("coverage of the plain interval", covered, TRIALS, boundaries.naive_coverage(drift, 0.95));
        frequency("results below the median", TRIALS - below, TRIALS, 0.5);
        frequency("results within 95 %", within, TRIALS, 0.95);
        frequency("coverage", inferred_covered, INFERRED, 0.95);
        frequency("medians below the drift", medians_below, INFERRED, 0.5);
    }
}

#[test]
fn plans_that_cannot_be_are_told_why() {
    let good = plan(&[0.5, 1.0], Rule::Spending(Spending::Pocock));
    let told = |plan: Plan| Boundaries::new(&plan).unwrap_err().to_string();
    let with = |futility: Futility| Plan { futility, ..good.clone() };
    let rule = |rule: Rule| Plan { rule, ..good.clone() };
    let spent = |power: f64, binding: bool| Futility::Spending { spending: Spending::Pocock, power, binding };
    let cases = [
        (
            Plan { information: vec![0.7, 0.5, 1.0], ..good.clone() },
            "/information/1: found an information fraction of 0.5; allowed: more than the 0.7 of the look before; put \
             the looks in order",
        ),
        (
            Plan { alpha: 0.5, ..good.clone() },
            "/alpha: found alpha of 0.5; allowed: a number from 1e-9, below 0.5",
        ),
        (
            Plan { alpha: f64::NAN, sides: Sides::Two, ..good.clone() },
            "/alpha: found alpha of NaN; allowed: a number from 1e-9, below 1",
        ),
        (
            rule(Rule::WangTsiatis { delta: 0.6 }),
            "/delta: found delta of 0.6; allowed: a number from 0 to 0.5",
        ),
        (
            rule(Rule::Spending(Spending::HwangShihDeCani { gamma: f64::INFINITY })),
            "/gamma: found gamma of inf; allowed: a number from -40 to 40",
        ),
        (
            rule(Rule::HaybittlePeto { interim: 1.5 }),
            "/interim: found a critical value of 1.5 at the looks before the last, which spends 0.0668 of 0.025; \
             allowed: one that leaves some of the level to the last look",
        ),
        (
            rule(Rule::HaybittlePeto { interim: f64::NAN }),
            "/interim: found a critical value of NaN; allowed: a number above 0, at most 37",
        ),
        (
            with(Futility::Bounds { z: vec![0.0, 0.5], binding: false }),
            "/futility: found 2 bounds for futility; allowed: 1: one for each look but the last",
        ),
        (
            with(Futility::Bounds { z: vec![f64::NAN], binding: false }),
            "/futility/0: found a bound for futility of NaN; allowed: a number, or minus infinity for none",
        ),
        (
            with(Futility::Bounds { z: vec![3.0], binding: false }),
            "/futility/0: found a bound for futility of 3 at look 1; allowed: less than that look's critical value, \
             2.1570",
        ),
        (
            with(Futility::Bounds { z: vec![3.0], binding: true }),
            "/futility/0: found a bound for futility of 3 at look 1; allowed: less than that look's critical value, \
             2.1570",
        ),
        (
            with(Futility::Bounds { z: vec![2.15], binding: true }),
            "/futility: found binding bounds for futility at which so many trials without an effect stop that the \
             level cannot be spent; allowed: lower bounds, or bounds that do not bind",
        ),
        (
            Plan { sides: Sides::Two, ..with(bounds(2, 0.0, false)) },
            "/futility: found bounds for futility with a two-sided level; allowed: bounds for futility with a \
             one-sided level; plan one-sided with half of alpha: the critical values are as good as the same",
        ),
        (
            with(spent(0.02, false)),
            "/futility/power: found power of 0.02; allowed: a number above alpha, 0.025, and below 1",
        ),
        (
            Plan { rule: Rule::POCOCK, ..with(spent(0.8, true)) },
            "/futility: found binding futility by spending, with critical values that are not by spending; allowed: \
             futility that does not bind, or critical values by spending",
        ),
    ];
    for (plan, expected) in cases {
        assert_eq!(told(plan), expected);
    }
    let boundaries = Boundaries::new(&good).unwrap();
    let problem = boundaries.stage_wise(2, 1.0, FutilityStops::Ignored).unwrap_err();
    assert_eq!(problem.to_string(), "/look: found look 3 of 2; allowed: look 1 to 2");
    assert!(boundaries.stage_wise(0, f64::NAN, FutilityStops::Ignored).is_err());
    assert_eq!(boundaries.decide(2, 9.0), Decision::NoClaim);
    for drift in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert!(
            boundaries.exits(drift).rejection().is_nan() && boundaries.naive_estimate(drift).mean.is_nan()
        );
        assert!(boundaries.conditional_power(0, 1.0, drift).is_nan());
    }
    assert!(boundaries.drift_for_power(0.01).is_nan() && boundaries.drift_for_power(1.0).is_nan());
}
