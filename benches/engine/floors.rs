//! The least that a trial could cost.

use crate::SEED;
use crate::measure::{Work, timed};
use std::hint::black_box;
use trialliance::analysis::BATCH;
use trialliance::cohort::{ROWS, Rows, SourceDraws, SourceRows};
use trialliance::random::{ABREAST, ChiSquared, Lanes, Stage, StandardNormal, StreamKey};

/// Trials whose statistics are drawn side by side, as many as the engine's.
const SIDE_BY_SIDE: usize = 16;

/// Draws every patient's normal numbers, in as many trials at once as the engine does, and adds them up.
pub fn draw_patients(variables: &[String], patients: u64) -> Work {
    let source = |name: &String| SourceRows::new(SourceDraws::new(SEED, name));
    let mut sources: Vec<_> = variables.iter().map(source).collect();
    timed(move |trials| {
        let mut drawn: Rows = [[[0.0; ABREAST]; ROWS]; 4];
        let mut total = 0.0;
        for first in (0..trials).step_by(ABREAST) {
            for source in &mut sources {
                source.start(first);
                for rows in blocks(patients) {
                    source.draw(rows, &mut drawn);
                    total += sum_rows(&drawn, rows);
                }
            }
        }
        black_box(total);
        Ok(())
    })
}

/// Writes as many numbers of 8 bytes in blocks of the same size, and reads each once to add it up.
pub fn write_and_read(variables: usize, patients: u64) -> Work {
    timed(move |trials| {
        let mut written: Rows = [[[0.0; ABREAST]; ROWS]; 4];
        let mut total = 0.0;
        for first in (0..trials).step_by(ABREAST) {
            for _ in 0..variables {
                for rows in blocks(patients) {
                    written.iter_mut().for_each(|arm| arm[..rows].as_flattened_mut().fill(first as f64));
                    // Otherwise nothing would be written to memory.
                    black_box(&mut written);
                    total += sum_rows(&written, rows);
                }
            }
        }
        black_box(total);
        Ok(())
    })
}

/// Rows of an arm's patients that lie in memory at once.
fn blocks(patients: u64) -> impl Iterator<Item = usize> {
    let rows = patients.div_ceil(4) as usize;
    (0..rows).step_by(ROWS).map(move |from| ROWS.min(rows - from))
}

fn sum_rows(rows: &Rows, count: usize) -> f64 {
    // With the same vector instructions as the engine uses.
    pulp::Arch::new().dispatch(
        #[inline(always)]
        || rows.iter().map(|arm| sum(arm[..count].as_flattened())).sum::<f64>(),
    )
}

/// Sixteen sums side by side: a single one would wait for each addition.
#[inline(always)]
fn sum(column: &[f64]) -> f64 {
    let mut lanes = [0.0; 16];
    let (rows, rest) = column.as_chunks::<16>();
    for row in rows {
        for (lane, value) in lanes.iter_mut().zip(row) {
            *lane += value;
        }
    }
    lanes.iter().chain(rest).sum()
}

/// The numbers behind the sufficient statistics of a trial.
pub struct Statistics {
    /// Each with four arm means, one χ², and a normal for each before it.
    pub variables: Vec<String>,
    pub patients: u64,
    /// Whether an analysis looks at the arms apart: then there is a χ² for each.
    pub arms_apart: bool,
    /// Contrasts between therapists, with a normal of each variable.
    pub contrasts: usize,
    /// Therapists who have effects of their own.
    pub slopes: usize,
}

/// Draws these.
pub fn draw_statistics(of: &Statistics) -> Work {
    let row = |(before, name): (usize, &String)| {
        let key = StreamKey::new(SEED, Stage::Statistics, name, 0);
        let taken = before as u64;
        let chi_squared = if of.arms_apart {
            vec![ChiSquared::new(of.patients / 4 - 1 - taken); 4]
        } else {
            vec![ChiSquared::new(of.patients - 4 - taken - of.contrasts as u64)]
        };
        (key, 4 + before + of.contrasts, chi_squared)
    };
    let mut rows: Vec<_> = of.variables.iter().enumerate().map(row).collect();
    if of.slopes > 0 {
        rows.push((StreamKey::new(SEED, Stage::Statistics, "slopes", 0), of.slopes, Vec::new()));
    }
    let words = 4 + of.variables.len() + of.contrasts + 2 * 4;
    let mut scratch = Scratch::new(words.max(of.slopes));
    timed(move |trials| {
        for first in (0..trials).step_by(BATCH) {
            for (key, normals, chi_squared) in &rows {
                pulp::Arch::new().dispatch(
                    #[inline(always)]
                    || scratch.draw(key, first, *normals, chi_squared),
                );
                black_box(&mut scratch);
            }
        }
        Ok(())
    })
}

/// Buffers for the draws of one batch.
struct Scratch {
    words: Vec<[u64; BATCH]>,
    outside: [u32; BATCH],
    drawn: Vec<[f64; BATCH]>,
}

impl Scratch {
    fn new(words: usize) -> Self {
        Scratch { words: vec![[0; BATCH]; words], outside: [0; BATCH], drawn: vec![[0.0; BATCH]; words] }
    }

    #[inline(always)]
    fn draw(&mut self, key: &StreamKey, first: u64, normals: usize, chi_squared: &[ChiSquared]) {
        let Scratch { words, outside, drawn } = self;
        for (group, first) in (0..BATCH / SIDE_BY_SIDE).zip((first..).step_by(SIDE_BY_SIDE)) {
            let mut lanes = Lanes::<SIDE_BY_SIDE>::of_replicates(key, first);
            for column in &mut words[..normals + 2 * chi_squared.len()] {
                lanes.step_into(&mut column.as_chunks_mut().0[group]);
            }
        }
        for (column, out) in words[..normals].iter().zip(drawn.iter_mut()) {
            StandardNormal::new().fill(column, out, outside);
        }
        let pairs = words[normals..].as_chunks().0;
        for ((chi_squared, [normal, uniform]), out) in
            chi_squared.iter().zip(pairs).zip(&mut drawn[normals..])
        {
            for ((slot, &normal), &uniform) in out.iter_mut().zip(normal).zip(uniform) {
                *slot = chi_squared.sample(normal, uniform);
            }
        }
    }
}
