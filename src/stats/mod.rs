//! Mathematics without trials: distribution functions, quantiles and quadrature.
//!
//! Everything here is a pure function of `f64`. Transcendental functions come from `libm`, never from
//! the standard library, so that a seed gives the same bits on every platform and in WebAssembly.
//!
//! Each distribution offers `cdf` (lower tail), `sf` (upper tail, not computed as `1 − cdf` when it is
//! small), `quantile` (argument: lower-tail probability) and `isf` (argument: upper-tail probability).
//! [`dunnett`], the largest of several statistics, has the upper tail alone.
//! Arguments come in the order: point or probability, degrees of freedom or shapes, noncentrality.
//! Parameters outside their range give NaN, and so does a NaN argument; nothing panics.
//!
//! Accuracy, checked against 50-digit values in `tests/reference_distributions.rs`: 1e-12 relative, and
//! 1e-10 where a probability is below 1e-6, for degrees of freedom from 0.5 to 1e6, noncentralities up to
//! 1e4 (of t: up to 100) and probabilities down to 1e-300. With fewer degrees of freedom, a small tail
//! obtained as the complement of the other one loses digits in proportion to 1 / df.

pub mod beta;
pub mod chi_squared;
pub mod cholesky;
pub mod dunnett;
pub mod eigen;
pub mod fisher_f;
pub mod noncentral_beta;
pub mod noncentral_chi_squared;
pub mod noncentral_f;
pub mod noncentral_t;
pub mod noncentrality;
pub mod normal;
pub mod normal_table;
mod poisson_mixture;
pub mod quadrature;
pub mod root;
pub mod shapiro_wilk;
pub mod special;
pub mod student_t;
mod tails;
