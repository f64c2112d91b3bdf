//! The command line.
mod test_key;
fn main() {}
