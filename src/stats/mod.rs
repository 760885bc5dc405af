//! Mathematics without trials: distribution functions and quadrature.

pub mod cholesky;
#[allow(missing_docs)]
pub mod temporary;
pub use temporary::*;
