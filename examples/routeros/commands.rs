//! Runs the commands of the menus.

use core::time::Duration;

use crate::arguments::Arguments;
use crate::common::printable::printable;
use crate::console::{self, Action};
use crate::script::{Element, Failure, Value};
use crate::send::Order;
use crate::shell::Shell;

/// The name of this system, as `/system identity` has it.
const IDENTITY: &str = "modem";

impl Shell {
    /// Runs a command.
    pub(crate) fn perform(
        &mut self,
        action: Action,
        mut arguments: Arguments,
    ) -> Result<Value, Failure> {
        match action {
            Action::Print(menu) => return self.print_items(menu, arguments),
            Action::Find(menu) => return self.find_items(menu, arguments),
            Action::Get(menu) => return self.get_item(menu, arguments),
            Action::Remove(menu) => return self.remove_items(menu, arguments),
            Action::SmsGet => return self.sms_get(arguments),
            Action::ScriptRun => return self.script_run(arguments),
            Action::AtChat(kind) => return self.at_chat(kind, arguments),
            Action::IdentityGet => {
                let properties = vec![("name", IDENTITY.to_string())];
                return get(&properties, arguments);
            }
            Action::ClockGet => {
                let now = self.clock.date_time();
                let properties = vec![
                    ("date", now.strftime("%Y-%m-%d").to_string()),
                    ("time", now.strftime("%H:%M:%S").to_string()),
                ];
                return get(&properties, arguments);
            }
            Action::SmsSet => self.sms_set(arguments)?,
            Action::SmsSend => {
                let order = Order::read(&mut arguments, self.settings().legacy_limits)?;
                self.send(order)?;
            }
            Action::ScriptAdd => self.script_add(arguments)?,
            Action::ScriptSet => self.script_set(arguments)?,
            Action::LoggingAdd => self.logging_add(arguments)?,
            Action::LogAdd(level) => {
                let text = arguments.positional("message")?.text();
                arguments.end()?;
                self.log.add(&["script", level], &text);
            }
            Action::Execute => self.execute(arguments)?,
            Action::Program => self.program(arguments)?,
            Action::Reply => self.reply(arguments)?,
            Action::Delay => {
                let time = arguments.positional("delay-time")?;
                arguments.end()?;
                self.delay(duration(&time.text()).ok_or_else(|| {
                    time.refused("the time is invalid: write it as 500ms, 10s or 2m")
                })?)?;
            }
            Action::SimulatorRun | Action::SimulatorSet | Action::SimulatorTruth => {
                self.simulator(action, arguments)?;
            }
            Action::SmsExport => {
                arguments.flag("terse");
                arguments.end()?;
                self.sms_export();
            }
            Action::SmsPrint => {
                arguments.end()?;
                let status = self.status();
                let lines = self.settings().lines(status, &self.last_ussd());
                self.output.properties(&lines);
            }
            Action::EnvironmentPrint => {
                arguments.end()?;
                self.environment().for_each(|line| self.output.line(&line));
            }
            Action::Reboot => {
                arguments.end()?;
                return Err(self.reboot());
            }
            Action::Help => {
                arguments.end()?;
                console::help().for_each(|line| self.output.line(&line));
            }
            Action::Quit => {
                arguments.end()?;
                self.is_over = true;
            }
        }
        Ok(Value::Nothing)
    }

    /// `/tool sms get`: a setting, or all of them.
    fn sms_get(&mut self, mut arguments: Arguments) -> Result<Value, Failure> {
        let name = arguments.named("value-name").or_else(|| arguments.unnamed());
        arguments.end()?;
        let status = self.status();
        let last_ussd = self.last_ussd();
        let settings = self.settings();
        let value = |name: &str| settings.value(name, status, &last_ussd);
        match name {
            Some(name) => {
                let found = value(&name.text());
                let found = found.ok_or_else(|| {
                    name.refused(format_args!(
                        "{} is not a setting: /tool sms print lists them",
                        name.text()
                    ))
                })?;
                Ok(Value::literal(&found))
            }
            None => {
                let names = settings.lines(status, &last_ussd);
                let elements = names.iter().map(|(name, _)| {
                    let element: Element =
                        (Some((*name).into()), Value::literal(&value(name).unwrap_or_default()));
                    element
                });
                Ok(Value::array(elements.collect())?)
            }
        }
    }

    /// `/tool sms export`: the commands that restore the settings, without secret and PIN.
    fn sms_export(&self) {
        let now = self.clock.date_time();
        self.output.line(&format!("# {}", now.strftime("%Y-%m-%d %H:%M:%S")));
        let settings = self.settings();
        if !settings.secret.is_empty() || !settings.sim_pin.is_empty() {
            self.output.line("# secret= and sim-pin= are left out");
        }
        if let Some(line) = settings.export() {
            self.output.line("/tool sms");
            self.output.line(&line);
        }
    }
}

/// `get` in a menu without items.
fn get(properties: &[(&'static str, String)], mut arguments: Arguments) -> Result<Value, Failure> {
    let name = arguments.named("value-name").or_else(|| arguments.unnamed());
    arguments.end()?;
    let value = |text: &String| Value::from(printable(text));
    match name {
        None => {
            let elements = properties.iter().map(|(name, text)| {
                let element: Element = (Some((*name).into()), value(text));
                element
            });
            Ok(Value::array(elements.collect())?)
        }
        Some(name) => {
            let found = properties.iter().find(|(property, _)| *property == name.text());
            found
                .map(|(_, text)| value(text))
                .ok_or_else(|| name.refused(format_args!("{} is not a property here", name.text())))
        }
    }
}

/// A time in the notation of RouterOS: `10`, `10s`, `500ms`, `2m`, `1h`, `00:00:10`.
fn duration(text: &str) -> Option<Duration> {
    if let [hours, minutes, seconds] = text.split(':').collect::<Vec<_>>().as_slice() {
        let parts = [hours, minutes, seconds].map(|part| part.parse::<u64>().ok());
        let [Some(hours), Some(minutes), Some(seconds)] = parts else { return None };
        let hours = hours.checked_mul(3600)?;
        return minutes
            .checked_mul(60)?
            .checked_add(hours)?
            .checked_add(seconds)
            .map(Duration::from_secs);
    }
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let number: u32 = digits.parse().ok()?;
    let unit = match text.get(digits.len()..)? {
        "" | "s" => Duration::from_secs(1),
        "ms" => Duration::from_millis(1),
        "m" => Duration::from_secs(60),
        "h" => Duration::from_secs(3600),
        "d" => Duration::from_secs(86_400),
        _ => return None,
    };
    unit.checked_mul(number)
}
