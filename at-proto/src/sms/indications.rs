//! `+CNMI`: the announcement of new messages, 3GPP TS 27.005, 3.4.1.

use crate::command::{Command, ParseError, line_of};
use crate::event::Response;
use crate::parameters::NumberSet;
use crate::request::Request;

/// The five values of `+CNMI`.
///
/// # Examples
///
/// ```
/// use at_proto::{Command, sms::{Indications, SetIndications}};
///
/// let stored = Indications { mode: 2, mt: 1, ds: 2, ..Indications::default() };
/// assert_eq!(SetIndications(stored).request().line(), b"AT+CNMI=2,1,0,2,0");
/// ```
#[doc(alias = "CNMI")]
#[doc(alias = "+CNMI")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
// Aligned like a number: a small processor copies and compares it in one step, not byte by byte.
#[repr(align(4))]
pub struct Indications {
    /// `<mode>`: URCs while the link is in use; 2 buffers them, 1 discards them.
    pub mode: u8,
    /// `<mt>`: messages; 0 none, 1 `+CMTI` with their slot, 2 `+CMT` with their content, 3 by
    /// class.
    pub mt: u8,
    /// `<bm>`: cell broadcasts; 0 none, 2 `+CBM`.
    pub bm: u8,
    /// `<ds>`: status reports; 0 none, 1 `+CDS` with their content, 2 `+CDSI` with their slot.
    pub ds: u8,
    /// `<bfr>`: buffered URCs when `<mode>` changes; 0 flushed to the host, 1 cleared.
    pub bfr: u8,
}

/// `AT+CNMI=<mode>,<mt>,<bm>,<ds>,<bfr>`: sets the announcement of new messages.
#[doc(alias = "CNMI")]
#[doc(alias = "+CNMI")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetIndications(pub Indications);

impl Command for SetIndications {
    type Output = ();

    fn request(&self) -> Request {
        let Indications { mode, mt, bm, ds, bfr } = self.0;
        Request::numbers("AT+CNMI=", &[mode, mt, bm, ds, bfr].map(u32::from))
    }

    fn parse(&self, _: &Response) -> Result<(), ParseError> {
        Ok(())
    }
}

/// `AT+CNMI?`: reads the announcement of new messages.
#[doc(alias = "CNMI")]
#[doc(alias = "+CNMI")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadIndications;

impl Command for ReadIndications {
    type Output = Indications;

    fn request(&self) -> Request {
        Request::built("AT+CNMI?")
    }

    fn parse(&self, response: &Response) -> Result<Indications, ParseError> {
        let mut parameters = line_of(response, "+CNMI")?;
        Ok(Indications {
            mode: parameters.number("mode")?,
            mt: parameters.number("mt")?,
            bm: parameters.optional_number("bm")?.unwrap_or(0),
            ds: parameters.optional_number("ds")?.unwrap_or(0),
            bfr: parameters.optional_number("bfr")?.unwrap_or(0),
        })
    }
}

/// `AT+CNMI=?`: reads the supported values.
#[doc(alias = "CNMI")]
#[doc(alias = "+CNMI")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TestIndications;

/// The values that the modem offers; some modems refuse a part of them anyway.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct IndicationsOffered {
    /// The values of [`Indications::mode`].
    pub mode: NumberSet,
    /// The values of [`Indications::mt`].
    pub mt: NumberSet,
    /// The values of [`Indications::bm`].
    pub bm: NumberSet,
    /// The values of [`Indications::ds`].
    pub ds: NumberSet,
    /// The values of [`Indications::bfr`]; Cinterion offers 1 only.
    pub bfr: NumberSet,
}

impl IndicationsOffered {
    /// An offer with these fields, for tests.
    pub const fn new(
        mode: NumberSet,
        mt: NumberSet,
        bm: NumberSet,
        ds: NumberSet,
        bfr: NumberSet,
    ) -> Self {
        Self { mode, mt, bm, ds, bfr }
    }
}

impl Command for TestIndications {
    type Output = IndicationsOffered;

    fn request(&self) -> Request {
        Request::built("AT+CNMI=?")
    }

    fn parse(&self, response: &Response) -> Result<IndicationsOffered, ParseError> {
        let mut parameters = line_of(response, "+CNMI")?;
        Ok(IndicationsOffered {
            mode: parameters.number_set(),
            mt: parameters.number_set(),
            bm: parameters.number_set(),
            ds: parameters.number_set(),
            bfr: parameters.number_set(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_the_test_answer_is_read() {
        for line in [
            "+CNMI: (2),(0-1,3),(0,2),(0-1),(0)",
            "+CNMI: (0-2),(0,1,3),(0),(0,1),(0,1)",
            "+CNMI:(0-3),(0-3),(0-3),(0,1),(0,1)",
            "+CNMI: (0-3),(0,1),(0,2,3),(0,2),(1)",
        ] {
            let offered = TestIndications.parse(&Response::ok([line])).unwrap();
            assert!(
                offered.mode.contains(2) && offered.mt.contains(1) && offered.bm.contains(0),
                "{line}"
            );
            assert_eq!(offered.ds.contains(1), line != "+CNMI: (0-3),(0,1),(0,2,3),(0,2),(1)");
            assert_eq!(offered.bfr.contains(0), !line.ends_with(",(1)"));
        }
    }

    #[test]
    fn the_values_are_written_and_read_in_order() {
        let values = Indications { mode: 2, mt: 1, bm: 0, ds: 2, bfr: 1 };
        assert_eq!(SetIndications(values).request().line(), b"AT+CNMI=2,1,0,2,1");
        assert_eq!(ReadIndications.parse(&Response::ok(["+CNMI: 2,1,0,2,1"])), Ok(values));
        assert!(ReadIndications.parse(&Response::ok(["+CNMI: x"])).is_err());
    }
}
