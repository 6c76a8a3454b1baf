//! Bytes in memory as symphonia reads them, with an end to its patience.

use std::io::{self, Read, Seek, SeekFrom};
use symphonia::core::io::MediaSource;

/// What one call costs beside the bytes it reads.
const CALL: u64 = 64;

/// How many times over a file may be read: demuxers look ahead and return, but not for ever.
const PASSES: u64 = 64;

/// A header and the sound behind it as one stream. A demuxer that a broken file sends in circles gets an error.
pub(super) struct Source<'a> {
    head: &'a [u8],
    tail: &'a [u8],
    position: u64,
    budget: u64,
    seekable: bool,
}

impl<'a> Source<'a> {
    /// `head` followed by `tail`.
    pub(super) fn new(head: &'a [u8], tail: &'a [u8]) -> Self {
        let length = (head.len() + tail.len()) as u64;
        Self { head, tail, position: 0, budget: PASSES * (length + 65_536), seekable: true }
    }

    /// The same, to be read from start to end like a pipe: demuxers then take what comes, where otherwise they
    /// first look for what a file that breaks off does not have.
    pub(super) fn piped(head: &'a [u8], tail: &'a [u8]) -> Self {
        Self { seekable: false, ..Self::new(head, tail) }
    }

    /// Pays for a call that moves `bytes`.
    fn pay(&mut self, bytes: usize) -> io::Result<()> {
        let left = self.budget.checked_sub(CALL + bytes as u64);
        self.budget = left.ok_or_else(|| io::Error::other("the file sends its reader in circles"))?;
        Ok(())
    }

    fn length(&self) -> u64 {
        (self.head.len() + self.tail.len()) as u64
    }
}

impl Read for Source<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let at = usize::try_from(self.position).unwrap_or(usize::MAX);
        let mut rest = match self.head.get(at..) {
            Some(rest) if !rest.is_empty() => rest,
            _ => self.tail.get(at.saturating_sub(self.head.len())..).unwrap_or_default(),
        };
        let count = rest.read(buffer)?;
        self.pay(count)?;
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for Source<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.pay(0)?;
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.length().checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

impl MediaSource for Source<'_> {
    fn is_seekable(&self) -> bool {
        self.seekable
    }

    fn byte_len(&self) -> Option<u64> {
        self.seekable.then(|| self.length())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_parts_read_as_one() {
        let mut source = Source::new(b"head", b"tail");
        let mut text = String::new();
        source.read_to_string(&mut text).unwrap();
        assert_eq!(text, "headtail");
        source.seek(SeekFrom::End(-6)).unwrap();
        text.clear();
        source.read_to_string(&mut text).unwrap();
        assert_eq!(text, "adtail");
        assert!(source.seek(SeekFrom::Current(-100)).is_err());
    }

    #[test]
    fn reading_for_ever_ends() {
        let mut source = Source::new(b"", b"tail");
        let ends = (0..1_000_000).any(|_| source.rewind().and_then(|()| source.read(&mut [0; 4])).is_err());
        assert!(ends);
    }
}
