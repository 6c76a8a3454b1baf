//! Which complete messages are new, and what the telephone system tells of them. Only ever reads.

mod arrival;
mod events;
mod folder;
mod group;
mod identify;
mod list;
mod name;
mod scan;
mod stamp;
pub mod told;

pub use arrival::{Arrival, Fleeting};
pub use events::Hints;
pub use folder::{Folder, FolderProblem};
pub use group::MAILBOX_FOLDERS;
pub use identify::{NotYet, identify};
pub use name::{FromName, from_name};
pub use scan::{Desk, Scan, Scanner, is_recording};
pub use told::{Pattern, Told};
