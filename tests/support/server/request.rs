//! Reads the head of a request.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read};

/// A request that came, without its body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    pub method: String,
    /// As the request line has it, the query included.
    pub path: String,
    /// By lower-cased name. The values of a header that came more than once are joined by a comma.
    pub headers: HashMap<String, String>,
}

impl Request {
    /// The value of a header, by its lower-cased name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// Reads a head. What came behind it in the same read is lost: a client waits for the answer before it goes on.
    pub(super) fn read(from: &mut impl Read) -> io::Result<Self> {
        let mut lines = BufReader::new(from).lines();
        let mut next = || lines.next().unwrap_or_else(|| Err(io::ErrorKind::UnexpectedEof.into()));
        let mut request = Self::from_first_line(&next()?);
        loop {
            let line = next()?;
            if line.is_empty() {
                return Ok(request);
            }
            request.add_header(&line);
        }
    }

    fn from_first_line(line: &str) -> Self {
        let mut words = line.split(' ').map(str::to_owned);
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        Self { method, path, headers: HashMap::new() }
    }

    fn add_header(&mut self, line: &str) {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let known = self.headers.entry(name.to_ascii_lowercase()).or_default();
        if !known.is_empty() {
            known.push_str(", ");
        }
        known.push_str(value.trim());
    }
}
