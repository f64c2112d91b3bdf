//! The error numbers of Entra ID (`AADSTS50076`): what they mean, and what to do.
//!
//! It is advice. Entra ID may change a number or its text at any time.

use super::refusal::Actor::{ClientDeveloper, TenantAdministrator, User};
use super::refusal::Retry::{Later, No, SignIn};
use super::refusal::{Refusal, find, row};

/// Everything that is known of an error number of Entra ID, by the digits after `AADSTS`. `None` where it is not known.
///
/// It allocates nothing.
///
/// ```
/// use doorward::entra::{Actor, Retry, aadsts};
/// let refusal = aadsts(90094).unwrap();
/// assert_eq!((refusal.who, refusal.retry), (Actor::TenantAdministrator, Retry::No));
/// assert_eq!(aadsts(1), None);
/// ```
pub fn aadsts(number: u32) -> Option<&'static Refusal> {
    find(&TABLE, number)
}

/// Every number of Entra ID that is known, in order.
pub fn aadsts_numbers() -> impl Iterator<Item = u32> {
    TABLE.iter().map(|refusal| refusal.number)
}

/// Sorted by number.
static TABLE: [Refusal; 36] = [
    row(
        16000,
        "the account is not in this tenant",
        User,
        SignIn,
        "The account that is signed in is of another directory, and the tenant that was asked does not know it. \
         Only the user can choose another one.",
        "Sign out, and sign in with an account of the tenant. Where this account is the right one, an administrator of \
         the tenant invites it as a guest.",
    ),
    row(
        50001,
        "the resource is not known",
        ClientDeveloper,
        No,
        "No resource has the name that the request gives in resource or scope, or it is switched off in this tenant.",
        "Write the App ID URI of the API exactly as it is registered, to the slash at its end: https://api.k2.com/ \
         unless the installation chose another. Where it is right, an administrator of the tenant switches the \
         enterprise application of the API on.",
    ),
    row(
        50011,
        "the redirect URI is not registered",
        ClientDeveloper,
        No,
        "The redirect URI (reply URL) of the request is none of those in the app registration of the client. They are \
         compared exactly.",
        "Add it to the app registration as the request has it: scheme, host, port, case and the slash at the end, and \
         for the right kind of client (web, single-page, mobile and desktop).",
    ),
    row(
        50020,
        "a user of another tenant or provider",
        TenantAdministrator,
        No,
        "The account is good where it comes from, but it is of another tenant or a personal account, and it was not \
         invited into this one.",
        "Invite it into the tenant as a guest, or let the user sign in with an account of the tenant. Personal and \
         invited accounts can't use Basic: they need a token from a sign-in in a browser.",
    ),
    row(
        50034,
        "no such user in this tenant",
        User,
        No,
        "The tenant has no account with this user name. It is mistyped, or of another tenant, or not synchronised yet.",
        "Compare the user name with the user principal name in Entra ID, and the tenant and the cloud with those that \
         are meant. An administrator of the tenant adds, synchronises or invites a user who is missing.",
    ),
    row(
        50053,
        "locked after too many attempts",
        TenantAdministrator,
        Later,
        "There were too many attempts with a wrong password, so the account is locked for a while; or the address that \
         they came from is known for attacks. The sign-in log says which.",
        "Find what goes on sending an old password, such as a service or a stored Basic password, and stop it. Then \
         wait until the lock ends, or unblock the user. Each further attempt prolongs it.",
    ),
    row(
        50055,
        "the password has expired",
        User,
        No,
        "User name and password are right, but the password has expired and must be changed. That needs a browser.",
        "Sign in in a browser and choose a new password, or have an administrator of the tenant reset it. Then use the \
         new one, also where Basic has it stored.",
    ),
    row(
        50056,
        "the account has no password here",
        TenantAdministrator,
        No,
        "Entra ID holds no password for this account. It signs in without one, or its passwords are checked \
         elsewhere and are not synchronised.",
        "Set a password, or synchronise the password hashes of the federated domain; or let the client get a \
         bearer token by a sign-in in a browser.",
    ),
    row(
        50057,
        "the account is disabled",
        TenantAdministrator,
        No,
        "The account was disabled, in Entra ID or in the Active Directory that it is synchronised from.",
        "Enable the account where it is administered, if its owner may still sign in. Remove it from what stores its \
         password, if not.",
    ),
    row(
        50072,
        "MFA must be set up first",
        User,
        SignIn,
        "The user needs a second factor (MFA) and has not set one up. It can be set up only in a browser.",
        "Sign in in a browser once and set the second factor up. Accounts with MFA can't use Basic: let the client get \
         a bearer token, or use an account that the tenant's policies except.",
    ),
    row(
        50074,
        "the second factor was not given",
        User,
        SignIn,
        "A second factor (MFA) is needed, and the user did not give it. A password alone can't give it.",
        "Sign in in a browser and pass the second factor. Accounts with MFA can't use Basic: let the client get a \
         bearer token, or use an account that the tenant's policies except.",
    ),
    row(
        50076,
        "MFA is needed",
        User,
        SignIn,
        "The tenant demands a second factor (MFA) for this user, place or resource: by Conditional Access, for the \
         user, or by security defaults.",
        "Sign in in a browser, for the same resource. Accounts with MFA can't use Basic: let the client get a bearer \
         token, or use an account that the tenant's policies except.",
    ),
    row(
        50079,
        "MFA must be set up, or comes from elsewhere",
        User,
        SignIn,
        "A policy demands a second factor (MFA). A user of the tenant has not registered one; a federated user's own \
         provider has to say that one was given.",
        "Sign in in a browser and register the second factor. Accounts with MFA can't use Basic: let the client get a \
         bearer token, or use an account that the tenant's policies except.",
    ),
    row(
        50105,
        "the user is not assigned to the application",
        TenantAdministrator,
        No,
        "The enterprise application is for assigned users only, and this one is assigned neither by name nor through a \
         group. Groups within groups don't count.",
        "Assign the user or a group of the user to the enterprise application, or switch off that assignment is \
         required.",
    ),
    row(
        50126,
        "wrong user name or password",
        User,
        No,
        "User name and password don't fit together. Federated users get this too, where the tenant can't check their \
         passwords itself.",
        "Enter them again by hand. Don't repeat it by a program: the account gets locked. Federated users need a token \
         from a sign-in in a browser, unless their password hashes are synchronised and may be used.",
    ),
    row(
        50133,
        "the password was changed",
        User,
        SignIn,
        "The session or refresh token is of a time before the password was changed or had expired, so it is good no \
         more.",
        "Sign in again. A client that can't ask the user throws the refresh token away and says that a sign-in is \
         needed.",
    ),
    row(
        50142,
        "the password must be changed",
        User,
        No,
        "User name and password are right, but a Conditional Access policy demands a new password, mostly because \
         the account is at risk. That needs a browser.",
        "Sign in in a browser and choose a new password. Then use the new one, also where Basic has it stored.",
    ),
    row(
        50144,
        "the password of Active Directory has expired",
        User,
        No,
        "The password is that of the Active Directory on the premises, and it has expired there.",
        "Change it in Active Directory, or by the self-service of the tenant where that writes back. Then use the \
         new one, also where Basic has it stored.",
    ),
    row(
        50158,
        "a challenge from outside was not met",
        User,
        SignIn,
        "The tenant's policies send the user to something outside of Entra ID, such as another vendor's second factor \
         or terms of use, and that was not done.",
        "Sign in in a browser and do what is asked for there. It can't be done with Basic: let the client get a bearer \
         token, or use an account that the tenant's policies except.",
    ),
    row(
        50173,
        "the grant was revoked",
        User,
        SignIn,
        "The user or an administrator revoked the sessions of this user, or the password was reset. Refresh tokens \
         from before are good no more.",
        "Sign in again. The client throws the old refresh token away: it will never be good again.",
    ),
    row(
        53000,
        "the device does not comply",
        TenantAdministrator,
        No,
        "A Conditional Access policy of the tenant takes this sign-in only from a managed device that complies. A \
         password alone does not come from one.",
        "Let the client get a bearer token on such a device, or have an administrator of the tenant except the \
         account from the policy.",
    ),
    row(
        53003,
        "blocked by Conditional Access",
        TenantAdministrator,
        No,
        "A Conditional Access policy of the tenant forbids this sign-in: for this user, place, device, kind of client \
         or resource.",
        "Find the sign-in in the tenant's sign-in log by its correlation id: it names the policy. Change that policy, \
         or sign in as it allows. Many policies block Basic as legacy authentication.",
    ),
    row(
        65001,
        "no consent",
        TenantAdministrator,
        SignIn,
        "Neither the user nor an administrator of the tenant has allowed this client to call this resource.",
        "Let an administrator open the address that doorward entra consent-url prints, or send the user through a \
         sign-in in a browser that asks for consent, where the tenant lets users consent.",
    ),
    row(
        70011,
        "the scope is not valid",
        ClientDeveloper,
        No,
        "The value of scope is no scope of the v2 endpoint: it is a scope that nobody registered, mixes two resources, \
         or mixes .default with others.",
        "Write the App ID URI, a slash, and .default or a permission. A URI that ends in a slash keeps it, so there \
         are two: https://api.k2.com//.default. Ask for one resource at a time.",
    ),
    row(
        80002,
        "Active Directory did not answer in time",
        TenantAdministrator,
        Later,
        "Passwords are checked on the premises (pass-through authentication), and the agent there got no answer \
         from Active Directory in time. Nothing is said of the password.",
        "See that the servers of the agents run, and that they reach a domain controller. The log of the agent \
         has the cause.",
    ),
    row(
        80012,
        "outside of the logon hours",
        TenantAdministrator,
        Later,
        "Active Directory lets this account log on at certain hours only, and it is none of them now.",
        "Widen the logon hours of the account in Active Directory; accounts of programs should have no such \
         limit.",
    ),
    row(
        90002,
        "no such tenant",
        ClientDeveloper,
        No,
        "This cloud has no tenant of that name or id. It is mistyped, or is of another cloud, or its domain was never \
         verified.",
        "Compare the tenant in the address with the tenant id in the Entra admin center. For the clouds of the US \
         government and of China, use their own authority.",
    ),
    row(
        90094,
        "an administrator has to consent",
        TenantAdministrator,
        No,
        "The client asks for rights that only an administrator of the tenant can give, and no administrator has \
         consented. For the platform's APIs it means that their consent was not given in this tenant.",
        "Let an administrator of the tenant open the address that doorward entra consent-url prints, and accept. MFA \
         must be off for that account while it consents. Then sign in again.",
    ),
    row(
        500011,
        "the resource is not in this tenant",
        TenantAdministrator,
        No,
        "The API that the request names in resource or scope has no enterprise application in this tenant: nobody has \
         consented to it here, or tenant or name are wrong.",
        "Compare the tenant, and the App ID URI to its slash at the end. Where both are right, give consent in this \
         tenant: doorward entra consent-url prints the address.",
    ),
    row(
        500014,
        "the resource is disabled in this tenant",
        TenantAdministrator,
        No,
        "The enterprise application of the API is switched off in this tenant, or its subscription has ended.",
        "Let an administrator of the tenant switch on that users may sign in to the enterprise application of the \
         API.",
    ),
    row(
        530035,
        "blocked by security defaults",
        TenantAdministrator,
        No,
        "The security defaults of the tenant forbid this sign-in: it is legacy authentication, as Basic is, or \
         looks unsafe.",
        "Let the client get a bearer token. Where accounts of programs need Basic, the tenant replaces security \
         defaults by Conditional Access policies that except them.",
    ),
    row(
        700016,
        "the client is not in this tenant",
        ClientDeveloper,
        No,
        "This tenant has no application with the client id of the request: it is mistyped, of another tenant or cloud, \
         or was not added to this tenant.",
        "Compare the client id with the application (client) id of the app registration, and the tenant of the address. \
         An administrator adds an application of another tenant by consenting to it.",
    ),
    row(
        700082,
        "the refresh token was not used for too long",
        User,
        SignIn,
        "A refresh token ends when it is not used for a time, by default 90 days. This belongs to its life, and is no \
         fault.",
        "Sign in again. The client throws the old refresh token away, and should expect this whenever it was not used \
         for long.",
    ),
    row(
        900144,
        "the request lacks a parameter",
        ClientDeveloper,
        No,
        "The body of the request has no parameter that it must have. The description names it, such as client_id or \
         grant_type.",
        "Send a POST whose body is application/x-www-form-urlencoded, with that parameter in the body and not in the \
         address. A body of JSON or of multipart form data has no parameters here.",
    ),
    row(
        7000215,
        "the client secret is wrong",
        ClientDeveloper,
        No,
        "The client secret is not one of this application. Often it is the id of the secret and not its value, or the \
         secret of another application, or it was not encoded for the form.",
        "Send the value of the secret, which is shown only when it is made; make a new one where it is lost. Percent-encode \
         it in the body.",
    ),
    row(
        7000218,
        "the client secret is missing",
        ClientDeveloper,
        No,
        "The application is registered as a confidential client, so it has to prove itself with client_secret or \
         client_assertion, and the request has neither.",
        "Send the secret, or a certificate's assertion. A client that can keep no secret is registered with its redirect \
         URI under mobile and desktop applications, or with public client flows allowed.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_each_number_is_found() {
        assert!(TABLE.is_sorted_by(|a, b| a.number < b.number));
        for refusal in &TABLE {
            assert_eq!(aadsts(refusal.number), Some(refusal));
            assert_eq!(
                aadsts(refusal.number + 1).is_some(),
                aadsts_numbers().any(|number| number == refusal.number + 1)
            );
        }
        assert_eq!((aadsts(0), aadsts(u32::MAX)), (None, None));
    }
}
