//! The steps of a call: heard, filed, deferred, held, tried again.

use super::error::Fault;
use super::event::{Step, log};
use super::row::{Text, folded};
use super::{Result, Store, StoreError};
use crate::domain::{CallId, CallState, Heard, Mention, Mentions, Millis, PhoneNumber, Verdict};
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;

impl Store {
    /// Records what was heard: found → heard. Replaces an earlier hearing.
    ///
    /// # Errors
    /// [`StoreError::Transition`] unless the call is found; [`StoreError::NotFinite`] for a confidence that is
    /// not a number; [`StoreError::NoCall`] for none.
    pub fn heard(&mut self, id: CallId, heard: &Heard, now: Millis) -> Result<()> {
        self.write(|tx| {
            go(tx, id, &[CallState::Found], CallState::Heard, None)?;
            finite(id, "confidence", heard.transcript.words.iter().map(|word| word.confidence))?;
            tx.prepare_cached(
                "INSERT OR REPLACE INTO hearing
                 (call_id, text, words, language, model, audio_ms, took_ms, format, notes, heard_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute(params![
                id.0,
                heard.transcript.text,
                json(&heard.transcript.words)?,
                heard.transcript.language.as_deref().unwrap_or_default(),
                heard.transcript.model,
                heard.audio_ms.cast_signed(),
                heard.took_ms.cast_signed(),
                heard.format,
                json(&heard.notes)?,
                now.0
            ])?;
            let detail = format!("{} ms of sound in {} ms", heard.audio_ms, heard.took_ms);
            log(tx, id, now, Step::Heard, &detail)
        })
    }

    /// Files a call: heard → filed. Replaces an earlier verdict; the owner's mark stays. The copy of its sound goes,
    /// unless copies stay.
    ///
    /// # Errors
    /// [`StoreError::Transition`] unless the call is heard; [`StoreError::NotFinite`] for a score or weight
    /// that is not a number; [`StoreError::NoCall`] for none.
    pub fn filed(&mut self, id: CallId, verdict: &Verdict, now: Millis) -> Result<()> {
        let sound: (Option<String>, String) = self.write(|tx| {
            go(tx, id, &[CallState::Heard], CallState::Filed, None)?;
            finite(id, "score", [verdict.score.0])?;
            finite(id, "weight", verdict.reasons.iter().map(|reason| reason.weight))?;
            tx.prepare_cached(
                "INSERT OR REPLACE INTO verdict (call_id, label, score, reasons, filed_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                id.0,
                verdict.label.as_str(),
                verdict.score.0,
                json(&verdict.reasons)?,
                now.0
            ])?;
            replace_mentions(tx, id, &verdict.mentions)?;
            log(tx, id, now, Step::Filed, &format!("{} {:.2}", verdict.label, verdict.score.0))?;
            let mut sound = tx.prepare_cached("SELECT audio_sha256, ending FROM call WHERE id = ?1")?;
            Ok(sound.query_row([id.0], |row| Ok((row.get(0)?, row.get(1)?)))?)
        })?;
        sound.0.map_or(Ok(()), |sha256| self.drop_copy(&sha256, &sound.1))
    }

    /// Puts a waiting call off until `next_try`, because of a passing `problem`.
    ///
    /// # Errors
    /// [`StoreError::Transition`] when the call is filed or held, [`StoreError::NoCall`] for none.
    pub fn deferred(&mut self, id: CallId, problem: &str, next_try: Millis, now: Millis) -> Result<()> {
        self.write(|tx| {
            go(tx, id, WAITING, CallState::Deferred, Some((problem, Some(next_try))))?;
            log(tx, id, now, Step::Deferred, problem)
        })
    }

    /// Gives a waiting call up because of `problem`: it is shown to the owner first.
    ///
    /// # Errors
    /// [`StoreError::Transition`] when the call is filed or held already, [`StoreError::NoCall`] for none.
    pub fn held(&mut self, id: CallId, problem: &str, now: Millis) -> Result<()> {
        self.write(|tx| {
            go(tx, id, WAITING, CallState::Held, Some((problem, None)))?;
            log(tx, id, now, Step::Held, problem)
        })
    }

    /// Lets a held or deferred call be tried again now, from the start, with no attempts counted.
    ///
    /// # Errors
    /// [`StoreError::Transition`] unless the call is held or deferred, [`StoreError::NoCall`] for none.
    pub fn retry(&mut self, id: CallId, now: Millis) -> Result<()> {
        self.write(|tx| {
            go(tx, id, &[CallState::Held, CallState::Deferred], CallState::Found, None)?;
            tx.prepare_cached("UPDATE call SET attempts = 0 WHERE id = ?1")?.execute([id.0])?;
            // Its files are read anew, so that a copy that is gone is made again.
            tx.prepare_cached("DELETE FROM seen WHERE call_id = ?1")?.execute([id.0])?;
            log(tx, id, now, Step::Retried, "")
        })
    }
}

/// The states of a call that is still to be worked on.
const WAITING: &[CallState] = &[CallState::Found, CallState::Heard, CallState::Deferred];

/// Where a call stands.
pub(super) fn state_of(tx: &Connection, id: CallId) -> std::result::Result<CallState, Fault> {
    tx.prepare_cached("SELECT state FROM call WHERE id = ?1")?
        .query_row([id.0], |row| row.get::<_, Text<CallState>>(0))
        .optional()?
        .map(|Text(state)| state)
        .ok_or_else(|| StoreError::NoCall(id).into())
}

/// Moves a call from one of `allowed` to `to`; with a problem and the time of the next try, or without either.
fn go(
    tx: &Connection,
    id: CallId,
    allowed: &[CallState],
    to: CallState,
    trouble: Option<(&str, Option<Millis>)>,
) -> std::result::Result<(), Fault> {
    let from = state_of(tx, id)?;
    if !allowed.contains(&from) {
        return Err(StoreError::Transition { id, from, to }.into());
    }
    let (problem, next_try) = trouble.unwrap_or_default();
    tx.prepare_cached("UPDATE call SET state = ?2, problem = ?3, next_try_ms = ?4 WHERE id = ?1")?
        .execute(params![id.0, to.as_str(), problem, next_try.map(|at| at.0)])?;
    Ok(())
}

/// Records what a message names, in place of what was recorded before.
fn replace_mentions(tx: &Connection, id: CallId, mentions: &Mentions) -> std::result::Result<(), Fault> {
    tx.prepare_cached("DELETE FROM mention WHERE call_id = ?1")?.execute([id.0])?;
    insert_mentions(tx, id, "number", &mentions.numbers, PhoneNumber::as_str)?;
    insert_mentions(tx, id, "name", &mentions.names, String::as_str)?;
    insert_mentions(tx, id, "company", &mentions.companies, String::as_str)?;
    insert_mentions(tx, id, "url", &mentions.urls, String::as_str)
}

fn insert_mentions<T>(
    tx: &Connection,
    id: CallId,
    kind: &str,
    list: &[Mention<T>],
    text: fn(&T) -> &str,
) -> std::result::Result<(), Fault> {
    let mut insert = tx.prepare_cached(
        "INSERT INTO mention (call_id, kind, position, value, folded, start_char, end_char)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for (position, mention) in (0_i64..).zip(list) {
        let value = text(&mention.value);
        let (start, end) = mention.place.map(|place| (place.start, place.end)).unzip();
        insert.execute(params![id.0, kind, position, value, folded(value), start, end])?;
    }
    Ok(())
}

/// Refuses numbers that JSON and `SQLite` would turn into nothing.
fn finite(
    id: CallId,
    field: &'static str,
    numbers: impl IntoIterator<Item = f32>,
) -> std::result::Result<(), Fault> {
    if numbers.into_iter().all(f32::is_finite) {
        Ok(())
    } else {
        Err(StoreError::NotFinite { id, field }.into())
    }
}

/// `value` as a JSON column.
fn json(value: &impl Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{TestStore, heard, verdict};
    use super::super::{Store, StoreError};
    use crate::domain::{CallId, CallState, Label, Millis, Transcript};

    const ALL: [CallState; 5] =
        [CallState::Found, CallState::Heard, CallState::Filed, CallState::Deferred, CallState::Held];
    const NOW: Millis = Millis(3_000);

    /// One step on one call.
    type StepOn = fn(&mut Store, CallId) -> Result<(), StoreError>;

    /// Tries `step` from every state: it works from `allowed` only, arriving at `to`, and elsewhere changes nothing.
    fn only_from(allowed: &[CallState], to: CallState, step: StepOn) {
        for from in ALL {
            let mut home = TestStore::new();
            let id = home.add_in(1, from);
            let before = (home.store.call(id).unwrap(), home.steps(id));
            match step(&mut home.store, id) {
                Ok(()) => {
                    assert!(allowed.contains(&from), "{from} -> {to} was let through");
                    assert_eq!(home.state(id), to);
                    assert_eq!(home.steps(id).len(), before.1.len() + 1);
                }
                Err(error) => {
                    assert!(!allowed.contains(&from), "{from} -> {to}: {error}");
                    assert!(matches!(error, StoreError::Transition { id: of, from: at, to: goal }
                        if of == id && at == from && goal == to));
                    assert!(error.is_about_one_call());
                    assert_eq!((home.store.call(id).unwrap(), home.steps(id)), before);
                }
            }
        }
        let error = step(&mut TestStore::new().store, CallId(99)).unwrap_err();
        assert!(matches!(error, StoreError::NoCall(CallId(99))), "{error}");
    }

    #[test]
    fn every_step_follows_only_from_where_it_may() {
        use CallState::{Deferred, Filed, Found, Heard, Held};
        let waiting = [Found, Heard, Deferred];
        only_from(&[Found], Heard, |store, id| store.heard(id, &heard("hello"), NOW));
        only_from(&[Heard], Filed, |store, id| store.filed(id, &verdict(Label::Spam), NOW));
        only_from(&waiting, Deferred, |store, id| store.deferred(id, "busy", Millis(9_000), NOW));
        only_from(&waiting, Held, |store, id| store.held(id, "broken", NOW));
        only_from(&[Held, Deferred], Found, |store, id| store.retry(id, NOW));
    }

    #[test]
    fn what_was_heard_and_judged_comes_back_as_it_was() {
        let mut home = TestStore::new();
        let id = home.add(1);
        let (heard, verdict) = (heard("I found you on \u{0}LinkedIn 'and' {wanted}"), verdict(Label::Spam));
        home.store.heard(id, &heard, NOW).unwrap();
        home.store.filed(id, &verdict, NOW).unwrap();
        let dir = home.close();
        let call = Store::open(dir.path()).unwrap().call(id).unwrap().unwrap();
        assert_eq!((call.heard, call.verdict, call.state), (Some(heard), Some(verdict), CallState::Filed));
    }

    #[test]
    fn silence_comes_back_as_silence() {
        let mut home = TestStore::new();
        let id = home.add(1);
        let silence =
            crate::domain::Heard { transcript: Transcript::default(), notes: Vec::new(), ..heard("") };
        home.store.heard(id, &silence, NOW).unwrap();
        assert_eq!(home.store.call(id).unwrap().unwrap().heard, Some(silence));
    }

    #[test]
    fn trouble_is_told_and_cleared() {
        let mut home = TestStore::new();
        let id = home.add_in(1, CallState::Deferred);
        let call = home.store.call(id).unwrap().unwrap();
        assert_eq!((call.problem.as_deref(), call.next_try), (Some("no answer"), Some(Millis(5_000))));
        home.store.begin_attempt(id, NOW).unwrap();
        home.store.held(id, "broken", NOW).unwrap();
        let call = home.store.call(id).unwrap().unwrap();
        assert_eq!((call.problem.as_deref(), call.next_try, call.attempts), (Some("broken"), None, 1));
        home.store.retry(id, NOW).unwrap();
        let call = home.store.call(id).unwrap().unwrap();
        assert_eq!((call.problem, call.next_try, call.attempts), (None, None, 0));
        assert_eq!(home.steps(id), ["found", "deferred", "attempt", "held", "retried"]);
    }

    #[test]
    fn a_second_hearing_and_verdict_replace_the_first() {
        let mut home = TestStore::new();
        let id = home.add_in(1, CallState::Heard);
        home.store.held(id, "judge failed", NOW).unwrap();
        home.store.retry(id, NOW).unwrap();
        home.store.heard(id, &heard("something else"), NOW).unwrap();
        home.store.filed(id, &verdict(Label::Review), NOW).unwrap();
        let call = home.store.call(id).unwrap().unwrap();
        assert_eq!(call.heard.unwrap().transcript.text, "something else");
        assert_eq!(call.verdict, Some(verdict(Label::Review)));
    }

    #[test]
    fn numbers_that_would_be_lost_are_refused_and_leave_nothing_behind() {
        let mut home = TestStore::new();
        let id = home.add(1);
        let mut bad = heard("hello");
        bad.transcript.words[0].confidence = f32::NAN;
        let error = home.store.heard(id, &bad, NOW).unwrap_err();
        assert!(matches!(error, StoreError::NotFinite { field: "confidence", .. }), "{error}");
        assert_eq!((home.state(id), home.steps(id)), (CallState::Found, vec!["found"]));
        home.store.heard(id, &heard("hello"), NOW).unwrap();
        let mut bad = verdict(Label::Spam);
        bad.reasons[0].weight = f32::INFINITY;
        home.store.filed(id, &bad, NOW).unwrap_err();
        bad = verdict(Label::Spam);
        bad.score.0 = f32::NAN;
        home.store.filed(id, &bad, NOW).unwrap_err();
        assert_eq!(home.state(id), CallState::Heard);
    }
}
