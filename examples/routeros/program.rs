//! Programs of this machine, which only the option `--allow-programs` lets scripts run.

use core::time::Duration;
use std::io::{self, Read};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

/// The longest time for a program.
const PROGRAM_TIMEOUT: Duration = Duration::from_secs(10);

/// The number of bytes of a program's output that are kept.
const MAX_PROGRAM_OUTPUT: u64 = 4096;

/// Runs a program with these arguments, without a shell, and returns its output.
///
/// The variables are in its environment as `SMS_` and the name: a message can set only these.
pub(crate) fn run(
    program: &str,
    arguments: &[String],
    variables: &[(String, String)],
) -> Result<String, String> {
    run_within(program, arguments, variables, PROGRAM_TIMEOUT)
}

/// Runs a program as [`run`] does, with this timeout.
pub(crate) fn run_within(
    program: &str,
    arguments: &[String],
    variables: &[(String, String)],
    timeout: Duration,
) -> Result<String, String> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let is_name = |name: &str| {
        name.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter))
    };
    for (name, value) in variables.iter().filter(|(name, _)| is_name(name)) {
        command.env(format!("SMS_{name}"), value);
    }
    let mut child = command
        .spawn()
        .map_err(|error| format!("the program {program} cannot be started: {error}"))?;
    let output = child.stdout.take().map(|output| {
        std::thread::spawn(move || {
            let mut output = output;
            let mut kept = Vec::new();
            // The output before a read error is shown. The rest is read and dropped, so that the
            // program does not block.
            let _ = output.by_ref().take(MAX_PROGRAM_OUTPUT).read_to_end(&mut kept);
            let _ = io::copy(&mut output, &mut io::sink());
            kept
        })
    });
    let status = wait(&mut child, program, timeout)?;
    let kept = output.and_then(|thread| thread.join().ok()).unwrap_or_default();
    if !status {
        return Err(format!("the program {program} has failed: see its standard error"));
    }
    Ok(String::from_utf8_lossy(&kept).into_owned())
}

fn wait(child: &mut Child, program: &str, timeout: Duration) -> Result<bool, String> {
    let started = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status.success()),
            Ok(None) if started.elapsed() < timeout => std::thread::sleep(Duration::from_millis(5)),
            Ok(None) => {
                // The program may have ended in the meantime.
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!(
                    "the program {program} was stopped: it ran for more than {timeout:?}"
                ));
            }
            Err(error) => {
                return Err(format!("the program {program} cannot be waited for: {error}"));
            }
        }
    }
}
