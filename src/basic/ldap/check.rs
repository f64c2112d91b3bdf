//! One check of a password: one bind as the user, and who that is.

use super::dn::escape;
use super::fault::Fault;
use super::filter::Filter;
use super::link::Credentials;
use super::message::{Entry, Scope};
use super::pace::Pace;
use super::person::{attributes, check_within, name};
use super::pool::{Pool, Server, Times};
use super::roles::{Member, roles};
use super::session::{Query, Session};
use super::{Bind, SearchBind, Settings, is_same};
use crate::basic::{Answer, Asked, Check, Found, Login, Person, Reason, Refusal, Until, Within};
use crate::secret::Secret;
use rustls::ClientConfig;
use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long the service account is not tried again after it was refused: it must not be locked by us. A change of its
/// password's file ends that.
const SERVICE_REST: Duration = Duration::from_secs(5 * 60);

/// A directory.
#[derive(Debug)]
pub(super) struct Ldap {
    settings: Arc<Settings>,
    pool: Pool,
    service: Option<Service>,
    pace: Pace,
}

/// The account that searches.
struct Service {
    password: Secret,
    refused: Mutex<Option<(Instant, Fault)>>,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Service(redacted)")
    }
}

impl Ldap {
    pub(super) fn new(settings: &Arc<Settings>, tls: Option<Arc<ClientConfig>>, service: Option<Secret>) -> Self {
        let pool = Pool::new(settings.endpoints.clone(), tls, settings.timeout);
        let service = service.map(|password| Service { password, refused: Mutex::default() });
        Self { settings: settings.clone(), pool, service, pace: Pace::default() }
    }
}

impl Check for Ldap {
    fn check(&self, login: &Login<'_>, asked: &mut Asked, until: Until) -> Answer {
        let name = match &self.settings.bind {
            _ if !self.has(login) => return Answer::Elsewhere,
            Bind::Name => account_name(&self.settings, login),
            Bind::Dn(template) => template.fill(login.user),
            Bind::Search(_) => login.user.to_owned(),
        };
        let Some(credentials) = Credentials::new(&name, login.password) else { return Answer::Elsewhere };
        let answer = self.pool.ask(until, |server, times| match &self.settings.bind {
            Bind::Name => self.by_name(server, &credentials, login, times),
            Bind::Dn(_) => self.by_dn(server, &credentials, &name, times),
            Bind::Search(search) => self.by_search(server, (search, asked), &credentials, login, times),
        });
        answer.unwrap_or_else(|fault| {
            if fault.was_sent { Answer::Unanswered(fault.what) } else { Answer::Unavailable(fault.what) }
        })
    }

    fn find<'a>(&'a self, login: &Login<'a>) -> Found<'a> {
        if self.has(login) { Found::Untold } else { Found::Elsewhere }
    }

    /// A search may find different accounts with and without a realm. Active Directory itself takes both for one name.
    fn name<'a>(&self, login: &Login<'a>) -> Cow<'a, str> {
        match login.within {
            Within::Realm(realm) if self.finds() => Cow::Owned(format!("{}@{realm}", login.user)),
            _ => Cow::Borrowed(login.user),
        }
    }

    fn finds(&self) -> bool {
        matches!(self.settings.bind, Bind::Search(_))
    }

    fn forms(&self) -> u32 {
        self.settings.forms()
    }

    fn is_remote(&self) -> bool {
        true
    }

    fn cancel(&self) {
        self.pool.cancel();
    }
}

/// What Active Directory takes for a user's name.
fn account_name(settings: &Settings, login: &Login<'_>) -> String {
    let in_domain = |domain: &str| format!("{domain}\\{}", login.user);
    let in_realm = |realm: &str| format!("{}@{realm}", login.user);
    match login.within {
        Within::Realm(realm) => in_realm(realm),
        Within::Domain(domain) => in_domain(domain),
        Within::Plain => match (&settings.domain, settings.realms.first()) {
            (Some(domain), _) => in_domain(domain),
            (None, Some(realm)) => in_realm(realm),
            (None, None) => login.user.to_owned(),
        },
    }
}

impl Ldap {
    /// Whether a name can be of this directory. Its parts, too: `CONTOSO\` is nobody.
    fn has(&self, login: &Login<'_>) -> bool {
        self.settings.has(login.within) && !login.user.trim().is_empty() && !login.user.contains('\0')
    }

    fn by_name(
        &self,
        server: &Server,
        credentials: &Credentials<'_>,
        login: &Login<'_>,
        times: Times,
    ) -> Result<Answer, Fault> {
        let mut session = match Session::of_user(server, credentials, times)? {
            Ok(session) => session,
            Err(refusal) => return Ok(refused(refusal)),
        };
        let found = self.bound_entry(&mut session, login, times.end).map_err(Fault::after_password)?;
        let (entry, base) = found;
        self.proved(server, session, &entry, Some(&base), times.end)
    }

    /// The entry of who is bound, and the base. Several may have the name that was typed, one as the name of the account
    /// and one as its principal name: it is the one that the server itself says is bound.
    fn bound_entry(&self, session: &mut Session, login: &Login<'_>, end: Instant) -> Result<(Entry, String), Fault> {
        let root = session.read("", &["tokenGroups", "msDS-PrincipalName", "defaultNamingContext"], end)?;
        let root = root.ok_or_else(|| Fault::of_directory("the root of the directory can't be read"))?;
        if root.values("tokenGroups").is_empty() && root.values("msDS-PrincipalName").is_empty() {
            let what = "the server does not tell who is bound, as Active Directory does at its root; use dn or search";
            return Err(Fault::of_directory(what));
        }
        let base = base(&self.settings, &root)?;
        let user = Filter::equals("sAMAccountName", login.user);
        let named = match login.within {
            Within::Realm(realm) => {
                let principal = format!("{}@{realm}", login.user);
                Filter::any(vec![user, Filter::equals("userPrincipalName", &principal)])
            }
            _ => user,
        };
        let filter = Filter::all(vec![Filter::equals("objectClass", "user"), named]).fill(&[]);
        let attributes = attributes(&self.settings);
        let query = Query { base: &base, scope: Scope::Subtree, filter: &filter, attributes: &attributes, most: 4 };
        let found = session.search(&query, end)?;
        let bound = found.into_iter().filter(|entry| is_bound(&root, entry, self.settings.domain.as_deref())).collect();
        Ok((only(bound, &base)?, base))
    }

    fn by_dn(&self, server: &Server, credentials: &Credentials<'_>, dn: &str, times: Times) -> Result<Answer, Fault> {
        let mut session = match Session::of_user(server, credentials, times)? {
            Ok(session) => session,
            Err(refusal) => return Ok(refused(refusal)),
        };
        let found = session.read(dn, &attributes(&self.settings), times.end).map_err(Fault::after_password)?;
        let base = self.settings.base.as_deref();
        let entry = only(found.into_iter().collect(), base.unwrap_or(dn))?;
        self.proved(server, session, &entry, base, times.end)
    }

    fn by_search(
        &self,
        server: &Server,
        (search, asked): (&SearchBind, &mut Asked),
        credentials: &Credentials<'_>,
        login: &Login<'_>,
        times: Times,
    ) -> Result<Answer, Fault> {
        let (service, found, base) = self.find_entry(server, search, login, times)?;
        let Some(entry) = found else {
            return self.nobody(server, service, credentials, &base, times);
        };
        if let Err(why) = asked.found(&identifier(&entry)) {
            service.keep(server);
            return Ok(Answer::TurnedAway(why));
        }
        let start = Instant::now();
        let named = credentials.named(&entry.dn);
        let named = named.ok_or_else(|| Fault::of_directory("the entry that was found has no name"))?;
        match Session::of_user(server, &named, times)? {
            Ok(session) => {
                session.keep(server);
                self.proved(server, service, &entry, Some(&base), times.end)
            }
            Err(refusal) => {
                service.keep(server);
                if refusal == Refusal::REJECTED {
                    self.pace.note(start.elapsed());
                }
                Ok(Answer::Refused(refusal))
            }
        }
    }

    /// A bind for a name that nobody has, so that who is not there costs as much as who is.
    fn nobody(
        &self,
        server: &Server,
        service: Session,
        credentials: &Credentials<'_>,
        base: &str,
        times: Times,
    ) -> Result<Answer, Fault> {
        let start = Instant::now();
        let dn = nobody(base);
        let named = credentials.named(&dn).ok_or_else(|| Fault::of_directory("the base is empty"))?;
        // Nobody's password is counted.
        let bound = Session::of_user(server, &named, times).map_err(|fault| Fault { was_sent: false, ..fault })?;
        if let Ok(session) = bound {
            session.keep(server);
        }
        service.keep(server);
        self.pace.wait(start, times.end);
        Ok(Answer::Missing(Refusal::REJECTED))
    }

    /// Looks for a user as the service account. A connection that was kept may have ended: then a new one is made.
    fn find_entry(
        &self,
        server: &Server,
        search: &SearchBind,
        login: &Login<'_>,
        times: Times,
    ) -> Result<(Session, Option<Entry>, String), Fault> {
        let until = times.try_until;
        if let Some(mut session) = Session::kept_of_service(server, until) {
            match self.look(&mut session, search, login, until) {
                Ok((found, base)) => return Ok((session, found, base)),
                Err(fault) if fault.is_final => {
                    session.keep(server);
                    return Err(fault);
                }
                Err(_) => {}
            }
        }
        let mut session = self.service(server, search, until)?;
        let (found, base) = self.look(&mut session, search, login, until)?;
        Ok((session, found, base))
    }

    fn service(&self, server: &Server, search: &SearchBind, until: Instant) -> Result<Session, Fault> {
        let missing = || Fault::of_directory("the service account has no password");
        let service = self.service.as_ref().ok_or_else(missing)?;
        let refused = || service.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, fault)) = refused().as_ref()
            && at.elapsed() < SERVICE_REST
        {
            return Err(fault.clone());
        }
        let credentials = Credentials::new(&search.service_user, service.password.expose_text()).ok_or_else(missing)?;
        let session = Session::of_service(server, &credentials, until);
        *refused() = match &session {
            Err(fault) if fault.is_final => Some((Instant::now(), fault.clone())),
            _ => None,
        };
        session
    }

    fn look(
        &self,
        session: &mut Session,
        search: &SearchBind,
        login: &Login<'_>,
        until: Instant,
    ) -> Result<(Option<Entry>, String), Fault> {
        let base = match &self.settings.base {
            Some(base) => base.clone(),
            None => {
                let root = session.read("", &["defaultNamingContext"], until)?;
                base(&self.settings, &root.ok_or_else(|| Fault::of_directory("the root can't be read"))?)?
            }
        };
        let (filter, realm) = match login.within {
            Within::Realm(realm) => (&search.realm_filter, realm),
            _ => (&search.filter, ""),
        };
        let filter = filter.fill(&[("user", login.user), ("realm", realm)]);
        let attributes = attributes(&self.settings);
        let query = Query { base: &base, scope: Scope::Subtree, filter: &filter, attributes: &attributes, most: 1 };
        let found = session.search(&query, until)?.pop();
        if let Some(entry) = &found {
            check_within(&entry.dn, &base)?;
        }
        Ok((found, base))
    }

    /// The password was right.
    fn proved(
        &self,
        server: &Server,
        mut session: Session,
        entry: &Entry,
        base: Option<&str>,
        end: Instant,
    ) -> Result<Answer, Fault> {
        let mut read = || {
            let user = name(&self.settings, entry)?;
            let member = Member { entry, user: user.rsplit('\\').next().unwrap_or(&user), base };
            let roles = roles(self.settings.roles.as_ref(), &member, &mut session, end)?;
            let names = if self.finds() { None } else { names(entry) };
            Ok(Person { identifier: identifier(entry), names, user, roles, ..Person::default() })
        };
        let person = read().map_err(Fault::after_password)?;
        session.keep(server);
        Ok(Answer::Proved(person))
    }
}

fn refused(refusal: Refusal) -> Answer {
    match refusal.reason {
        Reason::NoSuchUser => Answer::Missing(Refusal::REJECTED),
        _ => Answer::Refused(refusal),
    }
}

/// By what an account is never called otherwise: what never changes comes first.
fn identifier(entry: &Entry) -> String {
    let value = |name| entry.values(name).first().map(|value| hex(value));
    value("objectSid").or_else(|| value("entryUUID")).unwrap_or_else(|| entry.dn.to_lowercase())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The names that an account of Active Directory logs in by, without domain and realm.
fn names(entry: &Entry) -> Option<Vec<String>> {
    let value = |name| std::str::from_utf8(entry.values(name).first()?).ok();
    let account = value("sAMAccountName")?;
    let principal = value("userPrincipalName").map(|name| name.rsplit_once('@').map_or(name, |(user, _)| user));
    Some([Some(account), principal].into_iter().flatten().map(str::to_owned).collect())
}

/// Whether an entry is who is bound, as the root of Active Directory tells it: by the identifiers in the token of the
/// connection, which no other user's is among, or by the name of the account and its domain.
fn is_bound(root: &Entry, entry: &Entry, domain: Option<&str>) -> bool {
    let token = root.values("tokenGroups");
    let named = |name: &[u8]| {
        let (name, account) = (std::str::from_utf8(name).ok(), entry.values("sAMAccountName").first());
        let account = account.and_then(|account| std::str::from_utf8(account).ok());
        name.and_then(|name| name.split_once('\\'))
            .zip(account)
            .zip(domain)
            .is_some_and(|(((of, name), account), domain)| is_same(of, domain) && is_same(name, account))
    };
    entry.values("objectSid").iter().any(|sid| token.contains(sid))
        || root.values("msDS-PrincipalName").iter().any(|name| named(name))
}

/// The base of the configuration, or what the server says.
fn base(settings: &Settings, root: &Entry) -> Result<String, Fault> {
    let told = root.values("defaultNamingContext").first().and_then(|value| std::str::from_utf8(value).ok());
    let base = settings.base.as_deref().or(told).filter(|base| !base.is_empty());
    base.map(str::to_owned).ok_or_else(|| Fault::of_directory("the server does not say its default base; set base"))
}

/// The entry of the user, which has to be one, below the base.
fn only(mut found: Vec<Entry>, base: &str) -> Result<Entry, Fault> {
    let entry = found.pop().filter(|_| found.is_empty()).ok_or_else(|| {
        Fault::of_directory(format!(
            "the password is right, but the user's entry below \"{base}\" is not found, or can't be seen by the user"
        ))
    })?;
    check_within(&entry.dn, base).map(|()| entry)
}

/// A name that no entry has.
fn nobody(base: &str) -> String {
    format!("cn={},{base}", escape(&format!("{:032x}", fastrand::u128(..))))
}
