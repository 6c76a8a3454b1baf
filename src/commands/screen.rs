//! `dime screen`: hears and judges recordings now; files nothing.

use super::Failure;
use super::output::print;
use super::parts::{self, runtime};
use super::progress::Progress;
use super::setting::Setting;
use crate::domain::{Heard, HearingError, Verdict};
use crate::intake::from_name;
use crate::judge::Judge;
use crate::pipeline::{Listener, screen};
use crate::ui::{Look, MessageLine, error_line, one_line_path, to_line, verdict_in_full};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

pub(super) fn run(setting: &Setting, files: &[PathBuf]) -> Result<ExitCode, Failure> {
    let loaded = setting.load()?;
    let judge = parts::judge(&loaded)?;
    let ear = parts::ear(&loaded)?;
    let country = &loaded.config.owner.country;
    runtime()?.block_on(screen_all(setting, files, country, &judge, ear))
}

async fn screen_all(
    setting: &Setting,
    files: &[PathBuf],
    country: &str,
    judge: &Judge,
    mut ear: Listener,
) -> Result<ExitCode, Failure> {
    let look = parts::look();
    let mut status = ExitCode::SUCCESS;
    for file in files {
        let progress = Progress::new(&one_line_path(file));
        let caller = from_name(file, country).caller;
        let screened = screen(&mut ear, judge, file, caller, &mut |step| progress.step(step)).await;
        progress.clear();
        match screened {
            Ok((heard, verdict)) => print(&answer(setting, file, &heard, &verdict, &look))?,
            Err(HearingError::Installation(problem)) => {
                return Err(Failure::new(problem, "`dime doctor` says what is wrong"));
            }
            Err(error) => {
                status = ExitCode::FAILURE;
                if setting.json {
                    print(&error_line(("file", file.to_string_lossy().into()), &error.to_string()))?;
                } else {
                    eprintln!(
                        "error: {}: {}",
                        one_line_path(file),
                        crate::domain::safe::one_line(&error.to_string())
                    );
                }
            }
        }
    }
    ear.close().await;
    Ok(status)
}

fn answer(setting: &Setting, file: &Path, heard: &Heard, verdict: &Verdict, look: &Look) -> String {
    let text = &heard.transcript.text;
    if !setting.json {
        let title = look.heading(&one_line_path(file));
        return format!("{title}\n{}", verdict_in_full(text, Some(heard), verdict, look));
    }
    to_line(&MessageLine {
        id: None,
        file: Some(file.to_string_lossy().into_owned()),
        label: verdict.label,
        score: verdict.score,
        transcript: text,
        reasons: &verdict.reasons,
        mentions: &verdict.mentions,
        language: heard.transcript.language.as_deref(),
        audio_ms: Some(heard.audio_ms),
        took_ms: heard.took_ms,
        explanation: None,
    })
}
