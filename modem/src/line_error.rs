//! The errors of `embedded_io` lines.

use embedded_io::ErrorKind;

/// Returns `true` for errors that mean the end of the link. Others, such as the framing and overrun
/// errors of a UART, damage bytes, and the session recovers from that.
pub(crate) const fn ends_link(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::NotFound
            | ErrorKind::PermissionDenied
            | ErrorKind::ConnectionRefused
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::NotConnected
            | ErrorKind::BrokenPipe
            | ErrorKind::Unsupported
            | ErrorKind::WriteZero
    )
}
