//! The service's numbers in a file, for the textfile collector of Prometheus' `node_exporter`. Nothing of any caller.

use crate::domain::Millis;
use crate::store::Counts;
use prometheus::core::Collector;
use prometheus::{Counter, Gauge, GaugeVec, Opts, Registry, TextEncoder};
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::Duration;

/// Everybody may read the numbers.
const MODE: u32 = 0o644;

/// What the file tells.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Numbers {
    pub(super) counts: Counts,
    /// When they were counted.
    pub(super) now: Millis,
    /// When a mail server last took a letter.
    pub(super) last_digest: Option<Millis>,
    /// When the folders were last read.
    pub(super) last_scan: Option<Millis>,
    /// Length of everything that was heard since the start.
    pub(super) heard: Duration,
    /// How long that took.
    pub(super) hearing: Duration,
}

/// Replaces the file in one go: a reader sees the old numbers or the new ones.
pub(super) fn write(file: &Path, numbers: &Numbers) -> io::Result<()> {
    let text = text(numbers).map_err(io::Error::other)?;
    // Not ending in `.prom`, which is what the collector looks for.
    let mut beside = file.as_os_str().to_owned();
    beside.push(".tmp");
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut new = OpenOptions::new().write(true).create_new(true).mode(MODE).open(&beside)?;
    // Whatever the umask says.
    new.set_permissions(fs::Permissions::from_mode(MODE))?;
    new.write_all(text.as_bytes())?;
    fs::rename(&beside, file)
}

fn text(numbers: &Numbers) -> prometheus::Result<String> {
    let Numbers { counts, now, last_digest, last_scan, heard, hearing } = numbers;
    let all = Registry::new();
    let labels =
        [("lead", counts.lead), ("review", counts.review), ("spam", counts.spam), ("empty", counts.empty)];
    by(&all, "dime_calls", "Calls by label: the owner's, else dime's own", "label", &labels)?;
    let states = [
        ("found", counts.found),
        ("heard", counts.heard),
        ("deferred", counts.deferred),
        ("held", counts.held),
        ("filed", counts.filed),
    ];
    by(&all, "dime_calls_in_state", "Calls by state; found, heard and deferred ones wait", "state", &states)?;
    let waited = counts.oldest_waiting.map_or(0, |waiting| now.0.saturating_sub(waiting.found.0).max(0));
    let help = "How long the message that waits longest has waited since it was found";
    gauge(&all, "dime_oldest_waiting_seconds", help, Millis(waited))?;
    counter(&all, "dime_heard_audio_seconds_total", "Length of what was heard since the start", *heard)?;
    counter(&all, "dime_hearing_seconds_total", "Time that hearing it took", *hearing)?;
    if let Some(at) = last_digest {
        gauge(&all, "dime_last_digest_timestamp_seconds", "When a mail server last took a digest", *at)?;
    }
    if let Some(at) = last_scan {
        gauge(&all, "dime_last_scan_timestamp_seconds", "When the folders were last read", *at)?;
    }
    TextEncoder::new().encode_to_string(&all.gather())
}

#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 calls")]
fn by(all: &Registry, name: &str, help: &str, label: &str, values: &[(&str, u64)]) -> prometheus::Result<()> {
    let gauges = GaugeVec::new(Opts::new(name, help), &[label])?;
    for (value, count) in values {
        gauges.with_label_values(&[value]).set(*count as f64);
    }
    add(all, gauges)
}

/// A gauge of milliseconds, told in seconds.
#[expect(clippy::cast_precision_loss, reason = "exact for 285 000 years")]
fn gauge(all: &Registry, name: &str, help: &str, value: Millis) -> prometheus::Result<()> {
    let gauge = Gauge::new(name, help)?;
    gauge.set(value.0 as f64 / 1_000.0);
    add(all, gauge)
}

fn counter(all: &Registry, name: &str, help: &str, value: Duration) -> prometheus::Result<()> {
    let counter = Counter::new(name, help)?;
    counter.inc_by(value.as_secs_f64());
    add(all, counter)
}

fn add(all: &Registry, what: impl Collector + 'static) -> prometheus::Result<()> {
    all.register(Box::new(what))
}

#[cfg(test)]
mod tests {
    use super::{Numbers, text, write};
    use crate::domain::{CallId, Millis};
    use crate::store::{Counts, Waiting};
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::time::Duration;

    fn numbers() -> Numbers {
        let waiting = Waiting { id: CallId(1), received: Millis(5), found: Millis(1_000_000) };
        Numbers {
            counts: Counts {
                found: 2,
                held: 1,
                filed: 3,
                lead: 3,
                oldest_waiting: Some(waiting),
                ..Counts::default()
            },
            now: Millis(1_001_500),
            last_digest: None,
            last_scan: Some(Millis(1_764_000_000_250)),
            heard: Duration::from_millis(2_500),
            hearing: Duration::from_secs(1),
        }
    }

    #[test]
    fn every_number_is_told_with_its_help_and_type() {
        let said = text(&numbers()).unwrap();
        for line in [
            "dime_calls{label=\"lead\"} 3",
            "dime_calls{label=\"empty\"} 0",
            "dime_calls_in_state{state=\"held\"} 1",
            "dime_oldest_waiting_seconds 1.5",
            "# TYPE dime_heard_audio_seconds_total counter",
            "dime_heard_audio_seconds_total 2.5",
            "dime_hearing_seconds_total 1",
            "dime_last_scan_timestamp_seconds 1764000000.25",
        ] {
            assert!(said.lines().any(|said| said == line), "no `{line}` in\n{said}");
        }
        let names = said.lines().filter(|line| line.starts_with("# TYPE ")).count();
        assert_eq!((names, said.matches("# HELP ").count()), (6, 6), "{said}");
        assert!(!said.contains("digest"), "none was sent: {said}");
    }

    #[test]
    fn the_file_is_replaced_and_everybody_may_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("dime.prom");
        fs::write(folder.path().join("dime.prom.tmp"), "left over by one that was killed").unwrap();
        write(&file, &Numbers::default()).unwrap();
        write(&file, &numbers()).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), text(&numbers()).unwrap());
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o644);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(write(&folder.path().join("gone/dime.prom"), &numbers()).is_err());
    }
}
