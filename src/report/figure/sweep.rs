//! Power over fields: lines along one, heat maps of two and more, points where they lie in a Latin hypercube.

use super::style::{COLOURS, GREY, dressed, line, svg};
use crate::planning::{Sweep, SweepPoint};
use crate::report::digits::whole;
use crate::report::sweep::{name, short_names, value};
use kuva::backend::svg::SvgBackend;
use kuva::plot::scatter::ScatterPlot;
use kuva::plot::{ColorMap, Heatmap, LinePlot};
use kuva::render::annotations::ReferenceLine;
use kuva::render::figure::Figure;
use kuva::render::layout::{Layout, TickFormat};
use kuva::render::plots::Plot;
use serde_json::Value;
use std::sync::Arc;

/// Most heat maps side by side; with more, points are shown field by field.
const MOST_MAPS: usize = 12;

/// Most labels along an axis.
const MOST_LABELS: [usize; 2] = [8, 16];

/// Most rows or columns of a heat map whose numbers are written into it.
const MOST_WRITTEN: usize = 12;

/// Power over what was varied.
#[must_use]
pub fn sweep_figure(sweep: &Sweep) -> String {
    let is_number = |place: usize| sweep.points.iter().all(|point| point.values[place].is_number());
    if sweep.varied.len() == 1 && is_number(0) {
        return along(sweep);
    }
    match maps(sweep) {
        Some(maps) if sweep.layout == "grid" && maps.len() <= MOST_MAPS => heat_maps(sweep, &maps),
        _ => by_field(sweep),
    }
}

fn subtitle(sweep: &Sweep) -> String {
    format!("{} simulated trials at each point, seed {}", whole(sweep.made.replicates), sweep.made.seed)
}

/// Lines along one number.
fn along(sweep: &Sweep) -> String {
    let x = |point: &SweepPoint| point.values[0].as_f64().unwrap_or(0.0);
    let mut points: Vec<&SweepPoint> = sweep.points.iter().collect();
    points.sort_by(|a, b| x(a).total_cmp(&x(b)));
    let mut plots = Vec::new();
    let mut formulas = Vec::new();
    for (claim, claimed) in sweep.claims.iter().enumerate() {
        let power = |point: &SweepPoint| point.results[claim].power.value.unwrap_or(0.0);
        let limit = |point: &SweepPoint, sign: f64| {
            power(point) + sign * 2.0 * point.results[claim].power.mcse.unwrap_or(0.0)
        };
        let (colour, dashes) = line(claim);
        plots.push(Plot::Line(
            LinePlot::new()
                .with_data(points.iter().map(|point| (x(point), power(point))).collect::<Vec<_>>())
                .with_band(
                    points.iter().map(|point| limit(point, -1.0)),
                    points.iter().map(|point| limit(point, 1.0)),
                )
                .with_color(colour)
                .with_stroke_width(2.0)
                .with_line_style(dashes)
                .with_legend(name(sweep, claimed)),
        ));
        let exact =
            points.iter().filter_map(|point| Some((x(point), point.results[claim].closed_form.value?)));
        formulas.push((exact.collect::<Vec<(f64, f64)>>(), colour));
    }
    for (number, (points, colour)) in
        formulas.into_iter().filter(|(points, _)| !points.is_empty()).enumerate()
    {
        let points = ScatterPlot::new().with_data(points).with_color(colour).with_size(2.5);
        plots.push(Plot::Scatter(if number == 0 { points.with_legend("by formula") } else { points }));
    }
    let mut layout = of_power(Layout::auto_from_plots(&plots)).with_x_label(&sweep.varied[0].label);
    if let Some(planned) = sweep.varied[0].planned.as_f64() {
        layout = layout.with_reference_line(
            ReferenceLine::vertical(planned)
                .with_color(GREY)
                .with_label(format!("planned {}", value(&sweep.varied[0].planned))),
        );
    }
    let subtitle = format!("{}; bands are ± two Monte Carlo standard errors", subtitle(sweep));
    svg(plots, dressed(layout, &format!("{}: power", sweep.made.scenario.name), &subtitle))
}

fn of_power(layout: Layout) -> Layout {
    layout.with_y_axis_min(0.0).with_y_axis_max(1.0).with_y_tick_step(0.2).with_y_label("Power")
}

/// One heat map: its title, and power by row (from below) and column.
struct Map {
    title: String,
    power: Vec<Vec<f64>>,
}

/// A heat map of the first two fields for each claim, or for each combination of the further fields; of one field, a row
/// for each claim. None if points are missing.
fn maps(sweep: &Sweep) -> Option<Vec<Map>> {
    let names = short_names(sweep);
    let columns = values_of(sweep, 0);
    let power = |point: &SweepPoint, claim: usize| point.results[claim].power.value.unwrap_or(0.0);
    if sweep.varied.len() == 1 {
        let row = |claim| sweep.points.iter().map(|point| power(point, claim)).collect();
        return Some(vec![Map { title: String::new(), power: (0..sweep.claims.len()).map(row).collect() }]);
    }
    let rows = values_of(sweep, 1);
    let map = |rest: &[Value], claim: usize, title: String| {
        let at = |row: &Value, column: &Value| {
            let here = |point: &&SweepPoint| {
                point.values[0] == *column && point.values[1] == *row && point.values[2..] == *rest
            };
            sweep.points.iter().find(here).map(|point| power(point, claim))
        };
        let rows =
            rows.iter().map(|row| columns.iter().map(|column| at(row, column)).collect::<Option<Vec<_>>>());
        Some(Map { title, power: rows.collect::<Option<_>>()? })
    };
    if sweep.varied.len() == 2 {
        return sweep
            .claims
            .iter()
            .enumerate()
            .map(|(claim, claimed)| map(&[], claim, name(sweep, claimed)))
            .collect();
    }
    let mut rests: Vec<&[Value]> = Vec::new();
    for point in &sweep.points {
        if !rests.contains(&&point.values[2..]) {
            rests.push(&point.values[2..]);
        }
        if rests.len() > MOST_MAPS {
            return None;
        }
    }
    let title = |rest: &[Value]| {
        let parts = names[2..].iter().zip(rest).map(|(name, one)| format!("{name} = {}", value(one)));
        parts.collect::<Vec<_>>().join(", ")
    };
    rests.into_iter().map(|rest| map(rest, 0, title(rest))).collect()
}

/// The values of a field in the order in which they come first.
fn values_of(sweep: &Sweep, place: usize) -> Vec<Value> {
    let mut values: Vec<Value> = Vec::new();
    for point in &sweep.points {
        if !values.contains(&point.values[place]) {
            values.push(point.values[place].clone());
        }
    }
    values
}

fn heat_maps(sweep: &Sweep, maps: &[Map]) -> String {
    let names = short_names(sweep);
    let columns: Vec<String> = values_of(sweep, 0).iter().map(value).collect();
    let (rows, row_label): (Vec<String>, String) = match sweep.varied.len() {
        1 => (sweep.claims.iter().map(|claimed| name(sweep, claimed)).collect(), String::new()),
        _ => (values_of(sweep, 1).iter().map(value).collect(), names[1].clone()),
    };
    let is_written = columns.len() <= MOST_WRITTEN && rows.len() <= MOST_WRITTEN;
    let several = maps.len() > 1;
    let per_line = if several { maps.len().min(3) } else { 1 };
    let (mut cells, mut layouts) = (Vec::new(), Vec::new());
    for map in maps {
        let mut plot =
            Heatmap::new().with_data(map.power.clone()).with_color_map(colours(&map.power, is_written));
        if is_written {
            plot = plot.with_values();
        } else {
            plot.cell_size = 1.0;
        }
        let plots = vec![Plot::Heatmap(plot)];
        let layout = Layout::auto_from_plots(&plots)
            .with_x_categories(thinned(&columns, MOST_LABELS[0]))
            .with_y_categories(thinned(&rows, MOST_LABELS[1]))
            .with_x_label(&names[0])
            .with_y_label(&row_label)
            .with_colorbar_tick_format(TickFormat::Fixed(2));
        layouts.push(dressed(layout, if several { &map.title } else { "" }, ""));
        cells.push(plots);
    }
    let claim = match sweep.claims.first() {
        Some(claimed) if sweep.varied.len() > 2 => format!(" of {}", name(sweep, claimed)),
        Some(claimed) if sweep.varied.len() == 2 && !several => format!(" of {}", name(sweep, claimed)),
        _ => String::new(),
    };
    panels(sweep, &claim, cells, layouts, per_line)
}

/// So many labels that they do not run into each other; the others are empty.
fn thinned(labels: &[String], most: usize) -> Vec<String> {
    let step = if labels.len() <= MOST_WRITTEN { 1 } else { labels.len().div_ceil(most) };
    let shown =
        |(number, label): (usize, &String)| if number % step == 0 { label.clone() } else { String::new() };
    labels.iter().enumerate().map(shown).collect()
}

/// Panels under one title.
fn panels(
    sweep: &Sweep,
    claim: &str,
    cells: Vec<Vec<Plot>>,
    layouts: Vec<Layout>,
    per_line: usize,
) -> String {
    let title = format!("{}: power{claim}; {}", sweep.made.scenario.name, subtitle(sweep));
    let [width, height] = if per_line == 1 { [640.0, 400.0] } else { [400.0, 320.0] };
    let figure = Figure::new(cells.len().div_ceil(per_line), per_line)
        .with_plots(cells)
        .with_layouts(layouts)
        .with_cell_size(width, height)
        .with_title(title)
        .with_title_size(15);
    SvgBackend::new().render_scene(&figure.render()) + "\n"
}

/// The same colour for the same power in every map: light enough to write on, or cividis, which grows lighter with power
/// for any colour vision.
fn colours(power: &[Vec<f64>], is_written: bool) -> ColorMap {
    let all = || power.iter().flatten().copied();
    let (least, most) = (all().fold(1.0, f64::min), all().fold(0.0, f64::max));
    ColorMap::Custom(Arc::new(move |share| {
        let power = least + share * (most - least);
        if !is_written {
            return ColorMap::Cividis.map(power);
        }
        let mixed = |from: f64, to: f64| (from + power * (to - from)) as u8;
        format!("#{:02x}{:02x}{:02x}", mixed(250.0, 64.0), mixed(250.0, 158.0), mixed(250.0, 212.0))
    }))
}

/// Every point once for each field, with the power of the first claim.
fn by_field(sweep: &Sweep) -> String {
    let names = short_names(sweep);
    let per_line = sweep.varied.len().min(3);
    let (mut cells, mut layouts) = (Vec::new(), Vec::new());
    for (place, field) in sweep.varied.iter().enumerate() {
        let words = values_of(sweep, place);
        let is_number = words.iter().all(Value::is_number);
        let x = |one: &Value| match is_number {
            true => one.as_f64().unwrap_or(0.0),
            false => words.iter().position(|word| word == one).map_or(0.0, |place| place as f64 + 1.0),
        };
        let points = sweep
            .points
            .iter()
            .map(|point| (x(&point.values[place]), point.results[0].power.value.unwrap_or(0.0)));
        let scatter =
            ScatterPlot::new().with_data(points.collect::<Vec<_>>()).with_color(COLOURS[0]).with_size(2.0);
        let plots = vec![Plot::Scatter(scatter)];
        let mut layout = of_power(Layout::auto_from_plots(&plots)).with_x_label(&names[place]);
        if !is_number {
            layout = layout.with_x_label(format!(
                "{} ({})",
                names[place],
                words.iter().map(value).collect::<Vec<_>>().join(", ")
            ));
        }
        if let Some(planned) = field.planned.as_f64().filter(|_| is_number) {
            layout = layout
                .with_reference_line(ReferenceLine::vertical(planned).with_color(GREY).with_label("planned"));
        }
        cells.push(plots);
        layouts.push(dressed(layout, "", ""));
    }
    let claim =
        sweep.claims.first().map_or_else(String::new, |claimed| format!(" of {}", name(sweep, claimed)));
    panels(sweep, &claim, cells, layouts, per_line)
}
