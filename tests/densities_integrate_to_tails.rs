//! Densities against tails: the integral of a density between two points is the difference of its
//! distribution function there. Ties the densities, which the reference files do not cover, and the
//! quadrature to the tails, which they do.

use trialliance::stats::quadrature::GaussLegendre;
use trialliance::stats::{beta, chi_squared, fisher_f, normal, student_t};

fn check(name: &str, density: impl Fn(f64) -> f64, cdf: impl Fn(f64) -> f64, a: f64, b: f64) {
    let rule = GaussLegendre::new(32);
    let integral = rule.integrate_adaptive(&density, a, b, 1e-10);
    let difference = cdf(b) - cdf(a);
    let error = (integral / difference - 1.0).abs();
    assert!(error < 2e-12, "{name} from {a} to {b}: {integral} {difference} {error:e}");
}

#[test]
fn normal_and_t() {
    check("normal", normal::density, normal::cdf, -2.0, 3.0);
    for df in [0.5, 1.0, 7.3, 112.7, 1e6, f64::INFINITY] {
        check("t", |t| student_t::density(t, df), |t| student_t::cdf(t, df), -2.5, 1.0);
    }
}

#[test]
fn chi_squared_and_f() {
    for (df, a, b) in [(0.5, 0.1, 2.0), (3.0, 0.5, 9.0), (1e6, 998e3, 1001e3)] {
        check("chi squared", |x| chi_squared::density(x, df), |x| chi_squared::cdf(x, df), a, b);
    }
    for (df1, df2) in [(1.0, 2.0), (3.0, 150.0), (2.5, 7.3), (1e3, 1e3)] {
        let density = |x| fisher_f::density(x, df1, df2);
        check("F", density, |x| fisher_f::cdf(x, df1, df2), 0.9, 2.0);
    }
}

#[test]
fn beta_shapes() {
    for (a, b) in [(0.5, 0.25), (2.0, 3.0), (30.0, 60.5), (1e4, 2e4)] {
        check("beta", |x| beta::density(x, a, b), |x| beta::cdf(x, a, b), 0.33, 0.4);
    }
}
