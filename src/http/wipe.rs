//! Overwrites what a connection has sent and received: a form may hold a password, and an answer a token. It notes whether
//! something was sent at all.

use std::cell::Cell;
use ureq::Error;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};
use zeroize::Zeroize;

thread_local! {
    /// Whether something was sent by this thread, since it began to.
    static SENT: Cell<bool> = const { Cell::new(false) };
}

/// A request begins, on this thread.
pub(super) fn begin() {
    SENT.set(false);
}

/// Whether a part of it was sent.
pub(super) fn was_sent() -> bool {
    SENT.get()
}

/// Goes last, where everything is in the clear.
#[derive(Debug)]
pub(super) struct Wipe;

impl<In: Transport> Connector<In> for Wipe {
    type Out = Wiped<In>;

    fn connect(&self, _: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        Ok(chained.map(Wiped))
    }
}

/// A connection whose buffers are overwritten when it is dropped.
#[derive(Debug)]
pub(super) struct Wiped<T: Transport>(T);

impl<T: Transport> Transport for Wiped<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        SENT.set(true);
        self.0.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.0.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.0.is_open()
    }

    fn is_tls(&self) -> bool {
        self.0.is_tls()
    }
}

impl<T: Transport> Drop for Wiped<T> {
    fn drop(&mut self) {
        let buffers = self.0.buffers();
        buffers.output().zeroize();
        buffers.input_consume(buffers.input().len());
        buffers.input_append_buf().zeroize();
    }
}
