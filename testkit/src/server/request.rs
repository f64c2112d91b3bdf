//! Reads a request.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read};

/// A request that came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    pub method: String,
    /// As the request line has it, the query included.
    pub path: String,
    /// By lower-cased name. The values of a header that came more than once are joined by a comma.
    pub headers: HashMap<String, String>,
    /// As many bytes as `Content-Length` says.
    pub body: Vec<u8>,
}

impl Request {
    /// The value of a header, by its lower-cased name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// Reads one. What came behind it in the same read is lost: a client waits for the answer before it goes on.
    pub(super) fn read(from: &mut impl Read) -> io::Result<Self> {
        let mut from = BufReader::new(from);
        let mut request = Self::from_first_line(&line(&mut from)?);
        loop {
            let line = line(&mut from)?;
            if line.is_empty() {
                break;
            }
            request.add_header(&line);
        }
        let len = request.header("content-length").and_then(|len| len.parse().ok()).unwrap_or(0);
        request.body = vec![0; len];
        from.read_exact(&mut request.body)?;
        Ok(request)
    }

    fn from_first_line(line: &str) -> Self {
        let mut words = line.split(' ').map(str::to_owned);
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        Self { method, path, ..Self::default() }
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

/// A line without its end.
fn line(from: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    match from.read_line(&mut line)? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(line.trim_end_matches(['\r', '\n']).to_owned()),
    }
}
