//! Signals of the host, which our threads leave to its own.

/// Does something with the signals of the host blocked, as a thread that is started in it inherits: they must not be handled
/// on our thread.
///
/// Not blocked are those that a process sends to one of its threads: faults, and what a collector stops threads with, Mono's for
/// one. Our threads call the host's log, so it may know them; it would wait for one that did not hear it for ever.
#[cfg(unix)]
pub(crate) fn without_signals<T>(work: impl FnOnce() -> T) -> T {
    use nix::sys::signal::{SigSet, SigmaskHow};
    let of_host = OF_HOST.into_iter().collect::<SigSet>();
    let before = of_host.thread_swap_mask(SigmaskHow::SIG_BLOCK);
    let outcome = work();
    if let Ok(before) = before {
        // It was this thread's mask a moment ago.
        let _ = before.thread_set_mask();
    }
    outcome
}

/// Signals that are sent to a process as a whole, by its users, its children, its timers or its files.
#[cfg(unix)]
const OF_HOST: [nix::sys::signal::Signal; 18] = {
    use nix::sys::signal::Signal::*;
    [
        SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGCHLD, SIGCONT, SIGTSTP, SIGTTIN, SIGTTOU, SIGPIPE,
        SIGALRM, SIGVTALRM, SIGPROF, SIGWINCH, SIGIO, SIGURG,
    ]
};

#[cfg(not(unix))]
pub(crate) fn without_signals<T>(work: impl FnOnce() -> T) -> T {
    work()
}
