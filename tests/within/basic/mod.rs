//! Basic credentials through the verifier: who they are of, what is remembered, and for how long.

mod config;
mod entra;
mod guessing;
mod load;
mod names;
mod remembered;
