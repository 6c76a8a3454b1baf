//! Which files of a folder are messages, by the habits of the telephone systems.

use super::folder::Folder;
use super::is_recording;
use super::list::Listing;
use super::told::{freeswitch, takeout};
use crate::domain::SourceKind;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The folders of an Asterisk mailbox.
pub const MAILBOX_FOLDERS: [&str; 12] = [
    "INBOX", "Old", "Work", "Family", "Friends", "Cust1", "Cust2", "Cust3", "Cust4", "Cust5", "Deleted",
    "Urgent",
];

/// What Asterisk names the greetings beside those folders.
const GREETINGS: [&str; 4] = ["unavail", "busy", "greet", "temp"];

/// Asterisk's formats, the one that is heard best first. Those not named come last.
const FORMATS: [&str; 10] = ["wav16", "sln16", "g722", "wav", "sln", "slin", "ulaw", "alaw", "WAV", "gsm"];

/// The files of one message.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Group {
    /// What left them.
    pub(super) kind: SourceKind,
    /// The sound, in one or more formats, the best first; or the e-mail that holds it.
    pub(super) recordings: Vec<PathBuf>,
    /// What the telephone system wrote of it.
    pub(super) beside: Option<PathBuf>,
}

/// The folders inside `listing` where messages may lie.
pub(super) fn enters(listing: &Listing, folder: &Folder) -> Vec<PathBuf> {
    let is_mailbox = is_mailbox(listing, folder.kind);
    let has = |name: &str| listing.folders.iter().any(|inner| is_named(inner, name));
    let is_maildir = has("new") && has("cur");
    let enters = |inner: &&PathBuf| {
        let name = name(inner);
        let is_workshop =
            name == "tmp" && (is_mailbox || is_maildir || folder.kind == Some(SourceKind::Asterisk));
        let is_unasked = is_mailbox && MAILBOX_FOLDERS.contains(&name) && !is_asked(inner, folder);
        !is_workshop && !is_unasked
    };
    listing.folders.iter().filter(enters).cloned().collect()
}

/// The messages among the files of `listing`.
pub(super) fn group(listing: &Listing, folder: &Folder) -> Vec<Group> {
    let mut groups = Vec::new();
    let mut others = Vec::new();
    let takes = |kind| folder.kind.is_none_or(|only| only == kind);
    if takes(SourceKind::Asterisk) && is_asterisk(listing) {
        let asked = is_asked(&listing.path, folder);
        for (stem, files) in asterisk_stems(&listing.files, &mut others) {
            if asked && let Some(group) = asterisk(&stem, files) {
                groups.push(group);
            }
        }
    } else {
        others.extend(listing.files.iter());
    }
    let is_maildir = is_maildir_part(&listing.path);
    let greeted = is_mailbox(listing, folder.kind);
    for file in others {
        let one = |kind, beside| Group { kind, recordings: vec![file.clone()], beside };
        let partner = |name: PathBuf| Some(name).filter(|name| listing.files.binary_search(name).is_ok());
        if takes(SourceKind::Mail) && (is_maildir || has_ending(file, "eml")) {
            groups.push(one(SourceKind::Mail, None));
        } else if !is_recording(file) {
        } else if takes(SourceKind::FreeSwitch) && freeswitch::message_uuid(file).is_some() {
            groups.push(one(SourceKind::FreeSwitch, None));
        } else if takes(SourceKind::FreeSwitch) && freeswitch::is_own_file(file) {
        } else if takes(SourceKind::Takeout) && name(file).contains(" - Voicemail - ") {
            let page = partner(file.with_extension("html")).or_else(|| takeout_page(file, listing));
            groups.push(one(SourceKind::Takeout, page));
        } else if takes(SourceKind::Plain) && !(greeted && GREETINGS.contains(&stem(file))) {
            groups.push(one(SourceKind::Plain, partner(file.with_extension("json"))));
        }
    }
    groups
}

/// Whether the folder holds an Asterisk mailbox's folders. Unless it is said to, only an `INBOX` proves it.
fn is_mailbox(listing: &Listing, kind: Option<SourceKind>) -> bool {
    listing.folders.iter().map(|inner| name(inner)).any(|name| match kind {
        Some(SourceKind::Asterisk) => MAILBOX_FOLDERS.contains(&name),
        None => name == "INBOX",
        Some(_) => false,
    })
}

/// Whether messages are wanted from this folder of a mailbox: it is named in the configuration, or watched itself.
fn is_asked(path: &Path, folder: &Folder) -> bool {
    path == folder.path
        || !MAILBOX_FOLDERS.contains(&name(path))
        || folder.mailbox_folders.iter().any(|asked| is_named(path, asked))
}

/// Whether this is a folder of an Asterisk mailbox: by its name, or by what is in it.
fn is_asterisk(listing: &Listing) -> bool {
    let mut messages = listing.files.iter().filter(|file| is_message_stem(stem(file)));
    if MAILBOX_FOLDERS.contains(&name(&listing.path)) {
        messages.next().is_some()
    } else {
        messages.any(|file| has_ending(file, "txt"))
    }
}

/// Files by the stem `msgNNNN`; introductions (`msgintroNNNN`) go nowhere, anything else to `others`.
fn asterisk_stems<'a>(
    files: &'a [PathBuf],
    others: &mut Vec<&'a PathBuf>,
) -> BTreeMap<String, Vec<&'a PathBuf>> {
    let mut stems: BTreeMap<String, Vec<&PathBuf>> = BTreeMap::new();
    for file in files {
        let stem = stem(file);
        if is_message_stem(stem) {
            stems.entry(stem.to_owned()).or_default().push(file);
        } else if !stem.starts_with("msgintro") {
            others.push(file);
        }
    }
    stems
}

fn asterisk(stem: &str, files: Vec<&PathBuf>) -> Option<Group> {
    let beside = files.iter().find(|file| is_named(file, &format!("{stem}.txt"))).map(|&file| file.clone());
    let mut recordings: Vec<PathBuf> = files.into_iter().filter(|file| is_recording(file)).cloned().collect();
    recordings.sort_by_key(|file| {
        FORMATS.iter().position(|format| ending(file) == *format).unwrap_or(FORMATS.len())
    });
    (!recordings.is_empty()).then_some(Group { kind: SourceKind::Asterisk, recordings, beside })
}

/// `msg` and at least four digits.
fn is_message_stem(stem: &str) -> bool {
    stem.strip_prefix("msg")
        .is_some_and(|number| number.len() >= 4 && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The page of a recording of Google Takeout, where one of the two names was cut short or numbered.
fn takeout_page(file: &Path, listing: &Listing) -> Option<PathBuf> {
    let names: Vec<&str> = listing.files.iter().map(|file| name(file)).collect();
    takeout::partner(name(file), &names).map(|page| listing.path.join(page))
}

/// Whether this is `new` or `cur` of a Maildir.
fn is_maildir_part(path: &Path) -> bool {
    let has = |inner: &str| path.parent().is_some_and(|parent| parent.join(inner).is_dir());
    matches!(name(path), "new" | "cur") && has("new") && has("cur") && has("tmp")
}

/// The name as text; empty when it is none.
fn name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

fn stem(path: &Path) -> &str {
    path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default()
}

fn ending(path: &Path) -> &str {
    path.extension().and_then(|ending| ending.to_str()).unwrap_or_default()
}

fn is_named(path: &Path, wanted: &str) -> bool {
    name(path) == wanted
}

fn has_ending(path: &Path, wanted: &str) -> bool {
    ending(path).eq_ignore_ascii_case(wanted)
}

#[cfg(test)]
mod tests {
    use super::super::folder::Folder;
    use super::super::list::Listing;
    use super::{enters, group};
    use crate::domain::SourceKind;
    use std::path::PathBuf;

    fn listing(path: &str, files: &[&str], folders: &[&str]) -> Listing {
        let inside = |names: &[&str]| {
            let mut paths: Vec<_> = names.iter().map(|name| PathBuf::from(path).join(name)).collect();
            paths.sort();
            paths
        };
        Listing { path: path.into(), files: inside(files), folders: inside(folders) }
    }

    /// The groups of these files as `kind: recordings + beside`.
    fn groups(path: &str, files: &[&str], kind: Option<SourceKind>) -> Vec<String> {
        let folder = Folder { kind, ..Folder::at("/spool".into()) };
        let name = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
        group(&listing(path, files, &[]), &folder)
            .iter()
            .map(|group| {
                let recordings: Vec<_> = group.recordings.iter().map(name).collect();
                let beside =
                    group.beside.as_ref().map(|path| format!(" + {}", name(path))).unwrap_or_default();
                format!("{:?}: {}{beside}", group.kind, recordings.join(" "))
            })
            .collect()
    }

    const INBOX: &str = "/spool/default/201/INBOX";

    #[test]
    fn the_formats_of_a_stem_are_one_message_the_best_first() {
        let files =
            ["msg0000.WAV", "msg0000.gsm", "msg0000.txt", "msg0000.wav", "msg10000.gsm", "msgintro0000.wav"];
        let want = ["Asterisk: msg0000.wav msg0000.WAV msg0000.gsm + msg0000.txt", "Asterisk: msg10000.gsm"];
        assert_eq!(groups(INBOX, &files, None), want);
        assert_eq!(groups(INBOX, &files, Some(SourceKind::Asterisk)), want);
        assert_eq!(groups("/spool/copied", &files, None), want, "known by its .txt");
    }

    #[test]
    fn folders_that_are_not_asked_for_are_left_alone() {
        assert!(groups("/spool/201/Old", &["msg0000.wav", "msg0000.txt"], None).is_empty());
        assert_eq!(groups("/spool", &["msg0000.wav", "msg0000.txt"], None).len(), 1, "watched itself");
        let folder = Folder::at("/spool".into());
        let mailbox = listing("/spool/201", &[], &["INBOX", "Old", "Urgent", "private", "tmp", "unavail"]);
        let entered: Vec<_> =
            enters(&mailbox, &folder).into_iter().map(|path| super::name(&path).to_owned()).collect();
        assert_eq!(entered, ["INBOX", "Urgent", "private", "unavail"]);
    }

    #[test]
    fn a_folder_is_not_a_mailbox_by_a_name_alone() {
        assert_eq!(groups("/spool/Old", &["pat.wav"], None), ["Plain: pat.wav"]);
        let plain = listing("/spool", &[], &["Old", "tmp"]);
        assert_eq!(enters(&plain, &Folder::at("/spool".into())).len(), 2);
    }

    #[test]
    fn greetings_are_no_messages() {
        let folder = Folder::at("/spool".into());
        let mailbox = listing("/spool/201", &["unavail.wav", "busy.gsm", "pat.wav"], &["INBOX"]);
        assert_eq!(group(&mailbox, &folder).len(), 1);
        assert_eq!(groups("/spool/a", &["greeting_1.wav", "recorded_name.wav"], None), [""; 0]);
        assert_eq!(groups("/spool/a", &["greeting_1.wav", "temp.wav"], Some(SourceKind::Plain)).len(), 2);
    }

    #[test]
    fn each_file_is_recognised() {
        let uuid = "msg_0b4c1e80-5d0d-4a51-8b8e-3f6c5a0c1d2e.wav";
        let files = ["a.eml", "notes.txt", "pat.json", "pat.wav", uuid];
        let want =
            ["Mail: a.eml".to_owned(), format!("FreeSwitch: {uuid}"), "Plain: pat.wav + pat.json".to_owned()];
        let mut got = groups("/spool", &files, None);
        got.sort();
        let mut want = want.to_vec();
        want.sort();
        assert_eq!(got, want);
        assert_eq!(groups("/spool", &files, Some(SourceKind::FreeSwitch)).len(), 1);
    }

    #[test]
    fn names_that_are_not_text_are_plain() {
        use std::os::unix::ffi::OsStrExt;
        let odd = PathBuf::from(std::ffi::OsStr::from_bytes(b"/spool/\xff.wav"));
        let listing = Listing { path: "/spool".into(), files: vec![odd.clone()], folders: Vec::new() };
        let groups = group(&listing, &Folder::at("/spool".into()));
        assert_eq!((groups[0].kind, &groups[0].recordings), (SourceKind::Plain, &vec![odd]));
    }
}
