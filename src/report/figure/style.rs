//! What all figures have in common.

use kuva::backend::svg::SvgBackend;
use kuva::plot::LineStyle;
use kuva::render::layout::Layout;
use kuva::render::plots::Plot;
use kuva::render::render::render_multiple;

/// Colours that people with any colour vision tell apart.
///
/// Source: Okabe, Ito (2008), "Color universal design".
pub(super) const COLOURS: [&str; 7] =
    ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000"];

/// What is there for orientation only.
pub(super) const GREY: &str = "#767676";

/// A line's colour and dashes, by its number.
pub(super) fn line(number: usize) -> (&'static str, LineStyle) {
    let styles = [LineStyle::Solid, LineStyle::Dashed, LineStyle::DashDot, LineStyle::Dotted];
    (COLOURS[number % COLOURS.len()], styles[number % styles.len()].clone())
}

/// Size and letters; the title is wrapped.
pub(super) fn dressed(layout: Layout, title: &str, subtitle: &str) -> Layout {
    layout
        .with_width(640.0)
        .with_height(400.0)
        .with_title(title)
        .with_title_size(15)
        .with_title_wrap(76)
        .with_subtitle(subtitle)
        .with_subtitle_size(11)
        .with_subtitle_wrap(104)
        .with_label_size(12)
        .with_tick_size(11)
        .with_body_size(11)
        .with_font_family("Helvetica, Arial, sans-serif")
        .with_legend_box(false)
}

/// The picture as SVG.
pub(super) fn svg(plots: Vec<Plot>, layout: Layout) -> String {
    SvgBackend::new().render_scene(&render_multiple(plots, layout)) + "\n"
}
