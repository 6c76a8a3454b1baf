//! Which complete recordings are new, and what their names and their telephone system say of the caller. Only ever reads.

mod events;
mod identify;
mod name;
mod scan;
mod stamp;
pub mod told;

pub use events::Hints;
pub use identify::{NotYet, identify};
pub use name::{FromName, from_name};
pub use scan::{Folder, FolderProblem, Scan, Scanner, is_recording};
pub use told::Told;
