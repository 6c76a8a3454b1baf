//! Tests only: what is left when the process is killed, or the power fails, at a step.

use super::Store;
use super::testing::{TestStore, found, heard, verdict};
use crate::domain::{CallId, CallState, Label, Millis};
use std::path::Path;
use std::process::Command;

/// Tells the child process of [`a_killed_process_leaves_every_finished_step_and_nothing_half_done`] its folder.
const CHILD_DIR: &str = "DIME_TEST_KILLED_IN";

/// One step on one call.
type StepOn = fn(&mut Store, CallId);

/// The state as a power cut would leave it: the files as they are now, without the shared memory.
fn after_power_cut(dir: &Path) -> TestStore {
    let copy = tempfile::tempdir().unwrap();
    for name in ["dime.db", "dime.db-wal"] {
        if dir.join(name).exists() {
            std::fs::copy(dir.join(name), copy.path().join(name)).unwrap();
        }
    }
    TestStore::open(copy)
}

#[test]
fn every_step_survives_on_its_own() {
    let mut home = TestStore::new();
    let id = home.add(1);
    let now = Millis(1);
    let steps: [(StepOn, CallState); 6] = [
        (|store, id| assert_eq!(store.begin_attempt(id, Millis(1)).unwrap(), 1), CallState::Found),
        (|store, id| store.deferred(id, "busy", Millis(2), Millis(1)).unwrap(), CallState::Deferred),
        (|store, id| store.held(id, "broken", Millis(1)).unwrap(), CallState::Held),
        (|store, id| store.retry(id, Millis(1)).unwrap(), CallState::Found),
        (|store, id| store.heard(id, &heard("hello"), Millis(1)).unwrap(), CallState::Heard),
        (|store, id| store.filed(id, &verdict(Label::Lead), Millis(1)).unwrap(), CallState::Filed),
    ];
    for (step, state) in steps {
        step(&mut home.store, id);
        let after = after_power_cut(home.dir());
        assert_eq!(after.state(id), state);
        assert_eq!(after.store.call(id).unwrap(), home.store.call(id).unwrap());
        assert_eq!(after.store.events(id).unwrap(), home.store.events(id).unwrap());
    }
    home.store.mark(id, Label::Spam, now).unwrap();
    assert_eq!(after_power_cut(home.dir()).store.call(id).unwrap().unwrap().marked, Some(Label::Spam));
}

/// Runs in the child process only: does a few steps and dies in the middle of another.
#[test]
#[ignore = "the child process of another test"]
fn child_that_is_killed() {
    let Some(dir) = std::env::var_os(CHILD_DIR) else { return };
    let mut store = Store::open(Path::new(&dir)).unwrap();
    let done = store.record_found(&found(1), Millis(1)).unwrap().id();
    store.heard(done, &heard("hello"), Millis(1)).unwrap();
    store.filed(done, &verdict(Label::Lead), Millis(1)).unwrap();
    let killed = store.record_found(&found(2), Millis(1)).unwrap().id();
    store.begin_attempt(killed, Millis(1)).unwrap();
    let result: super::Result<()> = store.write(|tx| {
        tx.execute("UPDATE call SET state = 'filed'", [])?;
        tx.execute("DELETE FROM seen", [])?;
        std::process::abort();
    });
    drop(result);
}

#[test]
fn a_killed_process_leaves_every_finished_step_and_nothing_half_done() {
    let dir = tempfile::tempdir().unwrap();
    let name = module_path!().split_once("::").unwrap().1;
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", &format!("{name}::child_that_is_killed")])
        .env(CHILD_DIR, dir.path())
        .output()
        .unwrap()
        .status;
    assert!(!status.success());
    let home = TestStore::open(dir);
    let [done, killed] = [CallId(1), CallId(2)];
    assert_eq!((home.state(done), home.state(killed)), (CallState::Filed, CallState::Found));
    let next = home.store.next_due(Millis(2)).unwrap().unwrap();
    assert_eq!((next.id, next.attempts), (killed, 1));
    assert!(home.store.is_known(&found(1).stamp).unwrap() && home.store.is_known(&found(2).stamp).unwrap());
    assert_eq!(home.store.integrity().unwrap(), Vec::<String>::new());
}
