//! Special functions behind the distributions.

mod incomplete_beta;
mod incomplete_gamma;
mod stirling;

pub use incomplete_beta::{regularised_beta, regularised_beta_upper};
pub use incomplete_gamma::{regularised_gamma_lower, regularised_gamma_upper};
pub use stirling::{log_beta, log_gamma, log1p_minus, stirling_error};

pub(crate) use incomplete_beta::{
    beta_fraction, beta_tails, log_beta_prefactor, odds_of_target, odds_start, point_of_odds,
};
pub(crate) use incomplete_gamma::{
    gamma_fraction, gamma_quantile, gamma_series, gamma_start, gamma_tails, log_gamma_prefactor,
};
pub(crate) use stirling::log_poisson;

/// ln(2π).
pub(crate) const LOG_TWO_PI: f64 = 1.837_877_066_409_345_3;
