//! Everything about a run that is fixed before the first replicate.

use super::family::Family as Hypotheses;
use super::indicators::{self, Indicator};
use super::qualify::{self, Told};
use super::truths::contrasts::Truths;
use super::truths::{AnalysisTruths, AskedTruths, Population};
use crate::analysis::registry::{self, Context, Entry};
use crate::analysis::{Analysis, Caution, DegreesOfFreedom, Estimator, Fits, Normal, caution, recorded};
use crate::assignment::Layout;
use crate::cohort::{self, Variable};
use crate::decision::Critical;
use crate::error::{Error, ErrorKind, Result};
use crate::estimand::{self, ARMS, Estimand};
use crate::observation::{MomentsBatch, ObservationModel, Recorded, TherapistContrasts};
use crate::result::HypothesisId;
use crate::scenario::{AnalysisSpec, Scenario, StandardErrors, resolve};
use crate::summary::Target;
use indexmap::IndexMap;
use std::sync::Arc;

/// A scenario made ready to be simulated.
#[derive(Debug)]
pub(super) struct Plan {
    pub layout: Layout,
    /// All variables of a patient; everything else points into this list.
    pub variables: Vec<Variable>,
    /// What the last of these code.
    pub indicators: Vec<Indicator>,
    pub recorded: Recorded,
    /// What tells therapists' variance, where the same numbers of patients see each of them in every trial.
    pub therapists: Option<Arc<TherapistContrasts>>,
    pub analyses: Vec<PlannedAnalysis>,
    pub primary: Vec<HypothesisId>,
    /// These judged together, if the scenario says how.
    pub family: Option<Hypotheses>,
    /// Whether the patients that an analysis can use differ in number between trials.
    pub sizes_vary: bool,
    /// Whether outcomes are missing or not used in some patients.
    pub lacks_values: bool,
    /// Whether the arms of an outcome differ in spread, by outcome.
    pub unequal_sds: Vec<bool>,
    /// Whether the effect of the context is not the same at both levels of the treatment, by outcome.
    pub interacts: Vec<bool>,
    /// Patients planned in each arm, or expected where chance decides.
    pub planned_sizes: [u64; ARMS],
    /// Whether it matters who treats whom, by outcome.
    pub therapists_differ: Vec<bool>,
    /// Whether patients without a therapist vary otherwise than those of one therapist, by outcome; false where all or none
    /// have therapists.
    pub stand_alone_otherwise: Vec<bool>,
    /// Whether the patients of one level of the context only have therapists.
    pub is_partially_nested: bool,
    /// Whether contrasts between therapists, with means and products within arms, tell all of them, if trials are normal.
    pub is_told_by_contrasts: bool,
    /// What is recorded, with shares of what depends on a variable without a formula as a population has settled them, if one
    /// was looked at. They cost as much as thousands of patients and are the same whatever the numbers of patients.
    pub settled: Option<Arc<ObservationModel>>,
    /// How many numbers of the scenario are stated to be uncertain.
    pub uncertain_numbers: usize,
    /// What keeps power from having a formula.
    pub formula_obstacles: Vec<&'static str>,
}

/// One analysis, ready.
#[derive(Debug)]
pub(super) struct PlannedAnalysis {
    pub id: String,
    pub outcome: String,
    /// Its number in the scenario.
    pub outcome_number: usize,
    pub entry: &'static Entry,
    pub estimands: Vec<Estimand>,
    /// Numbers of those that are asked for; none for all.
    pub wanted: Option<Vec<usize>>,
    pub estimator: Estimator,
    /// Column names of the covariates adjusted for.
    pub covariates: Vec<String>,
    /// Column name of the covariate that effects may depend on.
    pub moderator: Option<String>,
    pub target: Target,
    pub truths: Truths,
    /// Why some of them are undefined.
    pub undefined: Option<String>,
    /// What it assumes that no data can show.
    pub caution: Option<Caution>,
    /// The column through which the context acts.
    pub mediator: Option<String>,
    /// What else the scenario says of it.
    pub options: IndexMap<String, serde_json::Value>,
    /// Without assignment: the slope that there is in the population, causal or not, and its Monte
    /// Carlo standard error.
    pub associational: Option<(f64, f64)>,
    /// +1 if a positive difference is a benefit, −1 if a negative one is; none if not stated.
    pub benefit_sign: Option<i8>,
    /// Whether its standard errors assume equal variances.
    pub assumes_equal_variances: bool,
    /// Who counts as a responder, in words.
    pub responder: Option<String>,
    /// What it needs to see, and nothing more.
    pub recorded: Recorded,
}

/// Where the truths come from that estimates are held against.
#[derive(Clone, Copy)]
pub(super) enum TruthsFrom<'a> {
    /// The scenario's population: by formula, or from many patients.
    Population(&'a Population),
    /// The plan of the same trial with other numbers of patients, and its population, which is that of both: truths that
    /// weigh arms by their sizes are not the same.
    Same(&'a Plan, &'a Population),
    /// Nowhere: only claims are counted.
    Nowhere,
}

impl Plan {
    /// Makes a checked scenario ready.
    pub fn new(scenario: &Scenario, truths_from: TruthsFrom<'_>) -> Result<Self> {
        let mut variables = variables(scenario);
        let indicators = indicators::indicators(scenario, &variables);
        variables.extend(indicators.iter().map(Indicator::variable));
        let layout = Layout::of(scenario);
        let sizes_vary = resolve::sizes_vary(scenario);
        let [unequal_sds, interacts, stand_alone_otherwise] = match truths_from {
            TruthsFrom::Population(population) | TruthsFrom::Same(_, population) => {
                [population.unequal_sds(), population.interacts(), population.stand_alone_otherwise(scenario)]
            }
            TruthsFrom::Nowhere => [(); 3].map(|()| vec![false; scenario.response.outcomes.len()]),
        };
        let settled = match truths_from {
            TruthsFrom::Population(population) => Some(Arc::new(population.observation().clone())),
            TruthsFrom::Same(plan, _) => plan.settled.clone(),
            TruthsFrom::Nowhere => None,
        };
        let therapists = TherapistContrasts::of(scenario).map(Arc::new);
        let known =
            Known { scenario, variables: &variables, indicators: &indicators, therapists: &therapists };
        let mut analyses = Vec::new();
        for (number, (spec, id)) in scenario.analyses.iter().zip(resolve::analysis_ids(scenario)).enumerate()
        {
            let truths = |asked: &AskedTruths<'_>| match truths_from {
                TruthsFrom::Same(plan, _) if !asked.family.weighs_arms() => {
                    plan.analyses[number].known_truths()
                }
                TruthsFrom::Population(population) | TruthsFrom::Same(_, population) => {
                    population.truths(asked)
                }
                TruthsFrom::Nowhere => AnalysisTruths::none(asked.estimands),
            };
            analyses.push(PlannedAnalysis::new(&known, spec, id, &layout, sizes_vary, &truths)?);
        }
        let recorded = recorded(analyses.iter().map(|planned| planned.estimator.analysis()));
        let primary = resolve::resolve_primary(scenario).map_err(|problems| {
            Error::new(ErrorKind::Scenario, "the primary hypotheses cannot be resolved").problems(problems)
        })?;
        let sizes = layout.sizes().map(|size| size as f64);
        let df = |planned: &PlannedAnalysis| planned_df(planned.estimator.analysis(), &sizes, sizes_vary);
        let family = Hypotheses::new(scenario, &analyses, &primary, df, (!sizes_vary).then_some(sizes));
        Ok(Plan {
            is_told_by_contrasts: qualify::told_by(therapists.as_deref(), scenario) == Told::All,
            layout,
            variables,
            indicators,
            recorded,
            therapists,
            analyses,
            primary,
            family,
            sizes_vary,
            lacks_values: resolve::lacks_values(scenario),
            unequal_sds,
            interacts,
            planned_sizes: resolve::arm_sizes(scenario),
            therapists_differ: qualify::therapists_differ_by_outcome(scenario),
            stand_alone_otherwise,
            settled,
            is_partially_nested: resolve::only_with(scenario).is_some(),
            uncertain_numbers: scenario.uncertainty.len(),
            formula_obstacles: qualify::formula_obstacles(scenario),
        })
    }

    /// Sources that the recorded variables mix, in ascending order.
    pub fn needed_sources(&self) -> Vec<usize> {
        (0..self.variables.len())
            .filter(|&source| {
                self.recorded
                    .variables
                    .iter()
                    .any(|&v| self.variables[v].loadings.get(source).is_some_and(|&loading| loading != 0.0))
            })
            .collect()
    }

    /// Room for what each analysis says of a batch of trials.
    pub fn fits(&self) -> Vec<Fits> {
        let room = |planned: &PlannedAnalysis| {
            let mut fits = Fits::new(planned.estimands.len());
            planned.wanted.iter().for_each(|wanted| fits.want_only(wanted));
            fits
        };
        self.analyses.iter().map(room).collect()
    }

    /// Analyses a batch of trials by the analyses that need no more than moments; a plan with any other is
    /// simulated patient by patient.
    pub fn fit_moments(&self, moments: &MomentsBatch, fits: &mut [Fits]) {
        for (planned, fits) in self.analyses.iter().zip(fits) {
            if let Estimator::Moments(analysis) = &planned.estimator {
                analysis.fit(moments, fits);
            }
        }
    }

    /// Asks for no more than these hypotheses and those that are judged together, of the analyses that can leave out the
    /// rest.
    pub fn want_only(&mut self, hypotheses: &[HypothesisId]) {
        let family = self.family.as_ref();
        let sparing = |planned: &&mut PlannedAnalysis| planned.estimator.analysis().spares_estimands();
        for planned in self.analyses.iter_mut().filter(sparing) {
            let is_wanted = |(_, estimand): &(usize, &Estimand)| {
                let is_it = |one: &HypothesisId| one.analysis == planned.id && one.estimand == estimand.id;
                hypotheses.iter().any(is_it) || family.is_some_and(|family| family.hypotheses().any(is_it))
            };
            let wanted = planned.estimands.iter().enumerate().filter(is_wanted);
            planned.wanted = Some(wanted.map(|(number, _)| number).collect());
        }
    }

    /// Adds, for each of these analyses, the one that tells its precision without knowing the arms.
    ///
    /// # Errors
    /// `Usage` if there is none for an analysis.
    pub fn add_blinded(&mut self, analyses: impl Iterator<Item = usize>) -> Result<()> {
        for number in analyses {
            let id = PlannedAnalysis::blinded_id(&self.analyses[number].id);
            if self.analyses.iter().all(|planned| planned.id != id) {
                let blinded = self.analyses[number].blinded(id)?;
                self.analyses.push(blinded);
            }
        }
        Ok(())
    }

    /// Where a hypothesis stands: the number of its analysis, and of its estimand among the analysis's own.
    ///
    /// # Errors
    /// `Unexpected` if the scenario has no such hypothesis.
    pub fn place(&self, hypothesis: &HypothesisId) -> Result<[usize; 2]> {
        place(&self.analyses, hypothesis).ok_or_else(|| {
            Error::new(ErrorKind::Unexpected, format!("the scenario has no hypothesis {hypothesis}"))
        })
    }

    /// The number of a hypothesis among those that are judged together; none if it is judged by itself.
    pub fn number_in_family(&self, hypothesis: &HypothesisId) -> Option<usize> {
        self.family.as_ref()?.position(hypothesis)
    }

    /// Whether moments are all that the analyses need, and none between therapists.
    pub fn needs_moments_only(&self) -> bool {
        self.recorded.between.is_empty()
            && self.analyses.iter().all(|planned| matches!(planned.estimator, Estimator::Moments(_)))
    }

    /// Room for the moments of a batch of its trials.
    pub fn moments(&self) -> MomentsBatch {
        let mut moments = MomentsBatch::new(self.layout.sizes(), self.variables.len());
        for (&variable, therapists) in self.recorded.between.iter().zip(self.therapists.iter().cycle()) {
            moments.between[variable] = therapists.columns();
        }
        moments
    }

    /// The joint distribution of the variables, for power by formula.
    pub fn normal(&self) -> Normal {
        let correlation = |v: usize, w: usize| -> f64 {
            let (a, b) = (&self.variables[v].loadings, &self.variables[w].loadings);
            a.iter().zip(b).map(|(x, y)| x * y).sum()
        };
        let order = self.variables.len();
        Normal {
            sizes: self.layout.sizes().map(|size| size as f64),
            mean: self.variables.iter().map(|variable| variable.mean).collect(),
            covariance: std::array::from_fn(|arm| {
                let sd = |v: usize| self.variables[v].sd[arm];
                (0..order).map(|v| (0..order).map(|w| correlation(v, w) * sd(v) * sd(w)).collect()).collect()
            }),
        }
    }

    /// Degrees of freedom of a pooled within-arm standard deviation.
    pub fn pooled_degrees_of_freedom(&self) -> f64 {
        (self.layout.patients() - ARMS) as f64
    }
}

/// What analyses are planned with.
struct Known<'a> {
    scenario: &'a Scenario,
    variables: &'a [Variable],
    indicators: &'a [Indicator],
    therapists: &'a Option<Arc<TherapistContrasts>>,
}

impl Known<'_> {
    fn variable(&self, name: &str) -> Option<usize> {
        self.variables.iter().position(|variable| variable.name == name)
    }

    /// The variables that stand for a covariate: itself, or one for each level after the first.
    fn columns(&self, name: &str) -> Option<Vec<usize>> {
        let covariate = self.variable(name)?;
        let first = self.variables.len() - self.indicators.len();
        let coded = self.indicators.iter().enumerate();
        let of_it = coded.filter(|(_, indicator)| indicator.variable == covariate);
        let coded: Vec<usize> = of_it.map(|(number, _)| first + number).collect();
        Some(if coded.is_empty() { vec![covariate] } else { coded })
    }
}

impl PlannedAnalysis {
    /// The id of the analysis that tells another's precision without knowing the arms: no scenario can have one with a space.
    pub(super) fn blinded_id(id: &str) -> String {
        format!("{id} blinded")
    }

    /// That analysis.
    fn blinded(&self, id: String) -> Result<Self> {
        let estimator = self.estimator.analysis().blinded().map(Estimator::Moments).ok_or_else(|| {
            let message = format!("{} knows no variance without knowing the arms", self.id);
            Error::new(ErrorKind::Usage, message).help("anova, ancova and change do")
        })?;
        Ok(PlannedAnalysis {
            id,
            outcome: self.outcome.clone(),
            estimands: self.estimands.clone(),
            wanted: None,
            estimator,
            covariates: self.covariates.clone(),
            moderator: None,
            target: self.target.clone(),
            truths: self.truths.clone(),
            undefined: None,
            caution: None,
            mediator: None,
            options: IndexMap::new(),
            associational: None,
            responder: None,
            recorded: self.recorded.clone(),
            ..*self
        })
    }

    /// The truths that it was planned with.
    fn known_truths(&self) -> AnalysisTruths {
        AnalysisTruths {
            truths: self.truths.clone(),
            undefined: self.undefined.clone(),
            associational: self.associational,
        }
    }

    fn new(
        known: &Known<'_>,
        spec: &AnalysisSpec,
        id: String,
        layout: &Layout,
        sizes_vary: bool,
        truths: &dyn Fn(&AskedTruths<'_>) -> AnalysisTruths,
    ) -> Result<Self> {
        let scenario = known.scenario;
        let unchecked = |what: &str| {
            Error::new(
                ErrorKind::Unexpected,
                format!("analysis {id}: {what} is not among the trial's variables"),
            )
        };
        let entry = registry::find(&spec.method).ok_or_else(|| unchecked(&spec.method))?;
        let outcome = known.variable(&spec.outcome).ok_or_else(|| unchecked(&spec.outcome))?;
        let baseline_name = resolve::baseline_column(scenario, &spec.outcome);
        let covariates = resolve::covariate_columns(scenario, spec);
        let moderator = resolve::moderator_column(scenario, spec);
        let columns = |name: &String| known.columns(name).ok_or_else(|| unchecked(name));
        let one = |name: &String| known.variable(name).ok_or_else(|| unchecked(name));
        let context = Context {
            outcome,
            baseline: baseline_name.as_deref().and_then(|name| known.variable(name)),
            covariates: covariates.iter().map(columns).collect::<Result<Vec<_>>>()?.concat(),
            exposure: resolve::exposure(scenario).and_then(|rating| known.variable(&rating.id)),
            moderator: moderator.as_ref().map(columns).transpose()?.unwrap_or_default(),
            visits: resolve::earlier_visits(scenario, spec).iter().map(one).collect::<Result<Vec<_>>>()?,
            strata: spec.strata.iter().flatten().map(one).collect::<Result<Vec<_>>>()?,
            mediator: spec.mediator.as_ref().map(one).transpose()?,
            therapists: known.therapists.clone(),
            settings: resolve::settings(scenario, spec),
        };
        if entry.needs_baseline && context.baseline.is_none() {
            return Err(unchecked("the outcome's baseline"));
        }
        let estimator = (entry.build)(&context);
        let analysis = estimator.analysis();
        let outcome_number = scenario.response.outcomes.get_index_of(&spec.outcome);
        let outcome_number = outcome_number.ok_or_else(|| unchecked(&spec.outcome))?;
        let estimands = estimand::of_analysis(scenario, spec);
        let asked = AskedTruths {
            scenario,
            spec,
            family: entry.family,
            outcome: outcome_number,
            moderator: moderator.as_deref(),
            context: &context,
            variables: known.variables,
            indicators: known.indicators,
            estimands: estimands.len(),
        };
        let AnalysisTruths { truths, undefined, associational } = truths(&asked);
        let miss = scenario.confidence_level.map_or(scenario.alpha, |level| 1.0 - level);
        let sizes = layout.sizes().map(|size| size as f64);
        let degrees_of_freedom = planned_df(analysis, &sizes, sizes_vary);
        let critical = Critical::new(degrees_of_freedom, scenario.alpha, miss).ok_or_else(|| {
            Error::new(ErrorKind::Unexpected, format!("analysis {id}: no critical values for these levels"))
        })?;
        let level = analysis.claim().level(scenario.alpha);
        // What is not defined is held against 0, so that the mean of the estimates can be told.
        let held_against = |&truth: &f64| if truth.is_finite() { truth } else { 0.0 };
        let target = Target { truth: truths.value.iter().map(held_against).collect(), level, critical };
        let recorded = recorded(std::iter::once(analysis));
        Ok(PlannedAnalysis {
            id,
            outcome: spec.outcome.clone(),
            outcome_number,
            entry,
            estimands,
            wanted: None,
            estimator,
            covariates,
            moderator,
            target,
            truths,
            undefined,
            caution: caution(entry, spec),
            mediator: spec.mediator.clone(),
            options: spec.options(),
            associational,
            benefit_sign: resolve::benefit_sign(scenario, spec),
            assumes_equal_variances: !entry.allows_unequal_variances
                && context.settings.standard_errors == StandardErrors::Model,
            responder: spec.responder.map(|responder| responder.words()),
            recorded,
        })
    }
}

/// Numbers of a hypothesis's analysis and of its estimand among the analysis's own; none if there is none.
pub(super) fn place(analyses: &[PlannedAnalysis], hypothesis: &HypothesisId) -> Option<[usize; 2]> {
    let analysis = analyses.iter().position(|planned| planned.id == hypothesis.analysis)?;
    let mut estimands = analyses[analysis].estimands.iter();
    Some([analysis, estimands.position(|estimand| estimand.id == hypothesis.estimand)?])
}

/// Degrees of freedom for which critical values are needed.
fn planned_df(analysis: &dyn Analysis, sizes: &[f64; ARMS], sizes_vary: bool) -> DegreesOfFreedom {
    match analysis.degrees_of_freedom(sizes) {
        DegreesOfFreedom::Constant(df) if sizes_vary && df.is_finite() => {
            // An analysis with fewer is counted as failed.
            DegreesOfFreedom::Estimated { least: 1.0, most: sizes.iter().sum() }
        }
        DegreesOfFreedom::Estimated { least, most } if sizes_vary => {
            DegreesOfFreedom::Estimated { least: least.min(1.0), most: most.max(sizes.iter().sum()) }
        }
        known => known,
    }
}

/// All variables of a patient; the rating comes last, where an analysis looks at it.
fn variables(scenario: &Scenario) -> Vec<Variable> {
    let mut variables = cohort::variables(scenario);
    let rating = resolve::exposure(scenario).or_else(|| resolve::rating_as_mediator(scenario));
    variables.extend(rating.map(|rating| Variable::not_normal(rating.id.clone())));
    variables
}
