//! Google Takeout's pairs of HTML and sound, with Google's own transcripts.

use super::{home, one, put};
use crate::home::samples;
use std::fs;

const STEM: &str = "Pat Lee - Voicemail - 2026-03-14T16_12_44Z";

const PAGE: &str = r#"<html><body><div class="haudio"><span class="fn">Voicemail from Pat Lee</span>
    <div class="contributor vcard"><a class="tel" href="tel:+15095550142"><span class="fn">Pat Lee</span></a></div>
    <abbr class="published" title="2026-03-14T09:12:44.000-07:00">Mar 14</abbr>
    <span class="description"><span class="full-text">Please call me about the fence.</span></span>
    <audio src="x.mp3"></audio><abbr class="duration" title="PT18S">(00:00:18)</abbr></div></body></html>"#;

#[test]
fn a_pair_tells_caller_time_and_its_own_transcript() {
    for kind in ["", "kind = \"takeout\""] {
        let home = home(kind);
        let folder = home.spool().join("Voice/Calls");
        put(&folder.join(format!("{STEM}.html")), PAGE);
        fs::copy(
            samples().join("20260313-184501_+15095550155_uncle.mp3"),
            folder.join(format!("{STEM}.mp3")),
        )
        .unwrap();
        put(&folder.join("Pat Lee - Text - 2026-03-14T16_12_44Z.html"), "<html></html>");
        let call = one(&home);
        assert_eq!(
            (&call["caller"]["number"], &call["caller"]["name"]),
            (&"+15095550142".into(), &"Pat Lee".into())
        );
        assert_eq!(call["received_at"], "2026-03-14T16:12:44Z");
        assert_eq!(call["told_transcript"], "Please call me about the fence.");
        assert!(
            call["transcript"].as_str().unwrap().split_whitespace().count() > 5,
            "and what dime heard: {call:#}"
        );
        let shown = home.dime(&["show", &call["id"].to_string()]).out;
        assert!(shown.contains("also told") && shown.contains("about the fence"), "{shown}");
    }
}

#[test]
fn a_page_that_comes_late_is_learned_from() {
    let home = home("");
    let sound = home.spool().join(format!("{STEM}.mp3"));
    fs::copy(samples().join("20260313-184501_+15095550155_uncle.mp3"), sound).unwrap();
    assert!(one(&home)["caller"]["number"].is_null());
    put(&home.spool().join(format!("{STEM}.html")), PAGE);
    let call = one(&home);
    assert_eq!(
        (&call["caller"]["number"], &call["told_transcript"]),
        (&"+15095550142".into(), &"Please call me about the fence.".into())
    );
}
