//! The desk of the simulated modem: its profile, settings, time and log, which all parts share.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use crate::calendar::Date;
use crate::command::Arguments;
use crate::misbehave::Observer;
use crate::profile::Profile;
use crate::settings::Settings;
use crate::timer::{Event, Timers};
use crate::truth::{Entry, Fact};

/// The maximal number of entries of the truth log; the oldest are dropped.
const TRUTH_LIMIT: usize = 100_000;

/// The state that all parts share.
#[derive(Debug, Clone)]
pub(crate) struct Desk {
    pub(crate) profile: Profile,
    pub(crate) settings: Settings,
    /// The time on the caller's clock.
    pub(crate) now: Duration,
    pub(crate) timers: Timers,
    /// The date of the network at the start of the caller's epoch.
    pub(crate) start: Date,
    pub(crate) truth: Vec<Entry>,
    /// The command lines, and the misbehaviour at them.
    pub(crate) observer: Observer,
}

impl Desk {
    pub(crate) fn new(profile: Profile, start: Date) -> Self {
        Self {
            settings: Settings::new(&profile),
            now: Duration::ZERO,
            timers: Timers::default(),
            start,
            truth: Vec::new(),
            observer: Observer::default(),
            profile,
        }
    }

    /// Restores the settings of the profile; memories, service centre and calls are unaffected.
    pub(crate) fn restore(&mut self) {
        self.settings = Settings::new(&self.profile);
    }

    /// The date of the network.
    pub(crate) fn date(&self) -> Date {
        self.date_at(self.now)
    }

    pub(crate) fn date_at(&self, time: Duration) -> Date {
        self.start.after(time)
    }

    /// Sets a timer that expires after `delay`.
    pub(crate) fn set_timer(&mut self, delay: Duration, event: Event) {
        self.timers.set(self.now.saturating_add(delay), event);
    }

    /// Adds a fact to the truth log; drops the oldest tenth of a full log.
    pub(crate) fn log(&mut self, fact: Fact) {
        if self.truth.len() == TRUTH_LIMIT {
            self.truth.drain(..TRUTH_LIMIT / 10);
        }
        self.observer.note(&fact);
        self.truth.push(Entry { at: self.now, fact });
    }

    /// A string parameter, decoded from the character set of `+CSCS`.
    pub(crate) fn string(&self, arguments: &Arguments, at: usize) -> Option<String> {
        Some(self.settings.charset.decode(arguments.bytes(at)?))
    }

    /// A text in the character set of `+CSCS`, with quotes.
    pub(crate) fn quoted(&self, text: &str) -> Vec<u8> {
        let mut bytes = alloc::vec![b'"'];
        bytes.extend(self.in_charset(text));
        bytes.push(b'"');
        bytes
    }

    /// A text in the character set of `+CSCS`; a question mark replaces a character that the set
    /// lacks.
    pub(crate) fn in_charset(&self, text: &str) -> Vec<u8> {
        let charset = self.settings.charset;
        charset.encode(text).unwrap_or_else(|_| {
            let mut buffer = [0; 4];
            let coded = |character: char| {
                charset
                    .encode(character.encode_utf8(&mut buffer))
                    .or_else(|_| charset.encode("?"))
                    .unwrap_or_default()
            };
            text.chars().flat_map(coded).collect()
        })
    }
}
