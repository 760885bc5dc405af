//! The distribution of power over what is uncertain.

use super::style::{COLOURS, GREY, dressed, svg};
use crate::planning::Assurance;
use crate::report::digits::{fixed, whole};
use kuva::plot::LinePlot;
use kuva::render::annotations::ReferenceLine;
use kuva::render::layout::Layout;
use kuva::render::plots::Plot;

/// How probable it is that power is below each value.
#[must_use]
pub fn assurance_figure(answer: &Assurance) -> String {
    let points: Vec<(f64, f64)> =
        answer.power.iter().map(|quantile| (quantile.power, quantile.share)).collect();
    let plots =
        vec![Plot::Line(LinePlot::new().with_data(points).with_color(COLOURS[0]).with_stroke_width(2.0))];
    let mut layout = Layout::auto_from_plots(&plots)
        .with_x_axis_min(0.0)
        .with_x_axis_max(1.0)
        .with_y_axis_min(0.0)
        .with_y_axis_max(1.0)
        .with_x_label("Power")
        .with_y_label("Probability that power is below");
    if let Some(success) = answer.assurance.value {
        layout = layout.with_reference_line(
            ReferenceLine::vertical(success)
                .with_color(COLOURS[1])
                .with_label(format!("assurance {}", fixed(success, 3))),
        );
    }
    if let Some(planned) = answer.power_as_planned.value {
        layout = layout.with_reference_line(
            ReferenceLine::vertical(planned)
                .with_color(GREY)
                .with_label(format!("as planned {}", fixed(planned, 3))),
        );
    }
    let title =
        format!("{}: how sure is power with {} patients?", answer.made.scenario.name, whole(answer.n_total));
    let subtitle = format!("{} simulated trials, seed {}", whole(answer.made.replicates), answer.made.seed);
    svg(plots, dressed(layout, &title, &subtitle))
}
