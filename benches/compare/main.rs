//! Compares each layer with the naive way, memcpy and other crates, in one process, in turns.
//!
//! `cargo bench -p benches --bench compare` prints tables, `-- --json` one line for each figure.
//! `-- --quick` is less exact, and fails if a ratio is far below its aim. `-- WORD` runs only the
//! tasks whose names contain the word.

mod characters;
mod dialogue;
mod growth;
mod measure;
mod messages;
#[path = "../../gsm7/tests/gsm7/naive.rs"]
mod naive;
mod report;

use std::process::ExitCode;

use measure::{Effort, Task};
use report::Form;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let effort = if has("--test") {
        Effort::TRIAL
    } else if has("--quick") {
        Effort::QUICK
    } else {
        Effort::FULL
    };
    let form = if has("--json") { Form::Json } else { Form::Table };
    let filter =
        arguments.iter().find(|argument| !argument.starts_with('-')).map_or("", String::as_str);

    let mut failures = Vec::new();
    let mut compare = |tasks: Vec<Task<'_>>| {
        for mut task in tasks.into_iter().filter(|task| task.name.contains(filter)) {
            let figures = task.measure(effort);
            report::task(&task, &figures, form);
            failures.extend(report::far_below(&task, &figures));
        }
    };
    report::head(form);
    compare(characters::tasks());
    compare(messages::tasks());
    compare(dialogue::tasks(effort));
    if "growth".contains(filter) {
        failures.extend(growth::tables(effort, form));
    }
    for failure in &failures {
        eprintln!("far below its aim: {failure}");
    }
    // A single round does not measure speed.
    if failures.is_empty() || effort == Effort::TRIAL {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
