//! A connection with or without TLS, and the ways to end it.

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;

pub(super) enum Wire<'a> {
    Plain(&'a TcpStream),
    Tls(Box<StreamOwned<ServerConnection, &'a TcpStream>>),
}

impl<'a> Wire<'a> {
    pub(super) fn new(socket: &'a TcpStream, tls: Option<Arc<ServerConfig>>) -> Self {
        let Some(tls) = tls else { return Self::Plain(socket) };
        Self::Tls(Box::new(StreamOwned::new(ServerConnection::new(tls).unwrap(), socket)))
    }

    /// Says that nothing more comes: in TLS first, where there is TLS.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        if let Self::Tls(stream) = self {
            stream.conn.send_close_notify();
        }
        self.flush()?;
        self.cut();
        Ok(())
    }

    /// Ends what is sent, without a word in TLS.
    pub(super) fn cut(&self) {
        let socket = match self {
            Self::Plain(socket) => socket,
            Self::Tls(stream) => stream.sock,
        };
        // It fails where the client was faster.
        let _ = socket.shutdown(Shutdown::Write);
    }
}

impl Read for Wire<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Wire<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(socket) => socket.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}

/// Waits until the client leaves, or the listener cuts the connection. A socket that is closed with bytes unread makes
/// the client lose what it has not read yet, so every connection ends with this.
pub(super) fn wait_for_leave(mut socket: &TcpStream) {
    let _ = io::copy(&mut socket, &mut io::sink());
}
