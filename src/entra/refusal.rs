//! What is known of a refusal by somebody else: Entra ID, Windows or a directory.

/// Why a sign-in was refused, for people.
///
/// A program decides by `error` and `suberror`, and not by a number: numbers change, and new ones come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// The number, as the tables are searched by: that of `AADSTS50076` is 50076, and a sub-code of a directory is
    /// read as hexadecimal.
    pub number: u32,
    /// The matter in a few words, without a capital or a full stop.
    pub title: &'static str,
    /// What it means, in sentences.
    pub meaning: &'static str,
    /// Who has to act first.
    pub who: Actor,
    /// What to do, in sentences.
    pub cure: &'static str,
    /// Whether the request may be sent again.
    pub retry: Retry,
}

/// Who has to act on a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Actor {
    /// Who writes or configures the client.
    ClientDeveloper,
    /// Who administers the tenant in Entra ID.
    TenantAdministrator,
    /// Who administers the accounts of Active Directory.
    DirectoryAdministrator,
    /// Who signs in.
    User,
    /// Who runs the platform and its APIs.
    PlatformOperator,
}

impl Actor {
    /// The name in lower case with underscores, as in JSON.
    ///
    /// ```
    /// assert_eq!(doorward::entra::Actor::TenantAdministrator.name(), "tenant_administrator");
    /// ```
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClientDeveloper => "client_developer",
            Self::TenantAdministrator => "tenant_administrator",
            Self::DirectoryAdministrator => "directory_administrator",
            Self::User => "user",
            Self::PlatformOperator => "platform_operator",
        }
    }
}

/// Whether what was refused may be tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Retry {
    /// Not before something was changed: the same request fails again, or does harm.
    No,
    /// Not by itself, but with a sign-in in a browser, where the user can do what is asked for.
    SignIn,
    /// Later, after waiting, and each time longer.
    Later,
}

impl Retry {
    /// The name in lower case with underscores, as in JSON.
    ///
    /// ```
    /// assert_eq!(doorward::entra::Retry::SignIn.name(), "sign_in");
    /// ```
    pub const fn name(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::SignIn => "sign_in",
            Self::Later => "later",
        }
    }

    /// What it means, in one clause.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::No => "no, not before something was changed",
            Self::SignIn => "not the same request, but a new sign-in in a browser",
            Self::Later => "yes, after waiting, and each time longer",
        }
    }
}

/// A row of a table, in the order that it is read in.
pub(super) const fn row(
    number: u32,
    title: &'static str,
    who: Actor,
    retry: Retry,
    meaning: &'static str,
    cure: &'static str,
) -> Refusal {
    Refusal { number, title, meaning, who, cure, retry }
}

/// Finds a number in a table that is sorted by number.
pub(super) fn find(table: &'static [Refusal], number: u32) -> Option<&'static Refusal> {
    let at = table.binary_search_by_key(&number, |refusal| refusal.number).ok()?;
    table.get(at)
}
