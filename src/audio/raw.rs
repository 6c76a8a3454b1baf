//! Sound without a header, as Asterisk writes it: the name alone says what it is.

use super::described::Described;
use super::error::AudioError;
use super::g722;
use super::gsm::{self, Packing};
use super::mixdown::Mixdown;
use super::riff::{Format, Wave};
use super::wav;

/// A coding that starts with the first byte of the file; always one channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Headerless {
    /// G.711 µ-law at 8 kHz.
    MuLaw,
    /// G.711 A-law at 8 kHz.
    ALaw,
    /// 16-bit little-endian samples at this many hertz.
    Pcm16 {
        /// Sample rate in hertz.
        rate: u32,
    },
    /// 33-byte GSM 06.10 frames.
    Gsm,
    /// G.722 at 64 kbit/s.
    G722,
}

/// Decodes `data` into `mix`.
///
/// # Errors
/// When it is too long or holds no sound.
pub(super) fn read(coding: Headerless, data: &[u8], mix: &mut Mixdown) -> Result<Described, AudioError> {
    let (name, tag, rate, width) = match coding {
        Headerless::MuLaw => ("raw µ-law", wav::MU_LAW, 8_000, 1),
        Headerless::ALaw => ("raw A-law", wav::A_LAW, 8_000, 1),
        Headerless::Pcm16 { rate } => ("raw PCM 16-bit", wav::PCM, rate, 2),
        Headerless::G722 => {
            g722::read(data, mix)?;
            return Ok(Described::new("raw G.722", 16_000, 1));
        }
        Headerless::Gsm => {
            let damaged = gsm::read(data, Packing::Raw, mix)?;
            let mut described = Described::new("raw GSM 06.10", 8_000, 1);
            described.note_damaged(damaged, (data.len() / 33) as u64);
            return Ok(described);
        }
    };
    let format =
        Format { tag, channels: 1, rate, byte_rate: rate * u32::from(width), block: width, bits: 8 * width };
    wav::read(Wave { format, data, notes: Vec::new() }, mix)?;
    Ok(Described::new(name, rate, 1))
}
