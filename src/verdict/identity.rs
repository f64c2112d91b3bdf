//! Who an accepted request comes from.

use super::Verdict;
use crate::parse::claims::Claims;
use crate::parse::json::Value;
use crate::policy::check;
use crate::request::Method;
use std::fmt;

/// The identity of an accepted request.
///
/// The stable key of a user is tenant and object id, or issuer and subject. The user name is for
/// showing and for the fully qualified name.
///
/// ```
/// # fn serve(verdict: &doorward::Verdict) {
/// if let Some(identity) = verdict.identity() {
///     let who = identity.qualified_name();
///     let may_write = identity.scopes().any(|scope| scope == "reports.write");
///     println!("{who} writes: {may_write}");
/// }
/// # }
/// # serve(&doorward::Verdict::new());
/// ```
#[derive(Clone, Copy)]
pub struct Identity<'v> {
    pub(super) verdict: &'v Verdict,
}

impl<'v> Identity<'v> {
    /// The label: which user manager the user is of.
    pub fn label(self) -> &'v str {
        self.verdict.piece(&self.verdict.parts.label)
    }

    /// The name of the user, from the claim that the issuer's configuration names.
    pub fn user(self) -> &'v str {
        self.verdict.piece(&self.verdict.parts.user)
    }

    /// The fully qualified name: label, colon, user.
    pub fn qualified_name(self) -> &'v str {
        self.verdict.piece(&self.verdict.parts.qualified_name)
    }

    /// Whether the API's configuration lists the fully qualified name as an administrator.
    pub fn is_administrator(self) -> bool {
        self.verdict.parts.is_administrator
    }

    /// How the request proved its identity.
    pub fn method(self) -> Method {
        self.verdict.parts.method
    }

    /// The issuer of the token (`iss`).
    pub fn issuer(self) -> Option<&'v str> {
        self.text("iss")
    }

    /// The subject (`sub`), unique within the issuer.
    pub fn subject(self) -> Option<&'v str> {
        self.text("sub")
    }

    /// The tenant (`tid`).
    pub fn tenant(self) -> Option<&'v str> {
        self.text("tid")
    }

    /// The object id (`oid`), unique within the tenant.
    pub fn object_id(self) -> Option<&'v str> {
        self.text("oid")
    }

    /// The client application (`azp`, `appid` or `client_id`).
    pub fn client(self) -> Option<&'v str> {
        check::client_claim(self.claims_object()?)?.as_str()
    }

    /// The id of the token (`jti`, or Entra's `uti`).
    pub fn token_id(self) -> Option<&'v str> {
        self.text("jti").or_else(|| self.text("uti"))
    }

    /// When the token expires (`exp`), in seconds since 1970.
    pub fn expires_at(self) -> Option<i64> {
        self.claims_object()?.date("exp").present()
    }

    /// The scopes (`scp` and `scope`).
    pub fn scopes(self) -> impl Iterator<Item = &'v str> {
        self.claims_object().into_iter().flat_map(check::scopes_of)
    }

    /// The roles (`roles`).
    pub fn roles(self) -> impl Iterator<Item = &'v str> {
        self.claims_object().into_iter().flat_map(check::roles_of)
    }

    /// Whether an application calls for itself, without a user: `idtyp` says so, or there are no
    /// scopes and the object id is the subject. With Entra ID, also where there is no object id.
    pub fn is_app_only(self) -> bool {
        self.verdict.parts.is_application || self.claims_object().is_some_and(check::is_app_only)
    }

    /// A claim by its name.
    pub fn claim(self, name: &str) -> Option<ClaimValue<'v>> {
        self.claims_object()?.get(name).map(ClaimValue)
    }

    /// Every claim, in the order of the token.
    pub fn claims(self) -> impl Iterator<Item = (&'v str, ClaimValue<'v>)> {
        let members = self.claims_object().and_then(|claims| claims.object().as_object());
        members.into_iter().flatten().map(|(name, value)| (name, ClaimValue(value)))
    }

    fn claims_object(self) -> Option<Claims<'v>> {
        self.verdict.scratch.payload.root().and_then(Claims::new)
    }

    fn text(self, name: &str) -> Option<&'v str> {
        self.claims_object()?.string(name).present()
    }
}

impl fmt::Debug for Identity<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({})", self.qualified_name())
    }
}

/// The value of a claim.
#[derive(Clone, Copy)]
pub struct ClaimValue<'v>(Value<'v>);

impl<'v> ClaimValue<'v> {
    /// The text of a string.
    pub fn as_str(self) -> Option<&'v str> {
        self.0.as_str()
    }

    /// A whole number from -2^63 to 2^63 - 1, written without point and exponent.
    pub fn as_i64(self) -> Option<i64> {
        self.0.as_number()?.parse().ok()
    }

    /// A number, rounded to the nearest `f64`; never infinite.
    pub fn as_f64(self) -> Option<f64> {
        self.0.as_number()?.parse().ok().filter(|number: &f64| number.is_finite())
    }

    /// A boolean.
    pub fn as_bool(self) -> Option<bool> {
        self.0.as_bool()
    }

    /// The JSON text of any value, as it stands in the token.
    pub fn as_json(self) -> &'v str {
        self.0.as_json()
    }
}

impl fmt::Debug for ClaimValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_json())
    }
}
