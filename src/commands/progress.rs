//! How far the hearing of a message has come, on a terminal only, on standard error.

use crate::domain::HearingStep;
use crate::ui::duration;
use indicatif::{ProgressBar, ProgressStyle};

/// A line that follows one message. Invisible where standard error is not a terminal.
pub(super) struct Progress {
    bar: ProgressBar,
    name: String,
}

impl Progress {
    /// A line for the message of this name, which must be safe to print.
    pub(super) fn new(name: &str) -> Self {
        let bar = ProgressBar::new(100);
        if let Ok(style) = ProgressStyle::with_template("{bar:24} {pos:>3} %  {wide_msg}") {
            bar.set_style(style);
        }
        bar.set_message(name.to_owned());
        Self { bar, name: name.to_owned() }
    }

    /// The message has come so far.
    pub(super) fn step(&self, step: HearingStep) {
        match step {
            HearingStep::Decoded { audio_ms } => {
                self.bar.set_message(format!("{}  {}", duration(audio_ms), self.name));
            }
            HearingStep::Progress { percent } => self.bar.set_position(percent.into()),
        }
    }

    /// Takes the line away.
    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}
