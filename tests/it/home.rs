//! A dime of one's own: configuration, spool and state in a temporary folder, and nothing of this machine's
//! environment.

use serde_json::Value;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The model that the sample voicemails are heard with.
pub(crate) const BASE: &str = "ggml-base-q8_0.bin";
/// A smaller one, for tests in which the words do not matter.
pub(crate) const TINY: &str = "ggml-tiny.en-q8_0.bin";

/// One installation.
pub(crate) struct Home {
    folder: TempDir,
    /// Who dime runs as, where that is not who runs the tests.
    user: Option<u32>,
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Home {
    /// With the samples' owner, an empty spool and the given model.
    pub(crate) fn new(model: &str) -> Self {
        let home = Self { folder: tempfile::tempdir().unwrap(), user: None };
        fs::create_dir(home.spool()).unwrap();
        let model = checkout().join("models").join(model);
        assert!(model.exists(), "{} is missing: run `make test`", model.display());
        home.configure(&format!("[hearing]\nmodel = \"{}\"\nthreads = 1\n", model.display()));
        home
    }

    /// Replaces everything of the configuration but the samples' owner, folder and settling time.
    pub(crate) fn configure(&self, rest: &str) {
        let demo = fs::read_to_string(checkout().join("config/demo.toml")).unwrap();
        fs::write(self.config(), format!("{demo}\n{rest}")).unwrap();
    }

    /// Whether the folder stays after the test.
    pub(crate) fn keep(&mut self, keep: bool) {
        self.folder.disable_cleanup(keep);
    }

    /// From now on dime is a user who may only read the spool, as in a real installation. Stays as it is when the tests
    /// do not run as root, or when such a user may not enter the checkout.
    pub(crate) fn as_a_stranger(&mut self) {
        const NOBODY: u32 = 65_534;
        fs::set_permissions(self.path(), fs::Permissions::from_mode(0o755)).unwrap();
        fs::create_dir(self.state()).unwrap();
        let mut test = Command::new("test");
        test.arg("-r").arg(checkout().join("models").join(TINY)).uid(NOBODY).gid(NOBODY);
        let may_enter = test.status().is_ok_and(|status| status.success());
        if may_enter && chown(self.state(), Some(NOBODY), Some(NOBODY)).is_ok() {
            self.user = Some(NOBODY);
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.path().join("dime.toml")
    }

    pub(crate) fn spool(&self) -> PathBuf {
        self.path().join("spool")
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.path().join("state")
    }

    /// Copies a sample voicemail into the spool under `name`.
    pub(crate) fn drop_sample(&self, sample: &str, name: &str) -> PathBuf {
        let to = self.spool().join(name);
        fs::copy(samples().join(sample), &to).unwrap();
        to
    }

    /// `dime` with these arguments, not started.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        self.prepare(Command::new(env!("CARGO_BIN_EXE_dime")), args)
    }

    /// `dime` with these arguments, bound by the permissions of files even where root runs the tests.
    pub(crate) fn bound(&self, args: &[&str]) -> Command {
        if fs::metadata("/proc/self").unwrap().uid() != 0 {
            return self.command(args);
        }
        let mut command = Command::new("setpriv");
        command.args(["--bounding-set", "-dac_override,-dac_read_search", env!("CARGO_BIN_EXE_dime")]);
        self.prepare(command, args)
    }

    /// `command`, which runs dime in the end, with these arguments and this home's environment.
    pub(crate) fn prepare(&self, mut command: Command, args: &[&str]) -> Command {
        command
            .args(args)
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("HOME", self.path())
            .env("DIME_CONFIG", self.config())
            .env("STATE_DIRECTORY", self.state())
            .env("TZ", "UTC")
            .stdin(Stdio::null());
        if let Some(user) = self.user {
            command.uid(user).gid(user);
        }
        command
    }

    /// Runs `dime` with these arguments to its end.
    pub(crate) fn dime(&self, args: &[&str]) -> Done {
        self.command(args).output().unwrap().into()
    }

    /// Runs `dime … --json`, which must succeed, and reads each line.
    pub(crate) fn json(&self, args: &[&str]) -> Vec<Value> {
        let done = self.dime(&[args, &["--json"]].concat());
        assert_eq!(done.status, 0, "{}", done.err);
        done.json()
    }

    /// Everything `dime history --json` tells; nothing when there is nothing.
    pub(crate) fn calls(&self) -> Vec<Value> {
        let done = self.dime(&["history", "--json"]);
        assert!([0, 3].contains(&done.status), "{}", done.err);
        done.json()
    }

    /// Starts `dime watch`.
    pub(crate) fn watch(&self) -> Watch {
        self.watch_by(self.command(&["watch"]))
    }

    /// Starts `dime watch` with more in its environment.
    pub(crate) fn watch_with(&self, environment: &[(&str, &str)]) -> Watch {
        let mut command = self.command(&["watch"]);
        command.envs(environment.iter().copied());
        self.watch_by(command)
    }

    /// Starts `dime watch` by this command.
    pub(crate) fn watch_by(&self, mut command: Command) -> Watch {
        command.stderr(fs::File::create(self.path().join("watch.log")).unwrap());
        Watch { child: command.spawn().unwrap(), log: self.path().join("watch.log") }
    }

    /// Waits until `is_so` of the calls, at most `seconds`.
    pub(crate) fn wait_for(&self, seconds: u64, what: &str, is_so: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let start = Instant::now();
        loop {
            let calls = self.calls();
            if is_so(&calls) {
                return calls;
            }
            let log = fs::read_to_string(self.path().join("watch.log")).unwrap_or_default();
            assert!(start.elapsed() < Duration::from_secs(seconds), "not so: {what}\n{calls:#?}\n{log}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

impl From<Output> for Done {
    fn from(output: Output) -> Self {
        Self {
            status: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Done {
    pub(crate) fn json(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Asserts that this is an error in one line with a `help:` line after it, and returns the first line.
    pub(crate) fn error(&self) -> &str {
        assert_eq!(self.status, 1, "{self:?}");
        let lines: Vec<_> = self.err.lines().collect();
        assert_eq!(lines.len(), 2, "{}", self.err);
        assert!(lines[1].starts_with("help: ") && lines[1].len() > 10, "{}", self.err);
        lines[0].strip_prefix("error: ").unwrap()
    }
}

/// A running `dime watch`, killed at the end of the test.
pub(crate) struct Watch {
    pub(crate) child: Child,
    log: PathBuf,
}

impl Watch {
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// Waits until the log holds `text`.
    pub(crate) fn wait_for_log(&self, text: &str) {
        self.wait_for_log_times(text, 1);
    }

    /// Waits until the log holds `text` so many times.
    pub(crate) fn wait_for_log_times(&self, text: &str, times: usize) {
        let start = Instant::now();
        while self.log().matches(text).count() < times {
            assert!(start.elapsed() < Duration::from_secs(30), "no `{text}` in\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The process that hears, once it is there.
    pub(crate) fn recogniser(&self) -> u32 {
        let start = Instant::now();
        loop {
            if let Some(child) = recogniser_of(self.child.id()) {
                return child;
            }
            assert!(start.elapsed() < Duration::from_secs(20), "no recogniser\n{}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Sends SIGTERM and waits for the end; how long it took and the exit status.
    pub(crate) fn terminate(&mut self) -> (Duration, Option<i32>) {
        let start = Instant::now();
        signal(self.child.id(), "TERM");
        let status = self.child.wait().unwrap();
        (start.elapsed(), status.code())
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The process that hears for the dime `parent`, if there is one now.
pub(crate) fn recogniser_of(parent: u32) -> Option<u32> {
    let tasks = fs::read_dir(format!("/proc/{parent}/task")).ok()?;
    tasks.flatten().find_map(|task| {
        let children = fs::read_to_string(task.path().join("children")).ok()?;
        children.split_whitespace().next()?.parse().ok()
    })
}

/// Sends a signal with the shell's own kill.
pub(crate) fn signal(process: u32, name: &str) {
    let sent = Command::new("sh").args(["-c", &format!("kill -{name} {process}")]).status().unwrap();
    assert!(sent.success());
}

/// The repository.
pub(crate) fn checkout() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The sample voicemails.
pub(crate) fn samples() -> PathBuf {
    checkout().join("tests/voicemails")
}

/// The call whose file name is `name`.
pub(crate) fn call<'a>(calls: &'a [Value], name: &str) -> &'a Value {
    let named = |call: &&Value| Path::new(call["file"].as_str().unwrap()).file_name().unwrap() == name;
    calls.iter().find(named).unwrap_or_else(|| panic!("no call of {name} in {calls:#?}"))
}
