//! The progress bar: on a terminal only, on standard error.

use crate::engine::Progress;
use crate::report::digits::whole;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::fmt::Write;
use std::io::IsTerminal;

/// A bar, or nothing where nobody looks.
pub(super) struct Bar(Option<ProgressBar>);

impl Bar {
    /// A bar if standard error is a terminal and nobody asked for quiet.
    pub fn new(quiet: bool) -> Self {
        if quiet || !std::io::stderr().is_terminal() {
            return Bar(None);
        }
        let template = "{wide_bar} {human_pos} of {human_len} replicates, {rate}, {eta} left{msg}";
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.with_key("rate", rate));
        }
        Bar(Some(bar))
    }

    /// Shows how far the run has come.
    pub fn show(&self, progress: &Progress) {
        if let Some(bar) = &self.0 {
            bar.set_length(progress.total);
            bar.set_position(progress.done);
            if let Some(mcse) = progress.largest_primary_mcse {
                bar.set_message(format!(", largest MCSE {mcse:.4}"));
            }
        }
    }

    /// Takes the bar away.
    pub fn finish(self) {
        if let Some(bar) = self.0 {
            bar.finish_and_clear();
        }
    }
}

/// Replicates per second since the start, whole; indicatif's own rate wavers in short runs.
fn rate(state: &ProgressState, text: &mut dyn Write) {
    // A bar that cannot be drawn is no reason to stop a run.
    let _ =
        write!(text, "{}/s", whole((state.pos() as f64 / state.elapsed().as_secs_f64().max(1e-9)) as u64));
}
