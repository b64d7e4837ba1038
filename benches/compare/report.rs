//! Prints figures as a table or as lines of JSON, with the aims.

use crate::measure::{Aim, Figures, MEMCPY, Task};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Table,
    Json,
}

pub(crate) fn head(form: Form) {
    if form == Form::Table {
        println!(
            "| task | candidate | ns | to ours | to memcpy | GB/s | allocations | result | aims of ours |"
        );
        println!("|---|---|---:|---:|---:|---:|---:|---|---|");
    }
}

pub(crate) fn task(task: &Task<'_>, figures: &[Figures], form: Form) {
    let ours = figures[0].nanoseconds;
    let memcpy = time_of(MEMCPY, task, figures);
    let aims: Vec<String> = task.aims.iter().map(|aim| verdict(aim, task, figures).text).collect();
    for (index, (candidate, figures)) in task.candidates.iter().zip(figures).enumerate() {
        let (name, time, allocations) = (candidate.name, figures.nanoseconds, figures.allocations);
        let (to_ours, to_memcpy) = (time / ours, memcpy.map(|memcpy| time / memcpy));
        let result = match &candidate.result {
            None => "",
            Some(result) if *result == task.expected => "right",
            Some(_) => "**wrong**",
        };
        match form {
            Form::Table => {
                let to_memcpy = to_memcpy.map_or(String::new(), |ratio| format!("{ratio:.1}"));
                let speed = task.bytes as f64 / time;
                let aims = if index == 0 { aims.join("; ") } else { String::new() };
                println!(
                    "| {} | {name} | {time:.1} | {to_ours:.2} | {to_memcpy} | {speed:.2} | {allocations} | {result} | {aims} |",
                    task.name
                );
            }
            Form::Json => {
                let to_memcpy =
                    to_memcpy.map_or(String::from("null"), |ratio| format!("{ratio:.3}"));
                println!(
                    "{{\"task\":{:?},\"candidate\":{name:?},\"ns\":{time:.2},\"ratio_to_ours\":{to_ours:.3},\
                     \"ratio_to_memcpy\":{to_memcpy},\"allocations\":{allocations},\"result\":{:?}}}",
                    task.name,
                    result.trim_matches('*')
                );
            }
        }
    }
}

/// The aims of a task that are missed by far.
pub(crate) fn far_below(task: &Task<'_>, figures: &[Figures]) -> Vec<String> {
    let verdicts = task.aims.iter().map(|aim| verdict(aim, task, figures));
    verdicts
        .filter(|verdict| verdict.is_far_below)
        .map(|verdict| format!("{}: {}", task.name, verdict.text))
        .collect()
}

struct Verdict {
    text: String,
    is_far_below: bool,
}

fn verdict(aim: &Aim, task: &Task<'_>, figures: &[Figures]) -> Verdict {
    let ours = &figures[0];
    let (text, is_met, is_far_below) = match *aim {
        Aim::Faster { than, aim } => {
            let ratio = time_of(than, task, figures).map_or(0.0, |time| time / ours.nanoseconds);
            (format!("{ratio:.1} of {aim} times {than}"), ratio >= aim, ratio < aim / 2.0)
        }
        Aim::MemcpyTimes { aim } => {
            let ratio = time_of(MEMCPY, task, figures)
                .map_or(f64::INFINITY, |time| ours.nanoseconds / time);
            (format!("{ratio:.1} of at most {aim} memcpy"), ratio <= aim, ratio > aim * 3.0)
        }
        Aim::Speed { aim } => {
            let speed = task.bytes as f64 / ours.nanoseconds;
            (format!("{speed:.2} of {aim} GB/s"), speed >= aim, speed < aim / 4.0)
        }
        Aim::NoAllocation => {
            let count = ours.allocations;
            (format!("{count} allocations of 0"), count == 0, count > 0)
        }
    };
    let mark = if is_met { "met" } else { "missed" };
    Verdict { text: format!("{mark}: {text}"), is_far_below }
}

fn time_of(name: &str, task: &Task<'_>, figures: &[Figures]) -> Option<f64> {
    let at = task.candidates.iter().position(|candidate| candidate.name == name)?;
    Some(figures[at].nanoseconds)
}
