//! Which field moves power most: a bar for each, from power at one end to power at the other.

use super::style::{COLOURS, GREY, dressed, svg};
use crate::planning::Sweep;
use crate::report::digits::{fixed, whole};
use crate::report::sweep::{name, short_names, swings, value};
use kuva::plot::LinePlot;
use kuva::plot::scatter::ScatterPlot;
use kuva::render::annotations::ReferenceLine;
use kuva::render::layout::Layout;
use kuva::render::plots::Plot;

/// The swings of the first claim's power, the largest on top.
#[must_use]
pub fn tornado_figure(sweep: &Sweep) -> String {
    let Some(claimed) = sweep.claims.first() else { return String::new() };
    let all: Vec<_> = swings(sweep, claimed).collect();
    let count = all.len();
    let mut plots = Vec::new();
    let mut ends: [Vec<(f64, f64)>; 2] = [Vec::new(), Vec::new()];
    let mut labels = Vec::new();
    let names = short_names(sweep);
    for (number, swing) in all.iter().enumerate() {
        let y = (count - number) as f64;
        let [from, to] = [&swing.first, &swing.second].map(|end| end.power.value.unwrap_or(0.0));
        plots.push(Plot::Line(
            LinePlot::new().with_data(vec![(from, y), (to, y)]).with_color(GREY).with_stroke_width(6.0),
        ));
        ends[0].push((from, y));
        ends[1].push((to, y));
        let place = sweep.varied.iter().position(|field| field.name == swing.field);
        let name = place.and_then(|place| names.get(place)).unwrap_or(&swing.field);
        labels.push(format!("{name}: {} to {}", value(&swing.first.value), value(&swing.second.value)));
    }
    labels.reverse();
    let [first, second] = ends;
    for (points, colour, label) in
        [(first, COLOURS[0], "at the first value"), (second, COLOURS[1], "at the second")]
    {
        plots.push(Plot::Scatter(
            ScatterPlot::new().with_data(points).with_color(colour).with_size(5.0).with_legend(label),
        ));
    }
    let mut layout = Layout::auto_from_plots(&plots)
        .with_x_axis_min(0.0)
        .with_x_axis_max(1.0)
        .with_x_tick_step(0.2)
        .with_y_axis_min(0.5)
        .with_y_axis_max(count as f64 + 0.9)
        .with_y_categories(labels)
        .with_x_label("Power");
    let planned = sweep.as_planned.results.first().and_then(|result| result.power.value);
    if let Some(planned) = planned {
        layout = layout.with_reference_line(
            ReferenceLine::vertical(planned)
                .with_color(GREY)
                .with_label(format!("as planned {}", fixed(planned, 3))),
        );
    }
    let title =
        format!("{}: what moves the power of {} most", sweep.made.scenario.name, name(sweep, claimed));
    let subtitle = format!(
        "each field alone, all else as planned; {} simulated trials at each end, seed {}",
        whole(sweep.made.replicates),
        sweep.made.seed
    );
    svg(plots, dressed(layout, &title, &subtitle).with_height(170.0 + 42.0 * count as f64))
}
