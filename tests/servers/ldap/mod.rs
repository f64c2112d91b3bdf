//! Passwords that directories check over LDAP: real servers, and what hostile or broken ones do.

mod active_directory;
mod configuration;
mod hostile;
mod lockout;
mod openldap;
mod servers;
mod verifier;
