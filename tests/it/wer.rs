//! Word error rate: how many words would have to be changed, dropped or added.

/// Word errors of `heard` against `spoken`, and how many words were spoken. Case and punctuation do not count.
pub(crate) fn word_errors(spoken: &str, heard: &str) -> (usize, usize) {
    let (spoken, heard) = (words(spoken), words(heard));
    let mut row: Vec<usize> = (0..=heard.len()).collect();
    for (i, word) in spoken.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, other) in heard.iter().enumerate() {
            let change = diagonal + usize::from(word != other);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
        }
    }
    (row[heard.len()], spoken.len())
}

fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .replace('\'', "")
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

#[test]
fn errors_are_counted_as_changes_drops_and_additions() {
    assert_eq!(word_errors("Call me, please.", "call me please"), (0, 3));
    assert_eq!(word_errors("call me back", "call him"), (2, 3));
    assert_eq!(word_errors("call", "please call me now"), (3, 1));
    assert_eq!(word_errors("555-0196", "555 0196"), (0, 2));
    assert_eq!(word_errors("a b", ""), (2, 2));
}
