//! What a path answers, well or badly.

use super::gzip;
use super::listener::Connections;
use super::request::Request;
use super::wire::Wire;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

/// How many more bytes an answer announces than it sends, where it breaks off.
const MISSING_BYTES: usize = 1000;

/// The bytes of a chunk of an answer that never ends.
const CHUNK_BYTES: usize = 4096;

/// An answer to a request. The constructors tell how it is sent; the methods change what is sent.
#[derive(Clone)]
pub struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    missing_bytes: usize,
    mode: Mode,
}

#[derive(Clone)]
enum Mode {
    Whole,
    Drip { bytes: usize, tick: Duration },
    Stall,
    StallAfterHead,
    Endless,
    Close,
    Garbage,
    Conditional { etag: String },
    Dynamic(Arc<Handler>),
}

type Handler = dyn Fn(&Request) -> Answer + Send + Sync;

impl Answer {
    fn new(mode: Mode) -> Self {
        Self { status: 200, headers: Vec::new(), body: Vec::new(), missing_bytes: 0, mode }
    }

    /// 200 with this text as application/json.
    pub fn json(text: impl Into<String>) -> Self {
        Self::new(Mode::Whole).content_type("application/json").body(text.into())
    }

    /// A status with a line of text as its body; 204 and 304 have none.
    pub fn status(code: u16) -> Self {
        let answer = Self { status: code, ..Self::new(Mode::Whole) };
        answer.content_type("text/plain").body(format!("status {code}\n"))
    }

    /// A status, mostly of the 300s, with a `Location`.
    pub fn redirect(code: u16, location: &str) -> Self {
        Self::status(code).header("Location", location)
    }

    /// 200 with an `ETag`, or 304 without a body where `If-None-Match` has it. `etag` is with its quotes.
    pub fn conditional(body: impl Into<Vec<u8>>, etag: &str) -> Self {
        let mode = Mode::Conditional { etag: etag.to_owned() };
        Self::new(mode).content_type("application/json").body(body).header("ETag", etag)
    }

    /// What a function answers. What is set on this answer itself is not sent.
    pub fn dynamic(handler: Arc<dyn Fn(&Request) -> Answer + Send + Sync>) -> Self {
        Self::new(Mode::Dynamic(handler))
    }

    /// The head at once, then the body in pieces, with a pause before each.
    pub fn drip(bytes_per_tick: usize, tick: Duration, body: impl Into<Vec<u8>>) -> Self {
        assert!(bytes_per_tick > 0, "a body without progress is Answer::stall_after_head");
        Self::new(Mode::Drip { bytes: bytes_per_tick, tick }).content_type("application/json").body(body)
    }

    /// Nothing, until the server is dropped or the client leaves.
    pub fn stall() -> Self {
        Self::new(Mode::Stall)
    }

    /// The head, and what is set as the body, then nothing, though more was announced.
    pub fn stall_after_head() -> Self {
        let answer = Self { missing_bytes: MISSING_BYTES, ..Self::new(Mode::StallAfterHead) };
        answer.content_type("application/json")
    }

    /// Spaces, or what is set as the body, again and again, in chunks, until the client leaves.
    pub fn endless() -> Self {
        let answer = Self::new(Mode::Endless).header("Transfer-Encoding", "chunked");
        answer.content_type("application/json").body(vec![b' '; CHUNK_BYTES])
    }

    /// A body that ends before the announced length. TLS ends in order, so only HTTP can tell.
    pub fn truncated(body: impl Into<Vec<u8>>) -> Self {
        Self { missing_bytes: MISSING_BYTES, ..Self::new(Mode::Whole) }.content_type("application/json").body(body)
    }

    /// Not a byte, and the end. TLS ends without a word.
    pub fn close() -> Self {
        Self::new(Mode::Close)
    }

    /// Bytes that are no HTTP, and the end.
    pub fn garbage() -> Self {
        Self::new(Mode::Garbage).body(b"\x00\xffthis is no HTTP\x07\r\n\r\n\x1b[2J".as_slice())
    }

    /// 200 with 100 KB of headers: a hundred with 1000 bytes.
    pub fn huge_head() -> Self {
        let value = "x".repeat(1000);
        (0..100).fold(Self::json("{}"), |answer, number| answer.header(&format!("X-Padding-{number}"), &value))
    }

    /// 200 with 64 KiB in gzip that inflate to more than 64 MiB of zeros.
    pub fn gzip_bomb() -> Self {
        Self::json("").header("Content-Encoding", "gzip").body(gzip::bomb())
    }

    /// Adds a header. `Content-Length` or `Transfer-Encoding` takes the place of the length that is true.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn body(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.body = bytes.into();
        self
    }

    /// Sets the `Content-Type`, in place of the one that the answer had.
    pub fn content_type(mut self, value: &str) -> Self {
        self.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("Content-Type"));
        self.header("Content-Type", value)
    }

    /// Sends the answer, to the end that it has. Then only the client can go on.
    pub(super) fn send(mut self, request: &Request, wire: &mut Wire<'_>, connections: &Connections) -> io::Result<()> {
        match &self.mode {
            Mode::Dynamic(handler) => return handler(request).send(request, wire, connections),
            Mode::Conditional { etag } if matches(request, etag) => self.status = 304,
            Mode::Stall => return Ok(()),
            Mode::Close => {
                wire.cut();
                return Ok(());
            }
            Mode::Garbage => return wire.write_all(&self.body).and_then(|()| wire.finish()),
            _ => {}
        }
        wire.write_all(&self.head())?;
        wire.flush()?;
        self.send_body(wire, connections)
    }

    fn send_body(&self, wire: &mut Wire<'_>, connections: &Connections) -> io::Result<()> {
        match self.mode {
            Mode::Endless => return self.send_chunks(wire),
            Mode::Drip { bytes, tick } => self.send_slowly(bytes, tick, wire, connections)?,
            _ if self.has_body() => wire.write_all(&self.body)?,
            _ => {}
        }
        if matches!(self.mode, Mode::StallAfterHead) { wire.flush() } else { wire.finish() }
    }

    fn send_slowly(
        &self,
        bytes: usize,
        tick: Duration,
        wire: &mut Wire<'_>,
        connections: &Connections,
    ) -> io::Result<()> {
        for piece in self.body.chunks(bytes) {
            connections.pause(tick)?;
            wire.write_all(piece)?;
            wire.flush()?;
        }
        Ok(())
    }

    /// Ends only with the error that the client has left.
    fn send_chunks(&self, wire: &mut Wire<'_>) -> io::Result<()> {
        let mut chunk = format!("{:x}\r\n", self.body.len()).into_bytes();
        chunk.extend_from_slice(&self.body);
        chunk.extend_from_slice(b"\r\n");
        loop {
            wire.write_all(&chunk)?;
        }
    }

    fn head(&self) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} Scripted\r\nConnection: close\r\n", self.status);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if self.has_body() && !self.has_framing() {
            head.push_str(&format!("Content-Length: {}\r\n", self.body.len() + self.missing_bytes));
        }
        head.push_str("\r\n");
        head.into_bytes()
    }

    fn has_body(&self) -> bool {
        !matches!(self.status, 100..200 | 204 | 304)
    }

    fn has_framing(&self) -> bool {
        let framing = ["Content-Length", "Transfer-Encoding"];
        self.headers.iter().any(|(name, _)| framing.iter().any(|known| name.eq_ignore_ascii_case(known)))
    }
}

/// Whether `If-None-Match` has this tag. A weak tag matches a strong one: RFC 9110, section 13.1.2.
fn matches(request: &Request, etag: &str) -> bool {
    let strong = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let Some(known) = request.header("if-none-match") else { return false };
    known.trim() == "*" || known.split(',').any(|tag| strong(tag) == strong(etag))
}
