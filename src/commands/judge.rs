//! `dime judge`: judges text instead of sound.

use super::Failure;
use super::output::print;
use super::parts;
use super::setting::Setting;
use crate::domain::{Explanation, Message, PhoneNumber, Verdict};
use crate::judge::Judge;
use crate::ui::{Look, MessageLine, error_line, sum, to_line, verdict_in_full};
use serde::Deserialize;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

/// One line of input. Fields that dime does not know are somebody else's and are passed over.
#[derive(Debug, Deserialize)]
struct Line {
    #[serde(default)]
    id: Option<serde_json::Value>,
    text: String,
    #[serde(default)]
    caller_number: Option<String>,
    #[serde(default)]
    caller_name: Option<String>,
    #[serde(default)]
    language: Option<String>,
}

struct Answering<'a> {
    judge: Judge,
    country: String,
    setting: &'a Setting,
    look: Look,
    explain: bool,
}

pub(super) fn run(setting: &Setting, file: Option<&Path>, explain: bool) -> Result<ExitCode, Failure> {
    let loaded = setting.load()?;
    let judge = parts::judge(&loaded)?;
    let look = parts::look();
    let answering = Answering { judge, country: loaded.config.owner.country, setting, look, explain };
    let (name, input): (String, Box<dyn Read>) = match file.filter(|file| *file != Path::new("-")) {
        None => ("standard input".to_owned(), Box::new(io::stdin())),
        Some(file) => {
            let unreadable =
                |error| Failure::new(format_args!("{}: {error}", file.display()), "name a text file, or `-`");
            (file.display().to_string(), Box::new(File::open(file).map_err(unreadable)?))
        }
    };
    let unreadable =
        |error: io::Error| Failure::new(format_args!("{name}: {error}"), "name a text file, or `-`");
    let mut input = BufReader::with_capacity(HEAD, input);
    if is_json(&mut input).map_err(unreadable)? {
        return answering.lines(input, unreadable);
    }
    let mut bytes = Vec::new();
    input.read_to_end(&mut bytes).map_err(unreadable)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    answering.answer(Line { id: None, text, caller_number: None, caller_name: None, language: None })?;
    Ok(ExitCode::SUCCESS)
}

/// Marks the beginning of UTF-8 text, for some programs.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// So much of the input is looked at to tell JSON lines from plain text.
const HEAD: usize = 64 * 1024;

/// Whether any line at the beginning of the input opens a JSON object. A byte order mark is passed over.
fn is_json(input: &mut impl BufRead) -> io::Result<bool> {
    if input.fill_buf()?.starts_with(BYTE_ORDER_MARK) {
        input.consume(BYTE_ORDER_MARK.len());
    }
    let opens = |line: &[u8]| line.trim_ascii_start().starts_with(b"{");
    Ok(input.fill_buf()?.split(|&byte| byte == b'\n').any(opens))
}

impl Answering<'_> {
    fn lines(
        &self,
        input: impl BufRead,
        unreadable: impl Fn(io::Error) -> Failure,
    ) -> Result<ExitCode, Failure> {
        let mut status = ExitCode::SUCCESS;
        for (index, line) in input.split(b'\n').enumerate() {
            let line = line.map_err(&unreadable)?;
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            match serde_json::from_slice(&line) {
                Ok(line) => self.answer(line)?,
                Err(error) => {
                    status = ExitCode::FAILURE;
                    let number = index + 1;
                    if self.setting.json {
                        print(&error_line(("line", number.into()), &error.to_string()))?;
                    } else {
                        eprintln!("error: line {number}: {error}");
                    }
                }
            }
        }
        Ok(status)
    }

    fn answer(&self, line: Line) -> Result<(), Failure> {
        let started = Instant::now();
        let message = Message {
            text: line.text,
            language: line.language,
            caller_number: line.caller_number.and_then(|raw| PhoneNumber::parse(&raw, &self.country)),
            caller_name: line.caller_name,
        };
        let explanation = self.judge.explain(&message);
        let verdict = &explanation.verdict;
        let took_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        print(&if self.setting.json {
            json(line.id.as_ref(), &message, verdict, self.explain.then_some(&explanation), took_ms)
        } else {
            let sum = if self.explain { sum(&explanation) } else { String::new() };
            self.paragraph(line.id.as_ref(), &message.text, verdict) + &sum
        })
    }

    fn paragraph(&self, id: Option<&serde_json::Value>, text: &str, verdict: &Verdict) -> String {
        let title = match id {
            Some(serde_json::Value::String(id)) => format!("{}\n", crate::domain::safe::one_line(id)),
            Some(id) => format!("{}\n", crate::domain::safe::one_line(&id.to_string())),
            None => String::new(),
        };
        format!("{title}{}", verdict_in_full(text, None, verdict, &self.look))
    }
}

fn json(
    id: Option<&serde_json::Value>,
    message: &Message,
    verdict: &Verdict,
    explanation: Option<&Explanation>,
    took_ms: u64,
) -> String {
    to_line(&MessageLine {
        id,
        file: None,
        label: verdict.label,
        score: verdict.score,
        transcript: &message.text,
        reasons: &verdict.reasons,
        mentions: &verdict.mentions,
        language: message.language.as_deref(),
        audio_ms: None,
        took_ms,
        explanation,
    })
}
