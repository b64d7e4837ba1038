//! The options that choose the modem of an example.

use core::error::Error;
use std::io;

use clap::Args;
use modem::at::sim::Pin;
use modem::{Config, ErrorKind};

use super::status::{Failure, usage};
use super::{errors, interrupt};

/// The modem of an example; a simulated one without --port and --tcp.
#[derive(Debug, Args)]
pub(crate) struct Link {
    /// A serial port with a modem, such as /dev/ttyUSB2 or COM3
    #[arg(long, value_name = "PATH", conflicts_with = "tcp", global = true)]
    pub(crate) port: Option<String>,
    /// The speed of the serial port in bits per second
    #[arg(long, value_name = "RATE", default_value_t = 115_200, global = true)]
    pub(crate) baud: u32,
    /// The address of a modem server that speaks AT over TCP
    #[arg(long, value_name = "HOST:PORT", global = true)]
    pub(crate) tcp: Option<String>,
    /// The PIN of the SIM, used only if the SIM asks for it
    #[arg(long, value_name = "DIGITS", env = "MODEM_PIN", hide_env_values = true, global = true)]
    pub(crate) pin: Option<String>,
}

impl Link {
    /// The configuration of the session.
    pub(crate) fn config(&self) -> Result<Config, Failure> {
        let mut config = Config::default();
        if let Some(digits) = &self.pin {
            config.pin = Some(Pin::new(digits).map_err(|error| usage(format!("--pin: {error}")))?);
        }
        Ok(config)
    }

    /// Returns `true` if the modem is the simulated one.
    pub(crate) fn is_simulated(&self) -> bool {
        self.port.is_none() && self.tcp.is_none()
    }
}

/// The sentence for a modem that cannot be reached over TCP.
pub(crate) fn cannot_connect(address: &str, error: &io::Error) -> String {
    format!(
        "cannot connect to {address}: start the modem server there, or correct the address ({error})"
    )
}

/// The advice of the library, and what a person does with the examples.
const REMEDIES: [(&str, &str); 2] = [
    ("unlock the SIM in a phone", "unlock the SIM with `modem pin enter` or `modem pin unblock`"),
    (
        "switch it on by `AT+CFUN=1`, or set `Config::switch_radio_on`",
        "switch it on with `modem radio on`",
    ),
];

/// The sentence for an error; its advice names the options of the examples.
pub(crate) fn sentence(error: &(dyn Error + 'static)) -> String {
    let is_closed = error
        .downcast_ref::<modem::Error>()
        .is_some_and(|error| *error.kind() == ErrorKind::Closed);
    if is_closed && interrupt::requested() {
        return "interrupted".into();
    }
    let sentence = errors::sentence(error, "--pin");
    REMEDIES.iter().fold(sentence, |sentence, (of_library, of_examples)| {
        sentence.replace(of_library, of_examples)
    })
}
