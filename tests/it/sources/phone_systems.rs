//! docs/phone-systems.md: every configuration in it is one.

use crate::home::{Home, TINY, checkout};
use std::fs;

/// The blocks of the document that are marked as TOML.
fn blocks(text: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("```toml\n") {
        let (block, end) = after.split_once("```").unwrap();
        blocks.push(block.to_owned());
        rest = end;
    }
    blocks
}

#[test]
fn every_configuration_in_the_document_is_one() {
    let text = fs::read_to_string(checkout().join("docs/phone-systems.md")).unwrap();
    let blocks = blocks(&text);
    assert!(blocks.len() >= 7, "a block for each system");
    for block in blocks {
        let home = Home::new(TINY);
        fs::write(home.config(), &block).unwrap();
        let findings = home.dime(&["doctor", "--json"]).json();
        let of = |what: &str| findings.iter().filter(|finding| finding["what"] == what).collect::<Vec<_>>();
        let [config] = of("config")[..] else { panic!("{findings:#?}") };
        assert_ne!(config["health"], "bad", "{block}\n{config:#}");
        let watched = of("watch");
        assert!(!watched.is_empty(), "{block}");
        for folder in watched {
            // The folders are not on this machine; whatever else is wrong would be named.
            let found = folder["found"].as_str().unwrap();
            assert!(found.contains("No such file") || folder["health"] == "good", "{block}\n{found}");
        }
    }
}
