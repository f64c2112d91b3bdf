//! What a host revokes by a call.

use super::{Inner, Verifier};
use crate::basic::Directory;
use crate::denylist::{Known, RevocationError, Unlock};
use crate::policy::Policy;
use crate::policy::user_manager::Case;
use std::borrow::Cow;

impl Verifier {
    /// Forgets that a user proved a password, by the fully qualified name that identities have, such as
    /// `K2:CONTOSO\Bob`: the next request is checked by the directory again. How many credentials were forgotten.
    ///
    /// Call it when a password was changed, or an account disabled. It concerns this process; [`Verifier::reload`]
    /// forgets everybody's.
    ///
    /// ```
    /// # let config = doorward::Config::from_json(r#"{"apis": {"reports": {"enabled": false}}}"#);
    /// # let verifier = doorward::Verifier::open(&config)?;
    /// assert_eq!(verifier.forget("K2:CONTOSO\\Bob"), 0);
    /// # Ok::<(), doorward::ConfigError>(())
    /// ```
    pub fn forget(&self, qualified_name: &str) -> usize {
        self.inner
            .of_user(qualified_name, |directory, user, case| directory.forget(|name| case.written(name) == user))
            .sum()
    }

    /// Sets back what was counted against an account after wrong passwords, by the fully qualified name that identities
    /// have, such as `K2:CONTOSO\Bob`, or by the label and a name that the user logs in by. Its next password is checked.
    /// Whether there was something to set back.
    ///
    /// It concerns this process; a line of the denylist's file reaches all that share it. What the directory itself has
    /// counted stays.
    ///
    /// ```
    /// # let config = doorward::Config::from_json(r#"{"apis": {"reports": {"enabled": false}}}"#);
    /// # let verifier = doorward::Verifier::open(&config)?;
    /// assert!(!verifier.unlock("K2:CONTOSO\\Bob"));
    /// # Ok::<(), doorward::ConfigError>(())
    /// ```
    pub fn unlock(&self, qualified_name: &str) -> bool {
        self.inner.unlock(qualified_name, None)
    }

    /// Revokes tokens in this process: from the moment that it returns, no thread lets one in. The text has one entry on
    /// each line, as the file of a denylist has; docs/revocation.md tells them all. All of them are taken, or on an error
    /// none. How many were taken: those that have ended are left out. A line that unlocks an account is followed at once.
    ///
    /// They are kept in memory only, survive [`Verifier::reload`], and end at their `until`. A million can be in force.
    /// Other processes don't know of them: for those there is the file. Make the text by a JSON library, so that no quote
    /// in a token's id breaks it. It takes no lock, and does not block requests.
    ///
    /// ```
    /// # let config = doorward::Config::from_json(r#"{"apis": {"reports": {"enabled": false}}}"#);
    /// # let verifier = doorward::Verifier::open(&config)?;
    /// let lines = r#"
    ///     {"token_id": "a1b2c3d4e5", "until": 4000000000}
    ///     {"client": "client-1", "issued_before": 1700000000, "until": 4000000000}
    /// "#;
    /// assert_eq!(verifier.revoke(lines), Ok(2));
    /// let error = verifier.revoke(r#"{"token_id": "a1b2c3d4e5"}"#).unwrap_err();
    /// assert!(error.message().starts_with("line 1: until: the field is missing"));
    /// # Ok::<(), doorward::ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// [`crate::Code::ArgumentInvalid`] with the line that is wrong, [`crate::Code::DenylistFull`] where there is no room.
    pub fn revoke(&self, lines: &str) -> Result<usize, RevocationError> {
        let state = self.inner.current.load().state.clone();
        let (count, unlocks) = state.denylist.revoke(lines, &state.policy, self.inner.clock.now())?;
        self.inner.lift(&unlocks);
        Ok(count)
    }
}

impl Known for Policy {
    fn has_issuer(&self, name: &str) -> bool {
        self.has_issuer_named(name)
    }

    fn user<'t>(&self, label: &str, user: &'t str) -> Option<Cow<'t, str>> {
        self.labelled(label).map(|manager| manager.case.written(user))
    }
}

impl Inner {
    /// Lifts what was counted against accounts up to the times that stand beside them.
    pub(super) fn lift(&self, unlocks: &[Unlock]) {
        for Unlock { account, at } in unlocks {
            self.unlock(account, Some(*at));
        }
    }

    fn unlock(&self, qualified_name: &str, at: Option<i64>) -> bool {
        self.of_user(qualified_name, |directory, user, _| usize::from(directory.unlock(user, at))).sum::<usize>() > 0
    }

    /// Asks each directory of a fully qualified name something about the user.
    fn of_user(
        &self,
        qualified_name: &str,
        ask: impl Fn(&Directory, &str, Case) -> usize,
    ) -> impl Iterator<Item = usize> {
        let state = self.current.load().state.clone();
        let (label, user) = qualified_name.split_once(':').unwrap_or_default();
        let directories = state.directories.iter().zip(state.policy.logins.entries());
        let of_label = directories.filter(|(directory, _)| directory.label == label);
        let case = |manager: usize| state.policy.user_managers.get(manager).map_or(Case::Exact, |manager| manager.case);
        let answers: Vec<_> = of_label.map(|(directory, entry)| ask(directory, user, case(entry.manager))).collect();
        answers.into_iter()
    }
}
