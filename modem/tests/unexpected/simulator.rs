//! The simulated modem itself: its port on a virtual clock.

use core::time::Duration;

use modem::blocking::{Port as _, SimulatedPort};
use modem::simulator::{Profile, Simulator};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_wait_with_an_unread_answer_ends_after_its_time_and_the_answer_is_still_there() {
    let mut port = SimulatedPort::new(Simulator::new(Profile::GENERIC));
    port.write(b"ATE0\r", SECOND).unwrap();
    port.wait(10 * SECOND);
    assert_eq!(port.now().since_epoch(), 10 * SECOND);
    let mut buffer = [0; 64];
    let count = port.read(&mut buffer, SECOND).unwrap();
    assert_eq!(&buffer[..count], b"ATE0\r\r\nOK\r\n");
}
