//! Do the samplers draw from the distributions that they are named after?
//!
//! Normal and χ² numbers from the streams that the engines use, 10⁶ at a time, against their
//! distribution functions, moments and tails, and against each other across neighbours, lanes and
//! replicates.
//!
//! False alarms. A Kolmogorov–Smirnov distance passes √n·D = 3.3 with probability at most
//! 2·exp(−2·3.3²) = 6.9e-10 (Massart's bound, for every n). z values of means and correlations over
//! 10⁶ draws pass 6.7 with probability 2.1e-11; tail counts are held to the deviance bound
//! 2·exp(−6.7²/2) = 3.6e-10. Fewer than 10 distances and 100 z values: below 1e-7 in all, with
//! fresh seeds; the seeds are fixed.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use trialliance::random::{ChiSquared, LANES, Lanes, Stage, StandardNormal, StreamKey};

const DRAWS: usize = 1_000_000;
const LIMIT: f64 = 6.7;
const KOLMOGOROV_SMIRNOV_LIMIT: f64 = 3.3;

/// Words of one lane after the other, as patients of one arm read them: 1,000 replicates.
fn words(name: &str, count: usize) -> Vec<u64> {
    let keys = std::array::from_fn(|arm| StreamKey::new(21, Stage::Patient, name, arm as u32));
    let per_replicate = 1000;
    let mut words = Vec::with_capacity(count);
    for replicate in 0..count.div_ceil(per_replicate) {
        let mut lanes = Lanes::of_keys(&keys, replicate as u64);
        words.extend((0..per_replicate / LANES).flat_map(|_| lanes.step()));
    }
    words.truncate(count);
    words
}

fn normals(name: &str) -> Vec<f64> {
    let mut out = vec![0.0; DRAWS];
    let mut outside = vec![0; DRAWS + 1];
    StandardNormal::new().fill(&words(name, DRAWS), &mut out, &mut outside);
    out
}

fn chi_squares(df: u64) -> Vec<f64> {
    let words = words(&format!("chi{df}"), 2 * DRAWS);
    let chi_squared = ChiSquared::new(df);
    words.chunks_exact(2).map(|pair| chi_squared.sample(pair[0], pair[1])).collect()
}

/// √n times the largest distance of the empirical from the true distribution function.
fn kolmogorov_smirnov(mut draws: Vec<f64>, distribution: impl Fn(f64) -> f64) -> f64 {
    draws.sort_by(f64::total_cmp);
    let n = draws.len() as f64;
    let distance = draws.iter().enumerate().map(|(rank, &x)| {
        let p = distribution(x);
        (p - rank as f64 / n).max((rank + 1) as f64 / n - p)
    });
    n.sqrt() * distance.fold(0.0, f64::max)
}

/// z of the mean of `values` against `mean`, where one value has the variance `variance`.
fn z_of_mean(values: impl Iterator<Item = f64>, mean: f64, variance: f64) -> f64 {
    let (count, sum) = values.fold((0.0, 0.0), |(count, sum), x| (count + 1.0, sum + (x - mean)));
    sum / f64::sqrt(count * variance)
}

fn normal_distribution(x: f64) -> f64 {
    trialliance::stats::normal::cdf(x)
}

/// √(2·(deviance of a Poisson count)) with sign: a bound for binomial counts of rare events too.
fn deviance_root(count: f64, expected: f64) -> f64 {
    let log = if count == 0.0 { 0.0 } else { count * (count / expected).ln() };
    (2.0 * (log - count + expected)).max(0.0).sqrt().copysign(count - expected)
}

fn assert_small(what: &str, z: f64) {
    assert!(z.abs() < LIMIT, "{what}: z = {z:.2}");
}

#[test]
fn normal_draws_have_the_normal_distribution() {
    let distance = kolmogorov_smirnov(normals("ks"), normal_distribution);
    assert!(distance < KOLMOGOROV_SMIRNOV_LIMIT, "{distance}");
}

#[test]
fn normal_draws_have_the_moments_of_the_normal() {
    let draws = normals("moments");
    // Means of x, x², x³, x⁴ and their variances 1, 2, 15, 96.
    for (power, mean, variance) in [(1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0)] {
        let z = z_of_mean(draws.iter().map(|x| x.powi(power)), mean, variance);
        assert_small(&format!("moment {power}"), z);
    }
}

#[test]
fn both_tails_beyond_3_4_and_5_standard_deviations_hold_what_they_should() {
    // 16 times as many, so that some 5 are expected beyond 5 on each side.
    let mut beyond = [[0.0; 2]; 4];
    let limits = [3.0, 3.654_152_885_361_009, 4.0, 5.0];
    for part in 0..16 {
        for x in normals(&format!("tails{part}")) {
            for (limit, counts) in limits.iter().zip(&mut beyond) {
                if x.abs() > *limit {
                    counts[usize::from(x > 0.0)] += 1.0;
                }
            }
        }
    }
    for (limit, counts) in limits.iter().zip(beyond) {
        let expected = 16.0 * DRAWS as f64 * normal_distribution(-limit);
        for count in counts {
            assert_small(&format!("beyond {limit}: {count} for {expected}"), deviance_root(count, expected));
        }
    }
}

#[test]
fn the_tail_beyond_the_last_layer_has_the_shape_of_the_normal_tail() {
    let start: f64 = 3.654_152_885_361_009;
    let tail: Vec<f64> = (0..16)
        .flat_map(|part| normals(&format!("tails{part}")))
        .map(f64::abs)
        .filter(|&x| x > start)
        .collect();
    assert!(tail.len() > 3000);
    let all = normal_distribution(-start);
    let distance = kolmogorov_smirnov(tail, |x| 1.0 - normal_distribution(-x) / all);
    assert!(distance < KOLMOGOROV_SMIRNOV_LIMIT, "{distance}");
}

#[test]
fn neighbouring_draws_lanes_and_replicates_are_uncorrelated() {
    let draws = normals("neighbours");
    // A product of independent standard normals has mean 0 and variance 1; neighbours at a
    // distance that is not a multiple of 4 are of different lanes, at 4 of the same lane.
    for lag in [1, 2, 3, 4, 8, 1000] {
        let products = draws.iter().zip(&draws[lag..]).map(|(a, b)| a * b);
        assert_small(&format!("lag {lag}"), z_of_mean(products, 0.0, 1.0));
        let squares = draws.iter().zip(&draws[lag..]).map(|(a, b)| (a * a - 1.0) * (b * b - 1.0));
        assert_small(&format!("squares at lag {lag}"), z_of_mean(squares, 0.0, 4.0));
    }
}

#[test]
fn first_draws_of_neighbouring_replicates_seeds_and_variables_are_uncorrelated() {
    let normal = StandardNormal::new();
    let first = |seed: u64, stage: Stage, name: &str| -> Vec<f64> {
        let key = StreamKey::new(seed, stage, name, 0);
        (0..DRAWS as u64 / LANES as u64)
            .flat_map(|group| Lanes::<LANES>::of_replicates(&key, group * LANES as u64).step())
            .map(|word| normal.sample(word))
            .collect()
    };
    let draws = first(1, Stage::Statistics, "pain");
    assert_small("mean", z_of_mean(draws.iter().copied(), 0.0, 1.0));
    assert_small("variance", z_of_mean(draws.iter().map(|x| x * x), 1.0, 2.0));
    let distance = kolmogorov_smirnov(draws.clone(), normal_distribution);
    assert!(distance < KOLMOGOROV_SMIRNOV_LIMIT, "{distance}");
    for lag in [1, 2, 4, 64, 256] {
        let products = draws.iter().zip(&draws[lag..]).map(|(a, b)| a * b);
        assert_small(&format!("replicates at distance {lag}"), z_of_mean(products, 0.0, 1.0));
    }
    for (seed, stage, name) in
        [(2, Stage::Statistics, "pain"), (1, Stage::Split, "pain"), (1, Stage::Statistics, "ppt")]
    {
        let products = draws.iter().zip(first(seed, stage, name)).map(|(a, b)| a * b);
        assert_small(&format!("seed {seed} {stage:?} {name}"), z_of_mean(products, 0.0, 1.0));
    }
}

#[test]
fn chi_squared_draws_have_their_distribution_mean_and_variance() {
    for df in [1, 2, 3, 5, 112] {
        let draws = chi_squares(df);
        let nu = df as f64;
        assert!(draws.iter().all(|&x| x > 0.0));
        // Var (x − ν)² = μ₄ − μ₂² = 12ν² + 48ν − 4ν².
        assert_small("mean", z_of_mean(draws.iter().copied(), nu, 2.0 * nu));
        let squares = draws.iter().map(|x| (x - nu) * (x - nu));
        assert_small(&format!("variance, df {df}"), z_of_mean(squares, 2.0 * nu, 8.0 * nu * nu + 48.0 * nu));
        let distance = kolmogorov_smirnov(draws, |x| trialliance::stats::chi_squared::cdf(x, nu));
        assert!(distance < KOLMOGOROV_SMIRNOV_LIMIT, "df {df}: {distance}");
    }
}

/// The squeeze decides most draws without a logarithm. The textbook algorithm with the same words
/// accepts the same ones: whenever it accepts at once, the value must be the sampler's.
#[test]
fn the_squeeze_changes_no_chi_squared_draw() {
    let mut generator = Xoshiro256PlusPlus::seed_from_u64(5);
    let normal = StandardNormal::new();
    for df in [2_u64, 3, 4, 5, 20, 112] {
        let d = df as f64 / 2.0 - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        let sampler = ChiSquared::new(df);
        let mut at_once = 0;
        for _ in 0..200_000 {
            let (a, b) = (generator.next_u64(), generator.next_u64());
            let x = normal.sample(a);
            let u = ((b >> 12) as f64 + 0.5) / 2_f64.powi(52);
            let base = 1.0 + c * x;
            let cube = base * base * base;
            let accepted = base > 0.0 && u.ln() < 0.5 * x * x + d * (1.0 - cube + cube.ln());
            let drawn = sampler.sample(a, b);
            if accepted {
                at_once += 1;
                assert_eq!(drawn, 2.0 * d * cube, "df {df}");
            } else {
                assert_ne!(drawn, 2.0 * d * cube, "df {df}: accepted what must be rejected");
            }
        }
        assert!(at_once > 180_000, "df {df}: {at_once}");
    }
}
