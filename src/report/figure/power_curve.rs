//! Power along something, with its Monte Carlo band and the formula's curve.

use super::style::{COLOURS, GREY, dressed, line, svg};
use crate::planning::{Curve, CurveRow, SizeAnswer};
use crate::report::digits::exact;
use crate::result::HypothesisId;
use kuva::plot::LinePlot;
use kuva::plot::scatter::ScatterPlot;
use kuva::render::annotations::ReferenceLine;
use kuva::render::layout::Layout;
use kuva::render::plots::Plot;

/// One line of the figure.
struct Line {
    name: String,
    points: Vec<(f64, f64)>,
    band: Vec<(f64, f64)>,
    by_formula: Vec<(f64, f64)>,
}

/// Power of the hypotheses asked about along what the curve goes along.
#[must_use]
pub fn curve_figure(curve: &Curve) -> String {
    let lines: Vec<Line> = curve.hypotheses.iter().map(|hypothesis| of_curve(curve, hypothesis)).collect();
    let (plots, layout) = plotted(&lines);
    let mut layout = layout.with_x_label(capitalised(&curve.over_label));
    if let Some(planned) = curve.planned {
        layout = layout.with_reference_line(
            ReferenceLine::vertical(planned)
                .with_color(GREY)
                .with_label(format!("planned {}", exact(planned))),
        );
    }
    let subtitle = format!(
        "{} simulated trials at each point, seed {}; bands hold for a whole curve with {} % confidence",
        crate::report::digits::whole(curve.made.replicates),
        curve.made.seed,
        exact(100.0 * curve.band_confidence)
    );
    svg(plots, dressed(layout, &format!("{}: power", curve.made.scenario.name), &subtitle))
}

/// Power at the sizes of the search, the target and the answer.
#[must_use]
pub fn size_figure(answer: &SizeAnswer) -> String {
    let several = answer.points.first().map_or(0, |point| point.power.len());
    let name = |number: usize| match answer.question.hypotheses.get(number) {
        Some(one) if several > 1 || answer.question.hypotheses.len() == 1 => one.estimand.clone(),
        _ => super::super::size::together(&answer.question),
    };
    let line = |number: usize| {
        let at = |value: fn(&crate::planning::SizePoint, usize) -> Option<f64>| {
            answer
                .points
                .iter()
                .filter_map(move |point| Some((point.size as f64, value(point, number)?)))
                .collect()
        };
        let points: Vec<(f64, f64)> = at(|point, number| point.power[number].value);
        let band = answer.points.iter().filter_map(|point| {
            let (value, mcse) = (point.power[number].value?, point.power[number].mcse?);
            Some((value - 2.0 * mcse, value + 2.0 * mcse))
        });
        Line {
            name: name(number),
            band: band.collect(),
            points,
            by_formula: at(|point, number| point.by_formula[number]),
        }
    };
    let lines: Vec<Line> = (0..several).map(line).collect();
    let (plots, layout) = plotted(&lines);
    // The sizes of a search lie close together: their whole range would be a flat line.
    let powers = || lines.iter().flat_map(|line| line.points.iter().map(|point| point.1));
    let low = powers().fold(answer.question.target, f64::min) - 0.02;
    let high = powers().fold(answer.question.target, f64::max) + 0.02;
    let mut layout = layout
        .with_y_axis_min((20.0 * low).floor().max(0.0) / 20.0)
        .with_y_axis_max((20.0 * high).ceil().min(20.0) / 20.0)
        .with_y_tick_step(0.05)
        .with_x_label(capitalised(answer.question.size_of.label()))
        .with_reference_line(
            ReferenceLine::horizontal(answer.question.target)
                .with_color(GREY)
                .with_label(format!("target {}", exact(answer.question.target))),
        );
    if let Some(found) = &answer.answer {
        layout = layout.with_reference_line(
            ReferenceLine::vertical(found.size as f64)
                .with_color(COLOURS[2])
                .with_label(format!("answer {}", found.size)),
        );
    }
    let subtitle = format!(
        "{} simulated trials at each size, seed {}; bands are ± two Monte Carlo standard errors",
        crate::report::digits::whole(answer.made.replicates),
        answer.made.seed
    );
    let what =
        if answer.question.half_width.is_some() { "probability of a narrow interval" } else { "power" };
    svg(plots, dressed(layout, &format!("{}: {what}", answer.made.scenario.name), &subtitle))
}

fn of_curve(curve: &Curve, hypothesis: &HypothesisId) -> Line {
    let rows: Vec<(f64, &CurveRow)> =
        curve.points.iter().filter_map(|point| Some((point.value, point.row(hypothesis)?))).collect();
    let with = |value: fn(&CurveRow) -> Option<f64>| {
        rows.iter().filter_map(|(x, row)| Some((*x, value(row)?))).collect::<Vec<_>>()
    };
    let analyses: Vec<&String> = curve.hypotheses.iter().map(|one| &one.analysis).collect();
    let one_analysis = analyses.windows(2).all(|pair| pair[0] == pair[1]);
    Line {
        name: if one_analysis {
            hypothesis.estimand.clone()
        } else {
            format!("{} ({})", hypothesis.estimand, hypothesis.analysis)
        },
        points: with(|row| row.power.value),
        band: rows.iter().filter_map(|(_, row)| row.band.map(|band| (band.low, band.high))).collect(),
        by_formula: with(|row| row.closed_form.value),
    }
}

/// Lines with their bands; by formula as points.
fn plotted(lines: &[Line]) -> (Vec<Plot>, Layout) {
    let mut plots = Vec::new();
    for (number, one) in lines.iter().enumerate() {
        let (colour, style) = line(number);
        let mut plot = LinePlot::new()
            .with_data(one.points.clone())
            .with_color(colour)
            .with_stroke_width(2.0)
            .with_line_style(style)
            .with_legend(one.name.clone());
        if one.band.len() == one.points.len() {
            let limits = |limit: fn(&(f64, f64)) -> f64| one.band.iter().map(limit).collect::<Vec<f64>>();
            plot = plot.with_band(limits(|band| band.0), limits(|band| band.1));
        }
        plots.push(Plot::Line(plot));
    }
    let mut is_named = false;
    for (number, one) in lines.iter().enumerate().filter(|(_, one)| !one.by_formula.is_empty()) {
        let points =
            ScatterPlot::new().with_data(one.by_formula.clone()).with_color(line(number).0).with_size(2.5);
        let named = if is_named { points } else { points.with_legend("by formula") };
        is_named = true;
        plots.push(Plot::Scatter(named));
    }
    let layout = Layout::auto_from_plots(&plots)
        .with_y_axis_min(0.0)
        .with_y_axis_max(1.0)
        .with_y_tick_step(0.1)
        .with_y_label("Share of trials");
    (plots, layout)
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
