//! The cheap signs that a file has not changed.

use crate::domain::FileStamp;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The stamp of the file at `path`, from its metadata.
pub(super) fn stamp(path: PathBuf, metadata: &Metadata) -> FileStamp {
    FileStamp {
        path,
        device: metadata.dev(),
        inode: metadata.ino(),
        size: metadata.size(),
        modified_ns: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
        changed_ns: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
    }
}

/// How long the file has been left alone, as its own times tell; `None` when they lie in the future.
pub(super) fn quiet_for(stamp: &FileStamp, now: SystemTime) -> Option<Duration> {
    let last = u64::try_from(stamp.modified_ns.max(stamp.changed_ns)).unwrap_or(0);
    now.duration_since(UNIX_EPOCH + Duration::from_nanos(last)).ok()
}

const fn nanoseconds(seconds: i64, rest: i64) -> i64 {
    seconds.saturating_mul(1_000_000_000).saturating_add(rest)
}
