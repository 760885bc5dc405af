//! An outcome: means of the arms or effects, spread, baseline.
//!
//! Means are stated by arm, as then their errors are independent. Where arms share therapists they
//! are not; so there, if it is known what is better, they are stated as control mean and effects,
//! whose errors are those of the differences.

use super::draft::Sheet;
use super::estimate::{Distribution, Estimate};
use super::therapists::Clustering;
use super::variables::OutcomeColumns;
use super::within::{self, Pair, Spread, overall};
use crate::error::{Error, ErrorKind, Result};
use crate::estimand::{ARMS, WEIGHTS, arm_ids, contrast};
use crate::scenario::{Better, Factor, Outcome, resolve};
use serde_json::{Map, Value, json};

/// What an outcome is fitted with.
pub(super) struct Fit<'a> {
    pub arms: &'a [u8],
    pub factors: &'a [Factor],
    pub clustering: Option<&'a Clustering>,
    pub sd_per_arm: bool,
    pub better: Option<Better>,
    /// An outcome whose label and unit are kept.
    pub like: Option<&'a Outcome>,
}

impl Fit<'_> {
    /// The outcome as the scenario states it.
    pub fn outcome(&self, columns: &OutcomeColumns<'_>, sheet: &mut Sheet) -> Result<Value> {
        let name = &columns.outcome.name;
        let at = format!("/response/outcomes/{name}");
        let spread = Spread::of(self.arms, columns.outcome.values);
        let mut fields = Map::new();
        let label = self.like.and_then(|like| like.label.clone());
        let renamed = (columns.outcome.column != *name).then(|| columns.outcome.column.clone());
        if let Some(label) = label.or(renamed) {
            fields.insert("label".to_owned(), label.into());
        }
        if let Some(unit) = self.like.and_then(|like| like.unit.clone()) {
            fields.insert("unit".to_owned(), unit.into());
        }
        if let Some(better) = self.better {
            fields.insert("better".to_owned(), json!(better));
        }
        match (self.clustering, self.better) {
            (Some(clustering), Some(better)) => {
                self.effects(clustering, better, name, &spread, &mut fields, sheet);
            }
            _ => {
                let means = self.arm_means(name, &spread, sheet);
                fields.insert("arm_means".to_owned(), means);
            }
        }
        fields.insert("sd".to_owned(), self.sd(name, &spread, sheet)?);
        if let Some(baseline) = &columns.baseline {
            let (n, mean, sd) = overall(baseline.values);
            let how = format!("{n} patients at baseline");
            let place = |field: &str| format!("{at}/baseline/{field}");
            let mean = Estimate::with_se(mean, sd / n.sqrt(), Distribution::T(n - 1.0), n as u64);
            let mean = mean.named(place("mean"), format!("{name}: mean at baseline"), how.clone());
            let sd = within::sd(sd, n - 1.0, n);
            let sd = sd.named(place("sd"), format!("{name}: SD at baseline"), how);
            let pair = Pair::of(self.arms, baseline.values, columns.outcome.values);
            let correlation = pair.estimate().named(
                place("correlation"),
                format!("{name}: correlation with baseline"),
                format!("pooled within the arms, {} patients", pair.patients),
            );
            fields.insert(
                "baseline".to_owned(),
                json!({
                    "mean": sheet.add(mean), "sd": sheet.add(sd), "correlation": sheet.add(correlation)
                }),
            );
        }
        Ok(Value::Object(fields))
    }

    /// The covariance of the arms' means.
    fn covariance(&self, spread: &Spread) -> [[f64; ARMS]; ARMS] {
        if let Some(clustering) = self.clustering {
            return clustering.covariance_of_means();
        }
        std::array::from_fn(|a| {
            let sd = if self.sd_per_arm { spread.sds[a] } else { spread.pooled };
            std::array::from_fn(|b| if a == b { sd * sd / spread.sizes[a] } else { 0.0 })
        })
    }

    /// How a mean errs.
    fn distribution(&self, spread: &Spread, arm: usize) -> Distribution {
        match (self.clustering, self.sd_per_arm) {
            (Some(_), _) => Distribution::Normal,
            (None, true) => Distribution::T(spread.sizes[arm] - 1.0),
            (None, false) => Distribution::T(spread.df),
        }
    }

    fn mean(&self, name: &str, spread: &Spread, arm: usize) -> Estimate {
        let id = &arm_ids(self.factors)[arm];
        let se = self.covariance(spread)[arm][arm].sqrt();
        let size = spread.sizes[arm];
        let mean = Estimate::with_se(spread.means[arm], se, self.distribution(spread, arm), size as u64);
        let how = format!("{size} patients in {id}");
        mean.named(format!("/response/outcomes/{name}/arm_means/{id}"), format!("{name}: mean in {id}"), how)
    }

    fn arm_means(&self, name: &str, spread: &Spread, sheet: &mut Sheet) -> Value {
        let ids = arm_ids(self.factors);
        let means = (0..ARMS).map(|arm| (ids[arm].clone(), sheet.add(self.mean(name, spread, arm))));
        Value::Object(means.collect())
    }

    /// Control mean and the two main effects with their interaction, as benefits.
    fn effects(
        &self,
        clustering: &Clustering,
        better: Better,
        name: &str,
        spread: &Spread,
        fields: &mut Map<String, Value>,
        sheet: &mut Sheet,
    ) {
        let control = Estimate {
            pointer: format!("/response/outcomes/{name}/control_mean"),
            ..self.mean(name, spread, 0)
        };
        fields.insert("control_mean".to_owned(), sheet.add(control));
        let covariance = clustering.covariance_of_means();
        let patients: f64 = spread.sizes.iter().sum();
        let sign = f64::from(better.sign());
        let mut effects = Map::new();
        for (effect, weights) in resolve::effect_names(self.factors).main.iter().zip(&WEIGHTS) {
            let spread_of = |a: usize| contrast(weights, &covariance[a]);
            let variance = contrast(weights, &std::array::from_fn(spread_of));
            let value = sign * contrast(weights, &spread.means);
            let estimate = Estimate::with_se(value, variance.sqrt(), Distribution::Normal, patients as u64);
            let estimate = estimate.named(
                format!("/response/outcomes/{name}/effects/{effect}"),
                format!("{name}: benefit, {effect}"),
                format!("difference of the arms' means, {patients} patients"),
            );
            effects.insert(effect.clone(), sheet.add(estimate));
        }
        fields.insert("effects".to_owned(), Value::Object(effects));
    }

    fn sd(&self, name: &str, spread: &Spread, sheet: &mut Sheet) -> Result<Value> {
        let at = format!("/response/outcomes/{name}/sd");
        if self.sd_per_arm {
            let ids = arm_ids(self.factors);
            let mut sds = Map::new();
            for (arm, id) in ids.iter().enumerate() {
                let (sd, size) = (spread.sds[arm], spread.sizes[arm]);
                if sd.is_nan() || sd <= 0.0 {
                    let message =
                        format!("{name} is the same in all patients of {id}, so that arm has no SD");
                    return Err(Error::new(ErrorKind::Usage, message).help("leave out --sd per-arm"));
                }
                let how = format!("{size} patients in {id}");
                let sd = within::sd(sd, size - 1.0, size);
                let sd = sd.named(format!("{at}/{id}"), format!("{name}: SD in {id}"), how);
                sds.insert(id.clone(), sheet.add(sd));
            }
            return Ok(Value::Object(sds));
        }
        let patients: f64 = spread.sizes.iter().sum();
        let quantity = format!("{name}: SD within an arm");
        Ok(sheet.add(match self.clustering {
            None => {
                let how = format!("pooled within the arms, {patients} patients");
                within::sd(spread.pooled, spread.df, patients).named(at, quantity, how)
            }
            Some(clustering) => {
                let how = format!("between and within therapists by REML, {patients} patients");
                let (sd, se) = (clustering.sd(), clustering.sd_se());
                Estimate::with_se(sd, se, Distribution::Normal, patients as u64).named(at, quantity, how)
            }
        }))
    }
}

/// The intraclass correlation of an outcome.
pub(super) fn icc(name: &str, pointer: String, clustering: &Clustering, sheet: &mut Sheet) -> Value {
    let icc = clustering.icc();
    let patients = clustering.patients();
    let estimate = Estimate::with_se(icc, clustering.icc_se(), Distribution::Normal, patients as u64);
    let limits = estimate.interval.map(|[low, high]| [low.max(0.0), high.min(1.0)]);
    let boundary = if icc == 0.0 { ", where 0 is the least that there can be" } else { "" };
    let how = format!("by REML{boundary}, {} therapists", clustering.therapists());
    if icc == 0.0 {
        sheet.note(format!(
            "no variance of {name} was found between therapists: the estimate lies on its bound of 0, and its standard \
             error says how much could be hidden"
        ));
    }
    sheet.add(estimate.between(limits).named(pointer, format!("{name}: intraclass correlation"), how))
}
