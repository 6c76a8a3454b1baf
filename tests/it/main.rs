//! The suite over the real program: one binary, so that it is linked once.

mod bad_input;
mod cli;
mod doctor;
mod history;
mod home;
mod recogniser;
mod rooms;
mod voicemails;
mod watching;
mod wer;
