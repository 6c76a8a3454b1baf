//! How far the hearing of a message has come, on a terminal only, on standard error.

use crate::domain::HearingStep;
use crate::ui::duration;
use indicatif::{ProgressBar, ProgressStyle};

/// A line that follows one message. Invisible where standard error is not a terminal.
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// A line for the message of this name, which must be safe to print.
    pub(super) fn new(name: &str) -> Self {
        let bar = ProgressBar::new(100);
        if let Ok(style) = ProgressStyle::with_template("{bar:24} {pos:>3} %  {prefix}  {msg}") {
            bar.set_style(style);
        }
        bar.set_prefix(name.to_owned());
        bar.set_message("decoding");
        Self(bar)
    }

    /// The message has come so far.
    pub(super) fn step(&self, step: HearingStep) {
        match step {
            HearingStep::Decoded { audio_ms } => {
                self.0.set_message(format!("{} of sound", duration(audio_ms)));
            }
            HearingStep::Progress { percent } => self.0.set_position(percent.into()),
        }
    }

    /// Takes the line away.
    pub(super) fn clear(&self) {
        self.0.finish_and_clear();
    }
}
