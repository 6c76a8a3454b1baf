//! `dime digest`: tonight's letter, shown, written to a file or sent.

use super::Failure;
use super::doctor;
use super::output::print;
use super::parts::{self, now};
use super::setting::Setting;
use crate::cli;
use crate::config::Loaded;
use crate::digest::{Digest, Material, Trouble};
use crate::domain::{Call, CallState, Label, Letter, Millis};
use crate::mail::Carrier;
use crate::store::{CallFilter, Store, StoreError};
use crate::ui::to_line;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

/// So long after the last letter, one is sent in any case: silence must not look like a fault, nor a fault like silence.
const SIGN_OF_LIFE: Duration = Duration::from_hours(7 * 24 - 1);

pub(super) fn run(setting: &Setting, what: &cli::Digest) -> Result<ExitCode, Failure> {
    let troubles = if what.date.is_none() { doctor::troubles(setting) } else { Vec::new() };
    let desk = Desk { loaded: setting.load()?, zone: TimeZone::system(), troubles };
    if what.send {
        return match what.date {
            Some(date) => desk.send_day(date),
            None => desk.send(),
        };
    }
    let store = parts::read_store()?;
    let digest = match (&store, what.date) {
        (Some(store), Some(date)) => desk.digest(store, calls_of(store, date, &desk.zone)?, date)?,
        (Some(store), None) => desk.tonight(store)?,
        (None, date) => desk.digest_of(&desk.nothing(date.unwrap_or_else(|| desk.today()))),
    };
    let html = || digest.html().map_err(defect);
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

/// Where letters are written.
struct Desk {
    loaded: Loaded,
    zone: TimeZone,
    /// What is wrong with dime itself.
    troubles: Vec<Trouble>,
}

impl Desk {
    /// Sends the letter of everything since the last one.
    fn send(&self) -> Result<ExitCode, Failure> {
        let carrier = parts::carrier(&self.loaded)?;
        let dir = parts::state_dir()?;
        if parts::read_store()?.is_none() {
            return Err(Failure::new("there are no calls yet", "`dime watch` files them; start it first"));
        }
        let _only_one = Store::lock_digest(&dir)?;
        let mut store = Store::open(&dir)?;
        let Some((number, letter)) = self.plan(&mut store)? else {
            return nothing_to_tell();
        };
        self.carry(&carrier, &letter, |problem| store.digest_failed(number, problem))?;
        store.digest_sent(number, now())?;
        told(&letter)
    }

    /// Sends the letter of the calls received on `date`. Nothing of it is recorded: the nightly letter tells of
    /// them all the same.
    fn send_day(&self, date: Date) -> Result<ExitCode, Failure> {
        let carrier = parts::carrier(&self.loaded)?;
        let Some(store) = parts::read_store()? else {
            return nothing_to_tell();
        };
        let digest = self.digest(&store, calls_of(&store, date, &self.zone)?, date)?;
        if digest.is_empty() {
            return nothing_to_tell();
        }
        // Nightly letters have a number where this has a word.
        let id = format!("digest-day-{date}-{}", store.installation()?);
        let mut letter = digest.letter(id, now()).map_err(defect)?;
        letter.subject = format!("{} ({date})", letter.subject);
        self.carry(&carrier, &letter, |_| Ok(()))?;
        told(&letter)
    }

    /// Gives `letter` to the carrier, again and again while what hinders may pass, and tells `note` of each failure.
    fn carry(
        &self,
        carrier: &Carrier,
        letter: &Letter,
        mut note: impl FnMut(&str) -> Result<(), StoreError>,
    ) -> Result<(), Failure> {
        let mut waits = self.loaded.config.mail.waits();
        while let Err(error) = carrier.send(letter) {
            tracing::warn!(%error, "the digest is not sent");
            note(&error.to_string())?;
            match waits.next().filter(|_| error.is_passing()) {
                Some(wait) => std::thread::sleep(wait),
                None => return Err(error.into()),
            }
        }
        tracing::info!(letter = %letter.id, "the digest is sent");
        Ok(())
    }

    /// The letter to be sent now with its number in the store; `None` when there is nothing to tell, and the last
    /// letter is not so old that a sign of life is due.
    fn plan(&self, store: &mut Store) -> Result<Option<(i64, Letter)>, Failure> {
        let sent = store.last_digest()?.and_then(|last| last.sent);
        let is_recent = sent.is_some_and(|sent| sent.after(SIGN_OF_LIFE) > now());
        if is_recent && self.tonight(store)?.is_empty() {
            return Ok(None);
        }
        let (planned, calls) = store.plan_digest(now())?;
        let date = self.day(planned.planned);
        let id = format!("digest-{}-{date}-{}", planned.id, store.installation()?);
        let digest = self.digest(store, calls, date)?;
        let letter = digest.letter(id, planned.planned).map_err(defect)?;
        Ok(Some((planned.id, letter)))
    }

    /// What is to be told now: everything since the last letter that was sent.
    fn tonight(&self, store: &Store) -> Result<Digest, Failure> {
        self.digest(store, store.untold()?, self.today())
    }

    /// What is told of `calls` on the day `date`.
    fn digest(&self, store: &Store, calls: Vec<Call>, date: Date) -> Result<Digest, Failure> {
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
        let waiting = store.counts()?.oldest_waiting.filter(|waiting| waiting.is_stuck(now()));
        let stuck = waiting.filter(|_| date == self.today()).map(|waiting| waiting.found);
        Ok(self.digest_of(&Material { calls, stuck, earlier_spam, ..self.nothing(date) }))
    }

    fn digest_of(&self, material: &Material) -> Digest {
        Digest::new(material, &self.loaded.config.owner)
    }

    /// No calls at all.
    fn nothing(&self, date: Date) -> Material {
        Material {
            date,
            zone: self.zone.clone(),
            calls: Vec::new(),
            troubles: self.troubles.clone(),
            stuck: None,
            earlier_spam: Vec::new(),
        }
    }

    fn today(&self) -> Date {
        self.day(now())
    }

    fn day(&self, at: Millis) -> Date {
        self.zone.to_datetime(at.timestamp()).date()
    }
}

fn nothing_to_tell() -> Result<ExitCode, Failure> {
    print("nothing to tell: no letter is sent")?;
    Ok(ExitCode::SUCCESS)
}

fn told(letter: &Letter) -> Result<ExitCode, Failure> {
    print(&format!("sent: {}", letter.subject))?;
    Ok(ExitCode::SUCCESS)
}

fn defect(error: std::fmt::Error) -> Failure {
    Failure::new(
        format_args!("the letter cannot be written: {error}"),
        "this is a defect in dime: please report it",
    )
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

fn write(file: &Path, html: &str) -> Result<(), Failure> {
    std::fs::write(file, html).map_err(|error| {
        Failure::new(format_args!("{}: {error}", file.display()), "name a file that can be written")
    })
}
