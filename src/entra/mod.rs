//! What is particular to Microsoft Entra ID.

use crate::parse::claims::Claims;

/// The two spellings of Microsoft Graph's audience.
const GRAPH_AUDIENCES: [&str; 2] = ["00000003-0000-0000-c000-000000000000", "https://graph.microsoft.com"];

/// The audience, where it is Microsoft Graph. Such tokens have a `nonce` in their header, and only
/// Graph knows how to verify their signature.
pub(crate) fn graph_audience<'a>(claims: Claims<'a>) -> Option<&'a str> {
    let audience = claims.string("aud").present()?;
    let trimmed = audience.strip_suffix('/').unwrap_or(audience);
    GRAPH_AUDIENCES.contains(&trimmed).then_some(audience)
}
