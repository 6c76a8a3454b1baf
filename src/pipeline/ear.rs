//! What the pipeline asks of whoever hears.

use crate::domain::{Heard, HearingError, HearingStep};
use crate::transcribe::Listener;
use std::future::Future;
use std::path::Path;

/// Turns a recording into words. Dropping the future gives up on the recording.
pub trait Ear: Send {
    /// Hears the recording at `path`, whose SHA-256 must be `sha256` where that is given.
    ///
    /// # Errors
    /// [`HearingError`] says whether the recording, something passing or the installation is at fault.
    fn hear(
        &mut self,
        path: &Path,
        sha256: Option<&str>,
        on_step: &mut (dyn FnMut(HearingStep) + Send),
    ) -> impl Future<Output = Result<Heard, HearingError>> + Send;
}

impl Ear for Listener {
    async fn hear(
        &mut self,
        path: &Path,
        sha256: Option<&str>,
        on_step: &mut (dyn FnMut(HearingStep) + Send),
    ) -> Result<Heard, HearingError> {
        Self::hear(self, path, sha256, on_step).await
    }
}
