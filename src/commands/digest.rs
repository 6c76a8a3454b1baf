//! `dime digest`: tonight's letter, shown or written to a file.

use super::Failure;
use super::output::print;
use super::parts::{self, now};
use super::setting::Setting;
use crate::cli;
use crate::digest::{Digest, Material};
use crate::domain::{Call, CallState, Label, Millis};
use crate::store::{CallFilter, Store};
use crate::ui::to_line;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

/// A message that waits longer than this to be heard is told.
const TOO_LONG: Duration = Duration::from_hours(1);

pub(super) fn run(setting: &Setting, what: &cli::Digest) -> Result<ExitCode, Failure> {
    let owner = setting.load()?.config.owner;
    let zone = TimeZone::system();
    let material = match parts::read_store()? {
        Some(store) => material(&store, what.date, zone)?,
        None => empty(what.date, zone),
    };
    let digest = Digest::new(&material, &owner);
    let html = || digest.html().map_err(|error| Failure::new(error, "this should not happen"));
    if let Some(file) = &what.html {
        write(file, &html()?)?;
    } else if setting.json {
        let (subject, text) = (digest.subject(), digest.text());
        print(&to_line(&serde_json::json!({ "subject": subject, "text": text, "html": html()? })))?;
    } else {
        print(digest.text().trim_end())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What the letter of `date` is written from; of today, everything since the last letter that was sent.
fn material(store: &Store, date: Option<Date>, zone: TimeZone) -> Result<Material, Failure> {
    let calls = match date {
        Some(date) => calls_of(store, date, &zone)?,
        None => store.untold()?,
    };
    let mut earlier_spam = Vec::new();
    for call in calls.iter().filter(|call| call.label() == Some(Label::Spam)) {
        let past = store.past(call)?.into_iter();
        earlier_spam.extend(past.filter(|earlier| {
            let known = |other: &Call| other.id == earlier.id;
            earlier.label() == Some(Label::Spam)
                && !calls.iter().any(known)
                && earlier.received <= call.received
        }));
    }
    earlier_spam.sort_by_key(|call| call.id);
    earlier_spam.dedup_by_key(|call| call.id);
    let waiting = store.counts()?.oldest_waiting.map(|waiting| waiting.found);
    let stuck = waiting.filter(|found| date.is_none() && found.after(TOO_LONG) < now());
    Ok(Material { calls, stuck, earlier_spam, ..empty(date, zone) })
}

/// The calls filed or held that were received on `date` in `zone`: held ones first, then the newest.
fn calls_of(store: &Store, date: Date, zone: &TimeZone) -> Result<Vec<Call>, Failure> {
    let start = |date: Date| -> Result<Millis, Failure> {
        let midnight = date.to_zoned_datetime(zone.clone()).map_err(|error| out_of_range(date, &error))?;
        Ok(midnight.timestamp().into())
    };
    let tomorrow = date.tomorrow().map_err(|error| out_of_range(date, &error))?;
    let filter =
        CallFilter { since: Some(start(date)?), until: Some(start(tomorrow)?), ..CallFilter::default() };
    let mut calls = store.calls(&filter)?;
    calls.retain(|call| matches!(call.state, CallState::Filed | CallState::Held));
    Ok(calls)
}

fn out_of_range(date: Date, error: &jiff::Error) -> Failure {
    Failure::new(format_args!("{date}: {error}"), "give a day like 2026-03-14")
}

/// Nothing at all.
fn empty(date: Option<Date>, zone: TimeZone) -> Material {
    let date = date.unwrap_or_else(|| zone.to_datetime(now().timestamp()).date());
    Material { date, zone, calls: Vec::new(), troubles: Vec::new(), stuck: None, earlier_spam: Vec::new() }
}

fn write(file: &Path, html: &str) -> Result<(), Failure> {
    std::fs::write(file, html).map_err(|error| {
        Failure::new(format_args!("{}: {error}", file.display()), "name a file that can be written")
    })
}
