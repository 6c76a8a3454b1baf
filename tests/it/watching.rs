//! The service: new files, stopping, being killed, being alone.

use crate::home::{Home, TINY, call, signal};
use std::fs;
use std::time::Duration;

const CALL_ME: &str = "20260317-111903_+15095550166_call-me.wav";
const LONG: &str = "20260316-122704_+15095550179_food-truck.ogg";
const SILENCE: &str = "20260317-153127_+15095550111_silence.wav";

#[test]
fn old_files_and_new_ones_are_filed() {
    let home = Home::new(TINY);
    home.drop_sample(SILENCE, "old.wav");
    let _watch = home.watch();
    home.wait_for(30, "the old file is filed", |calls| calls.len() == 1 && calls[0]["state"] == "filed");
    // Into a folder that did not exist when the watching began.
    fs::create_dir(home.spool().join("202")).unwrap();
    home.drop_sample(CALL_ME, "202/new.wav");
    let calls =
        home.wait_for(20, "the new file is filed", |calls| calls.len() == 2 && calls[0]["state"] == "filed");
    assert_eq!(call(&calls, "new.wav")["label"], "review");
}

#[test]
fn a_stop_in_mid_message_is_quick_and_the_message_is_done_again() {
    let home = Home::new(TINY);
    home.drop_sample(LONG, "first.ogg");
    let mut watch = home.watch();
    watch.recogniser();
    let (took, status) = watch.terminate();
    assert_eq!(status, Some(0), "{}", watch.log());
    assert!(took < Duration::from_secs(10), "{took:?}");
    assert_eq!(home.calls()[0]["state"], "found");
    assert_eq!(home.dime(&["watch", "--once"]).status, 0);
    assert_eq!(home.calls()[0]["state"], "filed");
}

#[test]
fn a_kill_at_any_point_loses_nothing_and_repeats_nothing() {
    let home = Home::new(TINY);
    for (sample, name) in [(LONG, "a.ogg"), (CALL_ME, "b.wav"), (SILENCE, "c.wav")] {
        home.drop_sample(sample, name);
    }
    for milliseconds in [20, 90, 250, 600, 700, 800, 1_000] {
        let watch = home.watch();
        std::thread::sleep(Duration::from_millis(milliseconds));
        signal(watch.child.id(), "KILL");
    }
    assert_eq!(home.dime(&["watch", "--once"]).status, 0);
    let calls = home.calls();
    assert_eq!(calls.len(), 3, "{calls:#?}");
    assert!(calls.iter().all(|call| call["state"] == "filed"), "{calls:#?}");
}

#[test]
fn a_second_service_on_the_same_state_is_refused() {
    let home = Home::new(TINY);
    home.drop_sample(SILENCE, "a.wav");
    let _watch = home.watch();
    home.wait_for(30, "the first runs", |calls| calls.len() == 1);
    let done = home.dime(&["watch", "--once"]);
    assert!(done.error().contains("already"), "{}", done.err);
}

#[test]
fn a_copy_and_a_new_name_are_the_same_call() {
    let home = Home::new(TINY);
    let file = home.drop_sample(SILENCE, "a.wav");
    assert_eq!(home.dime(&["watch", "--once"]).status, 0);
    fs::rename(&file, home.spool().join("b.wav")).unwrap();
    fs::create_dir(home.spool().join("Old")).unwrap();
    home.drop_sample(SILENCE, "Old/a.wav");
    assert_eq!(home.dime(&["watch", "--once"]).status, 0);
    assert_eq!(home.calls().len(), 1);
}

#[test]
fn a_missing_folder_is_told_and_used_when_it_comes() {
    let home = Home::new(TINY);
    fs::remove_dir(home.spool()).unwrap();
    home.configure(&format!(
        "rescan_seconds = 0.5\n[hearing]\nmodel = \"{}\"\n",
        crate::home::checkout().join("models").join(TINY).display()
    ));
    let watch = home.watch();
    watch.wait_for_log("cannot be read");
    fs::create_dir(home.spool()).unwrap();
    home.drop_sample(SILENCE, "a.wav");
    home.wait_for(20, "the file is filed", |calls| {
        calls.first().is_some_and(|call| call["state"] == "filed")
    });
    assert_eq!(watch.log().matches("a watched folder").count(), 1, "told once: {}", watch.log());
}

#[test]
fn the_recording_is_left_as_it_was() {
    let home = Home::new(TINY);
    let file = home.drop_sample(SILENCE, "a.wav");
    let before = (fs::metadata(&file).unwrap().modified().unwrap(), fs::read(&file).unwrap());
    assert_eq!(home.dime(&["watch", "--once"]).status, 0);
    let after = (fs::metadata(&file).unwrap().modified().unwrap(), fs::read(&file).unwrap());
    assert!(before == after);
    let names: Vec<_> = fs::read_dir(home.spool()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["a.wav"]);
}

#[test]
fn two_callers_who_left_the_same_bytes_are_two_calls() {
    let home = Home::new(TINY);
    home.drop_sample(SILENCE, "20260101-000000_+15095550111_x.wav");
    home.drop_sample(SILENCE, "20260102-000000_+12125550174_y.wav");
    assert_eq!(home.dime(&["watch", "--once"]).status, 0);
    for number in ["+15095550111", "+12125550174"] {
        assert_eq!(home.json(&["history", number]).len(), 1, "{number}");
    }
}

#[test]
fn when_one_copy_goes_the_other_is_heard() {
    let home = Home::new(TINY);
    home.drop_sample(LONG, "20260101-000000_first.ogg");
    let copies =
        ["20260102-000000_a.wav", "20260102-000000_b.wav"].map(|name| home.drop_sample(SILENCE, name));
    let _watch = home.watch();
    home.wait_for(30, "all are found", |calls| calls.len() == 2);
    fs::remove_file(&copies[1]).unwrap();
    home.wait_for(60, "both calls are filed", |calls| calls.iter().all(|call| call["state"] == "filed"));
}

#[test]
fn a_single_run_that_could_not_do_everything_says_so() {
    let home = Home::new(TINY);
    fs::remove_dir(home.spool()).unwrap();
    let done = home.dime(&["watch", "--once"]);
    assert_eq!(done.status, 1, "{}", done.err);
    assert!(done.err.contains("1 of the folders could not be read"), "{}", done.err);
}
