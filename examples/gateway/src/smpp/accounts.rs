//! Accounts: their passwords, their sessions, and what their sessions deliver at the moment.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use rusmpp::CommandStatus;
use tokio::time::Instant;

use crate::clock;
use crate::config::{Account, Password, Smpp};
use crate::store::smpp::{self, Delivery};
use crate::store::{Store, StoreError};

/// An account with the state that its sessions share.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) account: Account,
    pub(super) limiter: DefaultDirectRateLimiter,
    binds: AtomicUsize,
    /// The deliveries that a session has.
    taken: Mutex<HashSet<i64>>,
    /// Held by the session that looks for deliveries.
    taking: tokio::sync::Mutex<()>,
}

impl Member {
    fn new(account: &Account) -> Self {
        let rate = NonZeroU32::new(account.rate).unwrap_or(NonZeroU32::MIN);
        Self {
            account: account.clone(),
            limiter: RateLimiter::direct(Quota::per_second(rate)),
            binds: AtomicUsize::new(0),
            taken: Mutex::default(),
            taking: tokio::sync::Mutex::default(),
        }
    }

    fn taken(&self) -> std::sync::MutexGuard<'_, HashSet<i64>> {
        // A panic while the lock was held leaves a valid set.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes at most `room` deliveries that are due and that no session has. Also returns the time
    /// of the next one that is not due.
    ///
    /// # Errors
    /// Fails when the database cannot be read.
    pub(super) async fn take(
        &self,
        store: &Store,
        room: usize,
    ) -> Result<(Vec<Delivery>, Option<i64>), StoreError> {
        let _taking = self.taking.lock().await;
        // A delivery that ends during the read may still be seen by it.
        let before = self.taken().clone();
        let (name, now) = (self.account.system_id.clone(), clock::now());
        let limit = before.len() + room;
        let (mut due, next) =
            store.read(move |connection| smpp::due(connection, &name, now, limit)).await?;
        due.retain(|delivery| !before.contains(&delivery.number));
        due.truncate(room);
        self.taken().extend(due.iter().map(|delivery| delivery.number));
        Ok((due, next))
    }

    /// Gives a delivery back, whose state in the database is up to date.
    pub(super) fn release(&self, number: i64) {
        self.taken().remove(&number);
    }
}

/// A bound session of an account, counted until it is dropped.
#[derive(Debug)]
pub(super) struct Bind(pub(super) Arc<Member>);

impl Drop for Bind {
    fn drop(&mut self) {
        self.0.binds.fetch_sub(1, Ordering::SeqCst);
    }
}

/// All accounts by their system_id.
#[derive(Debug)]
pub(super) struct Accounts(HashMap<String, Arc<Member>>);

impl Accounts {
    pub(super) fn new(config: &Smpp) -> Self {
        let accounts = config.accounts.iter();
        Self(
            accounts
                .map(|account| (account.system_id.clone(), Arc::new(Member::new(account))))
                .collect(),
        )
    }

    /// Binds a session.
    ///
    /// # Errors
    /// Fails with the status for the answer when the name or the password is wrong, or the account
    /// has all its sessions.
    pub(super) fn bind(&self, system_id: &str, password: &str) -> Result<Bind, CommandStatus> {
        let Some(member) = self.0.get(system_id) else {
            // The comparison takes its time for an unknown name too.
            let _ = Password::of("").is(password);
            return Err(CommandStatus::EsmeRinvsysid);
        };
        if !member.account.password.is(password) {
            return Err(CommandStatus::EsmeRinvpaswd);
        }
        let bind = Bind(Arc::clone(member));
        if member.binds.fetch_add(1, Ordering::SeqCst) >= member.account.binds {
            return Err(CommandStatus::EsmeRbindfail);
        }
        Ok(bind)
    }
}

/// The longest delay of an answer to a bind that has failed, and the first one.
const MAX_DELAY: Duration = Duration::from_secs(10);
const FIRST_DELAY: Duration = Duration::from_millis(100);

/// The time after which a failure is forgotten.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(600);

/// The number of addresses whose failures are remembered.
const MAX_ADDRESSES: usize = 4096;

/// The binds that have failed, by address, so that passwords cannot be guessed quickly.
#[derive(Debug, Default)]
pub(super) struct Refusals(Mutex<HashMap<IpAddr, (u32, Instant)>>);

impl Refusals {
    /// Notes a failure. Returns the delay of its answer.
    pub(super) fn note(&self, address: IpAddr, now: Instant) -> Duration {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MAX_ADDRESSES {
            all.retain(|_, (_, at)| now.duration_since(*at) < FORGOTTEN_AFTER);
        }
        if all.len() >= MAX_ADDRESSES && !all.contains_key(&address) {
            return MAX_DELAY;
        }
        let (count, at) = all.entry(address).or_insert((0, now));
        if now.duration_since(*at) >= FORGOTTEN_AFTER {
            *count = 0;
        }
        (*count, *at) = (count.saturating_add(1), now);
        FIRST_DELAY.saturating_mul(1_u32.checked_shl(*count - 1).unwrap_or(u32::MAX)).min(MAX_DELAY)
    }

    /// Forgets the failures of an address that has bound.
    pub(super) fn forget(&self, address: IpAddr) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&address);
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::config::Config;

    #[test]
    fn an_account_has_a_number_of_sessions() {
        let text = "[[smpp.accounts]]\nsystem_id = \"a\"\npassword = \"b\"\nbinds = 2";
        let accounts = Accounts::new(&Config::parse(text, "").unwrap().smpp);
        let bind = |name, password| accounts.bind(name, password);
        assert_eq!(bind("x", "b").unwrap_err(), CommandStatus::EsmeRinvsysid);
        assert_eq!(bind("a", "").unwrap_err(), CommandStatus::EsmeRinvpaswd);
        let first = bind("a", "b").unwrap();
        let second = bind("a", "b").unwrap();
        for _ in 0..3 {
            assert_eq!(bind("a", "b").unwrap_err(), CommandStatus::EsmeRbindfail);
        }
        drop(first);
        let third = bind("a", "b").unwrap();
        assert!(bind("a", "b").is_err());
        drop((second, third));
    }

    #[test]
    fn failures_slow_an_address_down_until_it_binds_or_ten_minutes_have_passed() {
        let (refusals, here) = (Refusals::default(), IpAddr::from(Ipv4Addr::LOCALHOST));
        let now = Instant::now();
        let delays: Vec<u128> = (0..8).map(|_| refusals.note(here, now).as_millis()).collect();
        assert_eq!(delays, [100, 200, 400, 800, 1600, 3200, 6400, 10_000]);
        for _ in 0..100 {
            assert_eq!(refusals.note(here, now), MAX_DELAY);
        }
        refusals.forget(here);
        assert_eq!(refusals.note(here, now), FIRST_DELAY);
        refusals.note(here, now);
        assert_eq!(refusals.note(here, now + FORGOTTEN_AFTER), FIRST_DELAY);
    }

    #[test]
    fn many_addresses_take_a_bounded_memory() {
        let (refusals, now) = (Refusals::default(), Instant::now());
        for number in 0..10_000_u32 {
            refusals.note(IpAddr::from(Ipv4Addr::from(number)), now);
        }
        assert_eq!(refusals.0.lock().unwrap().len(), MAX_ADDRESSES);
    }
}
