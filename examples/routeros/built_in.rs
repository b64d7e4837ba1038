//! Commands that belong to no menu.

use core::time::Duration;

use crate::arguments::Arguments;
use crate::console::BuiltIn;
use crate::logging;
use crate::script::{self, Scope};
use crate::shell::Shell;

impl Shell {
    pub(crate) fn built_in(
        &mut self,
        command: BuiltIn,
        mut arguments: Arguments,
        scope: &Scope,
    ) -> Result<(), String> {
        match command {
            BuiltIn::Put => {
                let text = arguments.positional("message")?.text;
                arguments.end()?;
                self.output.line(&text);
            }
            BuiltIn::Global => {
                let name = arguments.positional("name")?;
                let value = arguments.positional("value")?.text;
                arguments.end()?;
                if name.text.is_empty()
                    || !name.text.chars().all(|letter| letter.is_ascii_alphanumeric())
                {
                    return Err(name.refused("the name of a variable has only letters and digits"));
                }
                self.globals.insert(name.text, value);
            }
            BuiltIn::Delay => {
                let time = arguments.positional("delay-time")?;
                arguments.end()?;
                self.delay(duration(&time.text).ok_or_else(|| {
                    time.refused("the time is invalid: write it as 500ms, 10s or 2m")
                })?);
            }
            BuiltIn::Log => {
                let level = arguments.positional("topics")?.one_of(&[
                    ("info", "info"),
                    ("warning", "warning"),
                    ("error", "error"),
                ])?;
                let text = arguments.positional("message")?.text;
                arguments.end()?;
                self.log.add(&["script", level], &text);
            }
            BuiltIn::Reply => {
                let text = arguments.positional("message")?.text;
                arguments.end()?;
                self.reply(&text, scope)?;
            }
            BuiltIn::Execute => {
                let program = arguments.positional("program")?.text;
                let rest: Vec<_> = arguments
                    .rest()
                    .into_iter()
                    .map(|value| match value.name {
                        Some(name) => format!("{name}={}", value.text),
                        None => value.text,
                    })
                    .collect();
                let output = script::execute(&program, &rest, scope)?;
                output.lines().for_each(|line| self.output.line(&logging::printable(line)));
            }
        }
        Ok(())
    }

    fn delay(&mut self, time: Duration) {
        let until = self.clock.elapsed() + time;
        while self.clock.elapsed() < until && !self.is_over {
            let left = until.saturating_sub(self.clock.elapsed());
            self.run_for(left.min(Duration::from_secs(1)));
        }
    }
}

/// A time in the notation of RouterOS: `10`, `10s`, `500ms`, `2m`, `1h`.
fn duration(text: &str) -> Option<Duration> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let number: u32 = digits.parse().ok()?;
    let unit = match text.get(digits.len()..)? {
        "" | "s" => Duration::from_secs(1),
        "ms" => Duration::from_millis(1),
        "m" => Duration::from_secs(60),
        "h" => Duration::from_secs(3600),
        _ => return None,
    };
    unit.checked_mul(number)
}
