//! A claim, worked out, as data.

use crate::estimand::{arm_ids, estimands};
use crate::planning::claim::{OtherSize, Reading, Version, WorkedOut};
use crate::scenario::standard_factors;
use serde_json::{Map, Value, json};

/// The same as data, with the scenario.
#[must_use]
pub fn claim_json(worked: &WorkedOut) -> Value {
    let arms = arm_ids(&standard_factors());
    let by_arm = |values: [Value; 4]| -> Value {
        Value::Object(arms.iter().cloned().zip(values).collect::<Map<String, Value>>())
    };
    let taken = worked.taken.map(|index| json!(index));
    let other = |other: &OtherSize| {
        json!({
            "n_is": if other.per_arm { "per_arm" } else { "per_group" },
            "n_total": other.patients,
            "power": other.power,
            "reproduces": other.reproduces,
        })
    };
    json!({
        "claim": worked.claim.text,
        "n_per_arm": worked.sizes.map(|sizes| by_arm(sizes.map(Value::from))),
        "power_claimed": worked.claim.power.map(|(power, _)| power),
        "power_of_n_needed": worked.target,
        "alpha": worked.alpha,
        "readings": worked.readings.iter().map(reading_json).collect::<Value>(),
        "reading_of_scenario": taken,
        "means": worked.means.as_ref().map(|means| json!({
            "sd": by_arm(means.sds.map(Value::from)),
            "sd_pooled": means.pooled_sd,
            "sd_pooled_if_one_variance": means.if_one_variance,
            "equal_sd_p": means.equal_sds_p,
            "off_centre": by_arm(means.off_centre.map(Value::from)),
            "versions": means.versions.iter().map(version_json).collect::<Value>(),
        })),
        "other_n": worked.alternatives.sizes.iter().map(other).collect::<Value>(),
        "correlation_that_reproduces": worked.alternatives.correlation,
        "correlation_that_reproduces_time": worked.alternatives.correlation_of_time,
        "interaction_as_large": worked.alternatives.equal_interaction.map(|equal| json!({
            "power": equal.power,
            "n_needed": equal.needed,
        })),
        "left_open": worked.left_open,
        "scenario": worked.scenario,
    })
}

fn reading_json(reading: &Reading) -> Value {
    json!({
        "of": reading.id(),
        "sd": reading.unit.word(),
        "analysis": reading.analysis.word(),
        "d": reading.d,
        "f": reading.f,
        "partial_eta_squared": reading.partial_eta_squared,
        "difference": reading.difference,
        "power": reading.power,
        "n_needed": reading.needed,
        "reproduces": reading.reproduces,
    })
}

fn version_json(version: &Version) -> Value {
    let names = estimands(&standard_factors());
    let effects = version.effects.iter().map(|effect| {
        json!({
            "estimand": names[effect.index].id,
            "difference": effect.value,
            "se": effect.se,
            "interval": effect.interval,
            "d": effect.d,
            "f": effect.f,
            "partial_eta_squared": effect.partial_eta_squared,
            "power": effect.power,
            "n_needed": effect.needed,
            "reproduces": effect.reproduces,
            "nearer_limit": effect.at_nearer_limit.map(|(limit, power)| json!({"difference": limit, "power": power})),
        })
    });
    json!({"means": if version.centres { "centres" } else { "stated" }, "effects": effects.collect::<Value>()})
}
