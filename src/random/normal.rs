//! Standard normal numbers by the ziggurat, one word each.

use super::{Continuation, open_uniform};
use std::sync::LazyLock;

/// Layers of the ziggurat.
const LAYERS: usize = 256;

/// Marks that are looked at together.
const GROUP: usize = 16;

/// Where the tail begins, for 256 layers (Doornik 2005).
const TAIL: f64 = 3.654_152_885_361_009;

/// A sampler of the standard normal distribution as a pure function of 64 bits.
///
/// Method: the ziggurat of Marsaglia and Tsang (2000, J. Stat. Softw. 5(8)) in
/// Doornik's form with 256 layers. The low 8 bits choose the layer, the upper 52
/// the point in it. In 1.2 % of positions the point is outside of its rectangle
/// and more bits are needed: they come from a SplitMix64 sequence that starts at
/// the word itself, so that each position consumes exactly one word of its
/// stream. That is why this is our own and not a library's: patient k of an arm
/// has the same draw for every size of the trial, and positions can be computed
/// in any order.
#[derive(Debug, Clone, Copy)]
pub struct StandardNormal(&'static Tables);

#[derive(Debug)]
struct Tables {
    /// Right edges of the layers, from the base upwards; the first is the width
    /// that a rectangle of the base's area (tail included) would have.
    edge: [f64; LAYERS + 1],
    /// exp(−x²/2) at the edges.
    height: [f64; LAYERS + 1],
    /// How far the density is below and above its chord in each layer at most, in heights of the layer.
    from_chord: [[f64; 2]; LAYERS],
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let density = |x: f64| libm::exp(-0.5 * x * x);
    let upper_tail = libm::sqrt(std::f64::consts::FRAC_PI_2) * libm::erfc(TAIL / std::f64::consts::SQRT_2);
    let area = TAIL * density(TAIL) + upper_tail;
    let mut edge = [0.0; LAYERS + 1];
    edge[0] = area / density(TAIL);
    edge[1] = TAIL;
    for layer in 2..LAYERS {
        let below = edge[layer - 1];
        edge[layer] = libm::sqrt(-2.0 * libm::log(area / below + density(below)));
    }
    let height = edge.map(density);
    let from_chord = std::array::from_fn(|layer| from_chord(&edge, &height, layer));
    Tables { edge, height, from_chord }
});

/// How far the density is below and above its chord in a layer at most, in heights of the layer.
///
/// Where the second derivative (x² − 1)·exp(−x²/2) is bounded by B over a width of w, no point is farther from the chord
/// than B·w²/8, below it where the derivative is positive and above it where it is negative.
fn from_chord(edge: &[f64; LAYERS + 1], height: &[f64; LAYERS + 1], layer: usize) -> [f64; 2] {
    if layer == 0 {
        return [0.0; 2];
    }
    let ([inner, outer], top) = ([edge[layer + 1], edge[layer]], height[layer + 1]);
    let width = outer - inner;
    let farthest = |curvature: f64| curvature.max(0.0) * top * width * width / 8.0 / (top - height[layer]);
    // Rounding is far below what is added.
    [outer * outer - 1.0, 1.0 - inner * inner].map(|curvature| farthest(curvature) + 1e-9)
}

impl StandardNormal {
    /// The sampler; its tables are made once per process.
    #[must_use]
    pub fn new() -> Self {
        StandardNormal(&TABLES)
    }

    /// The standard normal number that belongs to `word`.
    #[inline(always)]
    #[must_use]
    pub fn sample(self, word: u64) -> f64 {
        let (layer, x) = self.point(word);
        if x.abs() < self.0.edge[layer + 1] { x } else { self.outside(word) }
    }

    /// Writes the numbers that belong to `words` into `out`; `outside` is room for as many marks.
    ///
    /// Points are computed first, without a branch, so that the pass runs at full width; then
    /// the few that fall outside of their rectangle are mended, group by group.
    #[inline(always)]
    pub fn fill(self, words: &[u64], out: &mut [f64], outside: &mut [u32]) {
        debug_assert!(out.len() == words.len() && outside.len() >= words.len());
        let outside = &mut outside[..words.len()];
        for (number, ((slot, mark), &word)) in out.iter_mut().zip(&mut *outside).zip(words).enumerate() {
            let (layer, x) = self.point(word);
            *slot = x;
            *mark = u32::from(x.abs() >= self.0.edge[layer + 1]) << (number % GROUP);
        }
        let (groups, rest) = outside.as_chunks::<GROUP>();
        for (number, marks) in groups.iter().enumerate() {
            // All marks of a group in one, which is quicker than to stop at the first.
            let marks = marks.iter().fold(0, |all, mark| all | mark);
            self.mend(marks, words, out, number * GROUP);
        }
        let marks = rest.iter().fold(0, |all, mark| all | mark);
        self.mend(marks, words, out, groups.len() * GROUP);
    }

    /// Draws those of a group again that are marked by a bit each.
    #[inline(always)]
    fn mend(self, mut marks: u32, words: &[u64], out: &mut [f64], first: usize) {
        while marks != 0 {
            let number = first + marks.trailing_zeros() as usize;
            out[number] = self.outside(words[number]);
            marks &= marks - 1;
        }
    }

    /// The layer that the word chooses and the point in it.
    #[inline(always)]
    fn point(self, word: u64) -> (usize, f64) {
        let layer = (word & 0xff) as usize;
        // 2.f or 3.f, less 3: uniform on [−1, 1).
        let signed = f64::from_bits(0x4000_0000_0000_0000 | (word >> 12)) - 3.0;
        (layer, signed * self.0.edge[layer])
    }

    #[cold]
    #[inline(never)]
    fn outside(self, word: u64) -> f64 {
        let Tables { edge, height, from_chord } = self.0;
        let mut more = Continuation(word);
        let mut current = word;
        loop {
            let (layer, x) = self.point(current);
            if x.abs() < edge[layer + 1] {
                return x;
            }
            if layer == 0 {
                return tail(&mut more).copysign(x);
            }
            let uniform = more.uniform();
            // Nearly always the chord decides; an exponential would take longer than all else.
            let chord = (edge[layer] - x.abs()) / (edge[layer] - edge[layer + 1]);
            let [below, above] = from_chord[layer];
            let is_under = uniform < chord - below
                || uniform < chord + above && {
                    let y = height[layer] + (height[layer + 1] - height[layer]) * uniform;
                    y < libm::exp(-0.5 * x * x)
                };
            if is_under {
                return x;
            }
            current = more.next();
        }
    }
}

impl Default for StandardNormal {
    fn default() -> Self {
        Self::new()
    }
}

/// A number beyond [`TAIL`], by Marsaglia's (1964) method for the normal tail.
fn tail(more: &mut Continuation) -> f64 {
    loop {
        let x = -libm::log(open_uniform(more.next())) / TAIL;
        let y = -libm::log(open_uniform(more.next()));
        if y + y > x * x {
            return TAIL + x;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{GOLDEN, mix};
    use super::*;

    #[test]
    fn the_layers_close_at_the_top() {
        let tables = &*TABLES;
        let area = tables.edge[0] * tables.height[1];
        let last = tables.edge[LAYERS - 1];
        let closes = area / last + tables.height[LAYERS - 1];
        assert!((closes - 1.0).abs() < 1e-12, "{closes}");
    }

    #[test]
    fn no_density_is_farther_from_its_chord_than_the_squeeze_allows() {
        let Tables { edge, height, from_chord } = &*TABLES;
        for layer in 1..LAYERS {
            let [below, above] = from_chord[layer];
            assert!(below + above < 0.3, "layer {layer} would hardly ever be decided");
            for part in 0..=1000 {
                let chord = f64::from(part) / 1000.0;
                let x = edge[layer] - chord * (edge[layer] - edge[layer + 1]);
                let under = (libm::exp(-0.5 * x * x) - height[layer]) / (height[layer + 1] - height[layer]);
                assert!(chord - below < under && under < chord + above, "layer {layer}, {chord}");
            }
        }
    }

    #[test]
    fn filling_gives_what_single_draws_give() {
        let words: Vec<u64> = (0..10_000).map(|k: u64| mix(k.wrapping_mul(GOLDEN))).collect();
        let mut out = vec![0.0; words.len()];
        StandardNormal::new().fill(&words, &mut out, &mut vec![0; words.len()]);
        for (&x, &word) in out.iter().zip(&words) {
            assert_eq!(x.to_bits(), StandardNormal::new().sample(word).to_bits());
        }
    }
}
