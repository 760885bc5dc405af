#![allow(missing_docs, clippy::all)]
pub mod student_t {
    use statrs::distribution::{ContinuousCDF, StudentsT};
    use statrs::function::beta::inv_beta_reg;
    pub fn isf(p: f64, df: f64) -> f64 {
        let x = inv_beta_reg(df / 2.0, 0.5, 2.0 * p);
        let _ = StudentsT::new(0.0, 1.0, df).unwrap().cdf(0.0);
        (df * (1.0 / x - 1.0)).sqrt()
    }
    #[derive(Debug, Clone)]
    pub struct CriticalValue(Vec<(f64, f64)>);
    impl CriticalValue {
        pub fn new(alpha: f64, a: f64, b: f64) -> Self {
            CriticalValue(
                (0..=2000)
                    .map(|i| {
                        let u = 1.0 / b + (1.0 / a - 1.0 / b) * i as f64 / 2000.0;
                        (u, isf(alpha / 2.0, 1.0 / u))
                    })
                    .collect(),
            )
        }
        pub fn at(&self, df: f64) -> f64 {
            let u = 1.0 / df;
            let n = self.0.len() - 1;
            let (l, h) = (self.0[0].0, self.0[n].0);
            let t = ((u - l) / (h - l) * n as f64).clamp(0.0, n as f64 - 1e-9);
            let k = t as usize;
            let f = t - k as f64;
            self.0[k].1 * (1.0 - f) + self.0[k + 1].1 * f
        }
    }
}
pub mod noncentral_f {
    use statrs::function::beta::beta_reg;
    pub fn sf(x: f64, d1: f64, d2: f64, l: f64) -> f64 {
        let y = d1 * x / (d1 * x + d2);
        let mut s = 0.0;
        let mut w = (-l / 2.0).exp();
        for j in 0..2000 {
            s += w * (1.0 - beta_reg(d1 / 2.0 + j as f64, d2 / 2.0, y));
            w *= l / 2.0 / (j as f64 + 1.0);
            if j as f64 > l && w < 1e-18 {
                break;
            }
        }
        s
    }
}
pub mod beta {
    use statrs::function::{beta::inv_beta_reg, gamma::ln_gamma};
    pub fn density(x: f64, a: f64, b: f64) -> f64 {
        ((a - 1.0) * x.ln() + (b - 1.0) * (1.0 - x).ln() + ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b)).exp()
    }
    pub fn isf(p: f64, a: f64, b: f64) -> f64 {
        1.0 - inv_beta_reg(b, a, p)
    }
}
pub mod quadrature {
    pub struct G(usize);
    pub fn gauss_legendre(n: usize) -> G {
        G(n)
    }
    impl G {
        pub fn integrate(&self, a: f64, b: f64, f: impl Fn(f64) -> f64) -> f64 {
            let n = self.0 * 40;
            let h = (b - a) / n as f64;
            (0..n)
                .map(|i| {
                    let l = a + h * i as f64;
                    let m = l + h / 2.0;
                    let d = h / 2.0 * 0.5773502691896257;
                    (f(m - d) + f(m + d)) * h / 2.0
                })
                .sum()
        }
    }
}
