//! What was revoked: every kind, from calls and from the file, to its end.

mod calls;
mod challenge;
mod file;
mod kinds;
mod lines;
mod many;
mod told;
mod unlock;
mod world;
