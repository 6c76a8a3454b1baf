//! What can happen to a machine while dime watches, each once and on purpose: nothing is lost, nothing counted twice.

use crate::home::{Done, Home, TINY, checkout};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// Whispered by nobody: heard in milliseconds, and filed as empty.
const SILENCE: &str = "20260317-153127_+15095550111_silence.wav";

/// The sample that takes longest to hear.
const LONG: &str = "20260316-122704_+15095550179_food-truck.ogg";

/// A home whose folders are read at least every `rescan` seconds.
fn home(rescan: f64) -> Home {
    let home = Home::new(TINY);
    let model = checkout().join("models").join(TINY);
    home.configure(&format!(
        "rescan_seconds = {rescan}\n[hearing]\nmodel = \"{}\"\nthreads = 1\n",
        model.display()
    ));
    home
}

/// A quiet recording in the spool, with bytes of its own for each `number`.
fn leave(home: &Home, name: &str, number: u32) {
    let path = home.spool().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut bytes = fs::read(checkout().join("tests/voicemails").join(SILENCE)).unwrap();
    let end = bytes.len() - 4;
    // Two samples of next to nothing.
    for (at, byte) in number.to_le_bytes().iter().enumerate().take(2) {
        bytes[end + at * 2] = byte & 7;
        bytes[end - 4 + at * 2] = byte >> 3 & 7;
    }
    fs::write(path, bytes).unwrap();
}

/// Waits until exactly `count` calls are filed and none is anything else.
fn filed(home: &Home, count: usize) {
    home.wait_for(40, &format!("{count} calls are filed"), |calls| {
        calls.len() == count && calls.iter().all(|call| call["state"] == "filed")
    });
}

fn program() -> PathBuf {
    env!("CARGO_BIN_EXE_dime").into()
}

#[test]
fn a_mailbox_that_appears_is_noticed_without_waiting_for_the_clock() {
    let home = home(600.0);
    let watch = home.watch();
    watch.wait_for_log("watching");
    // Made and filled at once.
    leave(&home, "default/201/INBOX/msg0000.wav", 1);
    filed(&home, 1);
    // Made elsewhere and moved in whole.
    let elsewhere = home.path().join("elsewhere");
    fs::create_dir_all(elsewhere.join("INBOX")).unwrap();
    fs::rename(&elsewhere, home.spool().join("default/202")).unwrap();
    std::thread::sleep(Duration::from_secs(1));
    leave(&home, "default/202/INBOX/msg0000.wav", 2);
    filed(&home, 2);
    // Deleted, and made again.
    fs::remove_dir_all(home.spool().join("default/201")).unwrap();
    std::thread::sleep(Duration::from_secs(1));
    leave(&home, "default/201/INBOX/msg0000.wav", 3);
    filed(&home, 3);
}

#[test]
fn a_watched_folder_that_is_deleted_is_watched_when_it_is_back() {
    let home = home(1.0);
    let watch = home.watch();
    leave(&home, "a.wav", 1);
    filed(&home, 1);
    fs::remove_dir_all(home.spool()).unwrap();
    watch.wait_for_log("a watched folder cannot be read");
    leave(&home, "b.wav", 2);
    filed(&home, 2);
    // Away for less than a moment: another folder to the kernel, and nobody says so.
    fs::remove_dir_all(home.spool()).unwrap();
    leave(&home, "c.wav", 3);
    filed(&home, 3);
    leave(&home, "d.wav", 4);
    filed(&home, 4);
}

#[test]
fn a_watched_folder_that_is_exchanged_is_watched_anew() {
    let home = home(60.0);
    let _watch = home.watch();
    leave(&home, "a.wav", 1);
    filed(&home, 1);
    let other = home.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::rename(home.spool(), home.path().join("old")).unwrap();
    fs::rename(&other, home.spool()).unwrap();
    std::thread::sleep(Duration::from_secs(2));
    leave(&home, "b.wav", 2);
    filed(&home, 2);
}

#[test]
fn when_another_message_takes_the_place_of_one_copy_the_other_copy_is_heard() {
    let home = home(0.5);
    // Received first, and long to hear.
    home.drop_sample(LONG, "20260101-000000_first.ogg");
    leave(&home, "20260102-000000_a.wav", 1);
    leave(&home, "20260102-000000_b.wav", 1);
    let _watch = home.watch();
    home.wait_for(30, "both are found", |calls| calls.len() == 2);
    leave(&home, "20260102-000000_b.wav", 2);
    filed(&home, 3);
}

#[test]
fn where_the_kernel_gives_no_hints_the_clock_finds_everything() {
    for limit in ["max_inotify_watches", "max_inotify_instances"] {
        let home = home(1.0);
        for mailbox in 0..40 {
            fs::create_dir_all(home.spool().join(format!("{mailbox}/INBOX"))).unwrap();
        }
        // A user of a name space of its own has limits of its own.
        let script = format!("echo 0 >/proc/sys/user/{limit} && exec \"$@\"");
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "sh", "-c", &script, "sh"]).arg(program());
        let watch = home.watch_by(home.prepare(command, &["watch"]));
        watch.wait_for_log("scanning by the clock");
        leave(&home, "39/INBOX/msg0000.wav", 1);
        filed(&home, 1);
        leave(&home, "40/INBOX/msg0000.wav", 2);
        filed(&home, 2);
    }
}

#[test]
fn the_clock_may_jump_to_yesterday_and_to_tomorrow() {
    let home = home(1.0);
    let (library, clock) = (home.path().join("clock.so"), home.path().join("clock"));
    let source = checkout().join("tests/it/clock.c");
    let cc = ["-shared", "-fPIC", "-O1", "-o"];
    assert!(Command::new("cc").args(cc).arg(&library).arg(source).status().unwrap().success());
    fs::write(&clock, "0").unwrap();
    let mut command = home.command(&["watch"]);
    command.env("LD_PRELOAD", &library).env("TEST_CLOCK", &clock);
    let watch = home.watch_by(command);
    let day = 86_400;
    for (number, jump) in [(1, 0), (2, -day), (3, 0), (4, day), (5, -400 * day), (6, 0)] {
        fs::write(&clock, jump.to_string()).unwrap();
        leave(&home, &format!("{number}.wav"), number);
        filed(&home, usize::try_from(number).unwrap());
    }
    let today = watch.log()[..4].to_owned();
    assert!(watch.log().lines().any(|line| !line.starts_with(&today)), "it did not jump:\n{}", watch.log());
}

/// Holds the database of `home` for itself for `time`.
fn lock_database(home: &Home, time: Duration) {
    let other = rusqlite::Connection::open(home.state().join("dime.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    std::thread::sleep(time);
    other.execute_batch("ROLLBACK").unwrap();
}

#[test]
fn another_program_may_hold_the_database_for_some_seconds() {
    let home = home(0.5);
    let mut watch = home.watch();
    leave(&home, "a.wav", 1);
    filed(&home, 1);
    std::thread::scope(|scope| {
        scope.spawn(|| lock_database(&home, Duration::from_secs(3)));
        std::thread::sleep(Duration::from_millis(300));
        leave(&home, "b.wav", 2);
    });
    filed(&home, 2);
    // For longer than dime waits: it ends, says why, and goes on when it is started again.
    std::thread::scope(|scope| {
        scope.spawn(|| lock_database(&home, Duration::from_secs(8)));
        std::thread::sleep(Duration::from_millis(300));
        leave(&home, "c.wav", 3);
        assert_eq!(watch.child.wait().unwrap().code(), Some(1));
    });
    let log = watch.log();
    assert!(log.contains("is locked by another program") && log.contains("help: "), "{log}");
    assert_eq!(home.dime(&["watch", "--once"]).status, 0);
    filed(&home, 3);
}

/// dime in a shell script that is root in a mount name space of its own; `$1` is the state folder, `$2` is dime.
fn in_mounts(home: &Home, script: &str) -> Done {
    let mut command = Command::new("unshare");
    command.args(["--mount", "--map-root-user", "sh", "-c", script, "sh"]).arg(home.state()).arg(program());
    home.prepare(command, &[]).output().unwrap().into()
}

#[test]
fn a_state_folder_that_becomes_read_only_loses_nothing() {
    let home = home(1.0);
    leave(&home, "a.wav", 1);
    assert_eq!(home.dime(&["watch", "--once"]).status, 0);
    leave(&home, "b.wav", 2);
    let script = "mount --bind \"$1\" \"$1\" && mount -o remount,bind,ro \"$1\" && exec \"$2\" watch --once";
    let done = in_mounts(&home, script);
    let error = done.error();
    assert!(error.contains("state") && error.contains("ead-only"), "{error}");
    filed(&home, 1);
    assert_eq!(home.dime(&["watch", "--once"]).status, 0);
    filed(&home, 2);
}

#[test]
fn a_disk_that_fills_up_in_mid_work_loses_nothing() {
    let home = home(1.0);
    fs::create_dir(home.state()).unwrap();
    for number in 0..60 {
        leave(&home, &format!("{number:0>40}.wav"), number);
    }
    // Room for some of the calls, then for all of them.
    let script = "mount -t tmpfs -o size=400k none \"$1\" || exit 9
        \"$2\" watch --once; echo $?
        mount -o remount,size=50m \"$1\"
        \"$2\" history --json --limit 1000; echo between
        \"$2\" watch --once >&2 && \"$2\" history --json --limit 1000";
    let done = in_mounts(&home, script);
    assert_eq!(done.status, 0, "{}", done.err);
    assert!(done.err.to_lowercase().contains("no space left"), "{}\n{}", done.out, done.err);
    let (first, last) = done.out.split_once("between\n").unwrap();
    let calls = |text: &str| -> Vec<Value> {
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).filter(Value::is_object).collect()
    };
    let (first, last) = (calls(first), calls(last));
    assert!(last.len() == 60 && last.iter().all(|call| call["state"] == "filed"), "{last:#?}");
    let done: Vec<_> = first.iter().filter(|call| call["state"] == "filed").collect();
    assert!(done.len() < 60, "it was to be full before that: {}", done.len());
    for call in done {
        assert!(last.contains(call), "filed before, and another now: {call:#}");
    }
}

#[test]
fn a_damaged_database_is_told_and_neither_it_nor_its_older_copies_are_touched() {
    let home = home(1.0);
    leave(&home, "a.wav", 1);
    assert_eq!(home.dime(&["watch", "--once"]).status, 0);
    let (database, copy) = (home.state().join("dime.db"), home.state().join("dime.db.before-v2"));
    fs::copy(&database, &copy).unwrap();
    let whole = fs::read(&database).unwrap();
    let mut first_page_gone = whole.clone();
    first_page_gone[..100].fill(b'x');
    let mut middle_gone = whole.clone();
    middle_gone[4_096..].fill(0x5a);
    let cut_short = whole[..whole.len() / 2].to_vec();
    for damaged in [first_page_gone, middle_gone, cut_short] {
        for beside in ["dime.db-wal", "dime.db-shm"] {
            drop(fs::remove_file(home.state().join(beside)));
        }
        fs::write(&database, &damaged).unwrap();
        let done = home.dime(&["watch", "--once"]);
        assert!(done.error().contains("dime.db is damaged"), "{}", done.err);
        assert!(done.err.contains("backup"), "{}", done.err);
        assert_eq!(fs::read(&copy).unwrap(), whole);
        assert!(fs::read(&database).unwrap() == damaged, "the damaged one is evidence");
    }
    fs::copy(&copy, &database).unwrap();
    leave(&home, "b.wav", 2);
    assert_eq!(home.dime(&["watch", "--once"]).status, 0);
    filed(&home, 2);
}
