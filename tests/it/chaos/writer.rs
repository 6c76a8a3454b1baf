//! One simulated telephone system at work, in a thread of its own: the same seed does the same steps in the same order.

use super::asterisk::Asterisk;
use super::book::Book;
use super::folder::Folder;
use super::freepbx::FreePbx;
use super::freeswitch::FreeSwitch;
use crate::labelled::Draw;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Does what a telephone system does, one thing after the other.
pub(crate) trait Writer {
    /// One thing.
    fn step(&mut self, book: &mut Book, draw: &mut Draw);
    /// Deletes some of what has lain there for long.
    fn farewell(&mut self, book: &mut Book, draw: &mut Draw);
}

/// A telephone system that is simulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum System {
    Folder,
    Asterisk,
    FreePbx,
    FreeSwitch,
}

/// How a writer is to work.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Orders {
    /// How many messages it leaves at most.
    pub(crate) messages: usize,
    /// dime's `settle_seconds`.
    pub(crate) settle: Duration,
    /// How long the last messages lie there before some are deleted.
    pub(crate) farewell_after: Duration,
}

impl System {
    pub(crate) const ALL: [Self; 4] = [Self::Folder, Self::Asterisk, Self::FreePbx, Self::FreeSwitch];

    /// As its folder in the spool is named.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Folder => "folder",
            Self::Asterisk => "asterisk",
            Self::FreePbx => "freepbx",
            Self::FreeSwitch => "freeswitch",
        }
    }

    /// Starts writer `index` of this system in `spool`; it works until `stop`, says farewell, and hands over its book.
    pub(crate) fn start(
        self,
        index: usize,
        spool: &Path,
        seed: u64,
        orders: Orders,
        stop: Arc<AtomicBool>,
    ) -> JoinHandle<Book> {
        let name = format!("{}-{index}", self.as_str());
        let root = spool.join(&name);
        std::thread::spawn(move || {
            let mut draw = Draw::new(&format!("{seed} {name}"));
            let mut book = Book::new(&name, &root, orders.settle);
            let first_caller = self as usize * 2_000 + index * 1_000;
            let mut writer = self.writer(&mut book, orders.messages, first_caller, &mut draw);
            while !stop.load(Ordering::Relaxed) {
                for _ in 0..=draw.below(4) {
                    writer.step(&mut book, &mut draw);
                }
                std::thread::sleep(Duration::from_millis(draw.below(600) as u64));
            }
            std::thread::sleep(orders.farewell_after);
            writer.farewell(&mut book, &mut draw);
            book
        })
    }

    fn writer(
        self,
        book: &mut Book,
        messages: usize,
        first_caller: usize,
        draw: &mut Draw,
    ) -> Box<dyn Writer> {
        match self {
            Self::Folder => Box::new(Folder::new(book, messages, first_caller)),
            Self::Asterisk => Box::new(Asterisk::new(book, messages, first_caller, draw)),
            Self::FreePbx => Box::new(FreePbx::new(book, messages, first_caller, draw)),
            Self::FreeSwitch => Box::new(FreeSwitch::new(book, messages, first_caller, draw)),
        }
    }
}

/// The ten digits of a caller's number, another for each `index` below 10,000.
pub(crate) fn caller(index: usize) -> String {
    format!("509555{index:04}")
}

#[cfg(test)]
mod tests {
    use super::{Book, Draw, System};
    use std::time::Duration;

    #[test]
    fn the_same_seed_does_the_same_steps() {
        let steps = |system: System, seed: &str| {
            let folder = tempfile::tempdir().unwrap();
            let mut book = Book::new("writer", folder.path(), Duration::from_secs(1));
            let mut draw = Draw::new(seed);
            let mut writer = system.writer(&mut book, 20, 0, &mut draw);
            for _ in 0..12 {
                writer.step(&mut book, &mut draw);
            }
            let steps = book.messages.into_iter().flat_map(|message| message.steps);
            steps.map(|(_, step)| step).collect::<Vec<_>>()
        };
        for system in System::ALL {
            let [first, again, other] = ["1", "1", "2"].map(|seed| steps(system, seed));
            assert_eq!(first, again, "{system:?}");
            assert_ne!(first, other, "{system:?}");
        }
    }
}
