//! The options that choose the modem of an example, and the exit status of an example.

#[path = "errors.rs"]
pub(crate) mod errors;

use core::error::Error;
use std::io;
use std::process::ExitCode;

use clap::Args;
use modem::Config;
use modem::at::sim::Pin;

/// The modem of an example; a simulated one without --port and --tcp.
#[derive(Debug, Args)]
pub(crate) struct Link {
    /// A serial port with a modem, such as /dev/ttyUSB2 or COM3
    #[arg(long, value_name = "PATH", conflicts_with = "tcp")]
    pub(crate) port: Option<String>,
    /// The speed of the serial port in bits per second
    #[arg(long, value_name = "RATE", default_value_t = 115_200, requires = "port")]
    pub(crate) baud: u32,
    /// The address of a modem server that speaks AT over TCP
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) tcp: Option<String>,
    /// The PIN of the SIM, used only if the SIM asks for it
    #[arg(long, value_name = "DIGITS")]
    pub(crate) pin: Option<String>,
}

impl Link {
    /// The configuration of the session.
    #[allow(dead_code, reason = "an example may have no session")]
    pub(crate) fn config(&self) -> Result<Config, String> {
        let mut config = Config::default();
        if let Some(digits) = &self.pin {
            config.pin = Some(Pin::new(digits).map_err(|error| format!("--pin: {error}"))?);
        }
        Ok(config)
    }
}

/// The sentence for a modem that cannot be reached over TCP.
pub(crate) fn cannot_connect(address: &str, error: &io::Error) -> String {
    format!(
        "cannot connect to {address}: start the modem server there, or correct the address ({error})"
    )
}

/// The sentence for an error; its advice names the options of the examples.
pub(crate) fn sentence(error: &(dyn Error + 'static)) -> String {
    errors::sentence(error, "--pin")
}

/// Returns the exit status of a program, and prints its error on standard error.
pub(crate) fn exit(program: &str, result: Result<(), Box<dyn Error>>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{program}: {}", sentence(&*error));
            ExitCode::FAILURE
        }
    }
}
