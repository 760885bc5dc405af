//! The planner's questions: how many, how small, how sure, when to stop.
//!
//! In come a scenario, a way to change it ([`Variants`]) and a question; the engine simulates many scenarios with
//! the same random numbers; out comes an answer as data, with the Monte Carlo uncertainty of the answer itself
//! and the closed form beside it where there is one. Nothing here simulates a patient or writes a report. A new
//! question is one file here, one in `report` and one in `cli`.

mod assurance;
mod binomial;
mod bracket;
pub mod claim;
mod compare;
mod curve;
mod diff;
mod effect;
mod gate;
mod hypotheses;
mod interim;
mod made;
mod mde;
mod prior;
mod protocol;
mod request;
mod size;
mod size_of;
mod sweep;
mod uncertain;
mod variants;

pub use assurance::{About, Assurance, AssuranceRequest, PowerQuantile, StatedPrior, assurance};
pub use compare::{CompareRequest, CompareRow, Comparison, Contender, ContenderDescription, compare};
pub use curve::{Band, Curve, CurvePoint, CurveRequest, CurveRow, Over, curve, number_at};
pub use diff::{Change, Diff, diff};
pub use effect::MovedEffect;
pub use gate::{Gate, not_met};
pub use hypotheses::{movable, select};
pub use interim::{
    Boundary, ChangeDescription, ChangeRequest, EstimateAfter, FutilityRequest, Interim, InterimHypothesis,
    InterimRequest, InterimRow, LevelBoundaries, Look, Resize, ResizeRequest, RowLook, UnderEffects, interim,
    usual_looks,
};
pub use made::Made;
pub use mde::{MdeAnswer, MdePoint, MdeRequest, MdeRow, mde};
pub use prior::{BUILT_IN, Prior, Samples};
pub use protocol::{
    IfReal, InteractionFacts, MainComparison, Protocol, ProtocolRequest, TargetDifference, protocol,
};
pub use request::{Needs, Range};
pub use size::{
    Confirmation, Dropout, FormulaSize, SizeAnswer, SizeFound, SizePoint, SizeQuestion, SizeRequest, Target,
    size,
};
pub use size_of::SizeOf;
pub use sweep::{
    Claimed, Counted, End, PlannedSweep, PointPower, Spread, Sweep, SweepPoint, SweepRequest, Swing,
    VariedField, Vary, What,
};
pub use variants::Variants;
