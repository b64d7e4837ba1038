//! The device: power, functionality, identity and clock (3GPP TS 27.007, 5, 8.2 and 8.15).

use alloc::format;
use alloc::string::String;
use core::time::Duration;

use crate::calendar::Date;
use crate::command::{Command, Operation};
use crate::desk::Desk;
use crate::failure::Failure;
use crate::terminal::{Flow, Outcome, Terminal};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Power {
    Off,
    On { since: Duration },
}

/// The modem as a device, apart from its card and its memories.
#[derive(Debug, Clone)]
pub(crate) struct Device {
    power: Power,
    reset_due: bool,
    /// `<fun>` of `+CFUN`.
    functionality: u8,
    /// `+CSCA` was written since the start.
    pub(crate) service_centre_written: bool,
    imei: String,
    /// The date that the clock was set to, and the time of setting.
    clock: (Date, Duration),
}

impl Device {
    pub(crate) fn new(date: Date) -> Self {
        Self {
            power: Power::Off,
            reset_due: false,
            functionality: 1,
            service_centre_written: false,
            imei: String::from("490154203237518"),
            clock: (date, Duration::ZERO),
        }
    }

    pub(crate) fn is_on(&self) -> bool {
        self.power != Power::Off
    }

    /// Starts the device.
    pub(crate) fn power_up(&mut self, now: Duration) {
        self.power = Power::On { since: now };
    }

    /// Handles a loss of power.
    pub(crate) fn reset(&mut self) {
        self.functionality = 1;
        self.service_centre_written = false;
    }

    /// Returns `true` if a command requested a reset, and clears the request.
    pub(crate) fn take_reset(&mut self) -> bool {
        core::mem::take(&mut self.reset_due)
    }

    /// Returns `true` if the device was switched on less than `takes` ago.
    pub(crate) fn is_starting(&self, now: Duration, takes: Duration) -> bool {
        match self.power {
            Power::Off => true,
            Power::On { since } => now.saturating_sub(since) < takes,
        }
    }

    /// Switches the radio on or off.
    pub(crate) fn set_radio(&mut self, on: bool) {
        self.functionality = if on { 1 } else { 4 };
    }

    /// Returns `true` if the radio is on, by `+CFUN`.
    pub(crate) fn has_radio(&self) -> bool {
        self.functionality == 1
    }

    pub(crate) fn set_date(&mut self, date: Date, now: Duration) {
        self.clock = (date, now);
    }

    /// `+CGSN` and `+GSN`.
    pub(crate) fn serial_number(
        &self,
        command: &Command,
        desk: &Desk,
        terminal: &mut Terminal,
    ) -> Outcome {
        let kind = match &command.operation {
            Operation::Set(arguments) => arguments.small(0, 3).map_err(|()| Failure::Error)?,
            _ => None,
        };
        match kind {
            None | Some(0) => terminal.identity(desk, "+CGSN", &self.imei),
            Some(1) => terminal.prefixed("+CGSN", &format!("\"{}\"", self.imei)),
            Some(_) => Err(Failure::INCORRECT_PARAMETERS),
        }
    }

    /// `+CFUN`; returns `true` if the functionality was set.
    pub(crate) fn functionality_command(
        &mut self,
        command: &Command,
        terminal: &mut Terminal,
    ) -> Result<bool, Failure> {
        let arguments = match &command.operation {
            Operation::Test => {
                terminal.say("+CFUN: (0,1,4),(0,1)");
                return Ok(false);
            }
            Operation::Read => {
                terminal.say(format!("+CFUN: {}", self.functionality));
                return Ok(false);
            }
            Operation::Execute => return Ok(false),
            Operation::Set(arguments) => arguments,
        };
        let value = arguments.small(0, 4).map_err(|()| Failure::INCORRECT_PARAMETERS)?.unwrap_or(1);
        let reset = arguments.small(1, 1).map_err(|()| Failure::INCORRECT_PARAMETERS)? == Some(1);
        if ![0, 1, 4].contains(&value) {
            return Err(Failure::INCORRECT_PARAMETERS);
        }
        self.functionality = value;
        self.reset_due |= reset;
        Ok(true)
    }

    /// `+CCLK`.
    pub(crate) fn clock_command(
        &mut self,
        command: &Command,
        now: Duration,
        terminal: &mut Terminal,
    ) -> Outcome {
        match &command.operation {
            Operation::Test => Ok(Flow::Done),
            Operation::Set(arguments) => {
                let date =
                    arguments.word(0).and_then(Date::parse).ok_or(Failure::INCORRECT_PARAMETERS)?;
                self.set_date(date, now);
                Ok(Flow::Done)
            }
            _ => {
                let (date, since) = self.clock;
                let date = date.after(now.saturating_sub(since));
                terminal.prefixed("+CCLK", &format!("\"{date}\""))
            }
        }
    }
}
