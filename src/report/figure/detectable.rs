//! Power around the smallest detectable effects.

use super::style::{GREY, dressed, line, svg};
use crate::planning::MdeAnswer;
use crate::report::digits::{exact, whole};
use kuva::plot::LinePlot;
use kuva::render::annotations::ReferenceLine;
use kuva::render::layout::Layout;
use kuva::render::plots::Plot;

/// Power along the benefit, a line for each hypothesis.
#[must_use]
pub fn mde_figure(answer: &MdeAnswer) -> String {
    let mut plots = Vec::new();
    for (number, row) in answer.results.iter().enumerate() {
        let points: Vec<(f64, f64)> =
            row.around.iter().filter_map(|point| Some((point.benefit, point.power.value?))).collect();
        let (colour, style) = line(number);
        plots.push(Plot::Line(
            LinePlot::new()
                .with_data(points)
                .with_color(colour)
                .with_line_style(style)
                .with_legend(format!("{} ({})", row.estimand, row.analysis)),
        ));
    }
    let unit = answer.results.first().and_then(|row| answer.outcomes.get(&row.outcome)?.unit.clone());
    let layout = Layout::auto_from_plots(&plots)
        .with_y_axis_min(0.0)
        .with_y_axis_max(1.0)
        .with_y_tick_step(0.1)
        .with_x_axis_min(0.0)
        .with_x_label(format!("Benefit{}", unit.map_or_else(String::new, |unit| format!(", {unit}"))))
        .with_y_label("Share of trials that claim it")
        .with_reference_line(
            ReferenceLine::horizontal(answer.power)
                .with_color(GREY)
                .with_label(format!("power {}", exact(answer.power))),
        );
    let title = format!("{}: what {} patients detect", answer.made.scenario.name, whole(answer.n_total));
    let subtitle = format!("{} simulated trials, seed {}", whole(answer.made.replicates), answer.made.seed);
    svg(plots, dressed(layout, &title, &subtitle))
}
