//! The commands that need no recording: judge, rules, completions, manual, and the words of `--help`.

use crate::home::{BASE, Done, Home, TINY, checkout};
use std::io::Write;
use std::process::Stdio;

fn judge(home: &Home, input: &str, args: &[&str]) -> Done {
    let mut command = home.command(&[&["judge"], args].concat());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap().into()
}

const BAIT: &str = "Hi, I found you on LinkedIn and wanted to discuss the services your business offers. \
                    Please call me back.";

#[test]
fn judge_takes_plain_text() {
    let home = Home::new(TINY);
    let line = &judge(&home, BAIT, &["--json"]).json()[0];
    assert_eq!(line["label"], "spam", "{line:#}");
    assert_eq!(line["transcript"], BAIT);
    let fields: Vec<_> = line.as_object().unwrap().keys().map(String::as_str).collect();
    let mut contract = [
        "id",
        "file",
        "label",
        "score",
        "transcript",
        "reasons",
        "mentions",
        "language",
        "audio_ms",
        "took_ms",
    ];
    contract.sort_unstable();
    let mut fields = fields;
    fields.sort_unstable();
    assert_eq!(fields, contract);
    let said = judge(&home, BAIT, &["-"]).out;
    assert!(said.contains("spam") && said.contains("LinkedIn"), "{said}");
}

#[test]
fn judge_takes_json_lines_and_a_bad_one_stops_nothing() {
    let home = Home::new(TINY);
    let input = format!(
        "{{\"id\": \"a-1\", \"text\": \"{BAIT}\", \"caller_number\": \"+15095550196\", \"new_field\": 1}}\n\
         not json\n\n\
         {{\"id\": 7, \"text\": \"\"}}\n"
    );
    let done = judge(&home, &input, &["--json"]);
    let lines = done.json();
    assert_eq!(done.status, 1);
    assert_eq!(lines.len(), 3);
    assert_eq!((&lines[0]["id"], &lines[0]["label"]), (&"a-1".into(), &"spam".into()));
    assert_eq!(lines[1]["line"], 2);
    assert!(lines[1]["error"].as_str().unwrap().contains("expected"));
    assert_eq!((&lines[2]["id"], &lines[2]["label"]), (&7.into(), &"empty".into()));
    let done = judge(&home, &input, &[]);
    assert!(done.err.contains("line 2"), "{}", done.err);
}

#[test]
fn judge_knows_json_lines_by_any_line_and_passes_over_a_byte_order_mark() {
    let home = Home::new(TINY);
    for before in ["not json\n", "\u{feff}"] {
        let input = format!("{before}{{\"text\": \"{BAIT}\"}}\n");
        let lines = judge(&home, &input, &["--json"]).json();
        assert_eq!(lines.last().unwrap()["transcript"], BAIT, "{before:?}");
    }
}

#[test]
fn the_rules_hold_their_own_examples() {
    let home = Home::new(TINY);
    let done = home.dime(&["rules", "test"]);
    assert_eq!(done.status, 0, "{}{}", done.out, done.err);
    assert!(done.out.contains(" 0 failed"), "{}", done.out);
    assert_eq!(home.dime(&["rules", "check"]).status, 0);
    let rules = home.json(&["rules", "list"]);
    assert!(rules.len() > 20);
    assert!(rules.iter().all(|rule| !rule["description"].as_str().unwrap().is_empty()));
}

const LABELLED: &str = concat!(
    r#"{"id": "x-1", "owner": "pipes", "kind": "lead", "label": "lead", "text": "My kitchen sink is leaking, how much to fix it today?"}"#,
    "\n",
    r#"{"id": "x-2", "owner": "pipes", "kind": "robocall", "label": "spam", "text": "This is your final notice. Press one to speak to an agent."}"#,
    "\n",
);

#[test]
fn rules_are_measured_on_labelled_messages() {
    let home = Home::new(TINY);
    let file = |name: &str, text: &str| {
        let path = home.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let owners = file("owners.toml", "[pipes]\nname = \"Sam Rivers\"\n");
    let (one, two) = (file("one.jsonl", LABELLED), file("two.jsonl", &LABELLED.replace("x-", "y-")));
    let measured = &home.json(&["rules", "test", &one, &two, "--owners", &owners, "--worst", "1"])[0];
    assert_eq!(measured["goals"].as_array().unwrap().len(), 5, "{measured:#}");
    assert_eq!(measured["goals"][3]["of"], 2);
    assert_eq!(measured["confusion"]["robocall"]["spam"], 2, "{measured:#}");
    assert_eq!(measured["worst_spam"].as_array().unwrap().len(), 1);
    let shown = home.dime(&["rules", "test", &one, "--owners", &owners]);
    for want in ["at most 1 %", "kind", "score", "spam, lowest scores", "x-2 (robocall)"] {
        assert!(shown.out.contains(want), "{want}\n{}", shown.out);
    }
    let nobody = home.dime(&["rules", "test", &one, "--owners", &file("none.toml", "")]);
    assert!(
        nobody.error().contains("one.jsonl:1: there is no profile of the owner `pipes`"),
        "{}",
        nobody.err
    );
    let broken = file("broken.jsonl", &format!("{LABELLED}not json\n"));
    assert!(home.dime(&["rules", "test", &one, &broken]).error().contains("broken.jsonl:3"));
}

#[test]
fn judge_explains_its_sum() {
    let home = Home::new(TINY);
    let said = judge(&home, "Press one to hear about our offer", &["--explain"]).out;
    for want in ["where a message begins", "press-a-key, in script", "learned", "in all", "spam from"] {
        assert!(said.contains(want), "{want}\n{said}");
    }
    let line = &judge(&home, BAIT, &["--explain", "--json"]).json()[0];
    let explained = &line["explanation"];
    let weights =
        explained["counted"].as_array().unwrap().iter().map(|part| part["weight"].as_f64().unwrap());
    let sum = explained["bias"].as_f64().unwrap() + weights.sum::<f64>();
    assert!((sum - explained["sum"].as_f64().unwrap()).abs() < 1e-4, "{explained:#}");
    let score = 1.0 / (1.0 + (-sum).exp());
    assert!((score - line["score"].as_f64().unwrap()).abs() < 1e-4);
}

#[test]
fn the_owners_rules_lie_over_the_shipped_ones() {
    let home = Home::new(TINY);
    let rules = home.path().join("rules.d");
    std::fs::create_dir(&rules).unwrap();
    let shipped = home.json(&["rules", "list"]);
    let id = shipped[0]["rule"].as_str().unwrap();
    std::fs::write(rules.join("mine.toml"), format!("[[rule]]\nid = \"{id}\"\nweight = 0.5\n")).unwrap();
    let merged = home.json(&["rules", "list"]);
    assert_eq!(merged.len(), shipped.len());
    let mine = merged.iter().find(|rule| rule["rule"] == id).unwrap();
    assert_eq!(mine["weight"], 0.5);
    assert!(mine["source"].as_str().unwrap().ends_with("rules.d/mine.toml"), "{mine:#}");
}

#[test]
fn wrong_usage_is_status_2() {
    let home = Home::new(TINY);
    for args in [&["nonsense"][..], &["mark", "1"], &["mark", "1", "empty"], &["screen"], &[]] {
        assert_eq!(home.dime(args).status, 2, "{args:?}");
    }
}

#[test]
fn completions_and_the_manual_know_every_command() {
    let home = Home::new(TINY);
    let help = home.dime(&["--help"]).out;
    let commands: Vec<_> = help
        .lines()
        .skip_while(|line| !line.starts_with("Commands:"))
        .skip(1)
        .map_while(|line| line.strip_prefix("  ")?.split(' ').next())
        .filter(|name| !name.is_empty())
        .collect();
    assert!(commands.len() >= 12, "{commands:?}");
    assert!(!commands.contains(&"hear"), "the hidden command is hidden");
    let manual = home.dime(&["man"]).out;
    for shell in ["bash", "zsh", "fish"] {
        let completions = home.dime(&["completions", shell]).out;
        for command in &commands {
            assert!(completions.contains(command), "{shell} does not complete {command}");
            assert!(manual.contains(&format!("dime\\-{command}")), "{command} is not in the manual");
        }
    }
}

#[test]
fn screen_tells_which_file_is_bad_and_goes_on() {
    let home = Home::new(BASE);
    let good = checkout().join("tests/voicemails/20260317-153127_+15095550111_silence.wav");
    let done = home.dime(&["screen", "--json", "gone.wav", good.to_str().unwrap()]);
    let lines = done.json();
    assert_eq!(done.status, 1);
    assert_eq!(lines[0]["file"], "gone.wav");
    assert!(lines[0]["error"].as_str().unwrap().contains("it is gone"), "{}", lines[0]);
    assert_eq!(lines[1]["label"], "empty");
}

#[test]
fn watching_nothing_is_an_error_that_says_how() {
    let home = Home::new(TINY);
    std::fs::write(home.config(), "").unwrap();
    assert!(home.dime(&["watch"]).error().contains("no folder to watch"));
    let missing = home.dime(&["--config", "/nonexistent/dime.toml", "doctor"]);
    assert!(missing.out.contains("no such configuration file"), "{}", missing.out);
}
