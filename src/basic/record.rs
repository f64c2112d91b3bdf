//! What is counted and known of one account, as one value: whether another check may begin, and what each end changes.

use super::Rules;
use super::digest::Digest;
use super::unchecked::Unchecked;
use crate::clock::Moment;
use crate::limits;
use std::sync::Arc;

/// Times are monotonic, if nothing else is said.
#[derive(Debug, Clone, Default)]
pub(super) struct Record {
    /// Which account it is, by the directory's own identifier. Until that is known, all is known of a name only.
    pub(super) identifier: Option<Digest>,
    pub(super) failures: u32,
    pub(super) failed_at: i64,
    /// In seconds since 1970.
    pub(super) failed_at_wall: i64,
    /// No other check begins before.
    pub(super) pause_end: i64,
    /// Checks that run, or whose answer is still to come, in the process `generation`.
    pub(super) running: u32,
    pub(super) generation: u32,
    /// Names that a success has shown to lead here: as many as matter.
    pub(super) names: Vec<Digest>,
    /// Whether the directory has told all its names.
    pub(super) has_all_names: bool,
    /// Whether the directory says that there is no such account.
    pub(super) is_missing: bool,
    /// Stands for the password that the directory has, as far as that can be seen: another one begins anew.
    pub(super) secret: u64,
    pub(super) recognised: Option<Recognised>,
    pub(super) peers: Vec<Peer>,
}

/// The password that the directory accepted last.
#[derive(Debug, Clone, Copy)]
pub(super) struct Recognised {
    pub(super) password: Digest,
    pub(super) at: Moment,
}

/// A client's address from which the account was authenticated lately.
#[derive(Debug, Clone)]
pub(super) struct Peer {
    pub(super) address: Digest,
    pub(super) at: Moment,
    pub(super) unchecked: Arc<Unchecked>,
}

/// By what an account is judged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms<'r> {
    pub(super) rules: &'r Rules,
    /// How many names of one account a directory takes, as far as is known.
    pub(super) forms: u32,
    pub(super) moment: Moment,
    /// Which process it is: checks that ran in its parent are not waited for.
    pub(super) generation: u32,
    /// As in [`Record`].
    pub(super) secret: u64,
}

/// A password that somebody gives for an account.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tried {
    pub(super) password: Digest,
    pub(super) peer: Option<Digest>,
}

/// The account has failed too often: how many seconds until another check, at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limited(pub(crate) u32);

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The password is right.
    Proved,
    /// It is wrong, or may have been counted as wrong.
    Failed,
    /// It was looked at, and does not count.
    Told,
    /// The directory did not look at the password.
    Void,
}

/// A day on both clocks: the time of day may be set back.
pub(super) fn is_recent(at: Moment, now: Moment) -> bool {
    let day = limits::RECOGNISED_SECONDS;
    now.monotonic.saturating_sub(at.monotonic) <= day && now.wall.saturating_sub(at.wall) <= day
}

impl Record {
    /// A whole window has passed since the last failure.
    pub(super) fn is_quiet(&self, terms: &Terms<'_>) -> bool {
        let window = i64::try_from(terms.rules.failure_window.as_secs()).unwrap_or(i64::MAX);
        terms.moment.monotonic.saturating_sub(self.failed_at) > window
    }

    pub(super) fn failures(&self, terms: &Terms<'_>) -> u32 {
        if self.is_quiet(terms) || self.secret != terms.secret { 0 } else { self.failures }
    }

    pub(super) fn running(&self, terms: &Terms<'_>) -> u32 {
        if self.generation == terms.generation { self.running } else { 0 }
    }

    /// Another password in the directory, or another process: what was counted before says nothing.
    pub(super) fn begin_anew(&mut self, terms: &Terms<'_>) {
        self.failures = self.failures(terms);
        self.running = self.running(terms);
        (self.secret, self.generation) = (terms.secret, terms.generation);
    }

    /// Checked failures that this record may have. As long as an account may have other names, each has its share.
    pub(super) fn allowance(&self, terms: &Terms<'_>) -> u32 {
        let most = terms.rules.max_failures;
        let names = u32::try_from(self.names.len()).unwrap_or(u32::MAX).max(1);
        if self.has_all_names || names >= terms.forms {
            return most;
        }
        (most.saturating_mul(names) / terms.forms).max(1)
    }

    pub(super) fn may_begin(&self, is_recognised: bool, terms: &Terms<'_>) -> Result<(), Limited> {
        let failures = self.failures(terms);
        let most = self.allowance(terms);
        // The last one is kept for the password that was accepted last: it may be right no more.
        let is_kept = !is_recognised && self.is_known(terms.moment);
        let most = if is_kept { most.saturating_sub(1).max(1) } else { most };
        let window = i64::try_from(terms.rules.failure_window.as_secs()).unwrap_or(i64::MAX);
        let wait = if failures >= most {
            self.failed_at.saturating_add(window).saturating_sub(terms.moment.monotonic).saturating_add(1)
        } else if failures.saturating_add(self.running(terms)) >= most {
            1
        } else if is_recognised || failures == 0 {
            0
        } else {
            self.pause_end.saturating_sub(terms.moment.monotonic)
        };
        if wait > 0 { Err(Limited(u32::try_from(wait).unwrap_or(u32::MAX))) } else { Ok(()) }
    }

    /// Whether the directory has accepted that password last, within a day.
    pub(super) fn has_accepted(&self, tried: &Tried, moment: Moment) -> bool {
        self.recognised.is_some_and(|known| known.password == tried.password && is_recent(known.at, moment))
    }

    pub(super) fn is_known(&self, moment: Moment) -> bool {
        self.recognised.is_some_and(|known| is_recent(known.at, moment))
    }

    pub(super) fn is_idle(&self, terms: &Terms<'_>) -> bool {
        let has_failed = self.failures > 0 && !self.is_quiet(terms);
        self.running(terms) == 0 && !has_failed && !self.is_known(terms.moment)
    }

    pub(super) fn may_make_room(&self, terms: &Terms<'_>) -> bool {
        self.is_missing && self.running(terms) == 0
    }

    pub(super) fn end_check(&mut self, generation: u32) {
        if self.generation == generation {
            self.running = self.running.saturating_sub(1);
        }
    }

    /// The directory may have counted a failure. From the second on there is a pause until the next check, and each doubles
    /// it. Whether it was the password that was accepted last.
    pub(super) fn fail(&mut self, tried: &Tried, terms: &Terms<'_>) -> bool {
        self.failures = self.failures(terms).saturating_add(1);
        self.secret = terms.secret;
        let pause = (1_i64 << self.failures.min(32) >> 2).min(limits::FAILURE_PAUSE_SECONDS);
        let Moment { monotonic, wall } = terms.moment;
        (self.failed_at, self.failed_at_wall, self.pause_end) = (monotonic, wall, monotonic.saturating_add(pause));
        let was_right = self.recognised.is_some_and(|known| known.password == tried.password);
        if was_right {
            self.recognised = None;
            self.peers.clear();
        }
        was_right
    }

    pub(super) fn enter(&mut self, address: Digest, terms: &Terms<'_>) {
        self.peers.retain(|known| known.address != address && is_recent(known.at, terms.moment));
        if self.peers.len() >= limits::PEERS {
            self.peers.remove(0);
        }
        let unchecked = Arc::new(Unchecked::new(terms.rules.max_unchecked));
        self.peers.push(Peer { address, at: terms.moment, unchecked });
    }

    pub(super) fn add_name(&mut self, name: Digest) {
        if self.names.len() < limits::LOGIN_NAMES && !self.names.contains(&name) {
            self.names.push(name);
        }
    }

    pub(super) fn be_as_late_as(&mut self, other: &Self) {
        self.failed_at = self.failed_at.max(other.failed_at);
        self.failed_at_wall = self.failed_at_wall.max(other.failed_at_wall);
        self.pause_end = self.pause_end.max(other.pause_end);
    }

    /// Adds what another record of the account has more than it had.
    pub(super) fn add(&mut self, other: &Self, had: &Self, terms: &Terms<'_>) {
        let more = other.failures(terms).saturating_sub(had.failures(terms));
        self.failures = self.failures(terms).saturating_add(more);
        let running = i64::from(self.running) + i64::from(other.running) - i64::from(had.running);
        self.running = u32::try_from(running).unwrap_or(0);
        self.generation = self.generation.max(other.generation);
        other.names.iter().for_each(|name| self.add_name(*name));
        self.be_as_late_as(other);
        self.has_all_names |= other.has_all_names;
    }
}
