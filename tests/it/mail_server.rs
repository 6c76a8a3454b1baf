//! A real mail server for a test: `tests/mail/server.py`.

use crate::home::checkout;
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// What the server knows its customer by.
pub(crate) const USER: &str = "ann";
pub(crate) const PASSWORD: &str = "correct horse";

/// A running server, ended with the test.
pub(crate) struct Server {
    pub(crate) folder: TempDir,
    child: Child,
    pub(crate) port: u16,
}

impl Server {
    pub(crate) fn start(args: &[&str]) -> Self {
        let python = checkout().join("target/smtp/bin/python");
        assert!(python.exists(), "{} is missing: run `make test`", python.display());
        let folder = tempfile::tempdir().unwrap();
        // Its standard input is a pipe from here: should this process be killed, the server ends as well.
        let mut child = Command::new(python)
            .arg(checkout().join("tests/mail/server.py"))
            .arg(folder.path())
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim().strip_prefix("ready ").unwrap().parse().unwrap();
        Self { folder, child, port }
    }

    /// A server with a fault, which anybody may use without encryption.
    pub(crate) fn plain(fault: &str) -> Self {
        Self::start(&["--security", "none", "--fault", fault])
    }

    /// The authority that made its certificate.
    pub(crate) fn ca(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Every letter that was taken, in order.
    pub(crate) fn letters(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.folder.path().join("letters.jsonl")).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The only letter that was taken.
    pub(crate) fn only(&self) -> Value {
        let letters = self.letters();
        assert_eq!(letters.len(), 1, "{letters:#?}");
        letters[0].clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The only value of a header, as the server's parser read it.
pub(crate) fn header<'a>(letter: &'a Value, name: &str) -> &'a str {
    let mut named = letter["headers"].as_array().unwrap().iter().filter(|header| header[0] == name);
    let first = named.next().unwrap_or_else(|| panic!("no {name} in {letter:#}"));
    assert!(named.next().is_none(), "{name} twice in {letter:#}");
    first[1].as_str().unwrap()
}

/// A part of a letter, its plain text before its HTML, with `\n` at the end of a line.
pub(crate) fn part(letter: &Value, kind: &str) -> String {
    let parts = letter["parts"].as_array().unwrap();
    assert_eq!(parts.iter().map(|part| &part[0]).collect::<Vec<_>>(), ["text/plain", "text/html"]);
    let part = parts.iter().find(|part| part[0] == kind).unwrap();
    part[1].as_str().unwrap().replace("\r\n", "\n")
}
