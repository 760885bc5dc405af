//! Mathematics without trials: distribution functions and quadrature.
