//! The only room with SQL: every call, what was heard and judged of it, and what is still to be done.
//!
//! One `SQLite` file, `dime.db`, in the state folder. The queue is a table: what is not filed or held is
//! waiting. Every step is one transaction, flushed to the disk before it returns, and leaves an
//! [`Event`]; so a kill at any point loses nothing and repeats nothing the owner can see.
//!
//! Everything here blocks: call it off the async threads. One process writes at a time, any number read.

mod calls;
mod copies;
mod counts;
mod digests;
mod error;
mod event;
mod filter;
mod forget;
mod identity;
mod intake;
mod lock;
mod marks;
mod migrate;
mod open;
mod queue;
mod row;
mod seen;
mod steps;
mod unreadable;

#[cfg(test)]
mod killed;
#[cfg(test)]
mod testing;

pub use copies::Draft;
pub use counts::{Counts, Waiting};
pub use digests::DigestRecord;
pub use error::StoreError;
pub use event::{Event, Step};
pub use filter::{CallFilter, Who};
pub use forget::Forgotten;
pub use intake::Recorded;
pub use lock::StateLock;
pub use open::BUSY_TIMEOUT;

use error::Fault;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::path::{Path, PathBuf};

/// What every method answers.
type Result<T> = std::result::Result<T, StoreError>;

/// An open database.
#[derive(Debug)]
pub struct Store {
    /// The one connection; prepared statements are kept in it.
    conn: Connection,
    /// The database file, named in every error.
    path: PathBuf,
    /// Whether copies of recordings stay when their calls are filed.
    keeps_copies: bool,
}

impl Store {
    /// Opens the database in the state folder `dir` for reading and writing.
    ///
    /// Makes the folder (mode 0700) and the file (mode 0600) where they are missing, and brings an older
    /// database up to date after copying it to `dime.db.before-vN`.
    ///
    /// # Errors
    /// When the folder cannot be used, or the file is locked, damaged or of a newer dime.
    pub fn open(dir: &Path) -> Result<Self> {
        open::read_write(dir).map(|(conn, path)| Self { conn, path, keeps_copies: false })
    }

    /// Opens the database in the state folder `dir` for queries only, also while a daemon writes.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is none; [`StoreError::OlderSchema`] when it is not yet up to date;
    /// otherwise as [`open`](Self::open).
    pub fn open_read_only(dir: &Path) -> Result<Self> {
        open::read_only(dir).map(|(conn, path)| Self { conn, path, keeps_copies: false })
    }

    /// Takes the place of the one daemon of the state folder `dir`, until the answer is dropped.
    ///
    /// # Errors
    /// [`StoreError::AlreadyWatching`] while another process holds it.
    pub fn lock_daemon(dir: &Path) -> Result<StateLock> {
        lock::lock_daemon(dir)
    }

    /// Takes the place of the one that sends letters from the state folder `dir`, until the answer is dropped.
    ///
    /// # Errors
    /// [`StoreError::AlreadySending`] while another process holds it.
    pub fn lock_digest(dir: &Path) -> Result<StateLock> {
        lock::lock_digest(dir)
    }

    /// The database file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Runs `work` in one transaction: all of it is recorded, or on an error nothing.
    fn write<T>(&mut self, work: impl FnOnce(&Transaction) -> std::result::Result<T, Fault>) -> Result<T> {
        let run = || -> std::result::Result<T, Fault> {
            // Immediate: waits for another writer now, rather than failing half-way.
            let tx = Transaction::new(&mut self.conn, TransactionBehavior::Immediate)?;
            let done = work(&tx)?;
            tx.commit()?;
            Ok(done)
        };
        run().map_err(|fault| fault.at(&self.path))
    }

    /// Runs `work`, which can be in no transaction.
    fn outside_transactions<T>(
        &self,
        work: impl FnOnce(&Connection) -> std::result::Result<T, Fault>,
    ) -> Result<T> {
        work(&self.conn).map_err(|fault| fault.at(&self.path))
    }

    /// Runs `work` on one unchanging view of the database.
    fn read<T>(&self, work: impl FnOnce(&Connection) -> std::result::Result<T, Fault>) -> Result<T> {
        let run = || -> std::result::Result<T, Fault> {
            let tx = self.conn.unchecked_transaction()?;
            let answer = work(&tx)?;
            tx.finish()?;
            Ok(answer)
        };
        run().map_err(|fault| fault.at(&self.path))
    }
}
