//! The boundaries of a trial with looks, over the number of patients.

use super::style::{self, GREY, dressed, svg};
use crate::planning::{Interim, LevelBoundaries, RowLook};
use crate::report::digits::{exact, fixed, whole};
use crate::result::Measure;
use kuva::plot::{LinePlot, ScatterPlot};
use kuva::render::annotations::{ReferenceLine, TextAnnotation};
use kuva::render::layout::Layout;
use kuva::render::plots::Plot;

/// Where a trial claims a benefit, harm, or stops for futility, with the shares of trials that do so.
#[must_use]
pub fn interim_figure(answer: &Interim) -> String {
    let mut lines = Vec::new();
    let first = answer.hypotheses.iter().position(|one| one.level.is_some());
    let level = first.and_then(|first| answer.hypotheses[first].level);
    let own = answer.boundaries.iter().find(|own| Some(own.level) == level).or(answer.boundaries.last());
    let row = answer.effects.first().and_then(|planned| planned.results.get(first.unwrap_or(0)));
    if let Some(own) = own {
        let shares = |of: fn(&RowLook) -> &Measure| -> Vec<String> {
            row.map_or_else(Vec::new, |row| row.looks.iter().map(|look| share(of(look))).collect())
        };
        let critical = points(answer, own, |own, look| own.looks[look].critical);
        let harm = critical.iter().map(|(n, z)| (*n, -z)).filter(|_| answer.sides == 2).collect();
        let futility = points(answer, own, |own, look| own.looks[look].futility);
        lines.extend([
            Line { points: critical, shares: shares(|look| &look.benefit), name: "claim of a benefit" },
            Line { points: harm, shares: shares(|look| &look.harm), name: "claim of harm" },
            Line { points: futility, shares: shares(|look| &look.futility), name: "stop for futility" },
        ]);
    }
    let plots: Vec<Plot> = lines.iter().enumerate().flat_map(|(number, line)| line.plots(number)).collect();
    let most = answer.looks.last().map_or(0.0, |look| look.n_total as f64);
    let values = || lines.iter().flat_map(|line| line.points.iter().map(|point| point.1));
    let (low, high) = (values().fold(0.0, f64::min), values().fold(0.0, f64::max));
    let mut layout = Layout::auto_from_plots(&plots)
        .with_x_axis_min(0.0)
        .with_x_axis_max(most * 1.08)
        .with_y_axis_min((low - 0.5).floor())
        .with_y_axis_max((high + 0.5).ceil())
        .with_x_label("Patients")
        .with_y_label("Z, positive for a benefit")
        .with_reference_line(ReferenceLine::horizontal(0.0).with_color(GREY));
    for (number, line) in lines.iter().enumerate() {
        for ((x, y), share) in line.points.iter().zip(&line.shares) {
            let text = TextAnnotation::new(share.clone(), *x, *y)
                .with_color(style::line(number).0)
                .with_font_size(11);
            layout = layout.with_annotation(text);
        }
    }
    let hypothesis = row.map_or("", |row| row.id.estimand.as_str());
    let title = format!("{}: when the trial stops for {hypothesis}", answer.made.scenario.name);
    let subtitle = format!(
        "{}, {} level {}; shares of {} trials with the planned effects, seed {}",
        answer.boundaries_by,
        if answer.sides == 2 { "two-sided" } else { "one-sided" },
        exact(own.map_or(answer.alpha, |own| own.level)),
        whole(answer.made.replicates),
        answer.made.seed
    );
    svg(plots, dressed(layout, &title, &subtitle).with_subtitle_wrap(88))
}

/// A boundary, with the share of trials that meet it at each look.
struct Line {
    points: Vec<(f64, f64)>,
    shares: Vec<String>,
    name: &'static str,
}

impl Line {
    /// A line with a point at each look; nothing without points.
    fn plots(&self, number: usize) -> Vec<Plot> {
        if self.points.is_empty() {
            return Vec::new();
        }
        let (colour, style) = style::line(number);
        let dots = ScatterPlot::new().with_data(self.points.clone()).with_color(colour).with_size(3.5);
        let line = LinePlot::new()
            .with_data(self.points.clone())
            .with_color(colour)
            .with_stroke_width(2.0)
            .with_line_style(style)
            .with_legend(self.name);
        vec![Plot::Line(line), Plot::Scatter(dots)]
    }
}

/// A share for the eye.
fn share(measure: &Measure) -> String {
    match measure.value {
        Some(0.0) => "none".to_owned(),
        Some(value) if value < 0.001 => "<0.1 %".to_owned(),
        Some(value) => format!("{} %", fixed(100.0 * value, 1)),
        None => String::new(),
    }
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
