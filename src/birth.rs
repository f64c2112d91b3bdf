//! Which process something was made in: a fork copies it into another.

use arc_swap::ArcSwap;
use std::sync::Arc;

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

/// What each process has one of. After a fork, that of the parent is left alone, and replaced by the first who asks.
#[derive(Debug)]
pub(crate) struct PerProcess<T> {
    current: ArcSwap<Own<T>>,
}

#[derive(Debug)]
struct Own<T> {
    birth: Birth,
    value: Arc<T>,
}

impl<T> Own<T> {
    fn new(value: T) -> Arc<Self> {
        Arc::new(Self { birth: Birth::here(), value: Arc::new(value) })
    }
}

impl<T> PerProcess<T> {
    /// With that of this process.
    pub(crate) fn new(value: T) -> Self {
        Self { current: ArcSwap::new(Own::new(value)) }
    }

    /// That of this process, as `make` makes it after a fork.
    pub(crate) fn get(&self, make: impl FnOnce() -> T) -> Arc<T> {
        let own = self.current.load();
        if own.birth.is_here() {
            return own.value.clone();
        }
        self.current.compare_and_swap(&*own, Own::new(make()));
        self.current.load().value.clone()
    }

    /// Reads that of this process; `None` where nobody has asked for it since a fork.
    pub(crate) fn read<R>(&self, read: impl FnOnce(&T) -> R) -> Option<R> {
        let own = self.current.load();
        own.birth.is_here().then(|| read(&own.value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_process_made_is_left_alone_and_made_anew() {
        let inherited = Arc::new("the parent's");
        let own = Own { birth: Birth { id: 0, guard: None }, value: inherited.clone() };
        let per_process = PerProcess { current: ArcSwap::from_pointee(own) };
        assert_eq!(per_process.read(|value| *value), None);
        assert_eq!(*per_process.get(|| "the child's"), "the child's");
        assert_eq!(*per_process.get(|| "another"), "the child's");
        assert_eq!(per_process.read(|value| *value), Some("the child's"));
        assert_eq!(Arc::strong_count(&inherited), 1, "the parent's is not kept");
    }
}
