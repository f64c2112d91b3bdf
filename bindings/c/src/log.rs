//! The log: the host's function gets what the library tells of keys, refreshes and configurations.

use crate::guard::guard;
use crate::status::doorward_status;
use arc_swap::ArcSwapOption;
use doorward_core::Code;
use std::cell::Cell;
use std::ffi::{c_char, c_void};
use std::fmt::{Debug, Write};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Once};
use std::thread;
use std::time::Duration;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber};

/// Something failed that needs a look.
pub const DOORWARD_LOG_ERROR: u32 = 1;
/// Something failed, and what was there before serves on.
pub const DOORWARD_LOG_WARNING: u32 = 2;
/// Keys or the configuration changed.
pub const DOORWARD_LOG_INFO: u32 = 3;
/// Each refresh.
pub const DOORWARD_LOG_DEBUG: u32 = 4;

/// Gets one line of the log: the host's context, the level, and UTF-8 text without an end, borrowed for the call.
///
/// It is called on the background threads, and on those in a call that may block. Where a background thread can't be
/// started, it is called on the thread that asked for one: at the first use in a process, in `doorward_verifier_verify`
/// too. It runs on several threads at once, and never under a lock of this library. It must return in the ordinary way: no
/// exception, no longjmp. It may call every function of this library but free.
pub type doorward_log_function =
    Option<unsafe extern "C" fn(context: *mut c_void, level: u32, message: *const c_char, message_len: usize)>;

/// What the host asked for.
struct Sink {
    function: unsafe extern "C" fn(*mut c_void, u32, *const c_char, usize),
    context: *mut c_void,
    level: u32,
}

// SAFETY: the host vouches that its function and context may be used on any thread.
unsafe impl Send for Sink {}
// SAFETY: as above.
unsafe impl Sync for Sink {}

static SINK: ArcSwapOption<Sink> = ArcSwapOption::const_empty();

/// Sets the host's function for the log, for all verifiers of this process, instead of the last one. NULL, or level 0,
/// turns the log off, as it is at first. Lines above `level` are left out. None has a token, a secret or a password.
///
/// `context` is kept and handed to each call. When this returns, the last function is not running any more and won't be
/// called again. So it waits for calls that run: may block. Only where it is called within such a call it does not wait
/// at all: the last function may still run, on this thread and on others, and its context must live until a call of
/// this from elsewhere has returned.
///
/// Returns DOORWARD_OK, or DOORWARD_ARGUMENT_INVALID for a level above DOORWARD_LOG_DEBUG. Since 0.1.
///
/// # Safety
/// As the head of this header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorward_log_set(
    function: doorward_log_function,
    context: *mut c_void,
    level: u32,
) -> doorward_status {
    guard(|| {
        if level > DOORWARD_LOG_DEBUG {
            return Err(Code::ArgumentInvalid);
        }
        let function = function.filter(|_| level > 0);
        SINK.store(function.map(|function| Arc::new(Sink { function, context, level })));
        listen();
        Running::wait();
        Ok(())
    })
}

fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // It fails where there is one already. This library's copy of the standard has none but this.
        let _ = tracing::subscriber::set_global_default(Listener);
    });
}

/// Gets every event of the library.
struct Listener;

impl Subscriber for Listener {
    /// The host may ask for another level at any time.
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::sometimes()
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && SINK.load().as_ref().is_some_and(|sink| number(*metadata.level()) <= sink.level)
    }

    fn event(&self, event: &Event<'_>) {
        let level = number(*event.metadata().level());
        let mut line = Line::default();
        event.record(&mut line);
        let _running = Running::enter();
        let Some(sink) = SINK.load_full() else { return };
        // SAFETY: the host vouches for its function and context; the line lives as long as the call.
        unsafe { (sink.function)(sink.context, level, line.0.as_ptr().cast(), line.0.len()) };
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

fn number(level: Level) -> u32 {
    match level {
        Level::ERROR => DOORWARD_LOG_ERROR,
        Level::WARN => DOORWARD_LOG_WARNING,
        Level::INFO => DOORWARD_LOG_INFO,
        Level::DEBUG => DOORWARD_LOG_DEBUG,
        Level::TRACE => DOORWARD_LOG_DEBUG + 1,
    }
}

/// `message name=value name=value`, on one line.
#[derive(Default)]
struct Line(String);

impl Line {
    fn push(&mut self, name: &str, value: &str) {
        if !self.0.is_empty() {
            self.0.push(' ');
        }
        if name != "message" {
            let _ = write!(self.0, "{name}=");
        }
        self.0.extend(value.chars().map(|character| if character.is_control() { ' ' } else { character }));
    }
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.push(field.name(), value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.push(field.name(), &format!("{value:?}"));
    }
}

/// The calls of the host's function that run in this process: the process's id, and how many. After a fork those of the
/// parent do not count, for their threads are not there.
static RUNNING: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// How many of them run on this thread: one within another, where the function itself calls the library.
    static OURS: Cell<u32> = const { Cell::new(0) };
}

/// How often it is looked whether the last call has returned.
const WAIT: Duration = Duration::from_millis(1);

/// Marks a call of the host's function, as long as it lives.
struct Running;

impl Running {
    fn enter() -> Self {
        Self::count(|calls| calls + 1);
        OURS.set(OURS.get() + 1);
        Self
    }

    fn count(change: impl Fn(u32) -> u32) {
        let process = u64::from(process::id()) << 32;
        let change = |running: u64| {
            let calls = if running & !u64::from(u32::MAX) == process { running as u32 } else { 0 };
            Some(process | u64::from(change(calls)))
        };
        let _ = RUNNING.fetch_update(Ordering::SeqCst, Ordering::SeqCst, change);
    }

    /// Waits until no thread is within the function. A call within it does not: two of them would wait for each other.
    fn wait() {
        if OURS.get() > 0 {
            return;
        }
        let process = u64::from(process::id());
        loop {
            let running = RUNNING.load(Ordering::SeqCst);
            if running >> 32 != process || running as u32 == 0 {
                return;
            }
            thread::sleep(WAIT);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        OURS.set(OURS.get().saturating_sub(1));
        Self::count(|calls| calls.saturating_sub(1));
    }
}
