//! Differences of power as points with their Monte Carlo intervals, one line each.

use super::style::{COLOURS, GREY, dressed, svg};
use crate::planning::{Comparison, Diff};
use crate::report::digits::whole;
use crate::result::Measure;
use kuva::plot::forest::ForestPlot;
use kuva::render::annotations::ReferenceLine;
use kuva::render::layout::Layout;
use kuva::render::plots::Plot;

/// Each contender against the first.
#[must_use]
pub fn compare_figure(answer: &Comparison) -> String {
    let rows = answer.results.iter().filter(|row| row.difference.value.is_some());
    let rows = rows.map(|row| (format!("{}: {}", row.estimand, row.contender), &row.difference));
    let first = answer.contenders.first().map_or("", |one| one.label.as_str());
    figure(rows.collect(), &format!("Power beside {first}"), answer.made.replicates, answer.made.seed)
}

/// Each changed assumption alone, and all together.
#[must_use]
pub fn diff_figure(diff: &Diff) -> String {
    let mut rows = Vec::new();
    for (number, estimand) in diff.estimands.iter().enumerate() {
        for change in &diff.changes {
            rows.extend(
                change
                    .alone
                    .get(number)
                    .map(|alone| (format!("{estimand}: {}", tail(&change.pointer)), alone)),
            );
        }
        rows.extend(diff.together.get(number).map(|all| (format!("{estimand}: all together"), all)));
    }
    let title = format!("From {} to {}", diff.made.scenario.name, diff.other.name);
    figure(rows, &title, diff.made.replicates, diff.made.seed)
}

/// The end of a pointer, which says most.
fn tail(pointer: &str) -> String {
    let names: Vec<&str> = pointer.rsplit('/').take(2).collect();
    names.into_iter().rev().collect::<Vec<_>>().join("/")
}

fn figure(rows: Vec<(String, &Measure)>, title: &str, replicates: u64, seed: u64) -> String {
    let mut forest = ForestPlot::new().with_color(COLOURS[0]).with_marker_size(3.0);
    let count = rows.len();
    for (label, difference) in rows {
        let (value, mcse) = (difference.value.unwrap_or(0.0), difference.mcse.unwrap_or(0.0));
        let [low, high] = [value - 2.0 * mcse, value + 2.0 * mcse];
        forest = forest.with_row(label, 100.0 * value, 100.0 * low, 100.0 * high);
    }
    let plots = vec![Plot::Forest(forest)];
    let layout = Layout::auto_from_plots(&plots)
        .with_x_label("Difference of power, percentage points")
        .with_reference_line(ReferenceLine::vertical(0.0).with_color(GREY));
    let subtitle = format!(
        "{} trials of the same virtual patients, seed {seed}; bars are ± two Monte Carlo standard errors",
        whole(replicates)
    );
    svg(plots, dressed(layout, title, &subtitle).with_width(760.0).with_height(140.0 + 24.0 * count as f64))
}
