//! When the looks are: the share of the full information that is there at each.

use super::{Checked, problem};

/// The most looks at a trial, the last one included.
pub const MOST_LOOKS: usize = 20;

/// The least information between two looks. With less, the integrals ask for finer and finer grids; a
/// thousandth is less than one patient in most trials.
pub const LEAST_GAP: f64 = 0.001;

/// How far the last look may be from 1 by rounding.
const ROUNDING: f64 = 1e-9;

/// Checks information fractions: 1 to [`MOST_LOOKS`] of them, rising by at least [`LEAST_GAP`], the last 1.
///
/// # Errors
/// The first one that is wrong, by its pointer.
pub fn check_information(information: &[f64]) -> Checked<()> {
    let looks = information.len();
    if looks == 0 || looks > MOST_LOOKS {
        let allowed = format!("1 to {MOST_LOOKS} looks, the last one included");
        return Err(problem("/information", format!("{looks} looks"), allowed));
    }
    let mut before = 0.0;
    for (look, &fraction) in information.iter().enumerate() {
        let wrong = |allowed: String| {
            problem(format!("/information/{look}"), format!("an information fraction of {fraction}"), allowed)
        };
        if !(fraction > 0.0 && fraction <= 1.0 + ROUNDING) {
            let help = "the fraction is the information at the look divided by that at the last look";
            return Err(wrong("a number above 0, at most 1".to_owned()).help(help).into());
        }
        if look > 0 && fraction <= before {
            return Err(wrong(format!("more than the {before} of the look before"))
                .help("put the looks in order")
                .into());
        }
        if fraction - before < LEAST_GAP * (1.0 - ROUNDING) {
            return Err(wrong(format!("at least {LEAST_GAP} more than the {before} before")));
        }
        before = fraction;
    }
    if (before - 1.0).abs() > ROUNDING {
        let pointer = format!("/information/{}", looks - 1);
        return Err(problem(pointer, format!("a last information fraction of {before}"), "1")
            .help("divide all of them by the last")
            .into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_fractions_are_named() {
        let found = |information: &[f64]| {
            let problem = check_information(information).unwrap_err();
            format!("{problem}")
        };
        assert!(check_information(&[1.0]).is_ok() && check_information(&[0.333333333333, 0.7, 1.0]).is_ok());
        let out_of_order = found(&[0.5, 0.4, 1.0]);
        assert_eq!(
            out_of_order,
            "/information/1: found an information fraction of 0.4; allowed: more than the 0.5 of the look before; \
             put the looks in order"
        );
        assert!(found(&[]).contains("found 0 looks; allowed: 1 to 20 looks"));
        assert!(found(&[0.01; 21]).contains("found 21 looks"));
        assert!(found(&[0.0, 1.0]).contains("/information/0: found an information fraction of 0;"));
        assert!(found(&[0.5, 1.2]).contains("at most 1"));
        assert!(found(&[f64::NAN, 1.0]).contains("fraction of NaN"));
        assert!(found(&[0.5, 0.5, 1.0]).contains("more than the 0.5"));
        assert!(found(&[0.5, 0.5001, 1.0]).contains("at least 0.001 more"));
        assert!(found(&[0.25, 0.5]).contains("found a last information fraction of 0.5; allowed: 1; divide"));
    }
}
