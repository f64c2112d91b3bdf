//! Where hosts fetch keys from: servers on this machine that answer well, late, and not at all.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

/// How long `/slow` lets a fetch wait.
const SLOW: Duration = Duration::from_millis(300);

/// How long it takes until what a client says first has certainly come.
const GREETING: Duration = Duration::from_millis(20);

fn listen(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let serve = Arc::new(serve);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (stream, serve) = (stream.unwrap(), serve.clone());
            thread::spawn(move || serve(stream));
        }
    });
    address
}

/// Serves a key set for every path; for `/slow` it lets the client wait in the midst of the answer.
pub fn key_server(keys: String) -> SocketAddr {
    listen(move |stream| answer(&stream, &keys).unwrap_or_default())
}

/// Whoever is killed or closed before its answer has come is of no interest.
fn answer(mut stream: &TcpStream, keys: &str) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}", keys.len());
    write!(stream, "{head}\r\nConnection: close\r\n\r\n{}", &keys[..1])?;
    if first.starts_with("GET /slow") {
        thread::sleep(SLOW);
    }
    stream.write_all(&keys.as_bytes()[1..])?;
    stream.shutdown(Shutdown::Write)?;
    // A connection that is dropped with something unread takes back what was sent.
    stream.read_to_end(&mut Vec::new()).map(|_| ())
}

/// Says what is no TLS, and then closes and resets: whoever answers that writes where nobody reads any more, which is
/// what SIGPIPE is for. It counts who was treated so.
pub fn rude_server() -> (SocketAddr, Arc<AtomicU32>) {
    let count = Arc::new(AtomicU32::new(0));
    let counted = count.clone();
    let address = listen(move |mut stream| {
        thread::sleep(GREETING);
        let said = stream.write_all(b"this is not TLS").and_then(|()| stream.shutdown(Shutdown::Write));
        // Dropped with the greeting unread, it is reset.
        counted.fetch_add(u32::from(said.is_ok()), Ordering::Relaxed);
    });
    (address, count)
}
