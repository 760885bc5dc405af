//! The engine that draws what therapists' patients say instead of these patients.
//!
//! Variables are normal, some with a level of each therapist, and numbers of patients are fixed for each therapist and
//! arm. With Σ the covariance of what is the patients' own and T that of the levels, these are sufficient: the contrasts z
//! between therapists, independent with covariances Σ + dT ([`TherapistContrasts`]), the rest of the products within
//! arms, Wishart with covariance Σ and N − 4 degrees of freedom less the number of contrasts, and the arms' means. Given z
//! these are normal about μ + Σ c·T(Σ + dT)⁻¹z, with the covariance that is left of diag(1/n)Σ + HT. Effects of the
//! context that differ between therapists are drawn as they are, and move all of these ([`Slopes`]). The cost of a trial
//! is that of its therapists, not of its patients.

mod draw;
mod slopes;

pub(in crate::engine) use draw::DrawnOfTherapists;

use crate::engine::plan::Plan;
use crate::estimand::ARMS;
use crate::observation::TherapistContrasts;
use crate::random::{ChiSquared, Stage, StreamKey};
use crate::response;
use crate::scenario::Scenario;
use crate::scenario::resolve::{self, PartOf};
use crate::stats::cholesky;
use slopes::Slopes;

/// What is the same for all trials.
///
/// Rows are the variables that are the patients' own, analysed or not, by their number among these: the draws of one are
/// the same whichever analyses there are.
#[derive(Debug, Clone)]
pub(in crate::engine) struct TherapistStatistics {
    rows: Vec<Row>,
    /// Numbers of the rows that are drawn: the recorded ones, and those of which they are mixed.
    drawn: Vec<usize>,
    /// Numbers of the recorded ones.
    recorded: Vec<usize>,
    /// Pairs of the recorded ones, by these numbers.
    pairs: Vec<[usize; 2]>,
    /// Cholesky's factor of Σ.
    own: Vec<Vec<f64>>,
    /// Contrasts between therapists, and after them the other directions in which slopes move residuals.
    contrasts: Vec<Contrast>,
    /// Cholesky's factor of the means' covariance given the contrasts, by row and arm.
    of_means: Vec<Vec<f64>>,
    slopes: Slopes,
}

/// One variable.
#[derive(Debug, Clone)]
struct Row {
    variable: usize,
    key: StreamKey,
    mean: [f64; ARMS],
    /// Of its own in the rest of the products within arms.
    rest: ChiSquared,
}

/// One contrast between therapists.
#[derive(Debug, Clone)]
struct Contrast {
    /// Cholesky's factor L of Σ + dT.
    factor: Vec<Vec<f64>>,
    /// TL⁻ᵀ, by row: the levels that normal numbers stand for.
    levels: Vec<Vec<f64>>,
    /// c: how far a level moves each arm's mean.
    of_means: [f64; ARMS],
}

impl TherapistStatistics {
    /// For a checked scenario in which nothing prevents it ([`qualify`](crate::engine::qualify)); none otherwise.
    pub fn new(scenario: &Scenario, plan: &Plan, seed: u64) -> Option<Self> {
        let design = plan.therapists.as_deref()?;
        let is_level = levels(scenario, plan);
        let variables: Vec<usize> = (0..plan.variables.len()).filter(|&v| !is_level[v]).collect();
        let number = |variable: usize| variables.binary_search(&variable).ok();
        let recorded =
            plan.recorded.variables.iter().map(|&variable| number(variable)).collect::<Option<Vec<_>>>()?;
        let covariance = |of_levels: bool| -> Vec<Vec<f64>> {
            let entry = |v: usize, w: usize| covariance(plan, v, w, |source| is_level[source] == of_levels);
            variables.iter().map(|&v| variables.iter().map(|&w| entry(v, w)).collect()).collect()
        };
        let (own, shared) = (covariance(false), covariance(true));
        let slope = |number: usize| {
            let of_variable = || response::context_slope(scenario, &plan.variables[variables[number]].name);
            recorded.contains(&number).then(of_variable).flatten()
        };
        let slopes = (0..variables.len()).map(slope).collect::<Vec<_>>();
        let slopes = Slopes::new(design, scenario, &slopes, seed);
        let between = design.information.iter().zip(&design.of_means);
        let between = between.map(|(&d, of_means)| Contrast::new(&own, &shared, d, *of_means));
        let others = (design.count()..slopes.of_contrasts.len())
            .map(|_| Contrast::new(&own, &shared, 0.0, [0.0; ARMS]));
        let contrasts = between.chain(others).collect::<Option<Vec<Contrast>>>()?;
        let left = plan.layout.patients().checked_sub(ARMS + contrasts.len())?;
        let row = |(number, &variable): (usize, &usize)| {
            let of = &plan.variables[variable];
            Some(Row {
                variable,
                key: StreamKey::new(seed, Stage::Statistics, &of.name, 0),
                mean: of.mean,
                rest: ChiSquared::new(left.checked_sub(number).filter(|&df| df > 0)? as u64),
            })
        };
        let pairs = plan.recorded.pairs.iter().map(|&(v, w)| Some([number(v)?, number(w)?]));
        let mut engine = TherapistStatistics {
            rows: variables.iter().enumerate().map(row).collect::<Option<_>>()?,
            drawn: Vec::new(),
            recorded,
            pairs: pairs.collect::<Option<_>>()?,
            of_means: cholesky::factor(&left_of_means(design, &contrasts, &own, &shared))?,
            own: cholesky::factor(&own)?,
            contrasts,
            slopes,
        };
        engine.drawn = (0..engine.rows.len()).filter(|&source| engine.is_mixed_in(source)).collect();
        Some(engine)
    }

    /// Whether any of the recorded rows is made of a row's draws.
    fn is_mixed_in(&self, source: usize) -> bool {
        let has = |weights: &[f64], place: usize| weights.get(place).is_some_and(|&weight| weight != 0.0);
        let in_contrasts = |row: usize| {
            let is_in = |contrast: &Contrast| {
                has(&contrast.factor[row], source) || has(&contrast.levels[row], source)
            };
            self.contrasts.iter().any(is_in)
        };
        let in_means = |row: usize| {
            let mut of_arms = self.of_means[row * ARMS..][..ARMS].iter();
            of_arms.any(|weights| (0..ARMS).any(|arm| has(weights, source * ARMS + arm)))
        };
        self.recorded.iter().any(|&row| has(&self.own[row], source) || in_contrasts(row) || in_means(row))
    }
}

impl Contrast {
    fn new(own: &[Vec<f64>], shared: &[Vec<f64>], d: f64, of_means: [f64; ARMS]) -> Option<Self> {
        let sum = |(own, shared): (&Vec<f64>, &Vec<f64>)| {
            own.iter().zip(shared).map(|(own, shared)| own + d * shared).collect()
        };
        let factor = cholesky::factor(&own.iter().zip(shared).map(sum).collect::<Vec<Vec<f64>>>())?;
        // LGᵀ = T, as T is symmetric.
        let levels = shared.iter().map(|row| cholesky::forward(&factor, row)).collect();
        Some(Contrast { factor, levels, of_means })
    }
}

/// Which of the plan's variables are levels of the therapists.
fn levels(scenario: &Scenario, plan: &Plan) -> Vec<bool> {
    let parts = resolve::latent_parts(scenario);
    let is_level = |name: &str| parts.iter().any(|part| part.of == PartOf::Therapist && part.name == name);
    plan.variables.iter().map(|variable| is_level(&variable.name)).collect()
}

/// Covariance of two variables as far as these sources make it.
fn covariance(plan: &Plan, v: usize, w: usize, is_counted: impl Fn(usize) -> bool) -> f64 {
    let [one, other] = [&plan.variables[v], &plan.variables[w]];
    let products = one.loadings.iter().zip(&other.loadings).enumerate();
    let common: f64 = products.filter(|(source, _)| is_counted(*source)).map(|(_, (a, b))| a * b).sum();
    one.sd[0] * other.sd[0] * common
}

/// Covariance of the means given the contrasts, by row and arm, up to the diagonal.
fn left_of_means(
    design: &TherapistContrasts,
    contrasts: &[Contrast],
    own: &[Vec<f64>],
    shared: &[Vec<f64>],
) -> Vec<Vec<f64>> {
    let moving: Vec<&Contrast> =
        contrasts.iter().filter(|contrast| contrast.of_means != [0.0; ARMS]).collect();
    let mut left = vec![Vec::new(); own.len() * ARMS];
    for v in 0..own.len() {
        for w in 0..=v {
            let levels = |contrast: &&Contrast| cholesky::dot(&contrast.levels[v], &contrast.levels[w]);
            let levels: Vec<f64> = moving.iter().map(levels).collect();
            for (arm, other) in (0..ARMS).flat_map(|arm| (0..ARMS).map(move |other| (arm, other))) {
                let alone = if arm == other { own[v][w] / design.sizes[arm] } else { 0.0 };
                let moved = |contrast: &Contrast| contrast.of_means[arm] * contrast.of_means[other];
                let told = moving.iter().zip(&levels).map(|(contrast, levels)| moved(contrast) * levels);
                left[v * ARMS + arm]
                    .push(alone + shared[v][w] * design.shared[arm][other] - told.sum::<f64>());
            }
        }
    }
    left
}
