//! The candidates of a task: checked for the same result, then timed in turns.

use core::hint::black_box;
use core::time::Duration;
use std::time::Instant;

/// The effort of a measurement, which decides how exact the figures are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Effort {
    /// The number of turns of each candidate.
    pub(crate) rounds: usize,
    /// The shortest time of a turn.
    pub(crate) turn: Duration,
}

impl Effort {
    /// Runs each task once, as a test.
    pub(crate) const TRIAL: Self = Self { rounds: 1, turn: Duration::ZERO };
    /// Takes 15 seconds for all tasks.
    pub(crate) const QUICK: Self = Self { rounds: 61, turn: Duration::from_micros(300) };
    /// Takes a few minutes for all tasks.
    pub(crate) const FULL: Self = Self { rounds: 301, turn: Duration::from_millis(1) };
}

/// An implementation of a task.
pub(crate) struct Candidate<'a> {
    pub(crate) name: &'static str,
    /// The result; `None` for a candidate without one, such as memcpy.
    pub(crate) result: Option<String>,
    run: Box<dyn FnMut() + 'a>,
}

/// Creates a candidate with its own `state`, such as buffers; `show` formats its result.
pub(crate) fn candidate<'a, S: 'a, T>(
    name: &'static str,
    mut state: S,
    mut run: impl FnMut(&mut S) -> T + 'a,
    show: impl FnOnce(&S, T) -> String,
) -> Candidate<'a> {
    let found = run(&mut state);
    let result = Some(show(&state, found));
    Candidate { name, result, run: Box::new(move || drop(black_box(run(&mut state)))) }
}

/// Creates the candidate that only copies these bytes.
pub(crate) fn memcpy(bytes: &[u8]) -> Candidate<'_> {
    let mut copy = vec![0; bytes.len()];
    Candidate {
        name: MEMCPY,
        result: None,
        run: Box::new(move || black_box(&mut copy).copy_from_slice(black_box(bytes))),
    }
}

/// The name of the slow and obvious candidate.
pub(crate) const NAIVE: &str = "naive";

/// The name of [`memcpy`].
pub(crate) const MEMCPY: &str = "memcpy";

/// The aim of a task. `--quick` fails at half of it.
#[derive(Clone, Copy)]
pub(crate) enum Aim {
    /// So many times as fast as this candidate.
    Faster { than: &'static str, aim: f64 },
    /// At most so many times the time of memcpy. `--quick` fails at three times as many, since the
    /// copy of a short text takes a few nanoseconds, or twice as many where it is not aligned.
    MemcpyTimes { aim: f64 },
    /// Gigabytes per second. `--quick` fails at a quarter, since this depends on the processor.
    Speed { aim: f64 },
    /// No allocation.
    NoAllocation,
}

/// A task and its candidates, ours first.
pub(crate) struct Task<'a> {
    pub(crate) name: String,
    /// The number of bytes that a call handles.
    pub(crate) bytes: usize,
    /// The result that ours and the naive way must find, known from the input.
    pub(crate) expected: String,
    pub(crate) candidates: Vec<Candidate<'a>>,
    pub(crate) aims: Vec<Aim>,
}

/// The measurements of a candidate.
pub(crate) struct Figures {
    /// The time of a call in the fastest turn: other work on the machine only adds to it.
    pub(crate) nanoseconds: f64,
    /// The number of allocations in a call.
    pub(crate) allocations: u64,
}

impl Task<'_> {
    /// Checks the results of ours and the naive way, and times the candidates in turns.
    pub(crate) fn measure(&mut self, effort: Effort) -> Vec<Figures> {
        let own = self.candidates.iter().enumerate();
        for (_, candidate) in
            own.filter(|(index, candidate)| *index == 0 || candidate.name == NAIVE)
        {
            assert_eq!(
                candidate.result.as_ref(),
                Some(&self.expected),
                "{}: {}",
                self.name,
                candidate.name
            );
        }
        let counts: Vec<u32> = self
            .candidates
            .iter_mut()
            .map(|candidate| calls_in(effort.turn, &mut candidate.run))
            .collect();
        let mut times = vec![Vec::with_capacity(effort.rounds); self.candidates.len()];
        for _ in 0..effort.rounds {
            for ((candidate, &count), times) in
                self.candidates.iter_mut().zip(&counts).zip(&mut times)
            {
                let start = Instant::now();
                for _ in 0..count {
                    (candidate.run)();
                }
                times.push(start.elapsed().as_nanos() as f64 / f64::from(count));
            }
        }
        let figures = self.candidates.iter_mut().zip(&times);
        figures
            .map(|(candidate, times)| Figures {
                nanoseconds: fastest(times),
                allocations: allocation_counter::measure(|| (candidate.run)()).count_total,
            })
            .collect()
    }
}

pub(crate) fn fastest(times: &[f64]) -> f64 {
    times.iter().copied().fold(f64::INFINITY, f64::min)
}

/// The number of calls that take about this time, even if other work interrupts some of them.
pub(crate) fn calls_in(time: Duration, run: &mut dyn FnMut()) -> u32 {
    let mut calls = 1;
    loop {
        let mut is_short = || {
            let start = Instant::now();
            for _ in 0..calls {
                run();
            }
            start.elapsed() < time
        };
        // The clock would dominate a turn of too few calls.
        if !(is_short() || is_short() || is_short()) {
            return calls;
        }
        calls *= 2;
    }
}
