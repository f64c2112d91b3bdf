//! A check that was reserved, until its end.

use super::account::Account;
use super::record::{End, Terms, Tried};
use crate::clock::Moment;
use std::sync::Arc;

/// A check that was reserved, until its end is told.
#[derive(Debug)]
pub(super) struct Attempt {
    account: Arc<Account>,
    pub(super) tried: Tried,
    pub(super) generation: u32,
    pub(super) begun: Moment,
    is_told: bool,
}

impl Attempt {
    pub(super) fn new(account: Arc<Account>, tried: Tried, terms: &Terms<'_>) -> Self {
        let Terms { generation, moment: begun, .. } = *terms;
        Self { account, tried, generation, begun, is_told: false }
    }

    /// Whose check it is.
    pub(super) fn account(&self) -> Arc<Account> {
        self.account.current()
    }

    /// The password is right, of an account that may be another one than the name led to.
    pub(super) fn prove(self, account: &Arc<Account>, terms: &Terms<'_>) {
        if Arc::ptr_eq(&self.account(), account) {
            return self.end(End::Proved, terms);
        }
        let tried = self.tried;
        self.end(End::Void, terms);
        account.prove(&tried, terms);
    }

    /// The directory answered, or can't have looked at the password.
    pub(super) fn end(mut self, end: End, terms: &Terms<'_>) {
        self.is_told = true;
        if end != End::Void {
            self.account.note_checked(&self.tried);
        }
        self.account.end(&self, end, terms);
    }
}

/// A check that panics may have been counted.
impl Drop for Attempt {
    fn drop(&mut self) {
        if self.is_told {
            return;
        }
        self.account.end_untold(self);
    }
}
