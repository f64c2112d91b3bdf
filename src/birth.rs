//! Which process something was made in: a fork copies it into another.

/// The process that it was made in.
#[derive(Debug, Clone)]
pub(crate) struct Birth {
    id: u32,
    /// Counts forks, by a handler that the child runs. `None` where none could be registered.
    guard: Option<forkguard::Guard>,
}

impl Birth {
    /// Made here.
    pub(crate) fn here() -> Self {
        Self { id: std::process::id(), guard: forkguard::Guard::try_new().ok() }
    }

    /// Whether this process is the one. Makes no system call, where forks are counted.
    pub(crate) fn is_here(&self) -> bool {
        match &self.guard {
            Some(guard) => !guard.clone().detected_fork(),
            None => self.id == std::process::id(),
        }
    }
}
