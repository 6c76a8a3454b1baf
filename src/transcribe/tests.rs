//! The room with its real models: speech in, words out; noise in, nothing out.

use super::protocol::{Hello, Reply, Request};
use super::*;
use crate::domain::{HearingError, Recording, SAMPLE_RATE, Samples16k, Span, Transcript};
use std::f32::consts::TAU;
use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::thread;

const HERE: &str = env!("CARGO_MANIFEST_DIR");
const BASE: &str = "ggml-base-q8_0.bin";
const TINY: &str = "ggml-tiny.en-q8_0.bin";

fn settings(model: &str) -> EngineSettings {
    EngineSettings {
        model: PathBuf::from(HERE).join("models").join(model),
        model_sha256: None,
        // Tests run side by side, and whisper's threads slow each other down.
        threads: 1,
        language: None,
        prompt: None,
    }
}

/// A missing model is a failure and not a reason to skip: without one nothing of this is tested.
fn engine(model: &str) -> Engine {
    Engine::load(&settings(model)).unwrap_or_else(|error| panic!("{error}; help: {}", error.help()))
}

/// A recording that is active from beginning to end: the hardest case for noise.
fn recording(samples: Vec<f32>) -> Recording {
    let samples = Samples16k(samples);
    let active = vec![Span { start_ms: 0, end_ms: samples.duration_ms() }];
    Recording { samples, active, format: "test".to_owned(), notes: Vec::new() }
}

fn voicemail(name: &str) -> PathBuf {
    Path::new(HERE).join("tests/voicemails").join(name)
}

/// 8 kHz to 16 kHz by halfway points: crude, but nothing here depends on the upper half of the band.
fn doubled(samples: &[f32]) -> Vec<f32> {
    let next = samples.iter().skip(1).chain(samples.last());
    samples.iter().zip(next).flat_map(|(now, next)| [*now, f32::midpoint(*now, *next)]).collect()
}

/// G.711 µ-law.
fn expanded(byte: u8) -> f32 {
    let byte = !byte;
    let magnitude = ((i32::from(byte & 0x0f) << 3) + 0x84) << (byte >> 4 & 7);
    let level = if byte & 0x80 == 0 { magnitude - 0x84 } else { 0x84 - magnitude };
    f32::from(i16::try_from(level).unwrap()) / 32_768.0
}

/// "…print order…", 8 s.
fn spoken() -> Vec<f32> {
    let bytes = fs::read(voicemail("20260313-150238_+15095550172_print-order.ulaw")).unwrap();
    doubled(&bytes.into_iter().map(expanded).collect::<Vec<_>>())
}

fn hear(engine: &mut Engine, samples: Vec<f32>) -> Transcript {
    engine.transcribe(&recording(samples), &mut |_| {}).unwrap()
}

/// The voice of a small generator of evenly spread numbers from −1 to 1.
fn random() -> impl FnMut() -> f32 {
    let mut state = 1_u32;
    move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f32::from(u16::try_from(state >> 16).unwrap()) / 32_768.0 - 1.0
    }
}

fn sound(seconds: u16, sample: impl FnMut(f32) -> f32) -> Vec<f32> {
    let rate = u16::try_from(SAMPLE_RATE).unwrap();
    let second =
        |second: u16| (0..rate).map(move |index| f32::from(second) + f32::from(index) / f32::from(rate));
    (0..seconds).flat_map(second).map(sample).collect()
}

fn tones(time: f32, frequencies: &[f32]) -> f32 {
    frequencies.iter().map(|frequency| (TAU * frequency * time).sin() * 0.2).sum()
}

/// What lines and hold music sound like when nobody speaks.
fn noises() -> Vec<(&'static str, Vec<f32>)> {
    let (mut white, mut quiet, mut breath, mut crackle, mut low) =
        (random(), random(), random(), random(), random());
    let mut brown = 0.0;
    let mut breathing = 0.0;
    vec![
        ("white noise", sound(8, |_| white() * 0.2)),
        ("faint noise", sound(6, |_| quiet() * 0.001)),
        (
            "brown noise",
            sound(8, |_| {
                brown = brown * 0.99 + low() * 0.02;
                brown
            }),
        ),
        (
            "breathing",
            sound(8, |time| {
                breathing += 0.2 * (breath() - breathing);
                breathing * (TAU * time / 2.5).sin().max(0.0) * 0.5
            }),
        ),
        ("crackle", sound(8, |_| if crackle() > 0.995 { 0.6 } else { 0.0 })),
        ("dial tone", sound(10, |time| tones(time, &[350.0, 440.0]))),
        ("busy", sound(10, |time| if time % 1.0 < 0.5 { tones(time, &[480.0, 620.0]) } else { 0.0 })),
        ("ringing", sound(12, |time| if time % 6.0 < 2.0 { tones(time, &[440.0, 480.0]) } else { 0.0 })),
        ("fax", sound(12, |time| if time % 3.5 < 0.5 { tones(time, &[1_100.0]) } else { 0.0 })),
        (
            "touch tones",
            sound(3, |time| if time % 0.3 < 0.15 { tones(time, &[770.0, 1_336.0]) } else { 0.0 }),
        ),
        ("one beep", sound(3, |time| if (1.0..1.4).contains(&time) { tones(time, &[1_400.0]) } else { 0.0 })),
        ("hum", sound(8, |time| tones(time, &[60.0, 180.0, 300.0]))),
        ("chord", sound(12, |time| tones(time, &[261.6, 329.6, 392.0]))),
        ("silence", sound(5, |_| 0.0)),
    ]
}

#[test]
fn speech_becomes_words_with_confidence() {
    let mut percents = Vec::new();
    let heard = engine(BASE).transcribe(&recording(spoken()), &mut |percent| percents.push(percent)).unwrap();
    let text = heard.text.to_lowercase();
    for word in ["brochures", "cascade"] {
        assert!(text.contains(word), "{text}");
    }
    assert_eq!(heard.text, heard.words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" "));
    assert!(heard.words.iter().all(|word| word.confidence > 0.0 && word.confidence <= 1.0));
    assert_eq!((heard.language.as_deref(), heard.model.as_str()), (Some("en"), BASE));
    assert_eq!(percents.last(), Some(&100));
}

#[test]
fn two_words_are_not_dropped() {
    let mut wav = hound::WavReader::open(voicemail("20260317-111903_+15095550166_call-me.wav")).unwrap();
    let samples =
        wav.samples::<i16>().map(|sample| f32::from(sample.unwrap()) / 32_768.0).collect::<Vec<_>>();
    for model in [BASE, TINY] {
        let text = hear(&mut engine(model), doubled(&samples)).text.to_lowercase();
        assert!(text.contains("call me"), "{model}: {text}");
    }
}

#[test]
fn nothing_is_invented_from_noise() {
    for model in [BASE, TINY] {
        let mut engine = engine(model);
        for (name, samples) in noises() {
            let heard = hear(&mut engine, samples);
            assert_eq!(heard.text, "", "{model}: {name}");
            assert_eq!(heard.language, None);
        }
    }
}

#[test]
fn nothing_of_a_long_message_is_lost() {
    let mut engine = engine(BASE);
    let once = hear(&mut engine, spoken()).words.len();
    let long = (0..5).flat_map(|_| spoken()).collect::<Vec<_>>();
    assert!(long.len() > 35 * 16_000);
    let heard = hear(&mut engine, long);
    assert!(
        heard.words.len() * 10 > once * 45,
        "{once} words once, {} words: {}",
        heard.words.len(),
        heard.text
    );
    let passages = heard.words.iter().map(|word| word.passage_ms).collect::<Vec<_>>();
    assert!(passages.is_sorted() && passages.last() > Some(&14_000), "{passages:?}");
}

#[test]
fn an_unknown_language_is_refused() {
    for (model, language) in [(TINY, "es"), (BASE, "klingon"), (BASE, "spanish"), (BASE, "e\0"), (BASE, "")] {
        let settings = EngineSettings { language: Some(language.to_owned()), ..settings(model) };
        assert!(matches!(Engine::load(&settings), Err(ModelError::Language { .. })), "{model}: {language}");
    }
}

/// A child's side of the conversation, on a thread instead of in a process.
#[test]
fn the_child_answers_until_its_input_ends() {
    let (input, mut to_child) = io::pipe().unwrap();
    let (from_child, output) = io::pipe().unwrap();
    let child = thread::spawn(move || {
        serve(BufReader::new(input), output, |path, sha256| match path.to_str() {
            Some("speech") => Ok(recording(spoken())),
            Some("silence") => Ok(Recording { active: Vec::new(), ..recording(vec![0.0; 16_000]) }),
            _ => Err(HearingError::Recording(format!("{} {sha256:?}", path.display()))),
        })
    });
    let mut replies = BufReader::new(from_child).lines().map(|line| {
        let line = line.unwrap();
        serde_json::from_str::<Reply>(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    });
    let hello = Hello { engine: settings(TINY), memory_bytes: None };
    writeln!(to_child, "{}", serde_json::to_string(&hello).unwrap()).unwrap();
    assert_eq!(replies.next(), Some(Reply::Ready { model: TINY.to_owned() }));

    let mut ask = |id, path: &str| {
        let request = Request { id, path: path.into(), sha256: Some("ab".to_owned()) };
        writeln!(to_child, "{}", serde_json::to_string(&request).unwrap()).unwrap();
        let answer = |reply: &Reply| matches!(reply, Reply::Heard { .. } | Reply::Failed { .. });
        let mut steps = Vec::new();
        loop {
            let reply = replies.next().unwrap();
            if answer(&reply) {
                return (steps, reply);
            }
            steps.push(reply);
        }
    };
    let (steps, reply) = ask(1, "speech");
    assert!(matches!(steps.first(), Some(Reply::Decoded { id: 1, .. })), "{steps:?}");
    assert!(matches!(steps.last(), Some(Reply::Progress { id: 1, percent: 100 })), "{steps:?}");
    assert!(matches!(&reply, Reply::Heard { id: 1, heard } if heard.transcript.words.len() > 5), "{reply:?}");
    let (_, reply) = ask(2, "silence");
    assert!(
        matches!(&reply, Reply::Heard { id: 2, heard } if heard.transcript == Transcript::default()),
        "{reply:?}"
    );
    let error = HearingError::Recording("gone Some(\"ab\")".to_owned());
    assert_eq!(ask(3, "gone").1, Reply::Failed { id: Some(3), error });

    drop(to_child);
    assert!(child.join().unwrap().is_ok());
}

#[test]
fn a_child_without_a_model_says_so() {
    let (input, mut to_child) = io::pipe().unwrap();
    let hello = Hello { engine: settings("none.bin"), memory_bytes: None };
    writeln!(to_child, "{}", serde_json::to_string(&hello).unwrap()).unwrap();
    let mut output = Vec::new();
    let ended = serve(BufReader::new(input), &mut output, |_, _| unreachable!());
    assert!(matches!(ended, Err(ServeError::Model(ModelError::Missing { .. }))));
    let reply = serde_json::from_slice(&output).unwrap();
    assert!(
        matches!(&reply, Reply::Failed { id: None, error: HearingError::Installation(said) } if said.contains("help: ")),
        "{reply:?}"
    );
}
