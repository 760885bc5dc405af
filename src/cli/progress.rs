//! The progress bar: on a terminal only, on standard error.

use crate::engine::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;

/// A bar, or nothing where nobody looks.
pub(super) struct Bar(Option<ProgressBar>);

impl Bar {
    /// A bar if standard error is a terminal and nobody asked for quiet.
    pub fn new(quiet: bool) -> Self {
        if quiet || !std::io::stderr().is_terminal() {
            return Bar(None);
        }
        let template = "{wide_bar} {human_pos} of {human_len} replicates, {per_sec}, {eta} left{msg}";
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
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
