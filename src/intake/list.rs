//! Every folder below a watched one, once each, with the names in it.

use super::folder::{Folder, FolderProblem};
use super::is_recording;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

/// How deep folders inside a watched folder are followed.
const DEEPEST: usize = 8;

/// One folder and what is in it, hidden entries left out, in order of name.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// Which.
    pub(super) path: PathBuf,
    /// Files, and whatever is named like a recording.
    pub(super) files: Vec<PathBuf>,
    /// Other folders, and links to them.
    pub(super) folders: Vec<PathBuf>,
}

/// Lists `folder` and, where it is recursive, what `enters` chooses of the folders inside, each place once however often
/// it is linked to.
///
/// # Errors
/// Only what `each` fails with; a folder that cannot be read is a problem, and the others go on.
pub(super) fn list<E>(
    folder: &Folder,
    problems: &mut Vec<FolderProblem>,
    enters: impl Fn(&Listing) -> Vec<PathBuf>,
    mut each: impl FnMut(&Listing) -> Result<(), E>,
) -> Result<(), E> {
    let mut visited = BTreeSet::new();
    let depth = if folder.recursive { DEEPEST } else { 0 };
    let mut due = vec![(folder.path.clone(), depth)];
    while let Some((path, depth)) = due.pop() {
        let Some(listing) = read(path, &mut visited, problems) else { continue };
        each(&listing)?;
        if depth > 0 {
            due.extend(enters(&listing).into_iter().rev().map(|inner| (inner, depth - 1)));
        }
    }
    Ok(())
}

/// What is in the folder; `None` where it was read before or cannot be.
fn read(
    path: PathBuf,
    visited: &mut BTreeSet<(u64, u64)>,
    problems: &mut Vec<FolderProblem>,
) -> Option<Listing> {
    let entries = match fs::metadata(&path).and_then(|metadata| Ok((metadata, fs::read_dir(&path)?))) {
        Ok((metadata, _)) if !visited.insert((metadata.dev(), metadata.ino())) => return None,
        Ok((_, entries)) => entries,
        Err(source) => {
            problems.push(FolderProblem { path, source });
            return None;
        }
    };
    let mut listing = Listing { path, ..Listing::default() };
    for entry in entries {
        let entry = match entry {
            Ok(entry) => entry,
            Err(source) => {
                problems.push(FolderProblem { path: listing.path.clone(), source });
                break;
            }
        };
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let path = entry.path();
        if !is_recording(&path) && is_folder(&entry) {
            listing.folders.push(path);
        } else {
            listing.files.push(path);
        }
    }
    listing.files.sort();
    listing.folders.sort();
    Some(listing)
}

/// Whether the entry is a folder or a link to one.
fn is_folder(entry: &fs::DirEntry) -> bool {
    entry.file_type().is_ok_and(|kind| kind.is_dir() || (kind.is_symlink() && entry.path().is_dir()))
}
