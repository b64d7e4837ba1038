//! The output of an example: lines on standard output, JSON instead of them, and progress on
//! standard error.
//!
//! A line never panics when standard output is closed or its disk is full: the work goes on, and
//! the failure is reported at the end.

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use indicatif::{ProgressBar, ProgressStyle};

use super::printable;

/// Prints a line on standard output, as `println!` does, with its text made
/// [printable](super::printable::printable); nothing with `--json`.
macro_rules! say {
    ($($words:tt)*) => { $crate::common::output::line(&format!($($words)*)) };
}
pub(crate) use say;

/// Prints a line on standard error; standard error may be closed.
macro_rules! complain {
    ($($words:tt)*) => { $crate::common::output::warning(&format!($($words)*)) };
}
pub(crate) use complain;

static JSON: AtomicBool = AtomicBool::new(false);
static LOST: Mutex<Option<io::Error>> = Mutex::new(None);
static BAR: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// Prints JSON only from here on, if `on`.
pub(crate) fn json_only(on: bool) {
    JSON.store(on, Ordering::Relaxed);
}

/// Prints a line for people.
pub(crate) fn line(text: &str) {
    if !JSON.load(Ordering::Relaxed) {
        keep(try_line(text));
    }
}

/// Prints an object as a line of JSON, with `--json` only.
pub(crate) fn object(value: &impl serde::Serialize) {
    if JSON.load(Ordering::Relaxed) {
        keep(try_raw(&printable::json(value)));
    }
}

/// Prints a line for people, or the object with `--json`, where a failure matters at once.
///
/// # Errors
/// Fails when standard output cannot be written.
pub(crate) fn try_either(text: &str, value: &impl serde::Serialize) -> io::Result<()> {
    match JSON.load(Ordering::Relaxed) {
        true => try_raw(&printable::json(value)),
        false => try_line(text),
    }
}

/// The failure of standard output, if there was one.
pub(crate) fn lost() -> Option<io::Error> {
    guard(&LOST).take()
}

fn try_line(text: &str) -> io::Result<()> {
    try_raw(&printable::printable(text))
}

/// Writes a line, and what was written before it.
fn try_raw(line: &str) -> io::Result<()> {
    let write = || {
        let mut out = io::stdout().lock();
        writeln!(out, "{line}").and_then(|()| out.flush())
    };
    match guard(&BAR).as_ref() {
        Some(bar) => bar.suspend(write),
        None => write(),
    }
}

/// Keeps the first failure.
fn keep(result: io::Result<()>) {
    if let Err(error) = result {
        guard(&LOST).get_or_insert(error);
    }
}

pub(crate) fn warning(text: &str) {
    let write = || drop(writeln!(io::stderr(), "{}", printable::printable(text)));
    match guard(&BAR).as_ref() {
        Some(bar) => bar.suspend(write),
        None => write(),
    }
}

/// Progress on standard error while something takes long; nothing if that is not a terminal.
#[derive(Debug)]
pub(crate) struct Progress(());

impl Progress {
    /// Shows that the program waits, and for what.
    pub(crate) fn waiting(what: &str) -> Self {
        Self::show(ProgressBar::new_spinner(), "{spinner} {msg} ({elapsed})", what)
    }

    /// Shows how many of `total` are done.
    pub(crate) fn counting(what: &str, total: usize) -> Self {
        let total = u64::try_from(total).unwrap_or(u64::MAX);
        Self::show(ProgressBar::new(total), "{msg}: {pos} of {len} [{bar:30}] {elapsed}", what)
    }

    fn show(bar: ProgressBar, form: &'static str, what: &str) -> Self {
        // The form is one of the two above.
        if let Ok(style) = ProgressStyle::with_template(form) {
            bar.set_style(style);
        }
        bar.set_message(String::from(what));
        bar.enable_steady_tick(Duration::from_millis(150));
        *guard(&BAR) = Some(bar);
        Self(())
    }

    /// Changes the words of the progress that is shown, if there is one.
    pub(crate) fn set(what: &str) {
        if let Some(bar) = guard(&BAR).as_ref() {
            bar.set_message(printable::printable(what));
        }
    }

    /// Counts one more.
    pub(crate) fn step(&self) {
        if let Some(bar) = guard(&BAR).as_ref() {
            bar.inc(1);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = guard(&BAR).take() {
            bar.finish_and_clear();
        }
    }
}

/// Does something that takes long, and shows meanwhile that the program waits.
pub(crate) fn waiting<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let progress = Progress::waiting(what);
    let result = work();
    drop(progress);
    result
}

fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic elsewhere leaves a value that is still whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
