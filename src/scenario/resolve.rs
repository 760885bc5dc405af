//! temporary
use super::*;
use crate::error::Problem;
use crate::result::HypothesisId;
pub const BASELINE_SUFFIX: &str = "_baseline";
pub fn arm_index(f: &[Factor], id: &str) -> Option<usize> {
    crate::estimand::arm_ids(f)
        .iter()
        .position(|a| a == id)
        .or_else(|| crate::estimand::long_arm_ids(f).iter().position(|a| a == id))
}
fn per_arm(s: &Scenario, m: &IndexMap<String, f64>) -> [f64; 4] {
    let mut o = [f64::NAN; 4];
    for (k, v) in m {
        if let Some(i) = arm_index(&s.factors, k) {
            o[i] = *v;
        }
    }
    o
}
pub fn arm_sizes(s: &Scenario) -> [u64; 4] {
    let mut o = [0; 4];
    for (k, v) in &s.design.n_per_arm {
        if let Some(i) = arm_index(&s.factors, k) {
            o[i] = *v;
        }
    }
    o
}
pub fn arm_means(s: &Scenario, o: &Outcome) -> [f64; 4] {
    if let Some(m) = &o.arm_means {
        return per_arm(s, m);
    }
    let e = o.effects.as_ref().unwrap();
    let g = f64::from(o.better.unwrap().sign());
    let c = o.control_mean.unwrap();
    let (a, b, i) = (e[&s.factors[0].id], e[&s.factors[1].id], e["interaction"]);
    let (a0, b0) = (a - i / 2.0, b - i / 2.0);
    [c, c + g * b0, c + g * a0, c + g * (a0 + b0 + i)]
}
pub fn arm_sds(s: &Scenario, o: &Outcome) -> [f64; 4] {
    match &o.sd {
        Some(StandardDeviation::Common(x)) => [*x; 4],
        Some(StandardDeviation::PerArm(m)) => per_arm(s, m),
        None => {
            let r = o.baseline.as_ref().unwrap().correlation;
            [o.residual_sd.unwrap() / (1.0 - r * r).sqrt(); 4]
        }
    }
}
pub fn analysis_ids(s: &Scenario) -> Vec<String> {
    let mut c = std::collections::BTreeMap::new();
    s.analyses
        .iter()
        .map(|a| {
            a.id.clone().unwrap_or_else(|| {
                let n = c.entry(a.method.clone()).or_insert(0);
                *n += 1;
                if *n == 1 { a.method.clone() } else { format!("{}-{}", a.method, n) }
            })
        })
        .collect()
}
pub fn baseline_variable(s: &Scenario, o: &str) -> Option<String> {
    let b = s.response.outcomes[o].baseline.as_ref()?;
    Some(b.covariate.clone().unwrap_or_else(|| format!("{o}{BASELINE_SUFFIX}")))
}
pub fn covariates(s: &Scenario, a: &AnalysisSpec) -> Vec<String> {
    if a.method != "ancova" {
        return vec![];
    }
    a.covariates
        .clone()
        .unwrap_or_else(|| vec!["baseline".into()])
        .iter()
        .map(|c| if c == "baseline" { baseline_variable(s, &a.outcome).unwrap() } else { c.clone() })
        .collect()
}
pub fn within_arm_correlation(s: &Scenario) -> (Vec<String>, Vec<Vec<f64>>) {
    let mut n: Vec<String> = s.cohort.covariates.iter().map(|c| c.id.clone()).collect();
    for (k, o) in &s.response.outcomes {
        if let Some(b) = &o.baseline {
            if b.covariate.is_none() {
                n.push(format!("{k}_baseline"));
            }
        }
    }
    for k in s.response.outcomes.keys() {
        n.push(k.clone());
    }
    let ix = |x: &str| n.iter().position(|y| y == x).unwrap();
    let mut m = vec![vec![0.0; n.len()]; n.len()];
    for i in 0..n.len() {
        m[i][i] = 1.0;
    }
    for c in s.cohort.correlation.iter().chain(&s.response.correlation) {
        let (i, j) = (ix(&c.between[0]), ix(&c.between[1]));
        m[i][j] = c.value;
        m[j][i] = c.value;
    }
    for (k, o) in &s.response.outcomes {
        if let Some(b) = &o.baseline {
            let (i, j) = (ix(&baseline_variable(s, k).unwrap()), ix(k));
            m[i][j] = b.correlation;
            m[j][i] = b.correlation;
        }
    }
    (n, m)
}
pub fn primary(s: &Scenario) -> Result<Vec<HypothesisId>, Vec<Problem>> {
    let a = analysis_ids(s)[0].clone();
    let o = s.analyses[0].outcome.clone();
    Ok(crate::estimand::estimands(&s.factors)[..3]
        .iter()
        .map(|e| HypothesisId { analysis: a.clone(), outcome: o.clone(), estimand: e.id.clone() })
        .collect())
}
