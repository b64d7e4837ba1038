//! `/port`: the modems and their users.

use core::cell::RefCell;
use core::time::Duration;
use std::collections::BTreeMap;
use std::io;
use std::net::{TcpStream, ToSocketAddrs};
use std::rc::{Rc, Weak};

use modem::at::Instant;
use modem::at::mux::{Dlci, InitiatorConfig};
use modem::blocking::{Mux, MuxChannel, Port, Serial, StreamPort, open_serial};

use crate::items::Item;
use crate::shell::sentence;
use crate::world::{LTE, SERIAL, World, WorldPort};

/// A link to a modem, of any kind.
pub(crate) type Link = Box<dyn Port>;

/// The longest time for a TCP connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A modem.
#[derive(Debug)]
pub(crate) struct Device {
    pub(crate) name: String,
    location: String,
    pub(crate) kind: Kind,
    channels: Vec<Channel>,
    users: Users,
    /// The multiplexer, while a channel of it is open.
    multiplexer: RefCell<Weak<Multiplexer>>,
    pub(crate) heard: Heard,
}

/// The users of the AT ports of a modem, by the number of the channel.
type Users = Rc<RefCell<BTreeMap<u8, String>>>;

/// The unsolicited lines of a modem, while a command collects them.
pub(crate) type Heard = Rc<RefCell<Option<Vec<String>>>>;

/// The kind of modem for RouterOS; the topics in the log differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Serial,
    Lte,
}

/// An AT port of a modem.
#[derive(Debug)]
pub(crate) enum Channel {
    Simulated(Rc<World>, usize),
    Serial {
        path: String,
        baud_rate: u32,
    },
    Tcp(String),
    /// A channel of the multiplexer on a serial port.
    Multiplexed {
        path: String,
        baud_rate: u32,
        dlci: Dlci,
    },
}

impl Device {
    /// The two simulated modems.
    pub(crate) fn simulated(world: &Rc<World>) -> Vec<Rc<Self>> {
        let channels =
            |modem, count| (0..count).map(|_| Channel::Simulated(world.clone(), modem)).collect();
        vec![
            Self::new("usb3", "simulated", Kind::Serial, channels(SERIAL, 2)).into(),
            Self::new("lte1", "simulated", Kind::Lte, channels(LTE, 1)).into(),
        ]
    }

    /// A modem with these AT ports.
    pub(crate) fn new(name: &str, location: &str, kind: Kind, channels: Vec<Channel>) -> Self {
        Self {
            name: name.into(),
            location: location.into(),
            kind,
            channels,
            users: Rc::default(),
            multiplexer: RefCell::default(),
            heard: Rc::default(),
        }
    }

    /// Checks that the channel exists.
    pub(crate) fn check(&self, channel: u8) -> Result<(), String> {
        self.channel(channel).map(|_| ())
    }

    fn channel(&self, channel: u8) -> Result<&Channel, String> {
        self.channels.get(usize::from(channel)).ok_or_else(|| {
            let (name, count) = (&self.name, self.channels.len());
            let valid = match count {
                1 => String::from("0"),
                _ => format!("0 to {}", count.saturating_sub(1)),
            };
            format!("the port {name} has no channel {channel}: use {valid}")
        })
    }

    /// Opens a channel for `user`, exclusively until the link is dropped.
    pub(crate) fn open(&self, number: u8, user: &str) -> Result<Link, String> {
        let channel = self.channel(number)?;
        let number = self.line(number);
        if let Some(user) = self.users.borrow().get(&number) {
            return Err(format!("the port {} is in use by {user}: stop it first", self.name));
        }
        let link: Link = match channel {
            Channel::Simulated(world, modem) => Box::new(WorldPort::open(world, *modem)),
            Channel::Serial { path, baud_rate } => {
                Box::new(open_serial(path, *baud_rate).map_err(|error| sentence(&error))?)
            }
            Channel::Tcp(address) => Box::new(StreamPort::new(connect(address)?)),
            Channel::Multiplexed { path, baud_rate, dlci } => {
                let open = self.multiplexer.borrow().upgrade();
                let multiplexer = match open {
                    Some(multiplexer) => multiplexer,
                    None => {
                        let port = open_serial(path, *baud_rate);
                        let port = port.map_err(|error| sentence(&error))?;
                        let mux = Mux::open(port, InitiatorConfig::default());
                        let multiplexer =
                            Rc::new(Multiplexer(Some(mux.map_err(|error| sentence(&error))?)));
                        *self.multiplexer.borrow_mut() = Rc::downgrade(&multiplexer);
                        multiplexer
                    }
                };
                let channel = multiplexer.channel(*dlci)?;
                Box::new(Multiplexed { channel: Some(channel), _multiplexer: multiplexer })
            }
        };
        self.users.borrow_mut().insert(number, user.into());
        Ok(Box::new(Leased { link, number, users: self.users.clone() }))
    }

    /// Returns `true` if a link to this channel is open.
    pub(crate) fn is_used(&self, number: u8) -> bool {
        self.users.borrow().contains_key(&self.line(number))
    }

    /// The first of the channels that share the dialogue of a channel.
    pub(crate) fn line(&self, number: u8) -> u8 {
        match self.channels.get(usize::from(number)) {
            Some(Channel::Serial { .. } | Channel::Multiplexed { .. }) => number,
            // The simulated channels are one dialogue.
            _ => 0,
        }
    }

    fn users(&self) -> String {
        self.users.borrow().values().cloned().collect::<Vec<_>>().join(",")
    }

    /// The items of `/port`.
    pub(crate) fn items(devices: &[Rc<Self>]) -> Vec<Item> {
        let items = devices.iter().zip(0..).map(|(device, number)| {
            let baud_rate = match device.channels.first() {
                Some(
                    Channel::Serial { baud_rate, .. } | Channel::Multiplexed { baud_rate, .. },
                ) => baud_rate.to_string(),
                _ => String::from("auto"),
            };
            let properties = vec![
                ("device", device.location.clone()),
                ("name", device.name.clone()),
                ("channels", device.channels.len().to_string()),
                ("used-by", device.users()),
                ("baud-rate", baud_rate),
            ];
            Item { id: number + 1, number: usize::try_from(number).unwrap_or_default(), properties }
        });
        items.collect()
    }
}

fn connect(address: &str) -> Result<TcpStream, String> {
    let cannot = |error: io::Error| {
        format!(
            "cannot connect to {address}: start the modem server there, or correct the address ({error})"
        )
    };
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in address.to_socket_addrs().map_err(cannot)? {
        match TcpStream::connect_timeout(&address, CONNECT_TIMEOUT) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(cannot(last))
}

/// A multiplexer whose port is plain again when it is dropped.
#[derive(Debug)]
struct Multiplexer(Option<Mux<Serial>>);

impl Multiplexer {
    fn channel(&self, dlci: Dlci) -> Result<MuxChannel<Serial>, String> {
        // It is there until it is dropped.
        let mux = self.0.as_ref().ok_or("the multiplexer has ended")?;
        mux.channel(dlci).map_err(|error| sentence(&error))
    }
}

impl Drop for Multiplexer {
    fn drop(&mut self) {
        // A modem that does not answer the close-down keeps nobody waiting for an error.
        drop(self.0.take().map(Mux::close));
    }
}

/// A channel, which ends before its multiplexer.
struct Multiplexed {
    channel: Option<MuxChannel<Serial>>,
    _multiplexer: Rc<Multiplexer>,
}

impl Multiplexed {
    fn channel(&mut self) -> io::Result<&mut MuxChannel<Serial>> {
        self.channel.as_mut().ok_or_else(|| io::ErrorKind::NotConnected.into())
    }
}

impl Port for Multiplexed {
    fn read(&mut self, buffer: &mut [u8], within: Duration) -> io::Result<usize> {
        self.channel()?.read(buffer, within)
    }

    fn read_waiting(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.channel()?.read_waiting(buffer)
    }

    fn write(&mut self, bytes: &[u8], within: Duration) -> io::Result<usize> {
        self.channel()?.write(bytes, within)
    }

    fn now(&self) -> Instant {
        self.channel.as_ref().map_or(Instant::ZERO, Port::now)
    }
}

impl Drop for Multiplexed {
    fn drop(&mut self) {
        self.channel = None;
    }
}

/// An exclusive link; dropping it frees the channel.
struct Leased {
    link: Link,
    number: u8,
    users: Users,
}

impl Port for Leased {
    fn read(&mut self, buffer: &mut [u8], within: Duration) -> io::Result<usize> {
        self.link.read(buffer, within)
    }

    fn write(&mut self, bytes: &[u8], within: Duration) -> io::Result<usize> {
        self.link.write(bytes, within)
    }

    fn now(&self) -> Instant {
        self.link.now()
    }
}

impl Drop for Leased {
    fn drop(&mut self) {
        self.users.borrow_mut().remove(&self.number);
    }
}
