//! Numbers and texts in the log, masked unless the configuration says otherwise.

/// The setting: `true` masks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mask(pub(crate) bool);

impl Mask {
    /// The number of digits that a masked number shows.
    const SHOWN: usize = 3;

    /// A number for the log.
    pub(crate) fn number(self, number: &str) -> String {
        if !self.0 {
            return number.into();
        }
        let hidden = number.chars().count().saturating_sub(Self::SHOWN);
        let shown: String = number.chars().skip(hidden.max(1)).collect();
        format!("…{shown}")
    }

    /// A text for the log; masked, it is missing.
    pub(crate) fn text(self, text: Option<&str>) -> Option<&str> {
        text.filter(|_| !self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Mask;

    #[test]
    fn a_masked_number_shows_its_end_and_a_masked_text_nothing() {
        assert_eq!(Mask(true).number("+491715550100"), "…100");
        assert_eq!(Mask(true).number("12"), "…2");
        assert_eq!(Mask(true).text(Some("secret")), None);
        assert_eq!(Mask(false).number("+491715550100"), "+491715550100");
        assert_eq!(Mask(false).text(Some("hello")), Some("hello"));
    }
}
