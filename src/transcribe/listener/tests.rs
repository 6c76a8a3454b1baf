//! What the parent does when its child misbehaves. These children are shell scripts: none of this is hearing.

use super::*;
use std::fs;
use std::time::Instant;
use tempfile::TempDir;

const READY: &str = r#"read hello; echo '{"reply":"ready","model":"m.bin"}'; "#;
const DECODED: &str = r#"read request; echo '{"reply":"decoded","id":1,"audio_ms":500}'; "#;
/// A whole conversation: any number of requests, answered with their own ids.
const GOOD: &str = r#"read hello; echo '{"reply":"ready","model":"m.bin"}'
while read request; do
    id=${request#*\"id\":}; id=${id%%,*}
    echo "{\"reply\":\"decoded\",\"id\":$id,\"audio_ms\":500}"
    echo "{\"reply\":\"progress\",\"id\":$id,\"percent\":100}"
    echo "{\"reply\":\"heard\",\"id\":$id,\"heard\":{\"transcript\":{\"text\":\"$$\",\"words\":[],\"language\":\"en\",\"model\":\"m.bin\"},\"audio_ms\":500,\"took_ms\":9,\"format\":\"WAV\",\"notes\":[]}}"
done"#;

fn child(script: &str) -> ChildSettings {
    let engine = EngineSettings {
        model: "m.bin".into(),
        model_sha256: None,
        threads: 1,
        language: None,
        prompt: None,
    };
    let limits = TimeLimits {
        load: Duration::from_millis(1_500),
        decode: Duration::from_millis(1_500),
        hear: Duration::from_secs(1),
        hear_per_second: 1.0,
    };
    let args = vec!["-c".into(), script.into()];
    ChildSettings { program: "/bin/sh".into(), args, engine, memory_bytes: Some(1 << 30), limits }
}

async fn hear(listener: &mut Listener) -> Result<Heard, HearingError> {
    listener.hear(Path::new("a.wav"), None, &mut |_| {}).await
}

/// What is said of a child that runs `script`.
async fn complaint(script: &str) -> String {
    match hear(&mut Listener::new(child(script))).await {
        Err(HearingError::Passing(said)) => said,
        other => panic!("{other:?}"),
    }
}

/// A script that is `bad` the first time it is run and [`GOOD`] ever after.
fn once(dir: &TempDir, bad: &str) -> String {
    let mark = dir.path().join("mark");
    format!("if [ -e {mark} ]; then {GOOD}\nelse touch {mark}; {bad}; fi", mark = mark.display())
}

#[tokio::test]
async fn one_child_hears_many_messages() {
    let mut listener = Listener::new(child(GOOD));
    let mut steps = Vec::new();
    let first = listener.hear(Path::new("a.wav"), None, &mut |step| steps.push(step)).await.unwrap();
    assert_eq!(steps, [HearingStep::Decoded { audio_ms: 500 }, HearingStep::Progress { percent: 100 }]);
    let second = hear(&mut listener).await.unwrap();
    assert_eq!(first.transcript.text, second.transcript.text);
    listener.close().await;
}

#[tokio::test]
async fn every_misbehaviour_is_named() {
    for (script, said) in [
        ("exit 3".to_owned(), "ended by itself (exit status: 3)"),
        (format!("{READY} {DECODED} exit 3"), "ended by itself (exit status: 3)"),
        (format!("{READY} {DECODED} kill -9 $$"), "killed by signal 9, as the system does"),
        (format!("{READY} {DECODED} kill -6 $$"), "more memory than its limit of 1024 MiB"),
        (format!("{READY} {DECODED} kill -15 $$"), "killed by signal 15"),
        (format!("{READY} {DECODED} kill -11 $$"), "(signal 11), as it does when it needs more memory"),
        ("read hello; sleep 60".to_owned(), "took longer than 1 s to load the speech model"),
        (format!("{READY} sleep 60"), "took longer than 1 s to decode the recording"),
        (format!("{READY} {DECODED} sleep 60"), "took longer than 1 s to hear 1 s of sound"),
        (format!("{READY} {DECODED} exec >&-; sleep 60"), "closed its output"),
        (format!("{READY} echo panic; sleep 60"), "sent a line that is not a reply"),
        (format!("{READY} {DECODED} {DECODED} sleep 60"), "took longer than"),
        (
            r#"read hello; echo '{"reply":"progress","id":1,"percent":1}'; sleep 60"#.to_owned(),
            "before its model",
        ),
        (
            format!(r#"{READY} echo '{{"reply":"progress","id":9,"percent":1}}'; sleep 60"#),
            "to another request",
        ),
        // Its input stays open, or writing to it could fail first.
        (format!("{READY} exec 3<&0; exec tr '\\0' x < /dev/zero"), "a line too long"),
    ] {
        let complaint = complaint(&script).await;
        assert!(complaint.contains(said), "{script}: {complaint}");
    }
}

#[tokio::test]
async fn a_child_that_hangs_over_a_long_message_is_not_waited_for_to_its_end() {
    let decoded = DECODED.replace("500", "3600000");
    let part = r#"echo '{"reply":"progress","id":1,"percent":1}'; "#;
    let mut settings = child(&format!("{READY} {decoded} {part} sleep 60"));
    settings.limits = TimeLimits { hear: Duration::ZERO, hear_per_second: 0.02, ..settings.limits };
    let told = hear(&mut Listener::new(settings)).await;
    let problem = "the recogniser took longer than 1 s to hear the next part of it".to_owned();
    assert_eq!(told, Err(HearingError::Passing(problem)));
}

#[tokio::test]
async fn after_a_death_the_next_message_gets_a_fresh_child() {
    for bad in ["exit 3", "read hello; sleep 60", "echo garbage; sleep 60"] {
        let dir = tempfile::tempdir().unwrap();
        let mut listener = Listener::new(child(&once(&dir, bad)));
        assert!(matches!(hear(&mut listener).await, Err(HearingError::Passing(_))), "{bad}");
        assert!(hear(&mut listener).await.is_ok(), "{bad}");
    }
}

#[tokio::test]
async fn a_child_that_died_between_messages_costs_no_message() {
    let script = GOOD.replace("while read", "read").replace("; do\n", "\n").replace("\ndone", "");
    let mut listener = Listener::new(child(&script));
    let first = hear(&mut listener).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let second = hear(&mut listener).await;
    // The second child answers its first request under the id it was asked with.
    assert_ne!(first.transcript.text, second.unwrap().transcript.text);
}

#[tokio::test]
async fn a_dropped_call_takes_its_child_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let pid_file = dir.path().join("pid");
    let bad = format!("echo $$ > {}; {READY} {DECODED} sleep 60", pid_file.display());
    let mut listener = Listener::new(child(&once(&dir, &bad)));
    assert!(tokio::time::timeout(Duration::from_millis(700), hear(&mut listener)).await.is_err());
    assert!(hear(&mut listener).await.is_ok());
    let pid = fs::read_to_string(pid_file).unwrap();
    let started = Instant::now();
    while Path::new("/proc").join(pid.trim()).join("exe").exists() {
        assert!(started.elapsed() < Duration::from_secs(5), "the dropped child lives on");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn what_the_child_says_of_the_recording_leaves_it_alive() {
    let script = r#"read hello; echo '{"reply":"ready","model":"m.bin"}'
        read request; echo '{"reply":"failed","id":1,"error":{"kind":"recording","detail":"no sound in it"}}'
        read request; echo '{"reply":"failed","id":2,"error":{"kind":"passing","detail":"gone"}}'; sleep 60"#;
    let mut listener = Listener::new(child(script));
    let error = |text: &str| text.to_owned();
    assert_eq!(hear(&mut listener).await, Err(HearingError::Recording(error("no sound in it"))));
    assert_eq!(hear(&mut listener).await, Err(HearingError::Passing(error("gone"))));
}

#[tokio::test]
async fn a_wrong_installation_is_told_from_bad_luck() {
    let script = r#"read hello; echo '{"reply":"failed","id":null,"error":{"kind":"installation","detail":"no model"}}'"#;
    let told = hear(&mut Listener::new(child(script))).await;
    assert_eq!(told, Err(HearingError::Installation("no model".to_owned())));
    let mut settings = child("");
    settings.program = "/nonexistent/dime".into();
    let gone = hear(&mut Listener::new(settings)).await;
    assert!(matches!(gone, Err(HearingError::Installation(_))), "{gone:?}");
}
