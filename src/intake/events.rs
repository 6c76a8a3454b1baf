//! The kernel's word that something may have changed: a hint to scan again, never the truth.

use notify::event::{AccessKind, AccessMode, ModifyKind};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::Notify;

/// Hints from the kernel for a set of folders.
pub struct Hints {
    watcher: Option<RecommendedWatcher>,
    folders: Vec<(PathBuf, bool)>,
    /// Device and inode of each folder that is watched.
    watched: Vec<Option<(u64, u64)>>,
    changed: Arc<Notify>,
}

impl Hints {
    /// Asks for hints on `folders` (with whether folders inside count too). Where the kernel gives none
    /// (no inotify, limit reached, folder missing) this says so in the log; scans by the clock go on.
    #[must_use]
    pub fn new(folders: Vec<(PathBuf, bool)>) -> Self {
        let changed = Arc::new(Notify::new());
        let signal = Arc::clone(&changed);
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            if event.is_ok_and(|event| is_no_hint(event.kind)) {
                return;
            }
            signal.notify_one();
        });
        let watcher = watcher
            .inspect_err(|error| tracing::warn!(%error, "the kernel gives no hints of new files; scanning by the clock"))
            .ok();
        let mut hints = Self { watcher, watched: vec![None; folders.len()], folders, changed };
        hints.renew();
        hints
    }

    /// Asks again for the folders that could not be watched so far, that were missing, or that were exchanged.
    pub fn renew(&mut self) {
        let Some(watcher) = &mut self.watcher else { return };
        for ((folder, recursive), watched) in self.folders.iter().zip(&mut self.watched) {
            let there = fs::metadata(folder).ok().filter(Metadata::is_dir).map(|it| (it.dev(), it.ino()));
            if *watched == there {
                continue;
            }
            if watched.is_some() {
                // Gone, or another folder under the same name.
                drop(watcher.unwatch(folder));
            }
            *watched = there.filter(|_| watch(watcher, folder, *recursive));
        }
    }

    /// Whether something may have changed since the last wait; asking does not use the hint up.
    #[must_use]
    pub fn pending(&self) -> bool {
        // A permit that is there is taken and put back.
        let taken = std::pin::pin!(self.changed.notified()).as_mut().enable();
        if taken {
            self.changed.notify_one();
        }
        taken
    }

    /// Waits until something may have changed since the last wait.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }
}

fn watch(watcher: &mut RecommendedWatcher, folder: &Path, recursive: bool) -> bool {
    let mode = if recursive { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive };
    match watcher.watch(folder, mode) {
        Ok(()) => true,
        Err(error) => {
            tracing::warn!(folder = %folder.display(), %error, "no hints of new files here; scanning by the clock");
            false
        }
    }
}

/// Reading a file, as dime does, makes events as well; and every write to a recording in the making, which is of
/// interest when it is closed or left alone.
const fn is_no_hint(kind: EventKind) -> bool {
    matches!(
        kind,
        EventKind::Access(AccessKind::Open(_) | AccessKind::Read | AccessKind::Close(AccessMode::Read))
            | EventKind::Modify(ModifyKind::Data(_))
    )
}
