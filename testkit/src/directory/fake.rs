//! A server that answers as a test wants, without TLS: what a real one can't be brought to say.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// A server, on a port of its own. It ends with the process.
pub struct Fake {
    pub port: u16,
    binds: Arc<AtomicUsize>,
    connections: Arc<AtomicUsize>,
}

impl Fake {
    /// `answer` is given the tag of a request and its number on the connection, and makes all that is sent back, with the
    /// message's id as its argument.
    pub fn start(answer: impl Fn(u8, u8) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let fake =
            Self { port: listener.local_addr().unwrap().port(), binds: Arc::default(), connections: Arc::default() };
        let (answer, binds, connections) = (Arc::new(answer), fake.binds.clone(), fake.connections.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                connections.fetch_add(1, Ordering::SeqCst);
                let (answer, binds) = (answer.clone(), binds.clone());
                thread::spawn(move || serve(stream, &*answer, &binds));
            }
        });
        fake
    }

    /// Binds that were asked for, the service account's too.
    pub fn binds(&self) -> usize {
        self.binds.load(Ordering::SeqCst)
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// Requests of the tests fit into one segment, and have an id of one byte.
fn serve(mut stream: TcpStream, answer: &(impl Fn(u8, u8) -> Vec<u8> + ?Sized), binds: &AtomicUsize) {
    let mut room = [0; 4096];
    while let Ok(count @ 7..) = stream.read(&mut room) {
        let head = if room[1] < 0x80 { 2 } else { 2 + usize::from(room[1] - 0x80) };
        let (id, tag) = (room[head + 2], room[head + 3]);
        if tag == 0x60 {
            binds.fetch_add(1, Ordering::SeqCst);
        }
        if count < head + 3 || tag == 0x42 || stream.write_all(&answer(tag, id)).is_err() {
            return;
        }
    }
}

/// An element, with its length in four bytes as Active Directory writes it.
pub fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut bytes = vec![tag, 0x84];
    bytes.extend(u32::try_from(content.len()).unwrap().to_be_bytes());
    bytes.extend(content);
    bytes
}

fn message(id: u8, operation: &[u8]) -> Vec<u8> {
    element(0x30, &[&[2, 1, id], operation])
}

/// An answer with a result code: to a bind 0x61, to a search 0x65, to an extended request 0x78.
pub fn result(id: u8, tag: u8, code: u8) -> Vec<u8> {
    message(id, &element(tag, &[&[10, 1, code], &element(4, &[]), &element(4, &[])]))
}

pub fn done(id: u8) -> Vec<u8> {
    result(id, 0x65, 0)
}

/// An entry with one value of one attribute.
pub fn entry(id: u8, dn: &str, name: &str, value: &[u8]) -> Vec<u8> {
    entry_of(id, dn, &[(name, value)])
}

/// An entry with one value of each attribute.
pub fn entry_of(id: u8, dn: &str, attributes: &[(&str, &[u8])]) -> Vec<u8> {
    let attribute = |(name, value): &(&str, &[u8])| {
        let values = element(0x31, &[&element(4, &[value])]);
        element(0x30, &[&element(4, &[name.as_bytes()]), &values])
    };
    let attributes: Vec<u8> = attributes.iter().flat_map(attribute).collect();
    message(id, &element(0x64, &[&element(4, &[dn.as_bytes()]), &element(0x30, &[&attributes])]))
}
