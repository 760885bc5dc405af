//! The planner's questions: each asks the engine, or its closed forms, many times over and answers in one go.

pub mod claim;
