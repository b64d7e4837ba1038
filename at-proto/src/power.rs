//! Power saving of the modem, 3GPP TS 27.007, 7.38 and 7.40; timers as in TS 24.008, 10.5.
//!
//! In power saving mode (PSM) and between two pagings of eDRX the network cannot reach the modem:
//! messages wait in the service centre, and come when the modem is awake again.

use alloc::format;
use alloc::vec::Vec;
use core::time::Duration;

use crate::command::{Command, ParseError, line_of, lines_of};
use crate::event::Response;
use crate::number_space::number_space;
use crate::parameters::Parameters;
use crate::request::Request;

/// The interval between two periodic tracking area updates (T3412), in which a modem in power
/// saving mode is asleep: GPRS timer 3, TS 24.008, 10.5.7.4a.
///
/// ```
/// use core::time::Duration;
/// use at_proto::power::UpdateInterval;
///
/// let interval = UpdateInterval::at_least(Duration::from_secs(70 * 3600)).unwrap();
/// assert_eq!(interval.bits(), 0b0100_0111, "7 times 10 hours");
/// // 70 minutes are coded exactly, 63 minutes are rounded up.
/// let interval = UpdateInterval::at_least(Duration::from_secs(63 * 60)).unwrap();
/// assert_eq!(interval.duration(), Duration::from_secs(70 * 60));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct UpdateInterval(u8);

/// The time that a modem stays reachable after it has been active (T3324): GPRS timer 2, TS 24.008,
/// 10.5.7.3.
///
/// ```
/// use core::time::Duration;
/// use at_proto::power::ActiveTime;
///
/// let active = ActiveTime::at_least(Duration::from_secs(4 * 60)).unwrap();
/// assert_eq!(active.bits(), 0b0010_0100, "4 times a minute");
/// assert!(ActiveTime::at_least(Duration::from_secs(24 * 3600)).is_none());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ActiveTime(u8);

/// The seconds of a unit, and its code in the bits 8 to 6; the shortest unit first.
type Units = [(u32, u8)];

const UPDATE_UNITS: &Units = &[
    (2, 0b011),
    (30, 0b100),
    (60, 0b101),
    (600, 0b000),
    (3_600, 0b001),
    (36_000, 0b010),
    (1_152_000, 0b110),
];

const ACTIVE_UNITS: &Units = &[(2, 0b000), (60, 0b001), (360, 0b010)];

/// The shortest coded time that is at least `time`.
fn encode(units: &Units, time: Duration) -> Option<u8> {
    let seconds = time.as_secs().saturating_add(u64::from(time.subsec_nanos() > 0));
    units
        .iter()
        .filter_map(|&(unit, code)| {
            let count = u8::try_from(seconds.div_ceil(u64::from(unit))).ok()?;
            let time = u64::from(unit).saturating_mul(u64::from(count));
            (count <= 31).then_some((time, code << 5 | count))
        })
        .min_by_key(|(time, _)| *time)
        .map(|(_, bits)| bits)
}

/// The time of these bits; `None` if the timer is deactivated or the unit is reserved.
fn decode(units: &Units, bits: u8) -> Option<Duration> {
    let (unit, _) = units.iter().find(|(_, code)| *code == bits >> 5)?;
    Some(Duration::from_secs(u64::from(*unit).saturating_mul(u64::from(bits & 31))))
}

impl UpdateInterval {
    /// The shortest interval that is at least `time`; `None` beyond 9,920 hours.
    pub fn at_least(time: Duration) -> Option<Self> {
        encode(UPDATE_UNITS, time).map(Self)
    }

    /// The value with these bits; `None` for a deactivated timer and a reserved unit.
    pub fn from_bits(bits: u8) -> Option<Self> {
        decode(UPDATE_UNITS, bits).map(|_| Self(bits))
    }

    /// The bits of the standard.
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// The interval.
    pub fn duration(self) -> Duration {
        decode(UPDATE_UNITS, self.0).unwrap_or_default()
    }
}

impl ActiveTime {
    /// The shortest time that is at least `time`; `None` beyond 186 minutes.
    pub fn at_least(time: Duration) -> Option<Self> {
        encode(ACTIVE_UNITS, time).map(Self)
    }

    /// The value with these bits; `None` for a deactivated timer and a reserved unit.
    pub fn from_bits(bits: u8) -> Option<Self> {
        decode(ACTIVE_UNITS, bits).map(|_| Self(bits))
    }

    /// The bits of the standard.
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// The time.
    pub fn duration(self) -> Duration {
        decode(ACTIVE_UNITS, self.0).unwrap_or_default()
    }
}

/// The value of a text of `0` and `1`.
fn binary(text: &[u8]) -> Option<u8> {
    u8::from_str_radix(core::str::from_utf8(text.trim_ascii()).ok()?, 2).ok()
}

/// `AT+CPSMS=<mode>,...`: sets the power saving mode.
///
/// A modem in this mode answers nothing while it is asleep. Wake it first, by its pin or with
/// `Config::wake_after` of the crate `modem`.
#[doc(alias = "CPSMS")]
#[doc(alias = "+CPSMS")]
#[doc(alias = "PSM")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SetPowerSaving {
    /// Disables the mode.
    Off,
    /// Disables the mode, and resets its values to those of the manufacturer.
    Reset,
    /// Enables the mode with these requests to the network; `None` keeps the value of the modem.
    On {
        /// The requested interval between periodic updates.
        update: Option<UpdateInterval>,
        /// The requested time that the modem stays reachable.
        active: Option<ActiveTime>,
    },
}

impl Command for SetPowerSaving {
    type Output = ();

    fn request(&self) -> Request {
        let text =
            |bits: Option<u8>| bits.map(|bits| format!("\"{bits:08b}\"")).unwrap_or_default();
        match self {
            Self::Off => Request::built("AT+CPSMS=0"),
            Self::Reset => Request::built("AT+CPSMS=2"),
            Self::On { update: None, active: None } => Request::built("AT+CPSMS=1"),
            Self::On { update, active } => {
                let update = text(update.map(UpdateInterval::bits));
                let active = active.map(|active| format!(",{}", text(Some(active.bits()))));
                Request::built(format!("AT+CPSMS=1,,,{update}{}", active.unwrap_or_default()))
            }
        }
    }

    fn parse(&self, _: &Response) -> Result<(), ParseError> {
        Ok(())
    }
}

/// The power saving mode, `+CPSMS`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct PowerSaving {
    /// `true` if the mode is enabled.
    pub is_on: bool,
    /// The requested interval between periodic updates, if the modem says it.
    pub update: Option<UpdateInterval>,
    /// The requested time that the modem stays reachable, if the modem says it.
    pub active: Option<ActiveTime>,
}

/// `AT+CPSMS?`: reads the power saving mode.
#[doc(alias = "CPSMS")]
#[doc(alias = "+CPSMS")]
#[doc(alias = "PSM")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadPowerSaving;

impl Command for ReadPowerSaving {
    type Output = PowerSaving;

    fn request(&self) -> Request {
        Request::built("AT+CPSMS?")
    }

    fn parse(&self, response: &Response) -> Result<PowerSaving, ParseError> {
        let mut parameters = line_of(response, "+CPSMS")?;
        let is_on = parameters.number::<u8>("mode")? == 1;
        // Between the mode and the values stand two of GSM and UMTS.
        let mut value = || parameters.optional_text().and_then(binary);
        let [_, _, update, active] = [value(), value(), value(), value()];
        Ok(PowerSaving {
            is_on,
            update: update.and_then(UpdateInterval::from_bits),
            active: active.and_then(ActiveTime::from_bits),
        })
    }
}

number_space! {
    /// The access technology of an eDRX setting, `<AcT-type>`.
    DrxAccess(pub u8) {
        /// EC-GSM-IoT.
        EC_GSM = 1,
        /// GSM.
        GSM = 2,
        /// UMTS.
        UMTS = 3,
        /// LTE and LTE-M.
        LTE = 4,
        /// NB-IoT.
        NB_IOT = 5,
    }
}

/// The cycle of eDRX in LTE, in which the modem is paged once: TS 24.008, 10.5.5.32.
///
/// ```
/// use core::time::Duration;
/// use at_proto::power::DrxCycle;
///
/// let cycle = DrxCycle::at_least(Duration::from_secs(60)).unwrap();
/// assert_eq!(cycle.duration(), Duration::from_millis(61_440));
/// assert_eq!(cycle.bits(), 0b0100);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DrxCycle(u8);

/// The cycles in units of 5.12 s, by their bits.
const CYCLES: [u16; 16] = [1, 2, 4, 8, 12, 16, 20, 24, 28, 32, 64, 128, 256, 512, 1_024, 2_048];

impl DrxCycle {
    /// The shortest cycle that is at least `time`; `None` beyond 10,485.76 s.
    pub fn at_least(time: Duration) -> Option<Self> {
        (0..=15).map(Self).find(|cycle| cycle.duration() >= time)
    }

    /// The value with these four bits; `None` for a larger number.
    pub const fn from_bits(bits: u8) -> Option<Self> {
        if bits <= 15 { Some(Self(bits)) } else { None }
    }

    /// The four bits of the standard.
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// The length of the cycle in LTE, LTE-M and NB-IoT.
    pub fn duration(self) -> Duration {
        let units = CYCLES.get(usize::from(self.0)).copied().unwrap_or_default();
        Duration::from_millis(5_120).saturating_mul(u32::from(units))
    }
}

/// `AT+CEDRXS=<mode>,...`: sets eDRX, in which the modem is paged seldom.
///
/// The modem still answers commands. A message arrives at the next paging.
#[doc(alias = "CEDRXS")]
#[doc(alias = "+CEDRXS")]
#[doc(alias = "eDRX")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SetDrx {
    /// Disables eDRX for one access technology.
    Off(DrxAccess),
    /// Disables eDRX for all access technologies, and resets the values to those of the
    /// manufacturer.
    Reset,
    /// Enables eDRX for one access technology.
    On {
        /// The access technology.
        access: DrxAccess,
        /// The requested cycle; `None` keeps the value of the modem.
        cycle: Option<DrxCycle>,
    },
}

impl Command for SetDrx {
    type Output = ();

    fn request(&self) -> Request {
        match self {
            Self::Off(access) => Request::built(format!("AT+CEDRXS=0,{}", access.raw())),
            Self::Reset => Request::built("AT+CEDRXS=3"),
            Self::On { access, cycle: None } => {
                Request::built(format!("AT+CEDRXS=1,{}", access.raw()))
            }
            Self::On { access, cycle: Some(cycle) } => {
                let (access, cycle) = (access.raw(), cycle.bits());
                Request::built(format!("AT+CEDRXS=1,{access},\"{cycle:04b}\""))
            }
        }
    }

    fn parse(&self, _: &Response) -> Result<(), ParseError> {
        Ok(())
    }
}

/// `AT+CEDRXS?`: reads the access technologies with eDRX, and the requested cycle of each if it can
/// be read.
#[doc(alias = "CEDRXS")]
#[doc(alias = "+CEDRXS")]
#[doc(alias = "eDRX")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadDrx;

impl Command for ReadDrx {
    type Output = Vec<(DrxAccess, Option<DrxCycle>)>;

    fn request(&self) -> Request {
        Request::built("AT+CEDRXS?")
    }

    fn parse(&self, response: &Response) -> Result<Self::Output, ParseError> {
        let read = |mut parameters: Parameters<'_>| {
            let access = DrxAccess::from_raw(parameters.any_number()?);
            let cycle = parameters.optional_text().and_then(binary).and_then(DrxCycle::from_bits);
            // 0: no access technology has eDRX.
            (access.raw() != 0).then_some((access, cycle))
        };
        Ok(lines_of(response, "+CEDRXS").filter_map(read).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line<C: Command>(command: &C) -> alloc::string::String {
        alloc::string::String::from_utf8_lossy(command.request().line()).trim_end().into()
    }

    #[test]
    fn commands_have_the_form_and_the_examples_of_the_standard() {
        let hours = |hours: u64| UpdateInterval::at_least(Duration::from_secs(hours * 3_600));
        let minutes = |minutes: u64| ActiveTime::at_least(Duration::from_secs(minutes * 60));
        for (command, expected) in [
            (SetPowerSaving::Off, "AT+CPSMS=0"),
            (SetPowerSaving::Reset, "AT+CPSMS=2"),
            (SetPowerSaving::On { update: None, active: None }, "AT+CPSMS=1"),
            (
                SetPowerSaving::On { update: hours(70), active: minutes(4) },
                "AT+CPSMS=1,,,\"01000111\",\"00100100\"",
            ),
            (SetPowerSaving::On { update: None, active: minutes(4) }, "AT+CPSMS=1,,,,\"00100100\""),
            (SetPowerSaving::On { update: hours(70), active: None }, "AT+CPSMS=1,,,\"01000111\""),
        ] {
            assert_eq!(line(&command), expected);
        }
        let cycle = DrxCycle::at_least(Duration::from_secs(80));
        for (command, expected) in [
            (SetDrx::Off(DrxAccess::LTE), "AT+CEDRXS=0,4"),
            (SetDrx::Reset, "AT+CEDRXS=3"),
            (SetDrx::On { access: DrxAccess::NB_IOT, cycle: None }, "AT+CEDRXS=1,5"),
            (SetDrx::On { access: DrxAccess::NB_IOT, cycle }, "AT+CEDRXS=1,5,\"0101\""),
        ] {
            assert_eq!(line(&command), expected);
        }
    }

    #[test]
    fn every_time_is_coded_as_the_shortest_that_is_not_less() {
        for bits in 0..=255 {
            for units in [UPDATE_UNITS, ACTIVE_UNITS] {
                let Some(time) = decode(units, bits) else { continue };
                let coded = encode(units, time).expect("a coded time can be coded");
                assert_eq!(decode(units, coded), Some(time), "{bits:08b}");
                let more = encode(units, time + Duration::from_millis(1));
                let more = more.and_then(|more| decode(units, more));
                assert!(more.is_none_or(|more| more > time), "{bits:08b}");
            }
        }
        assert_eq!(UpdateInterval::from_bits(0b1110_0000), None, "deactivated");
        assert_eq!(ActiveTime::from_bits(0b1110_0000), None, "deactivated");
        assert_eq!(
            UpdateInterval::at_least(Duration::MAX).map(UpdateInterval::bits),
            None,
            "beyond 31 times 320 hours"
        );
        let longest = UpdateInterval::at_least(Duration::from_secs(9_920 * 3_600)).unwrap();
        assert_eq!(longest.bits(), 0b1101_1111);
    }

    #[test]
    fn settings_are_read_whole_or_in_part() {
        let read = |text: &str| ReadPowerSaving.parse(&Response::ok([text]));
        let setting = read("+CPSMS: 1,,,\"01000111\",\"00100100\"").unwrap();
        assert!(setting.is_on);
        assert_eq!(
            setting.update.map(UpdateInterval::duration),
            Some(Duration::from_secs(252_000))
        );
        assert_eq!(setting.active.map(ActiveTime::duration), Some(Duration::from_secs(240)));
        for (text, is_on) in [("+CPSMS: 0", false), ("+CPSMS:1,,,\"x\",2", true)] {
            let expected = PowerSaving { is_on, update: None, active: None };
            assert_eq!(read(text), Ok(expected), "{text}");
        }
        assert!(read("+CPSMS: ?").is_err());

        let read = |lines: &[&str]| ReadDrx.parse(&Response::ok(lines)).unwrap();
        let cycle = DrxCycle::from_bits(5);
        assert_eq!(
            read(&["+CEDRXS: 4,\"0101\"", "+CEDRXS: 5,\"11111\"", "+CEDRXS: x"]),
            [(DrxAccess::LTE, cycle), (DrxAccess::NB_IOT, None)]
        );
        assert_eq!(read(&["+CEDRXS: 0"]), []);
        assert_eq!(cycle.map(DrxCycle::duration), Some(Duration::from_millis(81_920)));
    }
}
