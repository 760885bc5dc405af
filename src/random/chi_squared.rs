//! Chi-squared numbers by Marsaglia and Tsang's method, two words each.

use super::{Continuation, StandardNormal, open_uniform};

/// A sampler of the χ² distribution as a pure function of two words.
///
/// Method: Marsaglia and Tsang (2000), "A simple method for generating gamma
/// variables", ACM Trans. Math. Softw. 26:363, with a tighter squeeze: it
/// decides all but about 1 in 20·df draws without a logarithm, and changes no
/// value.
#[derive(Debug, Clone, Copy)]
pub struct ChiSquared {
    normal: StandardNormal,
    one_degree: bool,
    /// d = df/2 − 1/3.
    d: f64,
    /// c = 1/√(9d).
    c: f64,
}

impl ChiSquared {
    /// The sampler for `df` degrees of freedom, `df` ≥ 1 and whole.
    #[must_use]
    pub fn new(df: u64) -> Self {
        let d = df as f64 / 2.0 - 1.0 / 3.0;
        ChiSquared { normal: StandardNormal::new(), one_degree: df <= 1, d, c: 1.0 / libm::sqrt(9.0 * d) }
    }

    /// The χ² number that belongs to the words.
    #[inline(always)]
    #[must_use]
    pub fn sample(&self, normal_word: u64, uniform_word: u64) -> f64 {
        let x = self.normal.sample(normal_word);
        if self.one_degree {
            return x * x;
        }
        let t = self.c * x;
        let cube = (1.0 + t) * (1.0 + t) * (1.0 + t);
        // ln(acceptance) = −d·(¾t⁴ − ⅗t⁵ + …) ≥ −0.95·d·t⁴ for |t| ≤ ¼, and u < 1 + h implies ln u < h.
        let squared = t * t;
        if squared <= 0.0625 && open_uniform(uniform_word) < 1.0 - 0.95 * self.d * squared * squared {
            return 2.0 * self.d * cube;
        }
        self.undecided(x, uniform_word)
    }

    #[cold]
    #[inline(never)]
    fn undecided(&self, first: f64, uniform_word: u64) -> f64 {
        let mut more = Continuation(uniform_word);
        let (mut x, mut uniform) = (first, open_uniform(uniform_word));
        loop {
            let base = 1.0 + self.c * x;
            if base > 0.0 {
                let cube = base * base * base;
                if libm::log(uniform) < 0.5 * x * x + self.d * (1.0 - cube + libm::log(cube)) {
                    return 2.0 * self.d * cube;
                }
            }
            x = self.normal.sample(more.next());
            uniform = more.uniform();
        }
    }
}
