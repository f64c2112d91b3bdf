//! Lines that lift what was counted against an account: whose, and up to when.
//!
//! Whoever takes a list follows the lines that are new in it. A line lifts nothing that was counted after its time, so it
//! does no harm to follow one again.

use super::line::{self, FIELDS, Result};
use crate::limits::{UNLOCK_SECONDS, UNLOCKS};
use crate::parse::json::Value;
use std::collections::BTreeSet;

/// What such a line has, beside a note.
pub(super) const UNLOCK_FIELDS: [&str; 2] = ["unlock", "at"];

/// What was counted against an account is lifted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Unlock {
    /// Label and user name, as identities have them or as the user logs in.
    pub(crate) account: String,
    /// The last second, since 1970, whose failures are lifted.
    pub(crate) at: i64,
}

impl Unlock {
    /// Reads a line. `None` if it is an entry.
    pub(super) fn read(object: Value<'_>) -> Result<Option<Self>> {
        let (account, at) = (line::text(object, "unlock")?, line::seconds(object, "at")?);
        let Some(account) = account else {
            return if at.is_none() { Ok(None) } else { Err("at: it goes with unlock only".into()) };
        };
        if FIELDS.iter().any(|field| object.get(field).is_some()) {
            return Err("unlock: only at and note go with it".into());
        }
        if !account.contains(':') {
            return Err("unlock: a fully qualified name is expected, label:user".into());
        }
        let at = at.ok_or("at: the field is missing: up to when failures are lifted, in seconds since 1970")?;
        Ok(Some(Self { account: account.to_owned(), at: at.into() }))
    }
}

/// There is no room for more of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooMany;

/// The unlocks of a list, each once.
#[derive(Debug, Clone, Default)]
pub(super) struct Unlocks(BTreeSet<Unlock>);

impl Unlocks {
    /// Adds one, unless it was over before `now`: no failure counts for so long.
    pub(super) fn add(&mut self, unlock: Unlock, now: i64) -> std::result::Result<(), TooMany> {
        if unlock.at + UNLOCK_SECONDS >= now {
            self.0.insert(unlock);
        }
        if self.0.len() > UNLOCKS { Err(TooMany) } else { Ok(()) }
    }

    /// Those that others are without.
    pub(super) fn beyond(&self, others: &Self) -> Vec<Unlock> {
        self.0.difference(&others.0).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unlock(account: &str, at: i64) -> Unlock {
        Unlock { account: account.to_owned(), at }
    }

    #[test]
    fn one_is_over_after_a_day() {
        let mut unlocks = Unlocks::default();
        for at in [UNLOCK_SECONDS, UNLOCK_SECONDS - 1] {
            unlocks.add(unlock("SVC:bob", at), 2 * UNLOCK_SECONDS).unwrap();
        }
        assert_eq!(unlocks.beyond(&Unlocks::default()), [unlock("SVC:bob", UNLOCK_SECONDS)]);
    }

    #[test]
    fn there_is_room_for_so_many() {
        let mut unlocks = Unlocks::default();
        for number in 0..UNLOCKS {
            assert_eq!(unlocks.add(unlock(&format!("SVC:{number}"), 0), 0), Ok(()));
        }
        assert_eq!(unlocks.add(unlock("SVC:0", 0), 0), Ok(()), "it is there already");
        assert_eq!(unlocks.add(unlock("SVC:bob", 0), 0), Err(TooMany));
    }

    #[test]
    fn those_that_are_new_are_found() {
        let (mut old, mut new) = (Unlocks::default(), Unlocks::default());
        for at in 1..3 {
            old.add(unlock("SVC:bob", at), 0).unwrap();
        }
        for at in 2..4 {
            new.add(unlock("SVC:bob", at), 0).unwrap();
        }
        assert_eq!(new.beyond(&old), [unlock("SVC:bob", 3)]);
    }
}
