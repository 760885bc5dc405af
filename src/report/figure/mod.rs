//! Figures as SVG: one file for each kind.
//!
//! In comes an answer; out comes a picture that stands alone: a title, axes with units, labels beside lines,
//! colours that people with any colour vision tell apart, and a second sign (dashes, points) where colour
//! means something.

mod assurance;
mod boundaries;
mod detectable;
mod differences;
mod power_curve;
mod style;
mod sweep;
mod tornado;

pub use assurance::assurance_figure;
pub use boundaries::interim_figure;
pub use detectable::mde_figure;
pub use differences::{compare_figure, diff_figure};
pub use power_curve::{curve_figure, size_figure};
pub use sweep::sweep_figure;
pub use tornado::tornado_figure;
