//! What is uncertain, all of it together: a draw of every prior as fields of the scenario.
//!
//! Numbers of the scenario are set first. Effects are then moved in the scenario with these numbers, all effects of an
//! outcome at once: moving each by itself would write the outcome's effects anew, so that only the last would count. So a
//! draw does not depend on the order in which the priors are stated.

use super::assurance::About;
use super::effect::MovedEffect;
use super::prior::Prior;
use super::variants::Variants;
use crate::error::{Error, ErrorKind, Result};
use crate::random::WordStream;
use crate::result::HypothesisId;
use crate::scenario::{Override, Scenario};

/// Priors that can all hold at once.
#[derive(Debug)]
pub(super) struct Uncertain<'a>(&'a [(About, Prior)]);

impl<'a> Uncertain<'a> {
    /// Makes sure that each number drawn is still there when all are set.
    ///
    /// # Errors
    /// `Usage` for an effect that cannot be moved, and for two priors of which one would undo the other.
    pub fn new(scenario: &Scenario, priors: &'a [(About, Prior)]) -> Result<Self> {
        let mut moved: Vec<(&HypothesisId, MovedEffect)> = Vec::new();
        for (about, _) in priors {
            let About::Effect(hypothesis) = about else { continue };
            let effect = MovedEffect::of(scenario, hypothesis)?;
            if let Some((other, _)) = moved.iter().find(|(_, other)| !other.is_apart_from(&effect)) {
                return Err(refused(&hypothesis.estimand, &other.estimand)
                    .help("an effect has one prior; main effects and the interaction can have one each"));
            }
            moved.push((hypothesis, effect));
        }
        for (about, _) in priors {
            let About::Field(pointer) = about else { continue };
            if let Some((hypothesis, _)) = moved.iter().find(|(_, effect)| !effect.keeps(scenario, pointer)) {
                return Err(refused(pointer, &hypothesis.estimand)
                    .help("state the priors of one outcome's effects as main effects and the interaction"));
            }
        }
        Ok(Uncertain(priors))
    }

    /// One draw of everything, in the order of the priors.
    ///
    /// # Errors
    /// `Scenario` where the numbers drawn are no possible scenario.
    pub fn draw(&self, variants: Variants<'_>, words: &mut WordStream) -> Result<Scenario> {
        let (mut fields, mut effects) = (Vec::new(), Vec::new());
        for (about, prior) in self.0 {
            let value = prior.draw(words);
            match about {
                About::Effect(hypothesis) => effects.push((hypothesis, value)),
                About::Field(pointer) => {
                    fields.push(Override { pointer: pointer.clone(), value: value.into() });
                }
            }
        }
        if effects.is_empty() {
            return variants.with(&fields);
        }
        let changed = if fields.is_empty() { None } else { Some(variants.with(&fields)?) };
        let scenario = changed.as_ref().unwrap_or(variants.scenario);
        let moved =
            effects.iter().map(|&(hypothesis, value)| Ok((MovedEffect::of(scenario, hypothesis)?, value)));
        let moved = moved.collect::<Result<Vec<_>>>()?;
        fields.extend(MovedEffect::all_together(&moved, scenario));
        variants.with(&fields)
    }
}

fn refused(one: &str, other: &str) -> Error {
    let message = format!("{one} and {other} cannot both be uncertain: setting the one changes the other");
    Error::new(ErrorKind::Usage, message).about(format!("--prior {one}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Stage, Words};
    use crate::scenario::library::find;
    use crate::scenario::{read, resolve};

    /// The trial of Fuentes with its effects as simple effects and synergy.
    const SIMPLE: &str = "simple";

    fn text_of(name: &str) -> String {
        let stated = r#""effects": {"alliance": 12.5, "ifc": 8.6, "interaction": 1.2}"#;
        let simple = r#""effects": {"alliance_at_sham": 11.9, "ifc_at_limited": 8, "synergy": 1.2}"#;
        match name {
            SIMPLE => find("fuentes-2014").unwrap().text.replace(stated, simple),
            _ => find(name).unwrap().text.to_owned(),
        }
    }

    /// All but certain priors, as `alliance=5`; what starts with a slash is a pointer.
    fn priors(scenario: &Scenario, stated: &[(&str, f64)]) -> Vec<(About, Prior)> {
        let about = |name: &str| match name.starts_with('/') {
            true => About::Field(name.to_owned()),
            false => About::Effect(HypothesisId {
                analysis: resolve::analysis_ids(scenario)[0].clone(),
                outcome: scenario.analyses[0].outcome.clone(),
                estimand: name.to_owned(),
            }),
        };
        let certain = |mean| Prior::Normal { mean, sd: 1e-12 };
        stated.iter().map(|&(name, value)| (about(name), certain(value))).collect()
    }

    fn truths(name: &str, stated: &[(&str, f64)]) -> Result<Vec<f64>> {
        let text = text_of(name);
        let change = |overrides: &[Override]| read(&text, name, overrides);
        let scenario = change(&[])?;
        let priors = priors(&scenario, stated);
        let variants = Variants::new(&scenario, &change);
        let mut words = Words::new(1, Stage::Prior, "test").of(0);
        let point = Uncertain::new(&scenario, &priors)?.draw(variants, &mut words)?;
        let outcome = &point.response.outcomes[&point.analyses[0].outcome];
        Ok(resolve::truths(&point, outcome).map(|truth| outcome.sign_of_benefit() * truth).to_vec())
    }

    #[test]
    fn every_prior_counts_in_every_order() {
        let interaction = "/response/outcomes/pain/effects/interaction";
        let synergy = "/response/outcomes/pain/effects/synergy";
        for (name, stated, expected) in [
            ("fuentes-2014", [("alliance", 5.0), ("ifc", 4.0), ("interaction", -3.0)], [5.0, 4.0, -3.0]),
            ("fuentes-2014", [("alliance", 5.0), ("ifc", 4.0), (interaction, -3.0)], [5.0, 4.0, -3.0]),
            (SIMPLE, [("alliance", 2.0), ("ifc", 4.0), (synergy, 1.0)], [2.0, 4.0, 1.0]),
            ("aberson-2x2", [("a", 0.1), ("b", 0.2), ("interaction", 0.3)], [0.1, 0.2, 0.3]),
            // What belief adds to the current's effect is within the effect that is stated.
            (
                "unblinded",
                [("alliance", 7.0), ("ifc", 9.0), ("/response/outcomes/pain/belief_effect", 4.0)],
                [7.0, 9.0, 0.0],
            ),
        ] {
            let [a, b, c] = stated;
            for order in [[a, b, c], [a, c, b], [b, a, c], [b, c, a], [c, a, b], [c, b, a]] {
                let found = truths(name, &order).unwrap();
                let error = found.iter().zip(expected).map(|(one, other)| (one - other).abs());
                assert!(error.fold(0.0, f64::max) < 1e-9, "{name} {order:?}: {found:?}");
            }
        }
    }

    #[test]
    fn priors_that_undo_each_other_are_refused_in_either_order() {
        let effect = |name: &str| format!("/response/outcomes/pain/effects/{name}");
        for (scenario, one, other) in [
            ("fuentes-2014", "alliance", "alliance_at_sham"),
            ("fuentes-2014", "alliance", &*effect("alliance")),
            ("fuentes-2014", "alliance_at_sham", &*effect("interaction")),
            (SIMPLE, "alliance", &*effect("alliance_at_sham")),
            (SIMPLE, "interaction", &*effect("synergy")),
            ("aberson-2x2", "a", "/response/outcomes/y/arm_means/a1_b1"),
        ] {
            for stated in [[(one, 1.0), (other, 1.0)], [(other, 1.0), (one, 1.0)]] {
                let error = truths(scenario, &stated).unwrap_err();
                assert_eq!(error.kind, ErrorKind::Usage, "{error}");
                assert!(error.message.contains(one) && error.message.contains(other), "{error}");
            }
        }
    }
}
