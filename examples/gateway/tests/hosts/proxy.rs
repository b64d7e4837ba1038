//! A proxy that swallows bytes: both ends keep their connections, and hear nothing.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

pub(crate) struct Proxy {
    pub(crate) port: u16,
    /// The flags of the bytes to the server, and of those from it.
    is_cut: Arc<[AtomicBool; 2]>,
    connections: Arc<AtomicUsize>,
}

impl Proxy {
    /// A proxy in front of a port. Its threads end with the process of the tests.
    pub(crate) fn new(to: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let is_cut = Arc::<[AtomicBool; 2]>::default();
        let cut = Arc::clone(&is_cut);
        let connections = Arc::<AtomicUsize>::default();
        let count = Arc::clone(&connections);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.unwrap();
                count.fetch_add(1, Ordering::SeqCst);
                // The server may be down.
                let Ok(server) = TcpStream::connect(("127.0.0.1", to)) else { continue };
                let ways =
                    [(stream.try_clone().unwrap(), server.try_clone().unwrap()), (server, stream)];
                for (way, (from, to)) in ways.into_iter().enumerate() {
                    let cut = Arc::clone(&cut);
                    thread::spawn(move || pump(from, to, &cut[way]));
                }
            }
        });
        Self { port, is_cut, connections }
    }

    /// Swallows everything from now on, or nothing.
    pub(crate) fn set_cut(&self, is_cut: bool) {
        for way in &*self.is_cut {
            way.store(is_cut, Ordering::SeqCst);
        }
    }

    /// Swallows the answers of the server from now on.
    pub(crate) fn cut_answers(&self) {
        self.is_cut[1].store(true, Ordering::SeqCst);
    }

    /// The number of connections that have come.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }
}

fn pump(mut from: TcpStream, mut to: TcpStream, cut: &AtomicBool) {
    from.set_nodelay(true).unwrap();
    from.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    let mut buffer = [0; 16 * 1024];
    let mut has_lost = false;
    loop {
        match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(_) if cut.load(Ordering::SeqCst) => has_lost = true,
            // After a gap the stream of bytes makes no sense.
            Ok(_) if has_lost => break,
            Ok(count) => {
                if to.write_all(&buffer[..count]).is_err() {
                    break;
                }
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(_) => break,
        }
    }
    let _ = from.shutdown(std::net::Shutdown::Both);
    let _ = to.shutdown(std::net::Shutdown::Both);
}
