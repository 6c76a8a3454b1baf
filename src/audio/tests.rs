//! Whole files through [`decode`]: every format, headers that lie, limits, and damage of all kinds.

use super::*;
use proptest::prelude::*;
use std::f32::consts::TAU;

macro_rules! fixtures {
    ($($name:literal),+) => {
        /// Every file in `tests/audio` that is sound, by name.
        const FIXTURES: &[(&str, &[u8])] =
            &[$(($name, include_bytes!(concat!("../../tests/audio/", $name)))),+];
    };
}

fixtures![
    "speech.gsm",
    "speech-wav49.wav",
    "speech.mp3",
    "speech.m4a",
    "speech.3gp",
    "speech.aac",
    "speech.ogg",
    "speech.webm",
    "tone-id3.mp3",
    "tone-mulaw.wav",
    "tone-alaw.wav",
    "tone-ima.wav",
    "tone-ms.wav",
    "tone.aiff",
    "tone.caf",
    "tone.flac"
];

const LIMITS: Limits = Limits { max_bytes: 10_000_000, max_duration: Duration::from_mins(1) };

fn fixture(name: &str) -> &'static [u8] {
    FIXTURES.iter().find(|fixture| fixture.0 == name).unwrap().1
}

fn heard(name: &str, bytes: &[u8]) -> Recording {
    decode(Path::new(name), bytes, &LIMITS).unwrap()
}

fn refused(name: &str, bytes: &[u8]) -> String {
    decode(Path::new(name), bytes, &LIMITS).unwrap_err().to_string()
}

/// `seconds` of 440 Hz at half scale.
fn tone(rate: u32, seconds: f32) -> Vec<f32> {
    (0..(rate as f32 * seconds) as usize)
        .map(|n| 0.5 * (n as f32 * 440.0 * TAU / rate as f32).sin())
        .collect()
}

fn rms(samples: &[f32]) -> f32 {
    (samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len() as f32).sqrt()
}

/// Whether the middle of a recording is 440 Hz at half scale, give or take a lossy coding.
fn is_tone(recording: &Recording) -> bool {
    let samples = &recording.samples.0;
    let middle = &samples[samples.len() / 4..samples.len() * 3 / 4];
    let crossings = middle.windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0).count();
    let hertz = crossings as f32 * 16_000.0 / middle.len() as f32;
    (hertz - 440.0).abs() < 20.0 && (rms(middle) - 0.354).abs() < 0.02
}

/// A WAV as hound writes it; `channels` are interleaved.
fn wav<S: hound::Sample + Copy>(rate: u32, channels: u16, bits: u16, samples: &[S]) -> Vec<u8> {
    let float = std::mem::size_of::<S>() == 4 && bits == 32 && std::any::type_name::<S>() == "f32";
    let sample_format = if float { hound::SampleFormat::Float } else { hound::SampleFormat::Int };
    let spec = hound::WavSpec { channels, sample_rate: rate, bits_per_sample: bits, sample_format };
    let mut bytes = std::io::Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut bytes, spec).unwrap();
    for sample in samples {
        writer.write_sample(*sample).unwrap();
    }
    writer.finalize().unwrap();
    bytes.into_inner()
}

/// The tone as a plain 44-byte-header PCM16 WAV at 8 kHz, with `claimed` as its length in the header.
fn lying(seconds: f32, claimed: u32) -> Vec<u8> {
    let samples: Vec<i16> = tone(8_000, seconds).iter().map(|sample| (sample * 32_767.0) as i16).collect();
    let mut bytes = wav(8_000, 1, 16, &samples);
    bytes[40..44].copy_from_slice(&claimed.to_le_bytes());
    bytes
}

#[test]
fn every_format_is_read_and_named() {
    for (name, format, ms) in [
        ("speech.gsm", "raw GSM 06.10, 8000 Hz, 1 channel", 1_240),
        ("speech-wav49.wav", "WAV GSM 06.10, 8000 Hz, 1 channel", 1_240),
        ("speech.mp3", "MP3, 8000 Hz, 1 channel", 1_221),
        ("speech.m4a", "MP4 AAC, 8000 Hz, 1 channel", 1_408),
        ("speech.3gp", "MP4 AAC, 8000 Hz, 1 channel", 1_408),
        ("speech.aac", "AAC, 8000 Hz, 1 channel", 1_408),
        ("speech.ogg", "Ogg Vorbis, 8000 Hz, 1 channel", 1_248),
        ("speech.webm", "WebM Vorbis, 8000 Hz, 1 channel", 1_248),
        ("tone-id3.mp3", "MP3, 24000 Hz, 2 channels", 200),
        ("tone-mulaw.wav", "WAV µ-law, 8000 Hz, 1 channel", 500),
        ("tone-alaw.wav", "WAV A-law, 8000 Hz, 1 channel", 500),
        ("tone-ima.wav", "WAV IMA ADPCM, 8000 Hz, 1 channel", 505),
        ("tone-ms.wav", "WAV MS ADPCM, 8000 Hz, 1 channel", 500),
        ("tone.aiff", "AIFF PCM, 8000 Hz, 1 channel", 300),
        ("tone.caf", "CAF PCM, 8000 Hz, 1 channel", 300),
        ("tone.flac", "FLAC, 8000 Hz, 1 channel", 500),
    ] {
        let recording = heard(name, fixture(name));
        assert_eq!((recording.format.as_str(), recording.samples.duration_ms()), (format, ms), "{name}");
        assert_eq!(recording.notes, [""; 0], "{name}");
        assert!(!recording.active.is_empty(), "{name}");
        assert!(!name.starts_with("tone") || is_tone(&recording), "{name}");
        assert!(rms(&recording.samples.0) > 0.04, "{name}");
    }
}

#[test]
fn every_width_of_pcm_gives_the_same_sound() {
    let tone = tone(11_025, 0.5);
    let scaled =
        |bits: u32| tone.iter().map(|x| (x * (2_f32.powi(bits as i32 - 1) - 1.0)) as i32).collect::<Vec<_>>();
    let expected = heard("", &wav(11_025, 1, 32, &tone)).samples.0;
    for bits in [8, 16, 24, 32] {
        let recording = heard("", &wav(11_025, 1, bits, &scaled(bits.into())));
        assert_eq!(recording.format, format!("WAV PCM {bits}-bit, 11025 Hz, 1 channel"));
        let off = recording.samples.0.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(off < 0.02 && expected.len() == recording.samples.0.len(), "{bits}: {off}");
    }
}

#[test]
fn sixty_four_bit_floats_are_read() {
    let format = riff::Format { tag: 3, channels: 1, rate: 8_000, byte_rate: 64_000, block: 8, bits: 64 };
    let data: Vec<u8> = tone(8_000, 0.5).iter().flat_map(|sample| f64::from(*sample).to_le_bytes()).collect();
    let recording = heard("", &[format.header(&[], data.len()), data].concat());
    assert_eq!(recording.format, "WAV float 64-bit, 8000 Hz, 1 channel");
    assert!(is_tone(&recording));
}

#[test]
fn a_header_that_lies_about_its_length_is_mended_and_noted() {
    for (claimed, note) in [
        (0, "the header says 0 s, the file holds 4 s"),
        (32_000, "the header says 2 s, the file holds 4 s"),
        (96_000, "the header says 6 s, the file holds 4 s"),
        (u32::MAX, "the header does not say how long it is, the file holds 4 s"),
    ] {
        let recording = heard("msg0000.wav", &lying(4.0, claimed));
        assert_eq!((recording.samples.duration_ms(), recording.notes), (4_000, vec![note.to_owned()]));
    }
}

#[test]
fn chunks_around_the_sound_are_not_sound() {
    let plain = lying(0.5, 8_000);
    let list = b"LIST\x05\0\0\0INFOx\0";
    let before = [&plain[..12], list, &plain[12..]].concat();
    let unpadded = [&plain[..12], &list[..13], &plain[12..]].concat();
    let after = [&plain[..], list].concat();
    let tag = [&plain[..], b"TAG", &[b' '; 125]].concat();
    for bytes in [&before, &unpadded, &after, &tag] {
        let recording = heard("", bytes);
        assert_eq!((recording.samples.duration_ms(), recording.notes.len()), (500, 0));
        assert!(is_tone(&recording));
    }
    let mut empty = after.clone();
    empty.drain(44..44 + 8_000);
    empty[40..44].fill(0);
    assert_eq!(refused("", &empty), "a WAV header without sound behind it");
}

#[test]
fn a_wide_header_keeps_its_length_elsewhere() {
    let plain = lying(0.5, u32::MAX);
    let mut ds64 = b"ds64\x1c\0\0\0".to_vec();
    ds64.extend([0_u64.to_le_bytes(), 8_000_u64.to_le_bytes(), 4_000_u64.to_le_bytes()].concat());
    ds64.extend([0; 4]);
    let bytes = [b"RF64\xff\xff\xff\xffWAVE", &ds64[..], &plain[12..], &[0; 9_000]].concat();
    let recording = heard("", &bytes);
    assert_eq!((recording.samples.duration_ms(), recording.notes.len()), (500, 0));
}

#[test]
fn an_extensible_format_is_what_its_sub_format_says() {
    // hound writes WAVE_FORMAT_EXTENSIBLE for 24 bits.
    let bytes = wav(8_000, 1, 24, &[0_i32; 800]);
    assert_eq!(bytes[20..22], [0xfe, 0xff]);
    assert_eq!(heard("", &bytes).format, "WAV PCM 24-bit, 8000 Hz, 1 channel");
}

#[test]
fn headerless_sound_is_known_by_its_name() {
    let linear: Vec<u8> =
        tone(8_000, 0.5).iter().flat_map(|sample| ((sample * 32_767.0) as i16).to_le_bytes()).collect();
    let raw = |name: &str| {
        let wave = riff::parse(fixture(name)).unwrap();
        wave.data.to_vec()
    };
    for (name, bytes, format) in [
        ("a.ULAW", raw("tone-mulaw.wav"), "raw µ-law, 8000 Hz, 1 channel"),
        ("a.pcm", raw("tone-mulaw.wav"), "raw µ-law, 8000 Hz, 1 channel"),
        ("a.alaw", raw("tone-alaw.wav"), "raw A-law, 8000 Hz, 1 channel"),
        ("a.sln", linear.clone(), "raw PCM 16-bit, 8000 Hz, 1 channel"),
    ] {
        let recording = heard(name, &bytes);
        assert_eq!((recording.format.as_str(), recording.samples.duration_ms()), (format, 500));
        assert!(is_tone(&recording), "{name}");
    }
    assert_eq!(heard("a.sln16", &linear).samples.duration_ms(), 250);
}

#[test]
fn a_caller_on_either_channel_is_heard_and_opposite_channels_do_not_cancel() {
    let interleaved = |left: f32, right: f32| -> Vec<f32> {
        tone(8_000, 1.0).iter().flat_map(|sample| [sample * left, sample * right]).collect()
    };
    for (left, right) in [(1.0, 1.0), (1.0, 0.0), (0.0, 1.0)] {
        let recording = heard("", &wav(8_000, 2, 32, &interleaved(left, right)));
        assert!((rms(&recording.samples.0) - 0.354 * (left + right) / 2.0).abs() < 0.01);
    }
    let recording = heard("", &wav(8_000, 2, 32, &interleaved(-0.9, 1.0)));
    assert_eq!(recording.notes, ["the channels cancel each other: only channel 2 is heard"]);
    assert!(is_tone(&recording));
}

#[test]
fn broken_floats_offsets_and_scales_are_mended() {
    let mut samples = tone(8_000, 1.0);
    for (at, broken) in [(100, f32::NAN), (200, f32::INFINITY), (300, -1e30)] {
        samples[at] = broken;
    }
    let recording = heard("", &wav(8_000, 1, 32, &samples));
    assert_eq!(recording.notes, ["3 samples are no numbers and became silence"]);
    assert!(is_tone(&recording));

    let shifted: Vec<f32> = tone(8_000, 1.0).iter().map(|sample| sample + 0.3).collect();
    assert!(is_tone(&heard("", &wav(8_000, 1, 32, &shifted))));

    let integers: Vec<f32> = tone(8_000, 1.0).iter().map(|sample| sample * 32_768.0).collect();
    let recording = heard("", &wav(8_000, 1, 32, &integers));
    assert!(recording.notes[0].ends_with("times full scale and were turned down"), "{:?}", recording.notes);
    assert!(recording.samples.0.iter().all(|sample| sample.abs() <= 1.0));
}

#[test]
fn limits_hold() {
    let limits = |max_bytes, ms| Limits { max_bytes, max_duration: Duration::from_millis(ms) };
    let error =
        |name: &str, limits: &Limits| decode(Path::new(name), fixture(name), limits).unwrap_err().to_string();
    assert_eq!(error("speech.mp3", &limits(4_463, 2_000)), "4464 bytes large: the limit is 4463");
    for name in ["speech.gsm", "speech-wav49.wav"] {
        assert_eq!(error(name, &limits(10_000, 1_000)), "1.2 s long: the limit is 1 s");
    }
    for name in ["tone-mulaw.wav", "tone-ms.wav", "tone-ima.wav"] {
        assert_eq!(error(name, &limits(10_000, 400)), "0.5 s long: the limit is 0.4 s");
    }
    for name in ["speech.mp3", "speech.m4a", "speech.ogg", "speech.webm", "tone.flac", "tone.caf"] {
        assert_eq!(error(name, &limits(10_000, 200)), "too long: the limit is 0.2 s");
    }
}

#[test]
fn what_is_wrong_is_said() {
    for (name, bytes, text) in [
        ("a.wav", &b""[..], "0 bytes: the file is empty"),
        ("a.wav", b"dear owner", "text, not sound"),
        ("a.wav", b"RIFF\0\0\0\0WAVE", "a damaged WAV file: neither a format nor sound in it"),
        ("a.wav", &lying(0.0, 0), "a WAV header without sound behind it"),
        (
            "a.opus",
            include_bytes!("../../tests/audio/refused.opus"),
            "Ogg Opus is not a format dime reads (ffmpeg can convert it)",
        ),
        ("a.gsm", &[0x11; 330], "a damaged GSM file: no GSM frame in it"),
        ("a.gsm", &[0xd1; 32], "too short to hold any sound"),
    ] {
        assert_eq!(refused(name, bytes), text);
    }
    let mut header = lying(0.5, 8_000);
    header[24..28].fill(0);
    assert_eq!(refused("", &header), "0 Hz sample rate");
    header[20] = 0x83;
    assert_eq!(refused("", &header), "WAV with G.729 is not a format dime reads (ffmpeg can convert it)");
    header[22] = 0;
    assert_eq!(refused("", &header), "0 channels");
}

#[test]
fn damage_near_the_end_loses_only_what_it_hits() {
    for name in ["speech.mp3", "speech.ogg", "speech.aac", "speech.gsm"] {
        let mut bytes = fixture(name).to_vec();
        let at = bytes.len() * 9 / 10;
        bytes[at..at + 60].fill(0);
        let damaged = heard(name, &bytes).samples.duration_ms();
        let whole = heard(name, fixture(name)).samples.duration_ms();
        assert!(damaged * 10 >= whole * 6, "{name}: {damaged} of {whole} ms");
    }
}

#[test]
fn a_file_that_breaks_off_is_read_to_there() {
    for (name, bytes) in FIXTURES {
        // An MP4 keeps its index at its end; symphonia gives up on a CAF that is shorter than it says.
        if !matches!(*name, "speech.m4a" | "speech.3gp" | "tone.caf") {
            let whole = heard(name, bytes).samples.duration_ms();
            let part = heard(name, &bytes[..bytes.len() * 9 / 10]).samples.duration_ms();
            assert!(part * 10 >= whole * 4 && part < whole, "{name}: {part} of {whole} ms");
        }
    }
}

#[test]
fn a_number_that_overflows_the_caf_reader_does_not_end_the_process() {
    let mut bytes = fixture("tone.caf").to_vec();
    // The description's bytes a packet, which symphonia 0.6.1 multiplies by eight: a panic where overflow is checked,
    // another number where it is not.
    bytes[36..40].fill(0xff);
    let outcome = decode(Path::new(""), &bytes, &LIMITS);
    assert!(!matches!(outcome, Err(AudioError::Unknown)), "{outcome:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_it_panic(
        start in prop::sample::select(vec![
            &b""[..], b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0", b"ID3\x04\0\0\0\0\0\0\xff\xfb\x90\x64", b"\0\0\0\x18ftyp", b"OggS\0\x02",
            b"fLaC\0\0\0\x22", b"FORM\0\0\0\0AIFFCOMM\0\0\0\x12", b"caff\0\x01\0\0desc", b"\x1a\x45\xdf\xa3", b"\xff\xf1\x6c",
        ]),
        rest in prop::collection::vec(any::<u8>(), 0..600),
        extension in prop::sample::select(vec!["wav", "gsm", "ulaw", "alaw", "sln192", "mp3", ""]),
    ) {
        let _ = decode(Path::new(&format!("x.{extension}")), &[start, &rest].concat(), &LIMITS);
    }

    #[test]
    fn no_damage_makes_it_panic(
        (name, whole) in prop::sample::select(FIXTURES),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        near_start in any::<bool>(),
        cut in any::<prop::sample::Index>(),
        is_cut in any::<bool>(),
    ) {
        let mut bytes = whole.to_vec();
        for (index, byte) in damage {
            let reach = if near_start { bytes.len().min(120) } else { bytes.len() };
            bytes[index.index(reach)] = byte;
        }
        if is_cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(recording) = decode(Path::new(name), &bytes, &LIMITS) {
            prop_assert!(recording.samples.0.iter().all(|sample| sample.abs() <= 1.0));
            let end = recording.samples.duration_ms();
            prop_assert!(recording.active.iter().all(|span| span.start_ms < span.end_ms && span.end_ms <= end));
        }
    }
}
