//! The service as systemd and an administrator see it: what it tells, how it reloads, what its log keeps to itself.

use crate::home::{BASE, Home, TINY, Watch, call, checkout, signal};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixDatagram;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const CALL_ME: &str = "20260317-111903_+15095550166_call-me.wav";
const LONG: &str = "20260316-122704_+15095550179_food-truck.ogg";
const SILENCE: &str = "20260317-153127_+15095550111_silence.wav";

/// Listens where systemd would.
struct Systemd {
    address: String,
    told: Arc<Mutex<Vec<(Instant, String)>>>,
}

impl Systemd {
    fn new(home: &Home) -> Self {
        let address = home.path().join("notify");
        let socket = UnixDatagram::bind(&address).unwrap();
        let told = Arc::<Mutex<Vec<_>>>::default();
        let writer = Arc::clone(&told);
        std::thread::spawn(move || {
            let mut bytes = [0; 4_096];
            while let Ok(length) = socket.recv(&mut bytes) {
                let text = String::from_utf8(bytes[..length].to_vec()).unwrap();
                writer.lock().unwrap().push((Instant::now(), text));
            }
        });
        Self { address: address.to_str().unwrap().to_owned(), told }
    }

    fn watch(&self, home: &Home, patience: &str) -> Watch {
        home.watch_with(&[("NOTIFY_SOCKET", &self.address), ("WATCHDOG_USEC", patience)])
    }

    fn told(&self) -> Vec<(Instant, String)> {
        self.told.lock().unwrap().clone()
    }

    /// How many messages there are so far.
    fn count(&self) -> usize {
        self.told().len()
    }

    /// Waits until `is_so` of the messages after the first `after`.
    fn wait_for(&self, after: usize, what: &str, is_so: impl Fn(&[(Instant, String)]) -> bool) {
        let start = Instant::now();
        while !is_so(&self.told()[after..]) {
            assert!(start.elapsed() < Duration::from_secs(30), "not so: {what}\n{:#?}", self.told());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn beats(told: &[(Instant, String)]) -> Vec<Instant> {
    told.iter().filter(|(_, text)| text.contains("WATCHDOG=1")).map(|(at, _)| *at).collect()
}

fn says(told: &[(Instant, String)], text: &str) -> bool {
    told.iter().any(|(_, said)| said.contains(text))
}

/// The `[hearing]` part with the small model, and whatever comes after it.
fn hearing(rest: &str) -> String {
    format!("[hearing]\nmodel = \"{}\"\nthreads = 1\n{rest}", checkout().join("models").join(TINY).display())
}

fn state_is(calls: &[Value], name: &str, state: &str) -> bool {
    calls.iter().any(|call| call["file"].as_str().unwrap().ends_with(name) && call["state"] == state)
}

#[test]
fn systemd_is_told_what_is_done_and_that_it_lives() {
    let home = Home::new(TINY);
    let systemd = Systemd::new(&home);
    home.drop_sample(SILENCE, "a.wav");
    let mut watch = systemd.watch(&home, "3000000");
    systemd.wait_for(0, "it is ready", |told| says(told, "READY=1"));
    systemd.wait_for(0, "the status counts", |told| {
        says(told, "STATUS=0 waiting; since start: 0 lead, 0 review, 0 spam, 1 empty")
    });
    let idle = systemd.count();
    systemd.wait_for(idle, "it beats while there is nothing to do", |told| beats(told).len() >= 4);
    let told = systemd.told();
    let beats = beats(&told[idle..]);
    let longest = beats.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
    assert!(longest < Duration::from_secs(3), "in time for the watchdog: {longest:?}");
    assert_eq!(watch.terminate().1, Some(0));
    systemd.wait_for(0, "it says that it stops", |told| says(told, "STOPPING=1"));
}

#[test]
fn while_nothing_moves_there_is_no_beat() {
    let home = Home::new(TINY);
    home.configure(&hearing("patience_seconds = 4.0\nseconds_per_second = 0.1\n"));
    let systemd = Systemd::new(&home);
    home.drop_sample(LONG, "a.ogg");
    let watch = systemd.watch(&home, "900000");
    signal(watch.recogniser(), "STOP");
    home.wait_for(30, "the message is deferred", |calls| state_is(calls, "a.ogg", "deferred"));
    let before = systemd.count();
    systemd.wait_for(before, "it beats again", |told| !beats(told).is_empty());
    let beats = beats(&systemd.told());
    let longest = beats.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
    assert!(longest > Duration::from_secs(2), "it beat while its recogniser hung: {longest:?}");
}

#[test]
fn a_reload_takes_effect_and_keeps_the_recogniser() {
    let home = Home::new(TINY);
    let systemd = Systemd::new(&home);
    home.drop_sample(SILENCE, "a.wav");
    let watch = systemd.watch(&home, "60000000");
    home.wait_for(30, "the first is filed", |calls| state_is(calls, "a.wav", "filed"));
    let recogniser = watch.recogniser();
    let other = home.path().join("other");
    fs::create_dir(&other).unwrap();
    let more = "[[watch]]\npath = \"other\"\n";
    home.configure(&hearing(more));
    let before = systemd.count();
    signal(watch.child.id(), "HUP");
    watch.wait_for_log("reloaded");
    systemd.wait_for(before, "it says that it reloads", |told| {
        let reloads = told.iter().position(|(_, text)| text.contains("RELOADING=1\nMONOTONIC_USEC="));
        reloads.is_some_and(|at| says(&told[at + 1..], "READY=1"))
    });
    fs::copy(crate::home::samples().join(CALL_ME), other.join("b.wav")).unwrap();
    home.wait_for(30, "the one in the new folder is filed", |calls| state_is(calls, "b.wav", "filed"));
    assert_eq!(watch.recogniser(), recogniser, "hearing has not changed");
    home.configure(&hearing(&format!("patience_seconds = 59.0\n{more}")));
    signal(watch.child.id(), "HUP");
    watch.wait_for_log_times("reloaded", 2);
    home.drop_sample(LONG, "c.ogg");
    home.wait_for(60, "the next is filed", |calls| state_is(calls, "c.ogg", "filed"));
    assert_ne!(watch.recogniser(), recogniser, "hearing has changed");
}

#[test]
fn what_is_wrong_changes_nothing_and_is_said() {
    let home = Home::new(TINY);
    let watch = home.watch();
    watch.wait_for_log("watching");
    let good = fs::read_to_string(home.config()).unwrap();
    let rules = home.path().join("rules.d");
    fs::create_dir(&rules).unwrap();
    let gone = hearing("").replace(TINY, "gone.bin");
    let wrongs: [(&str, &dyn Fn()); 4] = [
        ("dime.toml:3:", &|| fs::write(home.config(), "[owner]\nname = \"Ann\"\nnmae = 3\n").unwrap()),
        ("no folder to watch", &|| fs::write(home.config(), "").unwrap()),
        ("gone.bin", &|| home.configure(&gone)),
        ("rules.d/bad.toml", &|| fs::write(rules.join("bad.toml"), "[[rule]]\n").unwrap()),
    ];
    for (name, (said, make)) in wrongs.iter().enumerate() {
        make();
        signal(watch.child.id(), "HUP");
        watch.wait_for_log_times("not reloaded", name + 1);
        let line = watch.log().lines().rfind(|line| line.contains("not reloaded")).unwrap().to_owned();
        assert!(line.contains(said) && line.contains("ERROR"), "wanted `{said}` in {line}");
        fs::write(home.config(), &good).unwrap();
    }
    home.drop_sample(SILENCE, "a.wav");
    home.wait_for(30, "the old goes on", |calls| state_is(calls, "a.wav", "filed"));
    fs::remove_file(rules.join("bad.toml")).unwrap();
    signal(watch.child.id(), "HUP");
    watch.wait_for_log("reloaded: ");
}

#[test]
fn a_reload_in_mid_message_leaves_it_alone() {
    let home = Home::new(TINY);
    home.drop_sample(LONG, "a.ogg");
    let watch = home.watch();
    let recogniser = watch.recogniser();
    home.configure(&hearing("patience_seconds = 59.0\n"));
    signal(watch.child.id(), "HUP");
    home.wait_for(60, "it is filed", |calls| state_is(calls, "a.ogg", "filed"));
    watch.wait_for_log("reloaded");
    assert!(watch.log().find("filed") < watch.log().find("reloaded"), "{}", watch.log());
    home.drop_sample(CALL_ME, "b.wav");
    home.wait_for(30, "so is the next", |calls| state_is(calls, "b.wav", "filed"));
    assert_ne!(watch.recogniser(), recogniser);
    assert_eq!(home.json(&["show", "1"])[0]["attempts"], 1, "begun once");
}

#[test]
fn a_stop_is_quick_during_a_reload_and_a_scan_of_many_files() {
    let home = Home::new(BASE);
    let mut watch = home.watch();
    watch.wait_for_log("watching");
    signal(watch.child.id(), "HUP");
    let (took, status) = watch.terminate();
    assert_eq!(status, Some(0), "{}", watch.log());
    assert!(took < Duration::from_secs(5), "{took:?}");
    for n in 0..20_000 {
        fs::write(home.spool().join(format!("{n:05}.wav")), "").unwrap();
    }
    let mut watch = home.watch();
    home.wait_for(30, "some are taken in", |calls| !calls.is_empty());
    let (took, status) = watch.terminate();
    assert_eq!(status, Some(0), "{}", watch.log());
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn a_message_that_waits_for_too_long_is_told() {
    let home = Home::new(TINY);
    home.configure(&format!("rescan_seconds = 0.3\n{}", hearing("")));
    let systemd = Systemd::new(&home);
    home.drop_sample(LONG, "a.ogg");
    let watch = systemd.watch(&home, "60000000");
    signal(watch.recogniser(), "KILL");
    home.wait_for(30, "it is deferred", |calls| state_is(calls, "a.ogg", "deferred"));
    let doctor = || {
        let done = home.dime(&["doctor", "--json"]);
        let waiting = done.json().into_iter().find(|finding| finding["what"] == "waiting").unwrap();
        (done.status, waiting["health"].as_str().unwrap().to_owned())
    };
    assert_eq!(doctor(), (0, "good".to_owned()));
    let found_earlier = |hours: i64| {
        let db = rusqlite::Connection::open(home.state().join("dime.db")).unwrap();
        db.busy_timeout(Duration::from_secs(5)).unwrap();
        db.execute("UPDATE call SET found_ms = found_ms - ?1", [hours * 3_600_000]).unwrap();
    };
    found_earlier(2);
    watch.wait_for_log("stuck: a message has waited");
    systemd.wait_for(0, "the status says so", |told| says(told, "STATUS=stuck: 1 waiting"));
    assert_eq!(doctor(), (1, "bad".to_owned()));
    found_earlier(-2);
    watch.wait_for_log("no longer stuck");
    assert_eq!(doctor(), (0, "good".to_owned()));
    assert_eq!(watch.log().matches("WARN stuck").count(), 1, "told once: {}", watch.log());
}

#[test]
fn the_numbers_are_written_for_prometheus() {
    let home = Home::new(TINY);
    home.configure(&format!("{}[service]\nmetrics_file = \"out/dime.prom\"\n", hearing("")));
    home.drop_sample(CALL_ME, "20260317-111903_+15095550166_a.wav");
    fs::write(home.spool().join("20260308-003000_+15095550196_b.wav"), "no sound\n".repeat(20)).unwrap();
    let watch = home.watch();
    watch.wait_for_log("the numbers cannot be written");
    home.wait_for(30, "the service goes on", |calls| calls.len() == 2 && state_is(calls, "a.wav", "filed"));
    let out = home.path().join("out");
    fs::create_dir(&out).unwrap();
    home.drop_sample(SILENCE, "c.wav");
    let file = out.join("dime.prom");
    let start = Instant::now();
    let numbers = loop {
        let text = fs::read_to_string(&file).unwrap_or_default();
        if text.contains("dime_calls{label=\"empty\"} 1") {
            break text;
        }
        assert!(start.elapsed() < Duration::from_secs(30), "{text}\n{}", watch.log());
        std::thread::sleep(Duration::from_millis(50));
    };
    for line in [
        "dime_calls{label=\"review\"} 1",
        "dime_calls_in_state{state=\"held\"} 1",
        "dime_oldest_waiting_seconds 0",
    ] {
        assert!(numbers.lines().any(|said| said == line), "no `{line}` in\n{numbers}");
    }
    let value = |name: &str| -> f64 {
        let line = numbers.lines().find(|line| line.starts_with(name)).unwrap();
        line.rsplit(' ').next().unwrap().parse().unwrap()
    };
    assert!(
        value("dime_heard_audio_seconds_total") > 0.5 && value("dime_hearing_seconds_total") > 0.0,
        "{numbers}"
    );
    assert!(value("dime_last_scan_timestamp_seconds") > 1.7e9);
    assert!(!numbers.contains("digest") && !numbers.contains("5550"), "{numbers}");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o644);
    assert_eq!(watch.log().matches("cannot be written").count(), 1, "told once: {}", watch.log());
}

/// What the log must never hold: the numbers, and any three words running of what was said.
fn told_of_callers(log: &str, said: &str) -> Vec<String> {
    let words: Vec<_> = said.split_whitespace().collect();
    let runs = words.windows(3).map(|words| words.join(" "));
    let numbers = ["5550196", "5550166", "5550111", "5550142", "5550179"].map(str::to_owned);
    runs.chain(numbers).filter(|private| log.contains(private)).collect()
}

#[test]
fn the_log_tells_no_number_and_no_words() {
    for level in ["info", "debug"] {
        let home = Home::new(TINY);
        home.configure(&hearing("[[watch]]\npath = \"mailbox-5095550142\"\n"));
        home.drop_sample(LONG, LONG);
        home.drop_sample(SILENCE, SILENCE);
        let damaged = "20260308-003000_+15095550196_x.wav";
        fs::write(home.spool().join(damaged), "no sound\n".repeat(20)).unwrap();
        // Their problems name files.
        let link = home.spool().join("20260308-003100_+15095550166_y.wav");
        symlink(home.path().join("gone_+15095550166.wav"), link).unwrap();
        let watch = home.watch_with(&[("DIME_LOG", level)]);
        let calls = home.wait_for(60, "all are dealt with", |calls| {
            calls.len() == 4 && calls.iter().all(|call| call["state"] == "filed" || call["state"] == "held")
        });
        watch.wait_for_log_times("filed", 2);
        watch.wait_for_log_times("held", 2);
        let log = watch.log();
        assert!(log.contains("mailbox-509*****42") && log.contains("gone_+1509*****66.wav"), "{log}");
        let shown = home.json(&["show", &call(&calls, LONG)["id"].to_string()]);
        let said = shown[0]["transcript"].as_str().or_else(|| shown[0]["transcript"]["text"].as_str());
        let said = said.unwrap_or_else(|| panic!("no transcript in {shown:#?}"));
        assert!(said.split_whitespace().count() > 10, "{said}");
        let mut private = told_of_callers(&log, said);
        if level == "debug" {
            private.retain(|private| !private.contains(' '));
        }
        assert!(private.is_empty(), "at {level}: {private:?} in\n{log}");
    }
}

#[test]
fn its_last_words_tell_no_number() {
    let home = Home::new(TINY);
    let config = home.path().join("of_+15095550142.toml");
    let done = home.dime(&["watch", "--config", config.to_str().unwrap()]);
    assert!(done.error().contains("of_+1509*****42.toml"), "{}", done.err);
}
