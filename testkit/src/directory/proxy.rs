//! A proxy before a server: it counts connections, and may hold back what goes through.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// A proxy, on a port of its own. It ends with the process.
#[derive(Clone)]
pub struct Proxy {
    pub port: u16,
    connections: Arc<AtomicUsize>,
    hold: Arc<Hold>,
}

/// How what goes through is held back.
#[derive(Default)]
struct Hold {
    stalls: AtomicBool,
    /// Milliseconds: on the way to the server, and back.
    pauses: [AtomicU64; 2],
}

impl Proxy {
    pub fn start(to: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let proxy = Self { port, connections: Arc::default(), hold: Arc::default() };
        let here = proxy.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                here.connections.fetch_add(1, Ordering::SeqCst);
                let Ok(server) = TcpStream::connect(("127.0.0.1", to)) else { continue };
                let (hold, back) = (here.hold.clone(), here.hold.clone());
                let (from, into) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                thread::spawn(move || copy(from, into, &hold, 0));
                thread::spawn(move || copy(server, client, &back, 1));
            }
        });
        proxy
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Lets nothing through any more, in either direction, without closing anything; or again.
    pub fn stall(&self, stalls: bool) {
        self.hold.stalls.store(stalls, Ordering::SeqCst);
    }

    /// Lets each piece through after that long.
    pub fn slow(&self, pause: Duration) {
        self.hold.pauses.iter().for_each(|way| way.store(pause.as_millis().try_into().unwrap(), Ordering::SeqCst));
    }

    /// Lets what the server sends through so much later.
    pub fn delay(&self, pause: Duration) {
        self.hold.pauses[1].store(pause.as_millis().try_into().unwrap(), Ordering::SeqCst);
    }
}

fn copy(mut from: TcpStream, mut into: TcpStream, hold: &Hold, way: usize) {
    let mut room = [0; 4096];
    while let Ok(count @ 1..) = from.read(&mut room) {
        thread::sleep(Duration::from_millis(hold.pauses[way].load(Ordering::SeqCst)));
        while hold.stalls.load(Ordering::SeqCst) {
            thread::sleep(Duration::from_millis(5));
        }
        if into.write_all(&room[..count]).is_err() {
            break;
        }
    }
    let _ = into.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}
