//! What is recorded of each patient: events, instruments, missing values.
//!
//! In come the outcomes as they would be without any event; out comes what the
//! data manager receives: values as the instruments show them after what
//! happened, missing where they are missing or may not be used. The same steps
//! without missing values give the outcome that an estimand is about.

use super::Scale;
use super::law::{Law, MOST_STEPS, REACH};
use super::propensity::{self, Laws, Limits, Propensity};
use crate::assignment::Layout;
use crate::cohort::{CohortColumns, CohortModel, DrawBuffers, Recorded, SourceDraws};
use crate::estimand::ARMS;
use crate::response::{ResponseColumns, ResponseModel};
use crate::scenario::{IntercurrentEvent, Missing, Outcome, Scenario, Strategy, resolve};

/// Everything about what is recorded that is fixed before the first replicate.
#[derive(Debug, Clone)]
pub struct ObservationModel {
    /// What the instrument of each outcome shows.
    scales: Vec<Scale>,
    /// The events, in the order of the scenario.
    pub(super) events: Vec<Event>,
    pub(super) missing: Vec<Reason>,
}

/// An intercurrent event.
#[derive(Debug, Clone)]
pub(super) struct Event {
    strategy: Strategy,
    propensity: Propensity,
    /// Share of patients to whom it happens, by arm.
    shares: [f64; ARMS],
    pub(super) limits: Limits,
    pub(super) on: Option<On>,
    /// Whether the limits wait for a population in which the variable is looked at.
    pub(super) waits: bool,
    /// Benefit of the event, by outcome.
    benefits: Vec<f64>,
    effect_lost: f64,
    /// Value that takes the outcome's place, by outcome.
    composite: Vec<Option<f64>>,
}

/// A reason for missing outcomes.
#[derive(Debug, Clone)]
pub(super) struct Reason {
    /// Shares of patients by outcome; none for those that it does not touch.
    shares: Vec<Option<[f64; ARMS]>>,
    /// By outcome too.
    pub(super) limits: Vec<Option<Limits>>,
    propensity: Propensity,
    pub(super) on: Option<On>,
    /// Whether the limits wait for a population in which the variable is looked at.
    pub(super) waits: bool,
}

/// A variable on which something depends.
#[derive(Debug, Clone, Copy)]
pub(super) enum On {
    /// A variable before treatment, with its mean and standard deviation.
    Before { variable: usize, mean: f64, sd: f64 },
    /// An outcome, by number.
    Outcome(usize),
}

/// What the values are wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The trial's data.
    Data,
    /// The outcome that the estimand is about, which is never missing.
    Truth,
}

/// Columns of one replicate.
#[derive(Debug, Clone)]
pub struct ObservationColumns {
    /// To whom each event happens.
    pub happens: Vec<Vec<bool>>,
    event_chance: Vec<Vec<f64>>,
    /// Each patient's propensity to be missing, by reason.
    missing: Vec<Vec<f64>>,
    missing_chance: Vec<Vec<f64>>,
    propensity: Vec<f64>,
    buffers: DrawBuffers,
}

/// The models and columns that come before this stage.
#[derive(Debug, Clone, Copy)]
pub struct Before<'a> {
    /// The response.
    pub response: &'a ResponseModel,
    /// The patients before treatment.
    pub cohort: &'a CohortColumns,
    /// What is particular to them.
    pub particular: &'a ResponseColumns,
}

impl ObservationModel {
    /// What is recorded in a checked scenario. Shares of what depends on a variable without a known law wait until a
    /// population is looked at (see [`ObservationModel::settle`]); till then they are as for a normal one.
    #[must_use]
    pub fn new(scenario: &Scenario, cohort: &CohortModel, response: &ResponseModel, seed: u64) -> Self {
        let observation = &scenario.observation;
        let names: Vec<&String> = scenario.response.outcomes.keys().collect();
        let on = |name: &Option<String>| on(scenario, cohort, name.as_ref()?);
        let propensity = |name: String, correlation: Option<f64>| Propensity {
            draws: SourceDraws::new(seed, &name),
            correlation: correlation.unwrap_or(0.0),
        };
        let event = |event: &IntercurrentEvent| Event {
            strategy: event.strategy,
            propensity: propensity(format!("event/{}", event.id), event.correlation),
            shares: resolve::by_arm(scenario, &event.rate),
            limits: [f64::NAN; ARMS],
            on: on(&event.depends_on),
            waits: false,
            benefits: names.iter().map(|name| event.benefits.get(*name).copied().unwrap_or(0.0)).collect(),
            effect_lost: event.effect_lost,
            composite: names.iter().map(|name| event.composite_values.get(*name).copied()).collect(),
        };
        let mut events: Vec<Event> = observation.events.iter().map(event).collect();
        for event in &mut events {
            let laws = laws(event.on, cohort, |number| response.is_normal(number, cohort));
            let waits = laws.is_none() && event.propensity.correlation != 0.0;
            event.settle(&laws.unwrap_or(Laws::Normal), waits);
        }
        let changed = |number: usize| events.iter().any(|event| event.changes(number));
        let reason = |(number, missing): (usize, &Missing)| {
            let shares = resolve::by_arm(scenario, &missing.rate);
            let touches = |name: &str| {
                missing.outcomes.as_ref().is_none_or(|stated| stated.iter().any(|one| one == name))
            };
            let shares = |(name, outcome): (&String, &Outcome)| match (missing.dropout, &outcome.visit) {
                // By an earlier visit fewer have left.
                (true, Some(visit)) if touches(&visit.outcome) || touches(name) => {
                    let last =
                        scenario.response.visits.as_ref().map_or(visit.week, |visits| visits.last_week);
                    Some(shares.map(|share| share * visit.week / last))
                }
                _ => touches(name).then_some(shares),
            };
            let mut reason = Reason {
                shares: scenario.response.outcomes.iter().map(shares).collect(),
                limits: Vec::new(),
                propensity: propensity(format!("missing/{number}"), missing.correlation),
                on: on(&missing.depends_on),
                waits: false,
            };
            let is_normal = |number| response.is_normal(number, cohort) && !changed(number);
            let laws = laws(reason.on, cohort, is_normal);
            let waits = laws.is_none() && reason.propensity.correlation != 0.0;
            reason.settle(&laws.unwrap_or(Laws::Normal), waits);
            reason
        };
        ObservationModel {
            scales: names.iter().map(|name| Scale::new(resolve::instrument_of(scenario, name))).collect(),
            missing: observation.missing.iter().enumerate().map(reason).collect(),
            events,
        }
    }

    /// Whether an outcome is recorded exactly as it is, whatever happens.
    #[must_use]
    pub fn is_exact(&self, outcome: usize) -> bool {
        self.scales[outcome].is_exact()
            && self.events.iter().all(|event| {
                event.strategy == Strategy::Hypothetical
                    || (event.benefits[outcome] == 0.0
                        && event.effect_lost == 0.0
                        && (event.strategy != Strategy::Composite || event.composite[outcome].is_none()))
            })
    }

    /// Columns for replicates of this layout.
    #[must_use]
    pub fn room(&self, layout: &Layout) -> ObservationColumns {
        let patients = layout.patients();
        ObservationColumns {
            happens: vec![vec![false; patients]; self.events.len()],
            event_chance: vec![vec![0.0; patients]; self.events.len()],
            missing: vec![vec![0.0; patients]; self.missing.len()],
            missing_chance: vec![vec![0.0; patients]; self.missing.len()],
            propensity: vec![0.0; if self.events.is_empty() { 0 } else { patients }],
            buffers: DrawBuffers::new(layout),
        }
    }

    /// Draws what chance does to the patients of one replicate.
    pub fn draw(&self, replicate: u64, layout: &Layout, columns: &mut ObservationColumns) {
        let ObservationColumns { event_chance, missing_chance, buffers, .. } = columns;
        for (event, chance) in self.events.iter().zip(event_chance) {
            event.propensity.draws.draw(replicate, layout, buffers, chance);
        }
        for (reason, chance) in self.missing.iter().zip(missing_chance) {
            reason.propensity.draws.draw(replicate, layout, buffers, chance);
        }
    }

    /// What the instrument of an outcome shows of its values.
    pub fn measure(&self, outcome: usize, values: &mut [f64]) {
        self.scales[outcome].record(values);
    }

    /// Turns the outcomes as they would be in these arms into what is recorded.
    pub fn record(
        &self,
        purpose: Purpose,
        arms: &[u8],
        before: &Before<'_>,
        columns: &mut ObservationColumns,
        values: &mut [Vec<f64>],
    ) {
        self.happen(purpose, arms, before, columns, values);
        let ObservationColumns { happens, missing, missing_chance, .. } = columns;
        // All propensities are there before the first value goes: a value that is missing for one
        // reason still steers another.
        for ((reason, chance), missing) in
            self.missing.iter().zip(missing_chance.iter()).zip(missing.iter_mut())
        {
            let standardised = |patient| standardised(reason.on, patient, arms, before, values);
            reason.propensity.complete(chance, standardised, missing);
        }
        for (number, values) in values.iter_mut().enumerate() {
            self.scales[number].record(values);
            self.apply_strategies(purpose, number, happens, values);
            if purpose == Purpose::Data {
                for (reason, missing) in self.missing.iter().zip(missing.iter()) {
                    let Some(limits) = &reason.limits[number] else { continue };
                    for ((value, &propensity), &arm) in values.iter_mut().zip(missing).zip(arms) {
                        if propensity::happens(propensity, arm, limits) {
                            *value = f64::NAN;
                        }
                    }
                }
            }
        }
    }

    /// Turns the outcomes as they would be in these arms without any event into what they are after what happens.
    pub(super) fn happen(
        &self,
        purpose: Purpose,
        arms: &[u8],
        before: &Before<'_>,
        columns: &mut ObservationColumns,
        values: &mut [Vec<f64>],
    ) {
        let ObservationColumns { happens, event_chance, propensity, .. } = columns;
        for ((event, chance), happens) in self.events.iter().zip(event_chance.iter()).zip(happens.iter_mut())
        {
            let standardised = |patient| standardised(event.on, patient, arms, before, values);
            event.propensity.complete(chance, standardised, propensity);
            for ((happens, &propensity), &arm) in happens.iter_mut().zip(&*propensity).zip(arms) {
                *happens = propensity::happens(propensity, arm, &event.limits);
            }
        }
        for (number, values) in values.iter_mut().enumerate() {
            self.apply_events(purpose, arms, before, number, happens, values);
        }
    }

    /// What events do to the values of one outcome.
    fn apply_events(
        &self,
        purpose: Purpose,
        arms: &[u8],
        before: &Before<'_>,
        number: usize,
        happens: &[Vec<bool>],
        values: &mut [f64],
    ) {
        let outcome = &before.response.outcomes[number];
        // Without the event is what a hypothetical strategy asks about.
        let acting = |event: &Event| purpose == Purpose::Data || event.strategy != Strategy::Hypothetical;
        if !self.events.iter().any(|event| acting(event) && event.changes(number)) {
            return;
        }
        let of = outcome.particular(before.particular, number);
        for (patient, value) in values.iter_mut().enumerate() {
            let (mut benefit, mut kept) = (0.0, 1.0);
            for (event, happens) in self.events.iter().zip(happens) {
                if acting(event) && happens[patient] {
                    benefit += event.benefits[number];
                    kept *= 1.0 - event.effect_lost;
                }
            }
            if kept < 1.0 {
                let arm = usize::from(arms[patient]) % ARMS;
                benefit -= (1.0 - kept) * outcome.effects.benefit_of_arm(arm, &of, patient);
            }
            *value += outcome.sign * benefit;
        }
    }

    /// What the strategies make of the recorded values of one outcome.
    fn apply_strategies(&self, purpose: Purpose, number: usize, happens: &[Vec<bool>], values: &mut [f64]) {
        for (event, happens) in self.events.iter().zip(happens) {
            match (event.strategy, event.composite[number]) {
                (Strategy::Composite, Some(composite)) => {
                    for (value, _) in values.iter_mut().zip(happens).filter(|(_, happens)| **happens) {
                        *value = composite;
                    }
                }
                (Strategy::Hypothetical, _) if purpose == Purpose::Data => erase(values, happens),
                _ => {}
            }
        }
    }
}

impl Event {
    /// Whether it changes values of an outcome.
    fn changes(&self, number: usize) -> bool {
        self.benefits[number] != 0.0 || self.effect_lost > 0.0
    }

    /// Sets the limits for what is known of the variable on which it depends.
    pub(super) fn settle(&mut self, laws: &Laws, waits: bool) {
        self.limits = self.propensity.limits(self.shares, laws);
        self.waits = waits;
    }
}

impl Reason {
    /// Sets the limits for what is known of the variable on which it depends.
    pub(super) fn settle(&mut self, laws: &Laws, waits: bool) {
        let limits = |shares: &Option<[f64; ARMS]>| shares.map(|shares| self.propensity.limits(shares, laws));
        self.limits = self.shares.iter().map(limits).collect();
        self.waits = waits;
    }
}

/// Makes the marked values missing.
fn erase(values: &mut [f64], marked: &[bool]) {
    for (value, _) in values.iter_mut().zip(marked).filter(|(_, marked)| **marked) {
        *value = f64::NAN;
    }
}

/// A variable of one patient, in standard deviations from its mean; from the arm's mean for an
/// outcome, so that the arms' shares stay what they are.
#[inline]
pub(super) fn standardised(
    on: Option<On>,
    patient: usize,
    arms: &[u8],
    before: &Before<'_>,
    values: &[Vec<f64>],
) -> f64 {
    match on {
        None => 0.0,
        Some(On::Before { variable, mean, sd }) => {
            (before.cohort.patients.measured[variable][patient] - mean) / sd
        }
        Some(On::Outcome(number)) => {
            let (outcome, arm) = (&before.response.outcomes[number], usize::from(arms[patient]) % ARMS);
            (values[number][patient] - outcome.mean[arm]) / outcome.total_sd[arm]
        }
    }
}

/// What is known of the law of a variable, in standard deviations from its mean; none if that has to be looked at.
fn laws(on: Option<On>, cohort: &CohortModel, is_normal: impl Fn(usize) -> bool) -> Option<Laws> {
    let (variable, mean, sd) = match on {
        None => return Some(Laws::Normal),
        Some(On::Outcome(number)) => return is_normal(number).then_some(Laws::Normal),
        Some(On::Before { variable, mean, sd }) => (variable, mean, sd),
    };
    match cohort.recorded(variable) {
        Recorded::Normal => Some(Laws::Normal),
        Recorded::OfScore(of) => {
            let has_steps = of.steps(-REACH, REACH).is_some_and(|steps| steps <= MOST_STEPS);
            Some(Laws::Same(Law::of_score(|score| (of.at(score) - mean) / sd, has_steps)))
        }
        Recorded::Values(values) => {
            let standardised = values.into_iter().map(|value| (value - mean) / sd);
            Some(Laws::Same(Law::of_patients(standardised.collect())))
        }
        Recorded::Unknown => None,
    }
}

/// The variable that a scenario names.
fn on(scenario: &Scenario, cohort: &CohortModel, name: &str) -> Option<On> {
    if let Some(number) = scenario.response.outcomes.get_index_of(name) {
        return Some(On::Outcome(number));
    }
    let variable = cohort.index(&resolve::column_of(scenario, name)?)?;
    let moments = cohort.enrolled[variable];
    Some(On::Before { variable, mean: moments.mean[0], sd: moments.sd[0] })
}
