//! The truth of mediation: what of the context's effect goes through the mediator.
//!
//! In come a scenario, its population and the mediator; out come the natural indirect effect, the natural
//! direct effect and their sum, averaged over the levels of the treatment with equal weights, and the two
//! paths. Through the rating of what is perceived they are those of what is perceived itself: exact where
//! the outcome's contrasts are those of its stated means. Else each patient of a large population is seen
//! with the second level of the context, but with what they would perceive at the first: what that
//! takes away is the indirect effect, and what is left beyond the first level the direct one. A rating with
//! error or a ceiling estimates less than the indirect effect, and the rest as direct; that is bias, and
//! reported as bias. How another outcome acts is nothing that a scenario says, so effects through it have
//! no truth here.
//!
//! Source: Pearl (2001), Proc. 17th Conf. Uncertainty in Artificial Intelligence 411.

use super::contrasts::{CHUNKS, LAST, Truths, mean_and_mcse};
use crate::engine::patients::virtual_trial::VirtualTrial;
use crate::estimand::{ARMS, WEIGHTS, contrast};
use crate::scenario::{Outcome, Rating, Scenario, resolve};

/// One truth: the value, its Monte Carlo standard error, the latent value.
#[derive(Debug, Clone, Copy)]
struct One {
    value: f64,
    mcse: f64,
    latent: f64,
}

impl One {
    fn exact(value: f64) -> Self {
        One { value, mcse: 0.0, latent: value }
    }

    fn undefined() -> Self {
        Self::exact(f64::NAN)
    }

    fn of(truths: &Truths, estimand: usize) -> Self {
        let mcse = truths.mcse.as_ref().map_or(0.0, |mcse| mcse[estimand]);
        One { value: truths.value[estimand], mcse, latent: truths.latent[estimand] }
    }
}

/// The truths of mediation of outcome number `outcome`, and why some of them are undefined. `differences`
/// are the truths of the differences of each outcome's means.
pub(super) fn truths(
    scenario: &Scenario,
    population: &VirtualTrial,
    outcome: usize,
    mediator: &str,
    differences: &dyn Fn(usize) -> Option<Truths>,
) -> (Truths, Option<String>) {
    let main = |outcome: usize| differences(outcome).map_or(One::undefined(), |of| One::of(&of, 0));
    let rating = resolve::rating_as_mediator(scenario).filter(|rating| rating.id == mediator);
    let stated = scenario.response.outcomes.get_index(outcome);
    let (Some(rating), Some((name, stated))) = (rating, stated) else {
        let of_mediator = scenario.response.outcomes.get_index_of(mediator);
        let on_mediator = of_mediator.map_or(One::undefined(), main);
        let nothing = One::undefined();
        let why = format!("the scenario does not say how {mediator} acts on the outcome");
        return (collect([nothing, nothing, main(outcome), on_mediator, nothing]), Some(why));
    };
    let latent = latent(scenario, stated, rating);
    let loses = scenario.observation.events.iter().any(|event| event.effect_lost > 0.0);
    let ([indirect, direct, slope], why) = match (population.is_linear(outcome), loses) {
        (true, _) => (latent.map(One::exact), None),
        (false, true) => {
            let why =
                format!("an event takes away a part of the effects on {name}, whatever they go through");
            ([One::undefined(); 3], Some(why))
        }
        (false, false) => {
            let [indirect, direct] = simulate(population, outcome, dose(scenario));
            let why = format!(
                "what {name} changes with what is perceived differs between patients, by their effects or by the \
                 instrument"
            );
            let simulated = |(value, mcse): (f64, f64), latent| One { value, mcse, latent };
            let of = [simulated(indirect, latent[0]), simulated(direct, latent[1]), One::undefined()];
            (of, Some(why))
        }
    };
    let on_mediator = on_rating(scenario, population, rating);
    (collect([indirect, direct, main(outcome), on_mediator, slope]), why)
}

fn collect(all: [One; 5]) -> Truths {
    let is_simulated = all.iter().any(|one| one.mcse > 0.0);
    Truths {
        value: all.iter().map(|one| one.value).collect(),
        mcse: is_simulated.then(|| all.iter().map(|one| one.mcse).collect()),
        latent: all.iter().map(|one| one.latent).collect(),
    }
}

/// Indirect and direct effect before anything is measured, and the change of the outcome per point of the
/// rating if what is perceived were changed by as much.
fn latent(scenario: &Scenario, outcome: &Outcome, rating: &Rating) -> [f64; 3] {
    let sign = outcome.sign_of_benefit();
    let [at_first, at_second] = resolve::mediated(scenario, outcome);
    let mean = |path: usize| 0.5 * (at_first[path] + at_second[path]);
    let belief = outcome.belief_effect.unwrap_or(0.0) * contrast(&WEIGHTS[0], &resolve::believers(scenario));
    let [effect, _, synergy] = resolve::parts_of_effect(scenario, outcome);
    let (_, passed_on) = resolve::perception(scenario);
    let points = rating.at_second_level - rating.at_first_level;
    let slope = (effect + 0.5 * synergy) * passed_on / points;
    // A sum with zero, so that no effect is 0 and not −0.
    [mean(0), mean(1) + belief, slope].map(|benefit| sign * benefit + 0.0)
}

/// How much more of the effect reaches patients at the second level by what they perceive.
fn dose(scenario: &Scenario) -> f64 {
    let (_, passed_on) = resolve::perception(scenario);
    let delivered = |delivery: &crate::scenario::Delivery| delivery.fidelity - delivery.contamination;
    passed_on * scenario.response.delivery.as_ref().map_or(0.0, delivered)
}

/// What the context does to the rating.
fn on_rating(scenario: &Scenario, population: &VirtualTrial, rating: &Rating) -> One {
    let delivered =
        scenario.response.delivery.as_ref().map_or([0.0; 2], |of| [of.contamination, of.fidelity]);
    let latent = (rating.at_second_level - rating.at_first_level) * (delivered[1] - delivered[0]);
    if population.rating_is_exact() {
        return One::exact(latent);
    }
    let mut columns = population.columns();
    let mut sums = Sums::default();
    let mut at_first = Vec::new();
    for chunk in 0..CHUNKS {
        population.draw(LAST - chunk, &mut columns);
        columns.arms.fill(0);
        population.rate(LAST - chunk, &mut columns);
        at_first.clone_from(&columns.rating);
        columns.arms.fill(ARMS as u8 / 2);
        population.rate(LAST - chunk, &mut columns);
        columns.rating.iter().zip(&at_first).for_each(|(second, first)| sums.add(second - first));
    }
    let (value, mcse) = sums.mean();
    One { value, mcse, latent }
}

/// Sums over patients.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    count: f64,
    sum: f64,
    squares: f64,
}

impl Sums {
    fn add(&mut self, value: f64) {
        self.count += 1.0;
        self.sum += value;
        self.squares += value * value;
    }

    /// The mean and its Monte Carlo standard error.
    fn mean(&self) -> (f64, f64) {
        mean_and_mcse(self.sum, self.squares, self.count)
    }
}

/// Natural indirect and direct effects on the recorded outcome, averaged over the treatment.
fn simulate(population: &VirtualTrial, outcome: usize, dose: f64) -> [(f64, f64); 2] {
    let mut columns = population.columns();
    let mut sums = [Sums::default(); 2];
    // Of each treatment: first level, second level, second level with what is perceived at the first.
    let mut seen: [[Vec<f64>; 3]; 2] = Default::default();
    for chunk in 0..CHUNKS {
        population.draw(LAST - chunk, &mut columns);
        for (treatment, seen) in seen.iter_mut().enumerate() {
            let second = treatment + ARMS / 2;
            for (values, (arm, more)) in
                seen.iter_mut().zip([(treatment, 0.0), (second, 0.0), (second, -dose)])
            {
                population.potential_with(more, arm, &mut columns);
                values.clone_from(&columns.outcomes[outcome]);
            }
        }
        for patient in 0..seen[0][0].len() {
            let mean = |which: usize| 0.5 * (seen[0][which][patient] + seen[1][which][patient]);
            sums[0].add(mean(1) - mean(2));
            sums[1].add(mean(2) - mean(0));
        }
    }
    sums.map(|sums| sums.mean())
}
