//! Blocks on threads, results in the order of the blocks.

use crate::error::Result;

/// Runs blocks, on threads where there are any.
pub(super) struct Pool {
    #[cfg(feature = "program")]
    threads: Option<rayon::ThreadPool>,
}

#[cfg(feature = "program")]
impl Pool {
    /// A pool of `threads` threads; by default one per processor.
    pub fn new(threads: Option<usize>) -> Result<Self> {
        use crate::error::{Error, ErrorKind};
        let threads = threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
        if threads <= 1 {
            return Ok(Pool { threads: None });
        }
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(|error| {
            Error::new(ErrorKind::Unexpected, format!("cannot start {threads} threads: {error}"))
                .help("use fewer with --threads")
        })?;
        Ok(Pool { threads: Some(pool) })
    }

    /// The same for work that takes about so many nanoseconds on one thread, if that is known: threads are not worth
    /// their start where it is little.
    pub fn for_work(threads: Option<usize>, nanoseconds: Option<f64>) -> Result<Self> {
        /// Starting threads takes some tenths of a millisecond.
        const LITTLE: f64 = 5e5;
        Self::new(if nanoseconds.is_some_and(|it| it < LITTLE) { Some(1) } else { threads })
    }

    /// Threads at work.
    pub fn threads(&self) -> usize {
        self.threads.as_ref().map_or(1, rayon::ThreadPool::current_num_threads)
    }

    /// `block(worker, number)` for every number, in order whatever the threads do.
    pub fn map<W: Send, T: Send>(
        &self,
        numbers: std::ops::Range<u64>,
        worker: impl Fn() -> W + Sync + Send,
        block: impl Fn(&mut W, u64) -> T + Sync + Send,
    ) -> Vec<T> {
        use rayon::prelude::*;
        match &self.threads {
            None => sequential(numbers, worker, block),
            Some(pool) => {
                let count = (numbers.end - numbers.start) as usize;
                pool.install(|| {
                    (0..count)
                        .into_par_iter()
                        .map_init(&worker, |worker, offset| block(worker, numbers.start + offset as u64))
                        .collect()
                })
            }
        }
    }
}

#[cfg(not(feature = "program"))]
impl Pool {
    /// Without threads everything runs on the caller's.
    pub fn new(_: Option<usize>) -> Result<Self> {
        Ok(Pool {})
    }

    /// Without threads everything runs on the caller's.
    pub fn for_work(threads: Option<usize>, _: Option<f64>) -> Result<Self> {
        Self::new(threads)
    }

    /// Threads at work.
    pub fn threads(&self) -> usize {
        1
    }

    /// `block(worker, number)` for every number, in order.
    pub fn map<W, T>(
        &self,
        numbers: std::ops::Range<u64>,
        worker: impl Fn() -> W,
        block: impl Fn(&mut W, u64) -> T,
    ) -> Vec<T> {
        sequential(numbers, worker, block)
    }
}

fn sequential<W, T>(
    numbers: std::ops::Range<u64>,
    worker: impl Fn() -> W,
    block: impl Fn(&mut W, u64) -> T,
) -> Vec<T> {
    let mut worker = worker();
    numbers.map(|number| block(&mut worker, number)).collect()
}
