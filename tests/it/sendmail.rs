//! Letters to a stand-in for sendmail, and every way it can fail.

use crate::smtp::{addresses, letter};
use dime::domain::Letter;
use dime::mail::{Carrier, MailError, Sendmail};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A stand-in for sendmail: a shell script in `folder`.
fn sendmail(folder: &Path, script: &str) -> Carrier {
    let program = folder.join("sendmail");
    fs::write(&program, format!("#!/bin/sh\ncd '{}'\n{script}\n", folder.display())).unwrap();
    fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
    // A program that was just written can still be open in a child that another test is starting.
    while let Err(error) = Command::new(&program).arg("--try").stdin(Stdio::null()).output() {
        assert_eq!(error.kind(), std::io::ErrorKind::ExecutableFileBusy, "{error}");
    }
    Carrier::Sendmail(Sendmail { addresses: addresses(), program, timeout: Duration::from_secs(20) })
}

#[test]
fn what_sendmail_says_reaches_the_owner() {
    let folder = tempfile::tempdir().unwrap();
    for (script, passing, says) in [
        (
            "cat > /dev/null; echo 'no\nspace' >&2; exit 75",
            true,
            "(exit status: 75, try again later): no space",
        ),
        (
            "cat > /dev/null; echo 'unknown user' >&2; exit 67",
            false,
            "(exit status: 67, no such recipient): unknown user",
        ),
        ("exit 1", false, "(exit status: 1): it said nothing"),
        (
            "head -c 1000000 /dev/zero >&2; exit 74",
            true,
            "(exit status: 74, trouble reading or writing): it said nothing",
        ),
    ] {
        let error = sendmail(folder.path(), script).send(&letter()).unwrap_err();
        assert!(matches!(error, MailError::ProgramFailed { .. }), "{error:?}");
        assert_eq!(error.is_passing(), passing, "{error}");
        assert!(error.to_string().ends_with(says), "{error}");
        assert!(error.to_string().contains("/sendmail"), "{error}");
    }
}

#[test]
fn a_sendmail_that_hangs_is_killed_and_what_it_said_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let script = "test \"$1\" = --try || { echo no access >&2; exec sleep 3600; }";
    let Carrier::Sendmail(patient) = sendmail(folder.path(), script) else { panic!("not sendmail") };
    let start = Instant::now();
    let hasty = Carrier::Sendmail(Sendmail { timeout: Duration::from_secs(1), ..patient });
    let error = hasty.send(&letter()).unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(10));
    assert!(error.to_string().ends_with("(not done after 1 s): no access"), "{error}");
    assert!(error.is_passing(), "{error:?}");
}

#[test]
fn a_sendmail_that_leaves_another_behind_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let start = Instant::now();
    // The one left behind holds the pipe on which the words come.
    let script = "cat > /dev/null; test \"$1\" = --try || { echo full >&2; sleep 30 & exit 75; }";
    let error = sendmail(folder.path(), script).send(&letter()).unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
    assert!(error.to_string().ends_with(": full") && error.is_passing(), "{error}");
}

#[test]
fn a_sendmail_that_does_not_read_has_not_taken_the_letter() {
    let folder = tempfile::tempdir().unwrap();
    // More than a pipe holds.
    let long = Letter { text: "word ".repeat(100_000), ..letter() };
    let error = sendmail(folder.path(), "exit 0").send(&long).unwrap_err();
    assert!(error.to_string().ends_with("it did not read the whole letter"), "{error}");
}

#[test]
fn a_sendmail_that_is_not_there_is_named() {
    let program = PathBuf::from("/nonexistent/sendmail");
    let carrier =
        Carrier::Sendmail(Sendmail { addresses: addresses(), program, timeout: Duration::from_secs(5) });
    let error = carrier.send(&letter()).unwrap_err();
    assert!(matches!(error, MailError::Program { .. }) && !error.is_passing(), "{error:?}");
    assert!(error.to_string().contains("/nonexistent/sendmail"), "{error}");
}
