//! Modems at the other end of sockets, on the clock of the system: a serial port server, or a modem
//! in another process.

use core::time::Duration;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::thread::JoinHandle;
use std::time::Instant;

use modem::blocking::{Modem, Port as _, SetTimeout, StreamPort};
use modem::simulator::{Profile, Simulator};
use modem::{Config, ErrorKind, Event, SendOutcome, tokio as front};
use testkit::message;

/// The longest wait, many times what a slow and busy machine needs.
const WITHIN: Duration = Duration::from_secs(120);

/// A modem at the other end of a stream, until the host closes it or the modem has sent `words`;
/// then the modem closes it.
fn serve<S: Read + Write + SetTimeout + Send + 'static>(
    mut stream: S,
    words: &'static str,
) -> JoinHandle<()> {
    std::thread::spawn(move || {
        let mut simulator = Simulator::new(Profile::GENERIC);
        let started = Instant::now();
        stream.set_read_timeout(Duration::from_millis(2)).unwrap();
        simulator.handle_opened(Duration::ZERO);
        simulator.deliver("+491715550100", "Hi", Duration::ZERO).unwrap();
        let (mut buffer, mut said) = ([0; 4096], String::new());
        while !said.contains(words) {
            match stream.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => {
                    assert_eq!(simulator.handle_input(&buffer[..count], started.elapsed()), count);
                }
                // Nothing arrives.
                Err(_) => simulator.handle_timeout(started.elapsed()),
            }
            while let Some(bytes) = simulator.poll_transmit() {
                said.push_str(&String::from_utf8_lossy(&bytes));
                stream.write_all(&bytes).unwrap();
            }
        }
    })
}

fn tcp() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (host, listener.accept().unwrap().0)
}

fn is_received(event: &Event) -> bool {
    matches!(event, Event::Received(message) if message.text.as_deref() == Some("Hi"))
}

/// Sends, receives, and returns the stream.
fn use_modem<S: Read + Write + SetTimeout>(stream: S) -> S {
    let mut modem = Modem::open(StreamPort::new(stream), Config::default()).unwrap();
    let report = modem.send(&message("Hello")).unwrap();
    assert_eq!(report.outcome(), SendOutcome::Sent);
    while !is_received(&modem.next_event(WITHIN).unwrap()) {}
    // With nothing to read a wait takes its time, and ends.
    let waited = loop {
        let before = modem.port().now();
        if modem.next_event(Duration::from_millis(30)).is_none() {
            break modem.port().now().saturating_duration_since(before);
        }
    };
    assert!(waited >= Duration::from_millis(30), "{waited:?}");
    modem.into_port().into_inner()
}

#[test]
fn a_modem_is_used_over_tcp_and_over_a_unix_socket() {
    let (host, modem) = tcp();
    let serving = serve(modem, "never said");
    drop(use_modem(host));
    serving.join().unwrap();

    let (host, modem) = UnixStream::pair().unwrap();
    let serving = serve(modem, "never said");
    drop(use_modem(host));
    serving.join().unwrap();
}

#[test]
fn a_peer_that_hangs_up_ends_the_link_and_what_waits_for_it() {
    let (host, modem) = tcp();
    let serving = serve(modem, "+CSQ: ");
    let mut modem = Modem::open(StreamPort::new(host), Config::default()).unwrap();
    // The answer may still arrive before the end does.
    let _ = modem.raw("AT+CSQ");
    serving.join().unwrap();
    while modem.next_event(WITHIN).is_some() {}
    assert!(modem.session().is_closed());
    let error = modem.raw("AT+CSQ").unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Closed);
    let before = modem.port().now();
    assert!(modem.next_event(WITHIN).is_none());
    let waited = modem.port().now().saturating_duration_since(before);
    assert!(waited < WITHIN / 2, "a link that has ended is waited for: {waited:?}");
}

#[test]
fn a_modem_is_used_over_tcp_by_the_async_front_end_and_its_inbox_ends_with_the_link() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (host, modem) = tcp();
        let serving = serve(modem, "+CSQ: ");
        host.set_nonblocking(true).unwrap();
        let host = tokio::net::TcpStream::from_std(host).unwrap();
        let (modem, mut inbox) = front::Modem::open(host, Config::default()).await.unwrap();
        assert_eq!(modem.send(&message("Hello")).await.unwrap().outcome(), SendOutcome::Sent);
        while !is_received(&inbox.next().await.unwrap()) {}
        let _ = modem.raw("AT+CSQ").await;
        serving.join().unwrap();
        while inbox.next().await.is_some() {}
        let error = modem.raw("AT+CSQ").await.unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Closed);
    });
}
