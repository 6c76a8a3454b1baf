//! Reads calls: one, a list, a caller's past.

use super::error::Fault;
use super::filter::{CallFilter, Who};
use super::row::{SELECT_CALL, call};
use super::{Result, Store};
use crate::domain::{Call, CallId};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params_from_iter};

impl Store {
    /// One call, with everything recorded of it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn call(&self, id: CallId) -> Result<Option<Call>> {
        self.read(|conn| {
            conn.prepare_cached(&format!("{SELECT_CALL} WHERE call.id = ?1"))?
                .query_row([id.0], |row| Ok(call(conn, row)))
                .optional()?
                .transpose()
        })
    }

    /// The calls that `filter` asks for: held ones first, then the newest received first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn calls(&self, filter: &CallFilter) -> Result<Vec<Call>> {
        let (conditions, mut values) = filter.conditions();
        // SQLite takes a negative limit for none.
        values.push(filter.limit.map_or(-1, i64::from).into());
        self.list(
            &format!(
                "WHERE {conditions} ORDER BY state = 'held' DESC, received_ms DESC, call.id DESC LIMIT ?"
            ),
            values,
        )
    }

    /// The other calls of the same caller, newest received first.
    ///
    /// Only a valid number tells a caller: strangers who withhold theirs are not one person.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn past(&self, of: &Call) -> Result<Vec<Call>> {
        let Some(number) = of.caller.number.clone() else {
            return Ok(Vec::new());
        };
        let same = CallFilter { caller: Some(Who::Number(number)), ..CallFilter::default() };
        let (conditions, mut values) = same.conditions();
        values.push(of.id.0.into());
        self.list(
            &format!("WHERE {conditions} AND call.id <> ? ORDER BY received_ms DESC, call.id DESC"),
            values,
        )
    }

    fn list(&self, rest: &str, values: Vec<Value>) -> Result<Vec<Call>> {
        self.read(|conn| list(conn, rest, values))
    }
}

/// The calls of a query whose end is `rest`.
pub(super) fn list(
    conn: &Connection,
    rest: &str,
    values: Vec<Value>,
) -> std::result::Result<Vec<Call>, Fault> {
    let mut statement = conn.prepare_cached(&format!("{SELECT_CALL} {rest}"))?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut calls = Vec::new();
    while let Some(row) = rows.next()? {
        calls.push(call(conn, row)?);
    }
    Ok(calls)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{TestStore, caller, found, heard, unreadable, verdict};
    use super::{CallFilter, Who};
    use crate::domain::{Call, CallId, CallState, Caller, Label, Millis};

    fn listed(home: &TestStore, filter: &CallFilter) -> Vec<i64> {
        home.store.calls(filter).unwrap().iter().map(|call| call.id.0).collect()
    }

    fn of(caller: Who) -> CallFilter {
        CallFilter { caller: Some(caller), ..CallFilter::default() }
    }

    fn named(name: &str) -> CallFilter {
        of(Who::Named(name.to_owned()))
    }

    #[test]
    fn held_ones_come_first_and_then_the_newest() {
        let mut home = TestStore::new();
        let old_held = home.add_in(1, CallState::Held);
        let newest = home.add(9);
        let old = home.add(2);
        let new_held = home.store.record_unreadable(&unreadable("/spool/x.wav"), Millis(1)).unwrap().id();
        assert_eq!(listed(&home, &CallFilter::default()), [new_held.0, old_held.0, newest.0, old.0]);
        assert_eq!(listed(&home, &CallFilter { limit: Some(3), ..CallFilter::default() }).len(), 3);
        assert!(listed(&home, &CallFilter { limit: Some(0), ..CallFilter::default() }).is_empty());
    }

    #[test]
    fn everything_restricts_together() {
        let mut home = TestStore::new();
        let lead = home.add_in(5, CallState::Filed);
        let marked = home.add_in(6, CallState::Filed);
        home.store.mark(marked, Label::Spam, Millis(1)).unwrap();
        home.add(7);
        let label = |label| CallFilter { label: Some(label), ..CallFilter::default() };
        assert_eq!(listed(&home, &label(Label::Lead)), [lead.0]);
        assert_eq!(listed(&home, &label(Label::Spam)), [marked.0]);
        let state = |state| CallFilter { state: Some(state), ..CallFilter::default() };
        assert_eq!(listed(&home, &state(CallState::Filed)), [marked.0, lead.0]);
        let since = CallFilter { since: Some(Millis(6_000)), until: Some(Millis(7_000)), ..named("josé") };
        assert_eq!(listed(&home, &since), [marked.0]);
    }

    #[test]
    fn a_caller_is_found_by_number_and_by_what_was_shown_instead() {
        let mut home = TestStore::new();
        let numbered = home.add(1);
        let mut withheld = found(2);
        withheld.told.caller = Caller { raw_number: Some("Anonymous".to_owned()), ..Caller::default() };
        let withheld = home.store.record_found(&withheld, Millis(1)).unwrap().id();
        let number = caller("+15095550196").number.unwrap();
        assert_eq!(listed(&home, &of(Who::Number(number))), [numbered.0]);
        assert_eq!(listed(&home, &of(Who::Raw("anonymous".to_owned()))), [withheld.0]);
        assert!(listed(&home, &of(Who::Number(caller("+12065550142").number.unwrap()))).is_empty());
    }

    #[test]
    fn a_name_is_found_in_any_case_shown_or_said() {
        let mut home = TestStore::new();
        let mut plain = found(1);
        plain.told.caller.name = None;
        let said = home.store.record_found(&plain, Millis(1)).unwrap().id();
        home.store.heard(said, &heard("hello"), Millis(1)).unwrap();
        home.store.filed(said, &verdict(Label::Spam), Millis(1)).unwrap();
        let shown = home.add(2);
        assert_eq!(listed(&home, &named(" JOSÉ exam ")), [shown.0]);
        assert_eq!(listed(&home, &named("ZOË")), [said.0]);
        assert_eq!(listed(&home, &named("ünder & SÖHNE")), [said.0]);
        // Taken literally, and only names and companies are names.
        assert_eq!(listed(&home, &named("100%")), [said.0]);
        for text in ["J%", "_", "example.com", "'; DROP TABLE call; --"] {
            assert!(listed(&home, &named(text)).is_empty(), "{text}");
        }
    }

    #[test]
    fn the_past_is_the_same_number_only() {
        let mut home = TestStore::new();
        let (first, second, third) = (home.add(1), home.add(2), home.add(3));
        let mut other = found(4);
        other.told.caller = caller("+12065550142");
        home.store.record_found(&other, Millis(1)).unwrap();
        let past = |home: &TestStore, id| {
            let call = home.store.call(id).unwrap().unwrap();
            home.store.past(&call).unwrap().iter().map(|call: &Call| call.id).collect::<Vec<_>>()
        };
        assert_eq!(past(&home, second), [third, first]);
        // Those who withhold their number are not one person.
        let mut hidden = |n| {
            let mut found = found(n);
            found.told.caller = Caller { raw_number: Some("anonymous".to_owned()), ..Caller::default() };
            home.store.record_found(&found, Millis(1)).unwrap().id()
        };
        let (one, _two) = (hidden(5), hidden(6));
        assert_eq!(past(&home, one), Vec::<CallId>::new());
    }

    #[test]
    fn an_unknown_call_is_none() {
        assert_eq!(TestStore::new().store.call(CallId(1)).unwrap(), None);
    }
}
