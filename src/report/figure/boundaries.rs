//! The boundaries of a trial with looks, over the number of patients.

use super::style::{COLOURS, GREY, dressed, svg};
use crate::planning::{Interim, LevelBoundaries};
use crate::report::digits::{exact, whole};
use kuva::plot::{LinePlot, LineStyle, ScatterPlot};
use kuva::render::annotations::ReferenceLine;
use kuva::render::layout::Layout;
use kuva::render::plots::Plot;

/// Where a trial claims a benefit, harm, or stops for futility.
#[must_use]
pub fn interim_figure(answer: &Interim) -> String {
    let mut plots = Vec::new();
    let first = answer.hypotheses.iter().find_map(|one| one.level);
    let own = answer.boundaries.iter().find(|own| Some(own.level) == first).or(answer.boundaries.last());
    if let Some(own) = own {
        let critical = points(answer, own, |own, look| own.looks[look].critical);
        let futility = points(answer, own, |own, look| own.looks[look].futility);
        plots.extend(line(&critical, 0, LineStyle::Solid, "claim of a benefit"));
        if answer.sides == 2 {
            let harm: Vec<(f64, f64)> = critical.iter().map(|(n, z)| (*n, -z)).collect();
            plots.extend(line(&harm, 1, LineStyle::Dashed, "claim of harm"));
        }
        plots.extend(line(&futility, 2, LineStyle::DashDot, "stop for futility"));
    }
    let all = answer.looks.iter().map(|look| look.n_total as f64);
    let most = all.clone().fold(0.0, f64::max);
    let layout = Layout::auto_from_plots(&plots)
        .with_x_axis_min(0.0)
        .with_x_axis_max(most * 1.05)
        .with_x_label("Patients")
        .with_y_label("Z, positive for a benefit")
        .with_reference_line(ReferenceLine::horizontal(0.0).with_color(GREY));
    let title = format!("{}: when the trial stops", answer.made.scenario.name);
    let level = format!(
        "{}, {} level {}; {} looks",
        answer.boundaries_by,
        if answer.sides == 2 { "two-sided" } else { "one-sided" },
        exact(own.map_or(answer.alpha, |own| own.level)),
        answer.looks.len()
    );
    let subtitle = match expected(answer) {
        Some(patients) => format!("{level}; {patients} patients on average with the planned effects"),
        None => level,
    };
    svg(plots, dressed(layout, &title, &subtitle))
}

fn expected(answer: &Interim) -> Option<String> {
    let planned = answer.effects.iter().find(|under| under.effects == "planned")?;
    Some(whole(planned.n_expected.value?.round() as u64))
}

/// What the looks have of something.
fn points(
    answer: &Interim,
    own: &LevelBoundaries,
    of: impl Fn(&LevelBoundaries, usize) -> Option<f64>,
) -> Vec<(f64, f64)> {
    let at = |(look, when): (usize, &crate::planning::Look)| Some((when.n_total as f64, of(own, look)?));
    answer.looks.iter().enumerate().filter_map(at).collect()
}

/// A line with a point at each look; nothing without points.
fn line(points: &[(f64, f64)], number: usize, style: LineStyle, name: &str) -> Vec<Plot> {
    if points.is_empty() {
        return Vec::new();
    }
    let dots = ScatterPlot::new().with_data(points.to_vec()).with_color(COLOURS[number]).with_size(3.5);
    let line = LinePlot::new()
        .with_data(points.to_vec())
        .with_color(COLOURS[number])
        .with_stroke_width(2.0)
        .with_line_style(style)
        .with_legend(name);
    vec![Plot::Line(line), Plot::Scatter(dots)]
}
