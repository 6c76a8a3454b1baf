//! Who may know whom: the table of ARCHITECTURE.md against the `use crate::` lines.

use crate::home::checkout;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

#[test]
fn no_room_knows_one_it_must_not() {
    let allowed = table();
    let mut wrong = Vec::new();
    for (file, room) in sources() {
        let text = fs::read_to_string(&file).unwrap();
        let may = allowed.get(&room).unwrap_or_else(|| panic!("{room} is not in ARCHITECTURE.md's table"));
        for known in known_rooms(&text) {
            if known != room && !may.contains(&known) {
                wrong.push(format!("{}: `{room}` must not know `{known}`", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_has_no_circle() {
    let allowed = table();
    // Whoever knows only rooms that are already known to be free of circles is free of circles.
    let mut free: BTreeSet<&String> = BTreeSet::new();
    while free.len() < allowed.len() {
        let next: Vec<_> = allowed
            .iter()
            .filter(|(room, may)| !free.contains(room) && may.iter().all(|room| free.contains(room)))
            .map(|(room, _)| room)
            .collect();
        assert!(!next.is_empty(), "a circle among the rooms other than {free:?}");
        free.extend(next);
    }
}

/// The rooms that each room may know, from the lines `room → room, room` of ARCHITECTURE.md.
fn table() -> BTreeMap<String, BTreeSet<String>> {
    let text = fs::read_to_string(checkout().join("ARCHITECTURE.md")).unwrap();
    let names = |list: &str| -> BTreeSet<String> {
        list.split([',', '|']).map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
    };
    let mut table = BTreeMap::new();
    let section = text.split("\n## ").find(|section| section.starts_with("Rooms")).unwrap();
    for line in section.lines() {
        let Some((rooms, may)) = line.split_once('→').filter(|_| line.starts_with("    ")) else {
            continue;
        };
        for room in names(rooms) {
            table.insert(room, names(may));
        }
    }
    assert!(table.len() > 8, "ARCHITECTURE.md has lost its table");
    table
}

/// Every source file with its room: the folder under `src`, or the file's own name.
fn sources() -> Vec<(std::path::PathBuf, String)> {
    let src = checkout().join("src");
    let mut files = Vec::new();
    collect(&src, &mut files);
    files
        .into_iter()
        .filter(|file| file.file_name().unwrap() != "lib.rs")
        .map(|file| {
            let first = file.strip_prefix(&src).unwrap().iter().next().unwrap().to_str().unwrap();
            let room = first.strip_suffix(".rs").unwrap_or(first).to_owned();
            (file, room)
        })
        .collect()
}

fn collect(folder: &Path, files: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
}

/// The rooms that a source names, after `crate::` or (in main.rs) `dime::`; its tests may name any.
fn known_rooms(text: &str) -> BTreeSet<String> {
    let code = text.split("#[cfg(test)]").next().unwrap();
    code.split("crate::")
        .skip(1)
        .chain(code.split(" dime::").skip(1))
        .map(|rest| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect())
        .filter(|name: &String| !name.is_empty() && name.chars().all(|c| c.is_lowercase() || c == '_'))
        .collect()
}
