//! The cases: each line of each procedure, with each behaviour.

use core::fmt;
use core::str::FromStr;

use modem::simulator::{Behaviour, Change, End, Exchange, Misbehaviour, Odd, Times, When};

/// The operation during which the modem misbehaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Procedure {
    /// The link is opened.
    Opening,
    /// The link is opened, and the SIM asks for its PIN.
    Pin,
    /// The link is opened at 9600 baud, and 250 messages wait.
    Many,
    /// A lost link is opened again.
    Reconnect,
    /// A session is restored from its saved state.
    Restore,
    /// A message of one part is sent.
    Send,
    /// A message of three parts is sent.
    SendLong,
    /// A message arrives and is acknowledged.
    Receive,
    /// A message arrives whose text is the hex of another message.
    ReceiveHex,
    /// A message is delivered directly.
    ReceiveDirect,
    /// The application acknowledges a message.
    Acknowledge,
    /// The application deletes a message.
    Delete,
    /// The application lists the memories.
    List,
    /// The memories are looked through at their interval.
    Poll,
    /// The application asks a USSD service.
    Ussd,
    /// The application answers the question of a USSD service, at the prompt of the modem.
    UssdMenu,
    /// The application writes a command line.
    Raw,
}

impl Procedure {
    pub(crate) const ALL: [(Self, &'static str); 17] = [
        (Self::Opening, "opening"),
        (Self::Pin, "pin"),
        (Self::Many, "many"),
        (Self::Reconnect, "reconnect"),
        (Self::Restore, "restore"),
        (Self::Send, "send"),
        (Self::SendLong, "send-long"),
        (Self::Receive, "receive"),
        (Self::ReceiveHex, "receive-hex"),
        (Self::ReceiveDirect, "receive-direct"),
        (Self::Acknowledge, "acknowledge"),
        (Self::Delete, "delete"),
        (Self::List, "list"),
        (Self::Poll, "poll"),
        (Self::Ussd, "ussd"),
        (Self::UssdMenu, "ussd-menu"),
        (Self::Raw, "raw"),
    ];

    /// The procedure of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, other)| *other == name).map(|(procedure, _)| *procedure)
    }

    /// Returns `true` if the modem misbehaves from the first line on.
    pub(crate) const fn begins_with_opening(self) -> bool {
        matches!(self, Self::Opening | Self::Pin | Self::Many)
    }

    const fn scope(self) -> Scope {
        match self {
            Self::Reconnect | Self::Restore => Scope::Short,
            Self::Many => Scope::Few,
            Self::ReceiveHex => Scope::Changes,
            _ => Scope::All,
        }
    }

    /// Returns `true` if a line of the baseline belongs to this procedure alone.
    fn has(self, exchange: &Exchange) -> bool {
        match self {
            Self::Pin => exchange.command.starts_with("+CPIN"),
            Self::Many => exchange.command.starts_with("+CMG") || exchange.command == "+CPMS",
            _ => true,
        }
    }
}

/// The part of the behaviours that is tried.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    All,
    /// Opening again writes the same lines as opening.
    Short,
    /// Each trial reads 250 messages.
    Few,
    Changes,
}

/// A procedure, and the behaviours of the modem meanwhile.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Case {
    pub(crate) procedure: Procedure,
    pub(crate) misbehaviours: Vec<Misbehaviour>,
}

impl Case {
    pub(crate) fn behaviours(&self) -> impl Iterator<Item = &Behaviour> {
        self.misbehaviours.iter().map(|misbehaviour| &misbehaviour.behaviour)
    }

    /// Returns `true` if the case is left out of the short run: its neighbours repeat the same
    /// refusal once and always.
    pub(crate) fn is_between(&self) -> bool {
        self.misbehaviours.iter().any(|misbehaviour| misbehaviour.times == Times::Ten)
    }

    /// A case with the behaviours of both.
    fn and(&self, other: &Self) -> Self {
        let both = self.misbehaviours.iter().chain(&other.misbehaviours);
        Self { procedure: self.procedure, misbehaviours: both.cloned().collect() }
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Procedure::ALL.iter().find(|(procedure, _)| *procedure == self.procedure);
        write!(f, "{}", name.map_or("", |(_, name)| name))?;
        for (at, misbehaviour) in self.misbehaviours.iter().enumerate() {
            write!(f, "{}{misbehaviour}", if at == 0 { "/" } else { " & " })?;
        }
        Ok(())
    }
}

impl FromStr for Case {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, misbehaviours) = text.split_once('/').ok_or("the name has no procedure")?;
        let unknown = || format!("the procedure `{name}` is unknown");
        let procedure = Procedure::named(name).ok_or_else(unknown)?;
        let parse = |one: &str| one.parse().map_err(|error| format!("{error}"));
        let misbehaviours = misbehaviours.split(" & ").map(parse).collect::<Result<_, _>>()?;
        Ok(Self { procedure, misbehaviours })
    }
}

/// `ERROR`, a code of each class, words instead of numbers, words of vendors.
const REFUSALS: [&str; 18] = [
    "ERROR",
    "+CME ERROR: 3",
    "+CME ERROR: 10",
    "+CME ERROR: 11",
    "+CME ERROR: 14",
    "+CME ERROR: 30",
    "+CME ERROR: 100",
    "+CME ERROR: SIM busy",
    "+CME ERROR: 515",
    "+CMS ERROR: 1",
    "+CMS ERROR: 38",
    "+CMS ERROR: 127",
    "+CMS ERROR: 208",
    "+CMS ERROR: 302",
    "+CMS ERROR: 321",
    "+CMS ERROR: 330",
    "+CMS ERROR: 500",
    "COMMAND NOT SUPPORT",
];
const SHORT_REFUSALS: [&str; 4] = ["ERROR", "+CME ERROR: 14", "+CMS ERROR: 321", "+CMS ERROR: 500"];
/// Results of a command that was carried out. Others would claim that it was not.
const DENIALS: [&str; 3] = ["ERROR", "+CME ERROR: 100", "+CMS ERROR: 500"];

/// All cases of a procedure, from the lines that are written if nothing is wrong.
pub(crate) fn cases(procedure: Procedure, baseline: &[Exchange]) -> Vec<Case> {
    use Times::{Always, Once, Ten};
    let mut cases = Vec::new();
    let mut lines: Vec<&str> = Vec::new();
    let scope = procedure.scope();
    for exchange in baseline {
        lines.push(&exchange.command);
        let nth = lines.iter().filter(|line| **line == exchange.command).count();
        if !procedure.has(exchange) || scope == Scope::Few && nth > 2 {
            continue;
        }
        let mut add = |behaviour: Behaviour, times| {
            let (command, nth) = (exchange.command.clone(), u16::try_from(nth).unwrap());
            let misbehaviour = Misbehaviour { command, nth, behaviour, times };
            cases.push(Case { procedure, misbehaviours: Vec::from([misbehaviour]) });
        };
        let (refusals, times): (&[&str], &[Times]) = match scope {
            Scope::All => (&REFUSALS, &[Once, Ten, Always]),
            Scope::Short | Scope::Few => (&SHORT_REFUSALS, &[Once, Always]),
            Scope::Changes => (&[], &[]),
        };
        for refusal in refusals {
            for times in times {
                add(Behaviour::Refuse((*refusal).into()), *times);
                if exchange.is_prompted {
                    add(Behaviour::RefuseBody((*refusal).into()), *times);
                }
            }
        }
        if scope != Scope::Changes {
            for denial in DENIALS {
                add(Behaviour::Deny(denial.into()), Once);
                add(Behaviour::Deny(denial.into()), Always);
            }
            if exchange.information > 0 {
                for odd in Odd::ALL {
                    add(Behaviour::Information(odd), Once);
                    add(Behaviour::Information(odd), Always);
                }
            }
            for end in
                End::ALL.into_iter().filter(|end| exchange.is_prompted || !end.needs_prompt())
            {
                add(Behaviour::Final(end), Once);
                if scope == Scope::All {
                    add(Behaviour::Final(end), Always);
                }
            }
            add(Behaviour::Pace(9600), Always);
        }
        for change in Change::ALL {
            for when in When::ALL {
                let is_tried = match scope {
                    Scope::All | Scope::Changes => true,
                    Scope::Short => when != When::During,
                    Scope::Few => when == When::Before,
                };
                if is_tried {
                    add(Behaviour::Change(change, when), Once);
                }
            }
        }
    }
    cases
}

/// The number of pairs of behaviours of a procedure, through each front-end.
const fn pairs_of(procedure: Procedure) -> usize {
    if matches!(procedure, Procedure::Many) { 60 } else { 80 }
}

/// Pairs of the cases of a procedure, drawn by a seed.
pub(crate) fn pairs(procedure: Procedure, cases: &[Case], seed: u64) -> Vec<Case> {
    let mut state = seed;
    let mut draw = || {
        // The multiplier of Knuth's MMIX; the upper bits are the better ones.
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let at = usize::try_from(state >> 33).unwrap() % cases.len();
        &cases[at]
    };
    (0..pairs_of(procedure)).map(|_| draw().and(draw())).collect()
}
