//! `dime doctor`: what is wrong with this installation, and how to mend it.

use super::Failure;
use super::output::print;
use super::parts;
use super::service;
use super::setting::Setting;
use crate::config::Loaded;
use crate::digest::Trouble;
use crate::domain::safe::one_line;
use crate::intake::told::freeswitch::Database;
use crate::store::{Counts, DigestRecord, Store, StoreError};
use crate::ui::to_line;
use rustix::fs::{Access, access};
use serde::Serialize;
use std::fs;
use std::io;
use std::path::Path;
use std::process::ExitCode;

/// How one thing was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Health {
    Good,
    Worry,
    Bad,
}

/// One thing looked at.
#[derive(Debug, Serialize)]
struct Finding {
    what: &'static str,
    health: Health,
    found: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
}

impl Finding {
    fn good(what: &'static str, found: impl Into<String>) -> Self {
        Self { what, health: Health::Good, found: found.into(), help: None }
    }

    fn not_good(
        what: &'static str,
        health: Health,
        found: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self { what, health, found: found.into(), help: Some(help.into()) }
    }

    fn failure(what: &'static str, failure: &Failure) -> Self {
        Self::not_good(what, Health::Bad, failure.to_string(), failure.help())
    }
}

pub(super) fn run(setting: &Setting) -> Result<ExitCode, Failure> {
    let findings = look_around(setting);
    for finding in &findings {
        print(&if setting.json { to_line(finding) } else { in_words(finding) })?;
    }
    let sick = findings.iter().any(|finding| finding.health == Health::Bad);
    Ok(if sick { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// What is wrong with dime itself, as a letter tells it. Folders are left out: who sends letters need not see them.
/// So are letters that do not go out, and messages that wait, which a letter tells by itself.
pub(super) fn troubles(setting: &Setting) -> Vec<Trouble> {
    let findings = look_around(setting).into_iter();
    let left_out = ["watch", "database", "digest", "waiting"];
    let ill = findings.filter(|finding| finding.health == Health::Bad && !left_out.contains(&finding.what));
    ill.map(|finding| Trouble {
        what: one_line(&format!("{}: {}", finding.what, finding.found)),
        help: one_line(&finding.help.unwrap_or_default()),
    })
    .collect()
}

fn in_words(finding: &Finding) -> String {
    let mark = match finding.health {
        Health::Good => "ok     ",
        Health::Worry => "worry  ",
        Health::Bad => "WRONG  ",
    };
    let help = finding.help.as_ref().map(|help| format!("\n       help: {help}")).unwrap_or_default();
    format!("{mark}{:<8} {}{help}", finding.what, one_line(&finding.found))
}

fn look_around(setting: &Setting) -> Vec<Finding> {
    let mut findings = Vec::new();
    match setting.load() {
        Ok(loaded) => {
            findings.push(config(&loaded));
            findings.extend(folders(&loaded));
            findings.push(rules(&loaded));
            findings.push(model(&loaded));
        }
        Err(failure) => findings.push(Finding::failure("config", &failure)),
    }
    findings.extend(state());
    findings.push(hints());
    findings
}

fn config(loaded: &Loaded) -> Finding {
    match &loaded.file {
        Some(file) if loaded.config.owner.name.is_empty() && loaded.config.owner.business.is_empty() => {
            let found = format!("{}: the owner has neither name nor business", file.display());
            Finding::not_good(
                "config",
                Health::Worry,
                found,
                "fill in [owner]: callers who know you are told apart by it",
            )
        }
        Some(file) => Finding::good("config", file.display().to_string()),
        None => Finding::not_good(
            "config",
            Health::Worry,
            "none: every key has its default",
            "copy config/dime.toml to $XDG_CONFIG_HOME/dime/dime.toml or /etc/dime/dime.toml and fill it in",
        ),
    }
}

fn folders(loaded: &Loaded) -> Vec<Finding> {
    if loaded.config.watch.is_empty() {
        let help = "add `[[watch]]` and `path = \"/where/voicemail/lies\"` to the configuration";
        return vec![Finding::not_good("watch", Health::Bad, "no folder to watch", help)];
    }
    let mut findings = Vec::new();
    for watch in &loaded.config.watch {
        findings.push(match service::folder(watch) {
            Ok(_) => folder(&watch.path),
            Err(failure) => Finding::failure("watch", &failure),
        });
        findings.extend(watch.database.as_deref().map(database));
    }
    findings
}

/// Whether the database that tells the callers can be read.
fn database(path: &Path) -> Finding {
    match Database::open(path) {
        Ok(_) => Finding::good("database", format!("{}: tells of voicemails", path.display())),
        Err(error) if error.is_passing() => Finding::not_good(
            "database",
            Health::Worry,
            error.to_string(),
            "somebody is writing to it just now: look again in a moment",
        ),
        Err(error) => Finding::not_good(
            "database",
            Health::Bad,
            error.to_string(),
            "name FreeSWITCH's database of voicemails in watch.database, and let dime's user read it and enter its \
             folder (group or ACL); until then messages are filed without their callers",
        ),
    }
}

fn folder(path: &Path) -> Finding {
    let searchable = access(path, Access::READ_OK | Access::EXEC_OK).map_err(io::Error::from);
    match searchable.and_then(|()| fs::read_dir(path)) {
        Ok(entries) => Finding::good("watch", format!("{}: {} entries", path.display(), entries.count())),
        Err(error) => {
            let help = "it must exist, and dime's user needs read and search permission on it (group or ACL)";
            Finding::not_good("watch", Health::Bad, format!("{}: {error}", path.display()), help)
        }
    }
}

fn rules(loaded: &Loaded) -> Finding {
    let checked = parts::rules(loaded).and_then(|rules| {
        parts::judge_by(&rules, &loaded.config.owner)?;
        Ok(rules.rules().count())
    });
    match checked {
        Ok(count) => Finding::good("rules", format!("{count} rules")),
        Err(failure) => Finding::failure("rules", &failure),
    }
}

fn model(loaded: &Loaded) -> Finding {
    let checked = parts::model(loaded).and_then(|path| Ok((parts::check_model(loaded, &path)?, path)));
    match checked {
        Ok((info, path)) => Finding::good(
            "model",
            format!("{}: {} bytes, SHA-256 {}", path.display(), info.bytes, info.sha256),
        ),
        Err(failure) => Finding::failure("model", &failure),
    }
}

/// The state folder and the database in it, without creating either.
fn state() -> Vec<Finding> {
    let dir = match parts::state_dir() {
        Ok(dir) => dir,
        Err(failure) => return vec![Finding::failure("state", &failure)],
    };
    if dir.exists()
        && let Err(error) = access(&dir, Access::WRITE_OK | Access::EXEC_OK)
    {
        let help = "dime's user must own the state folder: `chown` it, or set STATE_DIRECTORY to another";
        let found = format!("{}: cannot be written: {error}", dir.display());
        return vec![Finding::not_good("state", Health::Bad, found, help)];
    }
    let store = match Store::open_read_only(&dir) {
        Ok(store) => store,
        Err(StoreError::Missing { .. }) => {
            return vec![Finding::good(
                "state",
                format!("{}: nothing yet, `dime watch` creates it", dir.display()),
            )];
        }
        Err(error) => return vec![Finding::not_good("state", Health::Bad, error.to_string(), error.help())],
    };
    let mut findings = Vec::new();
    match store.integrity() {
        Ok(problems) if problems.is_empty() => {
            findings.push(Finding::good("state", format!("{}: sound", dir.display())));
        }
        Ok(problems) => findings.push(Finding::not_good(
            "state",
            Health::Bad,
            format!("{}: {}", dir.display(), problems.join("; ")),
            "stop dime, move dime.db away, and put back the newest copy beside it",
        )),
        Err(error) => findings.push(Finding::not_good("state", Health::Bad, error.to_string(), error.help())),
    }
    match store.counts() {
        Ok(counts) => findings.extend([held(&counts), waiting(&counts)]),
        Err(error) => findings.push(Finding::not_good("calls", Health::Bad, error.to_string(), error.help())),
    }
    findings.push(digest(&store));
    findings
}

fn held(counts: &Counts) -> Finding {
    if counts.held == 0 {
        return Finding::good("calls", "none held");
    }
    Finding::not_good(
        "calls",
        Health::Worry,
        format!("{} held", counts.held),
        "`dime history` shows them first; listen to them yourself, or `dime retry CALL`",
    )
}

/// Whether what comes in is heard in time.
fn waiting(counts: &Counts) -> Finding {
    let number = counts.waiting();
    match counts.oldest_waiting.filter(|oldest| oldest.is_stuck(parts::now())) {
        None => Finding::good("waiting", format!("{number} to be heard, none for long")),
        Some(oldest) => Finding::not_good(
            "waiting",
            Health::Bad,
            format!(
                "{number} to be heard, the first since {}",
                oldest.found.timestamp().strftime("%Y-%m-%d %H:%M UTC")
            ),
            "see that the service runs (`systemctl status dime`) and what its log says",
        ),
    }
}

/// Whether the letters go out.
fn digest(store: &Store) -> Finding {
    match store.last_digest() {
        Ok(None) => Finding::good("digest", "none sent yet"),
        Ok(Some(DigestRecord { sent: Some(at), .. })) => {
            Finding::good("digest", format!("last sent {}", at.timestamp().strftime("%Y-%m-%d %H:%M UTC")))
        }
        Ok(Some(DigestRecord { tries: 0, .. })) => Finding::good("digest", "one is being sent"),
        Ok(Some(DigestRecord { tries, problem, planned, .. })) => Finding::not_good(
            "digest",
            Health::Bad,
            format!(
                "the one of {} is not sent after {tries} tries: {problem}",
                planned.timestamp().strftime("%Y-%m-%d %H:%M UTC")
            ),
            "see to [mail] in the configuration; `dime digest --send` sends it, and nothing is left out",
        ),
        Err(error) => Finding::not_good("digest", Health::Bad, error.to_string(), error.help()),
    }
}

/// Whether the kernel can tell of new files.
fn hints() -> Finding {
    /// Fewer watches than a small spool with its mailboxes may need.
    const FEW: u64 = 1_024;
    let limit = |name: &str| -> Option<u64> {
        fs::read_to_string(format!("/proc/sys/fs/inotify/{name}")).ok()?.trim().parse().ok()
    };
    match (limit("max_user_watches"), limit("max_user_instances")) {
        (Some(watches), Some(instances)) if watches >= FEW && instances > 0 => {
            Finding::good("inotify", format!("{watches} watches, {instances} instances"))
        }
        (Some(watches), Some(instances)) => Finding::not_good(
            "inotify",
            Health::Worry,
            format!("only {watches} watches, {instances} instances"),
            "new files are found by the clock only; raise fs.inotify.max_user_watches with sysctl",
        ),
        _ => Finding::not_good(
            "inotify",
            Health::Worry,
            "not there",
            "new files are found by the clock only (intake.rescan_seconds)",
        ),
    }
}
