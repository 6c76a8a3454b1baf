//! Bad recordings and bad settings: each a clear error on itself alone, and the rest goes on.

use crate::home::{Home, TINY, Watch, call, checkout};
use serde_json::Value;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// A WAV header for `data` bytes of PCM that follow it.
fn wav_header(channels: u16, rate: u32, bits: u16, data: u32) -> Vec<u8> {
    let block = channels * bits / 8;
    let mut header = b"RIFF".to_vec();
    header.extend((data.saturating_add(36)).to_le_bytes());
    header.extend(b"WAVEfmt ");
    header.extend(16u32.to_le_bytes());
    header.extend(1u16.to_le_bytes());
    header.extend(channels.to_le_bytes());
    header.extend(rate.to_le_bytes());
    header.extend((rate * u32::from(block)).to_le_bytes());
    header.extend(block.to_le_bytes());
    header.extend(bits.to_le_bytes());
    header.extend(b"data");
    header.extend(data.to_le_bytes());
    header
}

/// Files one bad recording beside a good one: the good one must be filed, and the bad one's call is returned.
fn beside_a_good_one(name: &str, make: impl Fn(&Path)) -> Value {
    let home = Home::new(TINY);
    make(&home.spool().join(name));
    home.drop_sample(CALL_ME, "good.wav");
    let done = home.dime(&["watch", "--once"]);
    assert_eq!(done.status, 0, "{}", done.err);
    let calls = home.calls();
    assert_eq!(call(&calls, "good.wav")["state"], "filed", "{calls:#?}");
    assert_eq!(calls.len(), 2);
    call(&calls, name).clone()
}

/// The two-word sample, stored as PCM: the quickest to hear.
const CALL_ME: &str = "20260317-111903_+15095550166_call-me.wav";

/// The sample in which nobody speaks.
const SILENCE: &str = "20260317-153127_+15095550111_silence.wav";

fn held_because(call: &Value, why: &str) {
    let problem = call["problem"].as_str().unwrap_or_default();
    assert!(call["state"] == "held" && problem.contains(why), "wanted `{why}` in {call:#}");
}

#[test]
fn zero_bytes() {
    held_because(&beside_a_good_one("bad.wav", |file| fs::write(file, "").unwrap()), "0 bytes");
}

#[test]
fn a_header_without_data() {
    let header = wav_header(1, 8_000, 16, 0);
    let call = beside_a_good_one("bad.wav", |file| fs::write(file, &header).unwrap());
    held_because(&call, "without sound");
}

#[test]
fn a_header_that_lies_about_the_length() {
    for claimed in [0, 100, u32::MAX] {
        let call = beside_a_good_one("lies.wav", |file| {
            let sound = fs::read(checkout().join("tests/voicemails").join(CALL_ME)).unwrap();
            let mut bytes = wav_header(1, 8_000, 16, claimed);
            bytes.extend(pcm_data(&sound));
            fs::write(file, bytes).unwrap();
        });
        assert_eq!(call["state"], "filed", "a mendable header: {call:#}");
        if claimed != 100 {
            assert!(call["audio_ms"].as_u64().unwrap() > 2_000, "{call:#}");
            assert!(call["notes"].as_array().unwrap().len() == 1, "the mending is told: {call:#}");
        }
    }
}

/// What follows the `data` chunk's header.
fn pcm_data(wav: &[u8]) -> &[u8] {
    let at = wav.windows(4).position(|window| window == b"data").unwrap();
    &wav[at + 8..]
}

#[test]
fn random_bytes() {
    // xorshift64, so that a failure can be repeated.
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[0]
    })
    .take(20_000)
    .collect();
    for ending in ["wav", "mp3", "ogg", "m4a", "flac"] {
        let name = format!("bad.{ending}");
        let call = beside_a_good_one(&name, |file| fs::write(file, &noise).unwrap());
        assert_eq!(call["state"], "held", "{call:#}");
        assert!(!call["problem"].as_str().unwrap().is_empty());
    }
}

#[test]
fn text_named_wav() {
    let text = "Dear customer, this is not a sound at all.\n".repeat(20);
    held_because(&beside_a_good_one("bad.wav", |file| fs::write(file, &text).unwrap()), "text");
}

#[test]
fn no_samples_a_second() {
    let mut bytes = wav_header(1, 0, 16, 16_000);
    bytes.resize(bytes.len() + 16_000, 1);
    held_because(&beside_a_good_one("bad.wav", |file| fs::write(file, &bytes).unwrap()), "0 Hz");
}

#[test]
fn eight_channels_at_96_khz() {
    // A second of silence: unusual, but sound, and heard as such.
    let data = 96_000 * 8 * 2;
    let mut bytes = wav_header(8, 96_000, 16, data);
    bytes.resize(bytes.len() + usize::try_from(data).unwrap(), 0);
    let call = beside_a_good_one("wide.wav", |file| fs::write(file, &bytes).unwrap());
    assert_eq!((&call["label"], &call["audio_ms"]), (&"empty".into(), &1_000.into()), "{call:#}");
}

#[test]
fn two_hours_long() {
    let data = 2 * 3_600 * 8_000 * 2;
    let call = beside_a_good_one("long.wav", |file| {
        let mut out = File::create(file).unwrap();
        out.write_all(&wav_header(1, 8_000, 16, data)).unwrap();
        out.set_len(44 + u64::from(data)).unwrap();
    });
    held_because(&call, "2 h long: the limit is 30 min");
}

#[test]
fn a_folder_named_like_a_recording() {
    held_because(&beside_a_good_one("x.wav", |file| fs::create_dir(file).unwrap()), "a folder");
}

#[test]
fn a_named_pipe() {
    let call = beside_a_good_one("pipe.wav", |file| {
        assert!(Command::new("mkfifo").arg(file).status().unwrap().success());
    });
    held_because(&call, "a named pipe");
}

#[test]
fn a_dangling_link() {
    held_because(
        &beside_a_good_one("link.wav", |file| symlink("gone.wav", file).unwrap()),
        "gone.wav, which does not exist",
    );
}

#[test]
fn no_read_permission_and_then_given() {
    let home = Home::new(TINY);
    let secret = home.drop_sample(CALL_ME, "secret.wav");
    home.drop_sample(SILENCE, "good.wav");
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o000)).unwrap();
    let done = home.bound(&["watch", "--once"]).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let calls = home.calls();
    held_because(call(&calls, "secret.wav"), "Permission denied");
    assert_eq!(call(&calls, "good.wav")["state"], "filed");

    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(home.dime(&["watch", "--once"]).status, 0);
    let calls = home.calls();
    assert_eq!(call(&calls, "secret.wav")["state"], "filed", "it is read once it can be");
    assert_eq!(calls.len(), 2, "and is the same call");
}

/// Two recordings of which the first is being heard and the second has just been deleted.
fn deleted_while_another_is_heard(home: &Home) -> Watch {
    home.drop_sample("20260316-122704_+15095550179_food-truck.ogg", "20260101-000000_first.ogg");
    let victim = home.drop_sample(CALL_ME, "20260102-000000_victim.wav");
    let watch = home.watch();
    home.wait_for(30, "both are found", |calls| calls.len() == 2);
    fs::remove_file(&victim).unwrap();
    watch
}

#[test]
fn a_file_that_vanishes_before_it_is_heard() {
    let home = Home::new(TINY);
    let _watch = deleted_while_another_is_heard(&home);
    // And so does dime's own copy.
    fs::remove_dir_all(home.state().join("audio")).unwrap();
    let calls = home.wait_for(60, "the first is filed and the other set aside", |calls| {
        calls.iter().all(|call| call["state"] == "filed" || call["state"] == "deferred")
    });
    let call = call(&calls, "20260102-000000_victim.wav");
    assert_eq!(call["state"], "deferred", "{call:#}");
    assert!(call["problem"].as_str().unwrap().contains("it is gone"), "{call:#}");
}

#[test]
fn a_file_that_is_deleted_at_once_is_heard_all_the_same() {
    let home = Home::new(TINY);
    let _watch = deleted_while_another_is_heard(&home);
    home.wait_for(60, "both are filed", |calls| calls.iter().all(|call| call["state"] == "filed"));
    assert_eq!(
        fs::read_dir(home.state().join("audio")).unwrap().count(),
        0,
        "the copies go when they are heard"
    );
}

#[test]
fn a_file_still_growing_waits() {
    let home = Home::new(TINY);
    home.drop_sample(SILENCE, "good.wav");
    let whole = fs::read(checkout().join("tests/voicemails").join(CALL_ME)).unwrap();
    let growing = home.spool().join("growing.wav");
    let (first, rest) = whole.split_at(whole.len() / 2);
    let mut out = File::create(&growing).unwrap();
    out.write_all(first).unwrap();
    let writer = std::thread::spawn({
        let pieces: Vec<Vec<u8>> = rest.chunks(rest.len() / 12 + 1).map(<[u8]>::to_vec).collect();
        move || {
            for piece in pieces {
                std::thread::sleep(Duration::from_millis(200));
                out.write_all(&piece).unwrap();
            }
        }
    });
    let done = home.dime(&["watch", "--once"]);
    assert_eq!(done.status, 0, "{}", done.err);
    writer.join().unwrap();
    let calls = home.calls();
    let call = call(&calls, "growing.wav");
    assert_eq!(call["state"], "filed");
    assert_eq!(call["notes"], serde_json::json!([]), "the whole recording was heard: {call:#}");
    assert_eq!(calls.len(), 2, "and half of it was never taken for another call");
}

#[test]
fn names_with_line_ends_escapes_and_invalid_utf8() {
    let home = Home::new(TINY);
    let silence = fs::read(checkout().join("tests/voicemails").join(SILENCE)).unwrap();
    for (index, name) in
        [&b"two\nlines.wav"[..], b"\x1b[31mred\x1b[0m\x07.wav", b"\xff\xfe.wav"].iter().enumerate()
    {
        let mut sound = silence.clone();
        // A last sample of its own makes each another recording.
        *sound.last_mut().unwrap() = u8::try_from(index).unwrap();
        fs::write(home.spool().join(OsStr::from_bytes(name)), sound).unwrap();
    }
    let done = home.dime(&["watch", "--once"]);
    assert_eq!(done.status, 0, "{}", done.err);
    let table = home.dime(&["history"]);
    let shown = home.dime(&["show", "1"]);
    for text in [&done.err, &done.out, &table.out, &shown.out] {
        assert!(!text.contains(['\u{1b}', '\u{7}']), "a control character came through: {text:?}");
    }
    let calls = home.calls();
    assert_eq!(calls.iter().filter(|call| call["state"] == "filed").count(), 3, "{calls:#?}");
}

#[test]
fn unknown_configuration_keys() {
    let home = Home::new(TINY);
    home.configure("[hearing]\nmodle = \"base\"\n");
    let done = home.dime(&["watch", "--once"]);
    assert!(
        done.error().contains("dime.toml:") && done.error().contains("unknown field `modle`"),
        "{}",
        done.err
    );
}

#[test]
fn a_bad_rule() {
    let home = Home::new(TINY);
    fs::create_dir(home.path().join("rules.d")).unwrap();
    fs::write(home.path().join("rules.d/mine.toml"), "[[rule]]\nid = \"mine\"\nwieght = 2\n").unwrap();
    let done = home.dime(&["watch", "--once"]);
    assert!(
        done.error().contains("rules.d/mine.toml:3") || done.error().contains("rules.d/mine.toml:1"),
        "{}",
        done.err
    );
    assert!(done.error().contains("wieght"), "{}", done.err);
}

#[test]
fn a_missing_model() {
    let home = Home::new(TINY);
    home.configure("[hearing]\nmodel = \"models/gone.bin\"\n");
    let done = home.dime(&["watch", "--once"]);
    assert!(done.error().contains("models/gone.bin"), "{}", done.err);
    home.configure("[hearing]\nmodel = \"huge\"\n");
    let done = home.dime(&["watch", "--once"]);
    assert!(done.error().contains("hearing.model is `huge`"), "{}", done.err);
}

#[test]
fn a_model_that_is_not_what_it_says() {
    let home = Home::new(TINY);
    let model = home.path().join(TINY);
    fs::copy(checkout().join("models").join(TINY), &model).unwrap();
    let mut damaged = File::options().append(true).open(&model).unwrap();
    damaged.write_all(b"!").unwrap();
    home.configure(&format!("[hearing]\nmodel = \"{}\"\n", model.display()));
    let done = home.dime(&["watch", "--once"]);
    assert!(done.error().contains("SHA-256"), "{}", done.err);
}

#[test]
fn a_state_folder_that_cannot_be_written() {
    let home = Home::new(TINY);
    fs::write(home.state(), "a file in its place").unwrap();
    let done = home.dime(&["watch", "--once"]);
    assert!(done.error().contains("state"), "{}", done.err);
}

#[test]
fn a_full_disk() {
    let home = Home::new(TINY);
    for number in 0..40 {
        fs::write(home.spool().join(format!("{number}.wav")), format!("text {number}").repeat(9)).unwrap();
    }
    fs::create_dir(home.state()).unwrap();
    // A file system of 96 KiB over the state folder, in a mount namespace of its own.
    let script = "mount -t tmpfs -o size=96k none \"$1\" && shift && exec \"$@\"";
    let mut command = Command::new("unshare");
    command.args(["--mount", "--map-root-user", "sh", "-c", script, "sh"]);
    command.arg(home.state()).arg(env!("CARGO_BIN_EXE_dime"));
    let done = crate::home::Done::from(home.prepare(command, &["watch", "--once"]).output().unwrap());
    let error = done.err.lines().rev().nth(1).unwrap();
    assert!(
        done.status == 1 && error.starts_with("error: ") && error.contains("no space left"),
        "{}",
        done.err
    );
    assert!(done.err.lines().last().unwrap().starts_with("help: "), "{}", done.err);
}

#[test]
fn a_language_that_the_model_does_not_know() {
    let home = Home::new(TINY);
    for language in ["xx", "es"] {
        let model = checkout().join("models").join(TINY);
        home.configure(&format!("[hearing]\nmodel = \"{}\"\nlanguage = \"{language}\"\n", model.display()));
        let done = home.dime(&["watch", "--once"]);
        assert!(done.error().contains(&format!("`{language}`")), "{}", done.err);
        assert_eq!(home.dime(&["doctor"]).status, 1);
    }
}
