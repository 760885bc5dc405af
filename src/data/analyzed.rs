//! From patients to what the analyses say of them.

use super::anova::{Model, Term};
use super::checks::checks;
use super::diagnosis::diagnose;
use super::effect_sizes::standardised_limits;
use super::rank_sums::rank_sums;
use super::residuals::LinearModel;
use super::responses::Responses;
use super::result::{
    ANALYSIS_SCHEMA, AnalyzedRow, AnovaRow, DataDescription, FittedAnalysis, Ratio, Role, TrialAnalysis,
    VarianceComponents,
};
use super::warnings::warnings;
use super::{Dataset, Roles};
use crate::analysis::registry::{self, Context, Entry, OF_ONE_TRIAL, Settings};
use crate::analysis::{Failure, Fits, MOST_COVARIATES, OneTrial, Responds, TrialData, Worker, recorded};
use crate::error::{Error, ErrorKind, Result};
use crate::estimand::{ARMS, Estimand, Family, NumberNeeded, arm_ids, has_number_needed};
use crate::scenario::{AnalysisSpec, Better};
use crate::stats::student_t;
use indexmap::IndexMap;

/// How patients are analysed, beside what the roles say.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// The file.
    pub source: &'a str,
    /// Two-sided level of the tests.
    pub alpha: f64,
    /// Level of the confidence intervals.
    pub confidence_level: f64,
    /// Seed and replicate of what analyses draw themselves.
    pub draws: (u64, u64),
    /// Which direction of an outcome is better.
    pub better: &'a dyn Fn(&str) -> Option<Better>,
}

impl std::fmt::Debug for Asked<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Asked").field("source", &self.source).finish_non_exhaustive()
    }
}

/// Analyses patients as the roles say.
///
/// # Errors
/// `Input`, if no analysis gives an answer, with the reasons. Where some do, the reasons of the others are in
/// `no_answer`, and among the warnings.
pub fn analyze(data: &Dataset, roles: &Roles, asked: &Asked<'_>) -> Result<TrialAnalysis> {
    let Asked { source, alpha, confidence_level, draws, better } = *asked;
    let arms = arm_ids(&roles.factors);
    let by_arm = |sizes: [u64; ARMS]| arms.iter().cloned().zip(sizes).collect::<IndexMap<_, _>>();
    let mut result = TrialAnalysis {
        schema: ANALYSIS_SCHEMA.to_owned(),
        command: "analyze".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        data: DataDescription {
            source: source.to_owned(),
            n: data.arms.len() as u64,
            n_per_arm: by_arm(data.sizes()),
            missing: data.missing.iter().cloned().collect(),
            therapists: (!data.therapist_names.is_empty()).then_some(data.therapist_names.len() as u64),
        },
        roles: roles
            .stated
            .iter()
            .map(|(role, column, how)| Role {
                role: role.clone(),
                column: column.clone(),
                how: how.words().to_owned(),
            })
            .collect(),
        alpha,
        multiplicity: None,
        confidence_level,
        analyses: IndexMap::new(),
        no_answer: IndexMap::new(),
        estimands: IndexMap::new(),
        results: Vec::new(),
        anova: Vec::new(),
        rank_sums: Vec::new(),
        variance_components: IndexMap::new(),
        checks: Vec::new(),
        warnings: Vec::new(),
    };
    let mut room = OneTrial::new(data.arms.len(), data.names.len());
    let mut of_residuals = Vec::new();
    for (number, spec) in roles.analyses.iter().enumerate() {
        let id = spec.id.clone().unwrap_or_else(|| spec.method.clone());
        let sign = better(&spec.outcome).map_or(1.0, |better| f64::from(better.sign()));
        let Some(one) = One::new(data, roles, spec, sign, asked) else {
            result.no_answer.insert(id, "it asks for a column that is not there".to_owned());
            continue;
        };
        if let Some(why) = one.is_no_response(data, spec, better(&spec.outcome).is_some()) {
            result.no_answer.insert(id, why);
            continue;
        }
        if better(&spec.outcome).is_none() && spec.imputation.is_some_and(|of| of.delta.is_some()) {
            let why =
                "it makes missing outcomes worse by a delta: say which direction is better, by --better";
            result.no_answer.insert(id, why.to_owned());
            continue;
        }
        match one.fit(data, draws, &mut room) {
            Err(why) => _ = result.no_answer.insert(id, why),
            Ok((fits, sizes)) => {
                let fitted = one.describe(spec, alpha, by_arm(sizes.map(|size| size as u64)));
                result.warnings.extend(warnings(data, roles, spec, &id, &fitted, number));
                let few = one.responses.and_then(|responses| responses.few(data, &id, &one.arm_names));
                result.warnings.extend(few);
                result.results.extend(one.rows(&id, spec, &fits, confidence_level, &sizes, better));
                result.anova.extend(one.tables(&id, data, roles, spec, confidence_level));
                let linear = LinearModel::of(data, one.entry.name, one.estimator.analysis());
                of_residuals.extend(linear.map(|model| model.checks(&id)).unwrap_or_default());
                if one.entry.name == "wilcoxon" {
                    let outcome = one.estimator.analysis().outcome();
                    result.rank_sums.extend(rank_sums(&id, data, outcome, &one.estimands));
                }
                if let Some(components) = VarianceComponents::of(&fits) {
                    result.variance_components.insert(id.clone(), components);
                }
                let named = one.estimands.iter();
                result.estimands.extend(named.map(|one| (one.id.clone(), one.definition.clone())));
                result.analyses.insert(id, fitted);
            }
        }
    }
    let mut silent: Vec<String> =
        result.no_answer.iter().map(|(id, why)| format!("{id} gives no answer: {why}")).collect();
    if result.analyses.is_empty() && !silent.is_empty() {
        return Err(Error::new(ErrorKind::Input, silent.join("; ")).about(source));
    }
    // First of all warnings: what is not there is easily overlooked.
    silent.append(&mut result.warnings);
    result.warnings = silent;
    result.checks = checks(data, roles, &arms);
    // After the spreads and before the caseloads: arms, patients, therapists.
    let place = result.checks.iter().position(|check| check.code == "caseloads");
    let place = place.unwrap_or(result.checks.len());
    result.checks.splice(place..place, of_residuals);
    Ok(result)
}

/// One analysis, ready.
struct One {
    entry: &'static Entry,
    estimator: crate::analysis::Estimator,
    estimands: Vec<Estimand>,
    covariates: Vec<String>,
    /// All visits, where several are analysed together.
    visits: Vec<String>,
    arm_names: [String; ARMS],
    /// Who responds, where it is about responders.
    responses: Option<Responses>,
}

impl One {
    fn new(data: &Dataset, roles: &Roles, spec: &AnalysisSpec, sign: f64, asked: &Asked<'_>) -> Option<Self> {
        let entry = registry::find(&spec.method)?;
        let covariates: Vec<String> = spec.covariates.clone().unwrap_or_default();
        let baseline = roles.baselines.iter().find(|(outcome, _)| *outcome == spec.outcome);
        let outcome = data.index(&spec.outcome)?;
        let coded: Vec<usize> = covariates.iter().flat_map(|name| data.coded(name)).collect();
        let is_complete = |&column: &usize| data.columns[column].iter().all(|value| !value.is_nan());
        // As in runs of the scenario, so that a trial has the estimates of its run to the last bit.
        let contrasts =
            data.contrasts.clone().filter(|_| is_complete(&outcome) && coded.iter().all(is_complete));
        let context = Context {
            outcome,
            baseline: baseline.and_then(|(_, baseline)| data.index(baseline)),
            covariates: coded,
            exposure: None,
            moderator: spec.moderator.iter().flat_map(|name| data.coded(name)).collect(),
            visits: spec.visits.iter().flatten().map(|name| data.index(name)).collect::<Option<_>>()?,
            strata: spec.strata.iter().flatten().map(|name| data.index(name)).collect::<Option<_>>()?,
            mediator: spec.mediator.as_ref().and_then(|name| data.index(name)),
            therapists: contrasts,
            settings: Settings::new(spec, sign, asked.alpha, asked.confidence_level, OF_ONE_TRIAL),
        };
        let levels = spec.moderator.as_ref().and_then(|name| data.levels.get(name));
        let estimands = entry.family.estimands(&roles.factors, spec, levels.map(Vec::as_slice));
        let rule = context.settings.responds;
        let responses = entry.family.is_about_responders().then(|| Responses {
            rule,
            outcome: context.outcome,
            baseline: context.baseline.filter(|_| rule.needs_baseline()),
        });
        Some(One {
            entry,
            responses,
            estimator: (entry.build)(&context),
            estimands,
            covariates,
            visits: spec
                .visits
                .iter()
                .flat_map(|earlier| earlier.iter().chain([&spec.outcome]))
                .cloned()
                .collect(),
            arm_names: arm_ids(&roles.factors),
        })
    }

    /// Why an outcome does not say who responds.
    fn is_no_response(&self, data: &Dataset, spec: &AnalysisSpec, has_direction: bool) -> Option<String> {
        let rule = spec.responder.and_then(|responder| responder.rule(1.0));
        if rule.is_some_and(Responds::needs_baseline) && !has_direction {
            return Some("say which direction is an improvement, by --better".to_owned());
        }
        let asked = self.entry.family.is_about_responders() && spec.responder.is_none();
        let column = &data.columns[data.index(&spec.outcome).filter(|_| asked)?];
        let other = column.iter().find(|value| !value.is_nan() && **value != 0.0 && **value != 1.0)?;
        Some(format!(
            "{} is {other} in a patient, and not 0 or 1: say who responds, as in --responder improvement-percent=30",
            spec.outcome
        ))
    }

    fn fit(
        &self,
        data: &Dataset,
        draws: (u64, u64),
        room: &mut OneTrial,
    ) -> std::result::Result<(Fits, [f64; ARMS]), String> {
        let coded: usize = self.covariates.iter().map(|name| data.coded(name).len()).sum();
        if coded > MOST_COVARIATES {
            return Err(format!(
                "it adjusts for {coded} columns, one for each level after the first; at most {MOST_COVARIATES} are allowed"
            ));
        }
        let mut fits = Fits::new(self.estimands.len());
        let mut worker = self.estimator.worker();
        let recorded = recorded(std::iter::once(self.estimator.analysis()));
        let column = |variable: usize| data.columns[variable].as_slice();
        let trial = TrialData {
            arms: &data.arms,
            therapists: &data.therapists,
            blocks: &data.blocks,
            draws,
            column: &column,
        };
        let worker = worker.as_deref_mut().map(|worker| worker as &mut dyn Worker);
        let sizes = room.fit(&self.estimator, worker, &recorded, &trial, &mut fits);
        if !fits.answers(0) {
            let separated = self.responses.filter(|_| fits.failure[0] == Failure::Separation);
            if let Some(why) = separated.and_then(|responses| responses.separation(data, &self.arm_names)) {
                return Err(why);
            }
            let outcome = &data.names[self.estimator.analysis().outcome()];
            let (arms, covariates) = (&self.arm_names, &self.covariates);
            return Err(diagnose(data, arms, &sizes, outcome, covariates, &self.visits, fits.failure[0]));
        }
        Ok((fits, sizes))
    }

    fn describe(&self, spec: &AnalysisSpec, alpha: f64, n_analyzed: IndexMap<String, u64>) -> FittedAnalysis {
        let claim = self.estimator.analysis().claim();
        FittedAnalysis {
            claim: claim.words(),
            level: claim.level(alpha),
            method: spec.method.clone(),
            outcome: spec.outcome.clone(),
            description: self.entry.summary.to_owned(),
            covariates: self.covariates.clone(),
            moderator: spec.moderator.clone(),
            mediator: spec.mediator.clone(),
            options: spec.options(),
            n_analyzed,
            has_common_variance: self.estimator.analysis().has_common_variance(),
        }
    }

    fn rows(
        &self,
        id: &str,
        spec: &AnalysisSpec,
        fits: &Fits,
        level: f64,
        sizes: &[f64; ARMS],
        better: &dyn Fn(&str) -> Option<Better>,
    ) -> Vec<AnalyzedRow> {
        let pooled = sizes.iter().sum::<f64>() - ARMS as f64;
        let correction = crate::summary::hedges_correction(pooled);
        let standardiser = fits.outcome_variance[0].sqrt();
        let analysis = self.estimator.analysis();
        let is_posterior = self.entry.name == "bayes";
        // Only here is the standardiser the very SD from which the standard errors are.
        let exact = matches!(self.entry.name, "anova" | "ancova") && self.covariates.is_empty();
        let row = |(number, estimand): (usize, &Estimand)| {
            let (estimate, se) = (fits.estimate[number][0], fits.variance[number][0].sqrt());
            let df = fits.degrees_of_freedom[number][0];
            let half = student_t::isf((1.0 - level) / 2.0, df) * se;
            let own = [0, 1].map(|k| fits.limits[k].get(number).map(|column| column[0]));
            let g = correction * estimate / standardiser;
            let ci = [own[0].unwrap_or(estimate - half), own[1].unwrap_or(estimate + half)];
            let benefit_sign = match &spec.responder {
                Some(responder) => responder.benefit_sign(better(&spec.outcome)),
                None => better(&spec.outcome).map(Better::sign),
            };
            let benefit_sign = benefit_sign.filter(|_| self.entry.family.has_benefit(number));
            let ratio = self.entry.family.ratio().map(|of| Ratio {
                of: of.to_owned(),
                value: libm::exp(estimate),
                ci: ci.map(libm::exp),
            });
            let needs = self.entry.family == Family::RiskDifferences && has_number_needed(&estimand.weights);
            AnalyzedRow {
                analysis: id.to_owned(),
                outcome: spec.outcome.clone(),
                estimand: estimand.id.clone(),
                estimate,
                se,
                df: df.is_finite().then_some(df),
                p: fits
                    .p
                    .get(number)
                    .map_or_else(|| student_t::p_value(estimate / se, df), |column| column[0]),
                p_adjusted: None,
                ci,
                hedges_g: (self.entry.family.is_difference_of_means() && g.is_finite()).then_some(g),
                probability_above: is_posterior.then(|| 1.0 - fits.p[number][0]),
                probability_within: analysis.region_of_practical_equivalence().map(|margin| {
                    let beyond = |limit: f64| student_t::sf(limit / se, df);
                    1.0 - beyond(margin - estimate) - beyond(margin + estimate)
                }),
                hedges_g_ci: standardised_limits(estimate, se, df, standardiser, level).filter(|_| exact),
                benefit_sign,
                ratio,
                nnt: needs.then(|| NumberNeeded::new(estimate, ci, benefit_sign)),
            }
        };
        self.estimands.iter().enumerate().map(row).collect()
    }

    /// Tables of variance, where cell means with common slopes are what was fitted.
    fn tables(
        &self,
        id: &str,
        data: &Dataset,
        roles: &Roles,
        spec: &AnalysisSpec,
        level: f64,
    ) -> Vec<AnovaRow> {
        if !matches!(self.entry.name, "anova" | "ancova") {
            return Vec::new();
        }
        let Some(outcome) = data.index(&spec.outcome) else { return Vec::new() };
        let coded: Vec<(String, Vec<usize>)> =
            self.covariates.iter().map(|name| (name.clone(), data.coded(name))).collect();
        let needed: Vec<usize> =
            coded.iter().flat_map(|(_, indices)| indices.clone()).chain([outcome]).collect();
        let there = |row: &usize| needed.iter().all(|&index| !data.columns[index][*row].is_nan());
        let rows: Vec<usize> = (0..data.arms.len()).filter(there).collect();
        let column = |index: usize| rows.iter().map(|&row| data.columns[index][row]).collect::<Vec<f64>>();
        // −1 and 1, so that the other factor's levels have equal weights in type III.
        let sign = |arm: u8, factor: usize| if (arm >> (1 - factor)) & 1 == 1 { 1.0 } else { -1.0 };
        let factor = |k: usize| Term {
            name: roles.factors[k].id.clone(),
            columns: vec![rows.iter().map(|&row| sign(data.arms[row], k)).collect()],
        };
        let product = rows.iter().map(|&row| sign(data.arms[row], 0) * sign(data.arms[row], 1)).collect();
        let model = Model {
            covariates: coded
                .iter()
                .map(|(name, indices)| Term {
                    name: name.clone(),
                    columns: indices.iter().map(|&index| column(index)).collect(),
                })
                .collect(),
            context: factor(0),
            treatment: factor(1),
            interaction: Term {
                name: format!("{}:{}", roles.factors[0].id, roles.factors[1].id),
                columns: vec![product],
            },
            outcome: column(outcome),
        };
        model.tables(id, level).unwrap_or_default()
    }
}
