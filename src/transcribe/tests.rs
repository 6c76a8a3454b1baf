//! The room with its real models: speech and noise in, words or nothing out.
