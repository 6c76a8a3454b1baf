//! The main job: every sample voicemail through the real watcher and real whisper.

use crate::home::{BASE, Home, call, samples};
use crate::wer::word_errors;
use serde::Deserialize;
use serde_json::Value;
use std::sync::LazyLock;

#[derive(Deserialize)]
struct Samples {
    voicemail: Vec<Sample>,
}

#[derive(Deserialize)]
struct Sample {
    file: String,
    label: String,
    accept: Option<Vec<String>>,
    text: String,
    written: Option<String>,
    caller_number: String,
}

impl Sample {
    fn is_bait(&self) -> bool {
        self.label == "spam"
    }
}

static SAMPLES: LazyLock<Vec<Sample>> = LazyLock::new(|| {
    let text = std::fs::read_to_string(samples().join("voicemails.toml")).unwrap();
    toml::from_str::<Samples>(&text).unwrap().voicemail
});

/// One run of `dime watch --once` over all of them, which the tests below look at.
static FILED: LazyLock<(Home, Vec<Value>)> = LazyLock::new(|| {
    let home = Home::new(BASE);
    for sample in SAMPLES.iter() {
        home.drop_sample(&sample.file, &sample.file);
    }
    let done = home.dime(&["watch", "--once"]);
    assert_eq!(done.status, 0, "{}", done.err);
    let calls = home.calls();
    (home, calls)
});

#[test]
fn every_voicemail_is_filed_once() {
    let calls = &FILED.1;
    assert_eq!(calls.len(), SAMPLES.len());
    assert!(SAMPLES.len() >= 14);
    for call in calls {
        assert_eq!(call["state"], "filed", "{call:#}");
    }
}

#[test]
fn each_is_filed_as_it_should_be() {
    let mut wrong = Vec::new();
    for sample in SAMPLES.iter() {
        let call = call(&FILED.1, &sample.file);
        let label = call["label"].as_str().unwrap().to_owned();
        let accepted = sample.accept.clone().unwrap_or_else(|| vec![sample.label.clone()]);
        if !accepted.contains(&label) {
            wrong.push(format!("{} is {label}, not {accepted:?}: {:#}", sample.file, call["reasons"]));
        }
        // The two mistakes that cost most, whatever the samples accept.
        assert!(!(sample.label == "lead" && label == "spam"), "a lead is lost: {call:#}");
        assert!(!(sample.is_bait() && label == "lead"), "a bait is taken: {call:#}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_words_are_understood() {
    for sample in SAMPLES.iter() {
        let transcript = call(&FILED.1, &sample.file)["transcript"].as_str().unwrap();
        let (errors, words) = word_errors(sample.written.as_ref().unwrap_or(&sample.text), transcript);
        assert!(
            errors * 100 <= words * 25,
            "{}: {errors} errors in {words} words: {transcript}",
            sample.file
        );
    }
}

#[test]
fn reasons_quote_the_callers_own_words() {
    for sample in SAMPLES.iter().filter(|sample| sample.is_bait()) {
        let call = call(&FILED.1, &sample.file);
        let transcript = call["transcript"].as_str().unwrap();
        let reasons = call["reasons"].as_array().unwrap();
        assert!(!reasons.is_empty(), "{call:#}");
        for reason in reasons {
            for piece in reason["quote"].as_str().unwrap().split(" … ") {
                assert!(transcript.contains(piece), "`{piece}` is not in `{transcript}`");
            }
        }
    }
}

#[test]
fn the_caller_and_the_time_come_from_the_name() {
    for sample in SAMPLES.iter() {
        let call = call(&FILED.1, &sample.file);
        let number = call["caller"]["number"].as_str().unwrap_or_default();
        assert_eq!(number, sample.caller_number, "{}", sample.file);
        let day = format!("{}-{}-{}", &sample.file[..4], &sample.file[4..6], &sample.file[6..8]);
        assert!(call["received_at"].as_str().unwrap().starts_with(&day), "{call:#}");
    }
}

#[test]
fn a_second_run_hears_nothing_again() {
    let (home, calls) = &*FILED;
    let again = home.dime(&["watch", "--once"]);
    assert_eq!((again.status, again.out.trim()), (0, "0 lead, 0 review, 0 spam, 0 empty"));
    assert_eq!(&home.calls(), calls);
}

#[test]
fn history_answers_about_a_caller() {
    let (home, _) = &*FILED;
    let sample = SAMPLES.iter().find(|sample| sample.file.contains("linkedin-bait")).unwrap();
    let by_number = home.json(&["history", &sample.caller_number]);
    assert_eq!(by_number.len(), 1);
    assert!(by_number[0]["file"].as_str().unwrap().ends_with(&sample.file));
    let nobody = home.dime(&["history", "+12125550000"]);
    assert_eq!((nobody.status, nobody.out.as_str()), (3, ""));
}

#[test]
fn screen_says_the_same_without_filing() {
    let (_, calls) = &*FILED;
    let home = Home::new(BASE);
    let sample = SAMPLES.iter().find(|sample| sample.file.contains("linkedin-bait")).unwrap();
    let file = samples().join(&sample.file);
    let screened = &home.json(&["screen", file.to_str().unwrap()])[0];
    let filed = call(calls, &sample.file);
    for field in ["label", "score", "transcript", "reasons", "mentions", "language", "audio_ms"] {
        assert_eq!(screened[field], filed[field], "{field}");
    }
    assert_eq!(screened["id"], Value::Null);
    assert!(home.calls().is_empty());
}
