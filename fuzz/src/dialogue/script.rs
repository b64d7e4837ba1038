//! The escapes of scripts: `\r`, `\n`, `\z` (Ctrl-Z), `\e` (ESC), `\0`, `\"` and `\\`.

pub(super) fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.iter().copied();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'\\' => match rest.next() {
                Some(b'r') => b'\r',
                Some(b'n') => b'\n',
                Some(b'z') => 0x1A,
                Some(b'e') => 0x1B,
                Some(b'0') => 0,
                Some(other) => other,
                None => break,
            },
            byte => byte,
        });
    }
    bytes
}

/// The decimal number at the start, 0 without digits, at most `max`.
pub(super) fn number(text: &[u8], max: u64) -> u64 {
    let digits = text.trim_ascii().iter().take_while(|byte| byte.is_ascii_digit());
    digits.fold(0, |number: u64, digit| (10 * number + u64::from(digit - b'0')).min(max))
}
