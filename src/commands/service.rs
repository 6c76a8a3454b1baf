//! The service's parts as the configuration wants them: at its start, and anew whenever it is told to reload.

use super::Failure;
use super::parts::{self, Hearing};
use super::setting::Setting;
use crate::config::{Loaded, Watch};
use crate::daemon::{self, Renewal, Watching};
use crate::domain::safe::one_line;
use crate::intake::{Folder, MAILBOX_FOLDERS, Pattern};
use crate::judge::Judge;
use crate::pipeline::Listener;
use tokio::signal::unix::Signal;
use tokio::sync::mpsc;

/// Everything that the configuration and the rules decide.
pub(super) struct Built {
    pub(super) judge: Judge,
    pub(super) hearing: Hearing,
    pub(super) watching: Watching,
}

/// Reads the configuration and the rules, and checks all that they name.
pub(super) fn build(setting: &Setting) -> Result<Built, Failure> {
    let loaded = setting.load()?;
    if loaded.config.watch.is_empty() {
        let file = loaded
            .file
            .map_or_else(|| "there is no configuration".to_owned(), |file| file.display().to_string());
        let help = "add `[[watch]]` and `path = \"/where/voicemail/lies\"`; config/dime.toml shows every key";
        return Err(Failure::new(format_args!("{file}: no folder to watch"), help));
    }
    Ok(Built { judge: parts::judge(&loaded)?, hearing: Hearing::of(&loaded)?, watching: watching(&loaded)? })
}

fn watching(loaded: &Loaded) -> Result<Watching, Failure> {
    let config = &loaded.config;
    Ok(Watching {
        folders: config.watch.iter().map(folder).collect::<Result<_, _>>()?,
        settle: config.intake.settle(),
        rescan: config.intake.rescan(),
        max_bytes: config.intake.max_bytes(),
        country: config.owner.country.clone(),
        audio_copies: config.keep.audio_copies,
        words: config.keep.transcripts(),
        metrics_file: config.service.metrics_file.clone(),
    })
}

/// A folder to watch as it is configured.
pub(super) fn folder(watch: &Watch) -> Result<Folder, Failure> {
    let of = watch.path.display();
    let is_no_folder = |name: &&String| !MAILBOX_FOLDERS.contains(&name.as_str());
    if let Some(name) = watch.folders.iter().find(is_no_folder) {
        let help = format!("a mailbox has the folders {}", MAILBOX_FOLDERS.join(", "));
        return Err(Failure::new(format_args!("watch.folders of {of}: there is no folder `{name}`"), help));
    }
    if watch.folders.is_empty() {
        let help = "name the folders of a mailbox, or leave the key out: then INBOX and Urgent are taken";
        return Err(Failure::new(format_args!("watch.folders of {of}: no message would be taken"), help));
    }
    let pattern = watch.pattern.as_deref().map(Pattern::new).transpose().map_err(|problem| {
        let help = "a regular expression with named groups; docs/phone-systems.md shows them";
        Failure::new(format_args!("watch.pattern of {of}: {problem}"), help)
    })?;
    Ok(Folder {
        path: watch.path.clone(),
        recursive: watch.recursive,
        kind: watch.kind,
        mailbox_folders: watch.folders.clone(),
        pattern,
        database: watch.database.clone(),
    })
}

/// Builds anew at every `hangup`, for as long as somebody takes it. What is wrong is said, and changes nothing.
pub(super) async fn reload(
    setting: Setting,
    mut hearing: Hearing,
    mut hangup: Signal,
    renewals: mpsc::Sender<Renewal<Listener>>,
) {
    while hangup.recv().await.is_some() {
        daemon::reloading();
        let setting = setting.clone();
        // Beside the loop: a hearing goes on meanwhile, and a stop need not wait.
        let built = tokio::task::spawn_blocking(move || build(&setting)).await;
        daemon::reloaded();
        match built {
            Ok(Ok(built)) => {
                let ear = (built.hearing != hearing).then(|| built.hearing.ear());
                hearing = built.hearing;
                let renewal = Renewal { judge: built.judge, ear, watching: built.watching };
                if renewals.send(renewal).await.is_err() {
                    return;
                }
            }
            Ok(Err(failure)) => refuse(&failure.to_string(), failure.help()),
            Err(defect) => refuse(&defect.to_string(), "this is a defect in dime: please report it"),
        }
    }
}

/// Says what is wrong: several lines only for several mistakes in rule files.
fn refuse(what: &str, help: &str) {
    for line in what.lines() {
        tracing::error!(problem = %one_line(line), help, "not reloaded, all stays as it was");
    }
}
