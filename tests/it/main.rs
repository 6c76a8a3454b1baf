//! The suite over the real program: one binary, so that it is linked once.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test ends at the first thing that is wrong"
)]

mod bad_input;
mod chaos;
mod cli;
mod digest;
mod doctor;
mod fairness;
mod history;
mod home;
mod hostile;
mod labelled;
mod learned;
mod mail;
mod mail_server;
mod recogniser;
mod rooms;
mod sendmail;
mod service;
mod smtp;
mod sources;
mod stability;
mod trouble;
mod voicemails;
mod watching;
mod wer;
