//! The sentence for an error, in the words of the program that shows it.

use core::error::Error;

use modem::ErrorKind;

/// Returns the sentence for an error, followed by its causes, such as the operating system's
/// reason.
///
/// The advice of the library names its own API. Here it names `pin` instead: the option, or the
/// setting, that holds the PIN of the SIM.
pub(crate) fn sentence(error: &(dyn Error + 'static), pin: &str) -> String {
    let mut sentence = error.to_string();
    if let Some(error) = error.downcast_ref::<modem::Error>()
        && let Some(advice) = error.advice()
    {
        // The session of the library can be opened again, a program can only be run again.
        let remedy = match error.kind() {
            ErrorKind::Closed => "check the cable, and run the command again".into(),
            _ if advice.contains("Config::pin") => format!("give it with {pin}"),
            _ => advice.into(),
        };
        sentence = sentence.replace(advice, &remedy);
    }
    let mut cause = error.source();
    while let Some(error) = cause {
        let reason = error.to_string();
        // Some errors quote their cause.
        if !sentence.contains(&reason) {
            sentence += &format!(" ({reason})");
        }
        cause = error.source();
    }
    sentence
}
