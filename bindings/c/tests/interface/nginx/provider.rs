//! Serves a key set, from the moment on that the test allows it.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

#[derive(Default)]
struct State {
    open: AtomicBool,
    ended: AtomicBool,
    asked: AtomicUsize,
}

pub struct Provider {
    address: SocketAddr,
    state: Arc<State>,
}

impl Provider {
    pub fn start(keys: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let provider = Self { address: listener.local_addr().unwrap(), state: Arc::default() };
        let state = provider.state.clone();
        thread::spawn(move || {
            for stream in listener.incoming().take_while(|_| !state.ended.load(Ordering::Acquire)).flatten() {
                let (state, keys) = (state.clone(), keys.clone());
                thread::spawn(move || answer(stream, &state, &keys));
            }
        });
        provider
    }

    pub fn url(&self) -> String {
        format!("http://{}/keys", self.address)
    }

    /// How many requests have come in.
    pub fn asked(&self) -> usize {
        self.state.asked.load(Ordering::Acquire)
    }

    /// Answers from here on, also who has waited.
    pub fn open(&self) {
        self.state.open.store(true, Ordering::Release);
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.open();
        self.state.ended.store(true, Ordering::Release);
        // The thread that listens looks at the end only when somebody comes.
        drop(TcpStream::connect(self.address));
    }
}

fn answer(stream: TcpStream, state: &State, keys: &str) {
    let head = BufReader::new(&stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty());
    if head.count() == 0 {
        return;
    }
    state.asked.fetch_add(1, Ordering::AcqRel);
    while !state.open.load(Ordering::Acquire) {
        thread::sleep(Duration::from_millis(5));
    }
    let length = keys.len();
    // Who asked may have gone meanwhile.
    let _ = write!(&stream, "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{keys}");
}
