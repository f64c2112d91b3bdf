//! Accepts connections on an ephemeral port of 127.0.0.1, each in a thread, until it is dropped.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

pub(super) struct Listener {
    port: u16,
    connections: Arc<Connections>,
    acceptor: Option<JoinHandle<()>>,
}

/// The connections of a listener, and whether it has stopped.
#[derive(Default)]
pub(super) struct Connections {
    table: Mutex<Table>,
    stopped: Condvar,
}

#[derive(Default)]
struct Table {
    stopped: bool,
    accepted: usize,
    open: HashMap<usize, Arc<TcpStream>>,
}

/// A connection in the table of its listener. It leaves the table when it is dropped, so that it is closed even where
/// its thread panicked.
struct Connection {
    id: usize,
    socket: Arc<TcpStream>,
    connections: Arc<Connections>,
}

impl Listener {
    /// Starts to accept. `serve` has the connection for itself; the connection is closed when it returns.
    pub(super) fn start(serve: impl Fn(&TcpStream, &Connections) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::new(Connections::default());
        let shared = Arc::clone(&connections);
        let acceptor = thread::spawn(move || accept(&listener, &shared, &Arc::new(serve)));
        Self { port, connections, acceptor: Some(acceptor) }
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn accepted(&self) -> usize {
        self.connections.table.lock().unwrap().accepted
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.connections.stop();
        // The acceptor sees that it shall stop when a connection comes. If none can be made, it is left behind.
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let woken = TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok();
        if let Some(acceptor) = self.acceptor.take().filter(|_| woken) {
            let _ = acceptor.join();
        }
    }
}

fn accept<F>(listener: &TcpListener, connections: &Arc<Connections>, serve: &Arc<F>)
where
    F: Fn(&TcpStream, &Connections) + Send + Sync + 'static,
{
    for socket in listener.incoming() {
        // A connection can be gone before it was accepted.
        let Ok(socket) = socket else { continue };
        let Some(connection) = Connection::open(socket, connections) else { return };
        let serve = Arc::clone(serve);
        thread::spawn(move || serve(&connection.socket, &connection.connections));
    }
}

impl Connection {
    /// Enters a connection in the table; `None` once the listener has stopped.
    fn open(socket: TcpStream, connections: &Arc<Connections>) -> Option<Self> {
        // What is written slowly has to leave slowly, too.
        let _ = socket.set_nodelay(true);
        let socket = Arc::new(socket);
        let id = connections.add(&socket)?;
        Some(Self { id, socket, connections: Arc::clone(connections) })
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.connections.table.lock().unwrap().open.remove(&self.id);
    }
}

impl Connections {
    fn add(&self, socket: &Arc<TcpStream>) -> Option<usize> {
        let mut table = self.table.lock().unwrap();
        if table.stopped {
            return None;
        }
        table.accepted += 1;
        let id = table.accepted;
        table.open.insert(id, Arc::clone(socket));
        Some(id)
    }

    /// Cuts every connection, which ends the reads and writes of their threads, and every pause.
    fn stop(&self) {
        let mut table = self.table.lock().unwrap();
        table.stopped = true;
        for socket in table.open.values() {
            let _ = socket.shutdown(Shutdown::Both);
        }
        self.stopped.notify_all();
    }

    /// Waits for so long; an error when the listener stops meanwhile.
    pub(super) fn pause(&self, time: Duration) -> io::Result<()> {
        let table = self.table.lock().unwrap();
        let (table, _) = self.stopped.wait_timeout_while(table, time, |table| !table.stopped).unwrap();
        if table.stopped { Err(io::ErrorKind::ConnectionAborted.into()) } else { Ok(()) }
    }
}
