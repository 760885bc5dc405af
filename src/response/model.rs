//! The response made ready: every patient's outcome in every arm.
//!
//! In come the scenario and its cohort; out come, for each replicate, what is
//! particular to each patient, and from it any patient's value of any outcome
//! under any arm. The draws do not depend on the arm, so the four potential
//! outcomes of a patient share all chance; the trial reveals one of them.
//! Nothing here knows of analyses.

use super::effects::{EFFECTS, Effects, Particular};
use super::particular::{self, ParticularEffect};
use super::residual::shape;
use super::spread::Source;
use super::therapists::{TherapistColumns, TherapistEffects};
use crate::assignment::Layout;
use crate::cohort::marginal::Transform;
use crate::cohort::{CohortColumns, CohortModel, DrawBuffers, SourceDraws};
use crate::estimand::ARMS;
use crate::scenario::resolve::PartOf;
use crate::scenario::{Outcome, Scenario, resolve};
use crate::stats::normal;
use crate::vector::add_scaled;

/// Everything about the response that is fixed before the first replicate.
#[derive(Debug, Clone)]
pub struct ResponseModel {
    /// The outcomes, in the order of the scenario.
    pub outcomes: Vec<OutcomeModel>,
    disposition: Option<(usize, f64)>,
    delivery: Option<(SourceDraws, f64)>,
    belief: Option<SourceDraws>,
    therapists: Option<TherapistEffects>,
}

/// One outcome.
#[derive(Debug, Clone)]
pub struct OutcomeModel {
    /// +1 if a benefit raises it, −1 if a benefit lowers it.
    pub sign: f64,
    /// Mean of each arm, among the enrolled.
    pub mean: [f64; ARMS],
    /// Mean of each arm if all who are screened were in the trial.
    screened_mean: [f64; ARMS],
    /// Standard deviation within each arm, with all that differs between patients in effects.
    pub total_sd: [f64; ARMS],
    /// What the arms do.
    pub effects: Effects,
    /// Shape of its own source, where that is not normal.
    shape: Option<Transform>,
    /// The variable that is each patient's response to being treated, and its SD.
    being_treated: Option<(usize, f64)>,
    /// Its index among the patient's variables.
    variable: usize,
    /// Sources and their weights in each arm.
    terms: Vec<(usize, [f64; ARMS])>,
    error: [f64; ARMS],
    particular: [ParticularEffect; EFFECTS],
    belief_limits: [f64; ARMS],
    /// Variances of what patients perceive: by the therapist, the patient, and chance.
    of_perceived: [f64; 3],
    /// Variances of each effect between patients, what is the therapist's included.
    of_effects: [f64; EFFECTS],
}

/// Columns of one replicate; empty where there is nothing particular.
#[derive(Debug, Clone)]
pub struct ResponseColumns {
    /// Deviation of what each patient perceives from the mean of the level.
    pub perceived: Vec<f64>,
    /// Standard normal: who believes to be treated.
    pub belief: Vec<f64>,
    /// Deviation of each patient's effects, by outcome and effect.
    pub effects: Vec<[Vec<f64>; EFFECTS]>,
    chance: Vec<f64>,
    therapists: Option<TherapistColumns>,
    buffers: DrawBuffers,
}

impl ResponseModel {
    /// The response of a checked scenario with so many therapists. None if an outcome is not among
    /// its variables.
    #[must_use]
    pub fn new(scenario: &Scenario, cohort: &CohortModel, therapists: usize, seed: u64) -> Option<Self> {
        let therapists = TherapistEffects::new(scenario, cohort, therapists, seed);
        let outcomes = scenario.response.outcomes.iter().enumerate();
        let outcomes: Option<Vec<OutcomeModel>> = outcomes
            .map(|(number, (name, outcome))| {
                let slope_sd = therapists.as_ref().map_or(0.0, |therapists| therapists.slope_sd(number));
                OutcomeModel::new(scenario, cohort, name, outcome, slope_sd, seed)
            })
            .collect();
        let outcomes = outcomes?;
        let delivery = scenario.response.delivery.as_ref();
        let guessed = outcomes.iter().any(|outcome| outcome.effects.belief != 0.0);
        Some(ResponseModel {
            disposition: cohort
                .index(resolve::DISPOSITION)
                .and_then(|variable| Some((variable, delivery?.disposition_sd))),
            delivery: delivery
                .filter(|delivery| delivery.residual_sd > 0.0)
                .map(|delivery| (SourceDraws::new(seed, "delivery/chance"), delivery.residual_sd)),
            belief: guessed.then(|| SourceDraws::new(seed, "belief/chance")),
            therapists,
            outcomes,
        })
    }

    /// Whether the context's effect and what a patient perceives of it may go together: then a
    /// mean of their product is not the product of their means.
    #[must_use]
    pub fn ties_effects_to_perception(&self, outcome: usize) -> bool {
        let [context, _, synergy] = &self.outcomes[outcome].particular;
        self.disposition.is_some() && !(context.moderators.is_empty() && synergy.moderators.is_empty())
    }

    /// How much each arm's benefit rises with a covariate: per unit, or at each level after the
    /// first. None where it has no formula: something else that goes with the covariate changes
    /// effects too, or the arms differ in spread.
    #[must_use]
    pub fn moderated_benefit(
        &self,
        outcome: usize,
        covariate: usize,
        columns: usize,
    ) -> Option<Vec<[f64; ARMS]>> {
        let of = &self.outcomes[outcome];
        let same = |weights: &[f64; ARMS]| weights.iter().all(|&weight| weight == weights[0]);
        let alike = of.terms.iter().all(|(_, weights)| same(weights)) && same(&of.error);
        let alone = self.moderators(outcome).all(|moderator| moderator == covariate);
        let rise = |column: usize| {
            let rises = std::array::from_fn(|effect| {
                let moderators = of.particular[effect].moderators.iter();
                let relative: f64 = moderators.map(|(_, modulation)| modulation.rise(column)).sum();
                of.effects.mean[effect] * relative
            });
            std::array::from_fn(|arm| of.effects.benefit_of(rises, arm))
        };
        (alike && alone && self.disposition.is_none()).then(|| (0..columns).map(rise).collect())
    }

    /// Whether the measured values of an outcome, before rounding and limits, are normal in every arm with the mean
    /// and [SD](OutcomeModel::total_sd) there.
    #[must_use]
    pub fn is_normal(&self, number: usize, cohort: &CohortModel) -> bool {
        let of = &self.outcomes[number];
        let shaped =
            |source: usize| self.outcomes.iter().any(|one| one.variable == source && one.shape.is_some());
        let [context, _, synergy] = &of.particular;
        let reaches = of.effects.passed_on != 0.0 && (of.effects.mean[0] != 0.0 || of.effects.mean[2] != 0.0);
        let differs = context.differs() || synergy.differs();
        let perceived = self.disposition.is_some() || self.delivery.is_some() || of.of_perceived[0] > 0.0;
        let tied = |(variable, _): (usize, f64)| {
            let pairs = cohort.loadings[variable].iter().zip(&cohort.loadings[of.variable]);
            pairs.map(|(one, other)| one * other).sum::<f64>() != 0.0
        };
        cohort.is_normal_score(of.variable)
            && !of.terms.iter().any(|(source, _)| shaped(*source))
            && of.effects.belief == 0.0
            && of.particular.iter().all(|effect| effect.moderators.is_empty())
            // A product of normal variables is not normal, and a sum of correlated ones has another SD.
            && !(perceived && of.effects.passed_on != 0.0 && differs)
            && !(reaches && self.disposition.is_some_and(tied))
    }

    /// The variables that moderate the effects on an outcome.
    pub fn moderators(&self, outcome: usize) -> impl Iterator<Item = usize> {
        let effects = self.outcomes[outcome].particular.iter();
        effects.flat_map(|effect| effect.moderators.iter().map(|(variable, _)| *variable))
    }

    /// Columns for replicates of this layout.
    #[must_use]
    pub fn room(&self, layout: &Layout) -> ResponseColumns {
        let room = |wanted: bool| vec![0.0; if wanted { layout.patients() } else { 0 }];
        let effects =
            |outcome: &OutcomeModel| std::array::from_fn(|effect| room(outcome.particular[effect].differs()));
        ResponseColumns {
            perceived: room(self.disposition.is_some() || self.delivery.is_some()),
            belief: room(self.belief.is_some()),
            effects: self.outcomes.iter().map(effects).collect(),
            chance: room(true),
            therapists: self.therapists.as_ref().map(TherapistEffects::room),
            buffers: DrawBuffers::new(layout),
        }
    }

    /// Draws what is particular to the patients of one replicate, and mixes what is their
    /// therapists' into the sources of their outcomes.
    pub fn draw(
        &self,
        replicate: u64,
        layout: &Layout,
        therapists: &[u32],
        cohort: &mut CohortColumns,
        columns: &mut ResponseColumns,
    ) {
        let ResponseColumns { perceived, belief, effects, chance, therapists: room, buffers } = columns;
        for outcome in &self.outcomes {
            if let Some(shape) = &outcome.shape {
                shape.apply(&mut cohort.patients.sources[outcome.variable]);
            }
        }
        let mut of_therapists = self.therapists.as_ref().zip(room.as_mut());
        perceived.fill(0.0);
        if let Some((all, room)) = &mut of_therapists {
            all.share_sources(replicate, therapists, room, cohort);
            all.add_ability(replicate, therapists, room, perceived);
        }
        if let Some((variable, sd)) = self.disposition {
            // It has no error and its mean and SD are 0 and 1, so its score is what was "measured".
            add_scaled(sd, &cohort.patients.measured[variable], perceived);
        }
        if let Some((draws, sd)) = &self.delivery {
            draws.draw(replicate, layout, buffers, chance);
            add_scaled(*sd, chance, perceived);
        }
        if let Some(draws) = &self.belief {
            draws.draw(replicate, layout, buffers, belief);
        }
        for (number, (outcome, effects)) in self.outcomes.iter().zip(effects).enumerate() {
            let particular = outcome.particular.iter().zip(outcome.effects.mean);
            for ((of, mean), values) in particular.zip(effects.iter_mut()).filter(|((of, _), _)| of.differs())
            {
                values.fill(0.0);
                for (variable, modulation) in &of.moderators {
                    modulation.add(mean, &cohort.patients.measured[*variable], values);
                }
                if let Some((draws, sd)) = &of.heterogeneity {
                    draws.draw(replicate, layout, buffers, chance);
                    add_scaled(*sd, chance, values);
                }
            }
            if let Some((all, room)) = &mut of_therapists {
                all.add_slopes(number, replicate, therapists, room, &mut effects[0]);
            }
        }
    }
}

impl OutcomeModel {
    fn new(
        scenario: &Scenario,
        cohort: &CohortModel,
        name: &str,
        outcome: &Outcome,
        slope_sd: f64,
        seed: u64,
    ) -> Option<Self> {
        let variable = cohort.index(name)?;
        let (moments, reliability) = (cohort.moments[variable], cohort.reliability[variable]);
        let enrolled = cohort.enrolled[variable];
        let parts = resolve::effect_parts(&scenario.factors);
        // A patient in whom an effect is large has it at every visit.
        let patient = outcome.visit.as_ref().map_or(name, |visit| &visit.outcome);
        let particular: [ParticularEffect; EFFECTS] = std::array::from_fn(|effect| {
            let part = &parts[effect];
            let sd = outcome.effect_sd.as_ref().and_then(|sds| sds.get(part)).copied().unwrap_or(0.0);
            let draws = || SourceDraws::new(seed, &format!("{patient}/{part} effect"));
            ParticularEffect {
                moderators: particular::moderators(scenario, cohort, outcome, part),
                heterogeneity: (sd > 0.0).then(|| (draws(), sd)),
                therapists_sd: if effect == 0 { slope_sd } else { 0.0 },
            }
        });
        let believers = resolve::believers(scenario);
        let (level, passed_on) = resolve::perception(scenario);
        let effects = Effects {
            mean: resolve::parts_of_effect(scenario, outcome),
            level,
            passed_on,
            belief: outcome.belief_effect.unwrap_or(0.0),
            believers,
        };
        let of_effects =
            std::array::from_fn(|effect| particular[effect].variance(effects.mean[effect], cohort));
        let of_perceived = scenario.response.delivery.as_ref().map_or([0.0; 3], |delivery| {
            [delivery.therapist_sd, delivery.disposition_sd, delivery.residual_sd].map(|sd| sd * sd)
        });
        let total_sd = |arm: usize| {
            (enrolled.sd[arm] * enrolled.sd[arm]
                + effects.variance(arm, &of_effects, of_perceived.iter().sum()))
            .sqrt()
        };
        let root = reliability.sqrt();
        let weigh = |(source, &loading): (usize, &f64)| (source, moments.sd.map(|sd| sd * (root * loading)));
        let loadings = cohort.loadings[variable].iter().enumerate();
        Some(OutcomeModel {
            shape: shape(outcome.residual_shape),
            being_treated: resolve::latent_parts(scenario)
                .iter()
                .find(|part| part.of == PartOf::BeingTreated && part.outcome == *patient)
                .and_then(|part| Some((cohort.index(&part.name)?, outcome.sham_response_sd?))),
            variable,
            sign: outcome.sign_of_benefit(),
            mean: enrolled.mean,
            screened_mean: moments.mean,
            total_sd: std::array::from_fn(total_sd),
            effects,
            terms: loadings.filter(|&(_, &loading)| loading != 0.0).map(weigh).collect(),
            error: moments.sd.map(|sd| sd * (1.0 - reliability).sqrt()),
            particular,
            belief_limits: believers.map(normal::quantile),
            of_perceived,
            of_effects,
        })
    }

    /// What is particular to the patients for this outcome, number `number` of the scenario.
    #[must_use]
    pub fn particular<'a>(&self, columns: &'a ResponseColumns, number: usize) -> Particular<'a> {
        let [context, treatment, synergy] = &columns.effects[number];
        Particular {
            effects: [context, treatment, synergy],
            perceived: &columns.perceived,
            belief: &columns.belief,
            belief_limits: self.belief_limits,
        }
    }

    /// What differs between patients in effects, as variances within each arm.
    pub(super) fn spread_of_effects(&self) -> impl Iterator<Item = (Source, [f64; ARMS])> {
        let Effects { mean: [context, _, synergy], passed_on, .. } = self.effects;
        let arms: [usize; ARMS] = std::array::from_fn(|arm| arm);
        let perceived = |variance: f64| {
            arms.map(|arm| {
                let effect = passed_on * (context + (arm % 2) as f64 * synergy);
                effect * effect * variance
            })
        };
        let therapists_sd = self.particular[0].therapists_sd;
        let only = |of_effects: [f64; EFFECTS], of_perceived: f64| {
            let no_belief = Effects { belief: 0.0, mean: [0.0; EFFECTS], ..self.effects };
            arms.map(|arm| no_belief.variance(arm, &of_effects, of_perceived))
        };
        let all_perceived: f64 = self.of_perceived.iter().sum();
        let style = only([therapists_sd * therapists_sd, 0.0, 0.0], all_perceived);
        let [of_context, of_treatment, of_synergy] = self.of_effects;
        let patients = [of_context - therapists_sd * therapists_sd, of_treatment, of_synergy];
        let belief = Effects { mean: [0.0; EFFECTS], ..self.effects };
        let [ability, disposition, chance] = self.of_perceived.map(perceived);
        [
            (Source::Ability, ability),
            (Source::Style, style),
            (Source::Disposition, disposition),
            (Source::Perception, chance),
            (Source::Effects, only(patients, all_perceived)),
            (Source::Belief, arms.map(|arm| belief.variance(arm, &[0.0; EFFECTS], 0.0))),
        ]
        .into_iter()
    }

    /// Takes out of values in the control arm what it did to each patient: being treated, with this
    /// mean benefit, what reaches them of the context, and what they believe.
    pub fn remove_treatment(
        &self,
        number: usize,
        mean: f64,
        cohort: &CohortColumns,
        columns: &ResponseColumns,
        values: &mut [f64],
    ) {
        let particular = self.particular(columns, number);
        for (patient, value) in values.iter_mut().enumerate() {
            let own = self
                .being_treated
                .map_or(0.0, |(variable, sd)| sd * cohort.patients.sources[variable][patient]);
            let benefit = mean + own + self.effects.benefit_of_arm(0, &particular, patient);
            *value -= self.sign * benefit;
        }
    }

    /// Adds to values of one arm what so much more of the context would do, each patient with their own
    /// effects.
    pub fn add_dose(
        &self,
        number: usize,
        dose: f64,
        arm: usize,
        columns: &ResponseColumns,
        values: &mut [f64],
    ) {
        let particular = self.particular(columns, number);
        for (patient, value) in values.iter_mut().enumerate() {
            *value += self.sign * dose * self.effects.of_context(arm, &particular, patient);
        }
    }

    /// Writes each patient's value in the arm given by `arms`, as measured but before the
    /// instrument rounds it and before anything happens to the patient.
    pub fn value(
        &self,
        number: usize,
        arms: &[u8],
        cohort: &CohortColumns,
        columns: &ResponseColumns,
        out: &mut [f64],
    ) {
        for (value, &arm) in out.iter_mut().zip(arms) {
            *value = self.screened_mean[usize::from(arm) % ARMS];
        }
        for (source, weight) in &self.terms {
            add_by_arm(weight, &cohort.patients.sources[*source], arms, out);
        }
        add_by_arm(&self.error, &cohort.patients.errors[self.variable], arms, out);
        let particular = self.particular(columns, number);
        if !particular.is_nothing() {
            self.effects.add_deviations(self.sign, arms, &particular, out);
        }
    }
}

#[inline]
fn add_by_arm(weight: &[f64; ARMS], column: &[f64], arms: &[u8], out: &mut [f64]) {
    for ((value, z), &arm) in out.iter_mut().zip(column).zip(arms) {
        *value += weight[usize::from(arm) % ARMS] * z;
    }
}
