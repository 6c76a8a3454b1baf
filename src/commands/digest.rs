//! `dime digest`: tonight's letter, shown, written to a file or sent.

use super::Failure;
use super::output::print;
use super::parts::{self, now};
use super::setting::Setting;
use crate::cli;
use crate::config::Loaded;
use crate::digest::{Digest, Material};
use crate::domain::{Call, CallState, Label, Letter, Millis};
use crate::store::{CallFilter, Store};
use crate::ui::to_line;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

/// A message that waits longer than this to be heard is told.
const TOO_LONG: Duration = Duration::from_hours(1);

/// So long after the last letter, one is sent in any case: silence must not look like a fault, nor a fault like silence.
const SIGN_OF_LIFE: Duration = Duration::from_hours(7 * 24 - 1);

pub(super) fn run(setting: &Setting, what: &cli::Digest) -> Result<ExitCode, Failure> {
    let loaded = setting.load()?;
    let zone = TimeZone::system();
    if what.send {
        return send(&loaded, &zone);
    }
    let owner = &loaded.config.owner;
    let material = match parts::read_store()? {
        Some(store) => match what.date {
            Some(date) => material(&store, calls_of(&store, date, &zone)?, date, &zone)?,
            None => material(&store, store.untold()?, today(&zone), &zone)?,
        },
        None => empty(what.date.unwrap_or_else(|| today(&zone)), &zone),
    };
    let digest = Digest::new(&material, owner);
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

/// Sends the letter of everything since the last one, again and again while what hinders may pass.
fn send(loaded: &Loaded, zone: &TimeZone) -> Result<ExitCode, Failure> {
    let post = parts::post(loaded)?;
    let dir = parts::state_dir()?;
    if parts::read_store()?.is_none() {
        return Err(Failure::new("there are no calls yet", "`dime watch` files them; start it first"));
    }
    let _only_one = Store::lock_digest(&dir)?;
    let mut store = Store::open(&dir)?;
    let Some(letter) = plan(&mut store, loaded, zone)? else {
        print("nothing to tell: no letter is sent")?;
        return Ok(ExitCode::SUCCESS);
    };
    let (number, letter) = letter;
    let mut waits = loaded.config.mail.waits();
    loop {
        let Err(error) = post.send(&letter) else { break };
        tracing::warn!(%error, "the digest is not sent");
        store.digest_failed(number, &error.to_string())?;
        match waits.next().filter(|_| error.is_passing()) {
            Some(wait) => std::thread::sleep(wait),
            None => return Err(error.into()),
        }
    }
    store.digest_sent(number, now())?;
    tracing::info!(letter = %letter.id, "the digest is sent");
    print(&format!("sent: {}", letter.subject))?;
    Ok(ExitCode::SUCCESS)
}

/// The letter to be sent now with its number in the store; `None` when there is nothing to tell, and the last letter
/// is not so old that a sign of life is due.
fn plan(store: &mut Store, loaded: &Loaded, zone: &TimeZone) -> Result<Option<(i64, Letter)>, Failure> {
    let last = store.last_digest()?;
    let is_quiet =
        Digest::new(&material(store, store.untold()?, today(zone), zone)?, &loaded.config.owner).is_empty();
    let is_recent = last.is_some_and(|last| last.sent.is_some_and(|sent| sent.after(SIGN_OF_LIFE) > now()));
    if is_quiet && is_recent {
        return Ok(None);
    }
    let (planned, calls) = store.plan_digest(now())?;
    let date = zone.to_datetime(planned.planned.timestamp()).date();
    let digest = Digest::new(&material(store, calls, date, zone)?, &loaded.config.owner);
    let letter = digest
        .letter(format!("digest-{}-{date}", planned.id), planned.planned)
        .map_err(|error| Failure::new(error, "this is a defect in dime: please report it"))?;
    Ok(Some((planned.id, letter)))
}

/// What a letter of `calls` is written from.
fn material(store: &Store, calls: Vec<Call>, date: Date, zone: &TimeZone) -> Result<Material, Failure> {
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
    let stuck = waiting.filter(|found| date == today(zone) && found.after(TOO_LONG) < now());
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
fn empty(date: Date, zone: &TimeZone) -> Material {
    let (calls, troubles, earlier_spam) = (Vec::new(), Vec::new(), Vec::new());
    Material { date, zone: zone.clone(), calls, troubles, stuck: None, earlier_spam }
}

fn today(zone: &TimeZone) -> Date {
    zone.to_datetime(now().timestamp()).date()
}

fn write(file: &Path, html: &str) -> Result<(), Failure> {
    std::fs::write(file, html).map_err(|error| {
        Failure::new(format_args!("{}: {error}", file.display()), "name a file that can be written")
    })
}
