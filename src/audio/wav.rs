//! The codings inside WAV files, from a header that is written afresh.

use super::compressed::{self, Container};
use super::described::Described;
use super::error::AudioError;
use super::gsm::{self, Packing};
use super::mixdown::Mixdown;
use super::riff::{Format, Wave};
use std::io::Read as _;

/// Coding number of linear PCM (RFC 2361, as all that follow).
pub(super) const PCM: u16 = 0x01;
/// Coding number of IEEE floats.
pub(super) const FLOAT: u16 = 0x03;
/// Coding number of G.711 A-law.
pub(super) const A_LAW: u16 = 0x06;
/// Coding number of G.711 µ-law.
pub(super) const MU_LAW: u16 = 0x07;
const MS_ADPCM: u16 = 0x02;
const IMA_ADPCM: u16 = 0x11;
const MS_GSM: u16 = 0x31;
const MP3: u16 = 0x55;

/// Frames handed on at a time.
const FRAMES: usize = 4_096;

/// Microsoft's seven predictor coefficient pairs, as every MS ADPCM header lists them.
const MS_COEFFICIENTS: [i16; 14] = [256, 0, 512, -256, 0, 0, 192, 64, 240, 0, 460, -208, 392, -232];

/// Decodes `wave` into `mix`.
///
/// # Errors
/// When its coding is not read, its numbers make no sense, or it is too long.
pub(super) fn read(wave: Wave<'_>, mix: &mut Mixdown) -> Result<Described, AudioError> {
    let Wave { format, data, notes } = wave;
    let channels = usize::from(format.channels);
    if channels == 0 {
        return Err(AudioError::Channels(0));
    }
    let mut described = match format.tag {
        PCM => {
            let format = linear(format, "PCM")?;
            integers(&format, data, mix)?;
            Described::new(&format!("WAV PCM {}-bit", format.bits), format.rate, channels)
        }
        FLOAT => {
            let format = linear(format, "float")?;
            floats(&format, data, mix)?;
            Described::new(&format!("WAV float {}-bit", format.bits), format.rate, channels)
        }
        A_LAW | MU_LAW => {
            mix.expect((data.len() / channels) as u64, format.rate)?;
            coded(Format { bits: 8, block: format.channels, ..format }, &[], data, mix)?
        }
        MS_ADPCM | IMA_ADPCM => adpcm(format, data, mix)?,
        MS_GSM => {
            gsm::read(data, Packing::Wav49, mix)?;
            Described::new("WAV GSM 06.10", 8_000, 1)
        }
        MP3 => compressed::read(Container::Mp3, &[], data, mix)?,
        other => return Err(AudioError::Unsupported(coding_name(other))),
    };
    described.notes.splice(..0, notes);
    Ok(described)
}

/// `format` with the sizes that follow from each other made to agree.
fn linear(format: Format, name: &str) -> Result<Format, AudioError> {
    let per_channel = format.block / format.channels.max(1);
    let consistent = per_channel * format.channels == format.block && per_channel > 0;
    let width = if consistent { per_channel } else { format.bits.div_ceil(8) };
    let allowed: &[u16] = if format.tag == FLOAT { &[4, 8] } else { &[1, 2, 3, 4] };
    if !allowed.contains(&width) {
        return Err(AudioError::damaged("WAV", &format_args!("{name} with {} bits a sample", format.bits)));
    }
    let block = width.checked_mul(format.channels).ok_or(AudioError::Channels(format.channels.into()))?;
    let byte_rate = format.rate.saturating_mul(u32::from(block));
    Ok(Format { block, byte_rate, bits: 8 * width, ..format })
}

/// Whole frames of `data`, after the length was checked.
fn whole<'a>(format: &Format, data: &'a [u8], mix: &mut Mixdown) -> Result<&'a [u8], AudioError> {
    let frames = data.len() / usize::from(format.block.max(1));
    mix.expect(frames as u64, format.rate)?;
    mix.source(format.rate, format.channels.into())?;
    Ok(data.get(..frames * usize::from(format.block)).unwrap_or_default())
}

/// Decodes integer samples of 8 to 32 bits.
fn integers(format: &Format, data: &[u8], mix: &mut Mixdown) -> Result<(), AudioError> {
    let scale = 0.5_f32.powi(i32::from(format.bits) - 1);
    #[expect(clippy::cast_precision_loss, reason = "the lowest of 32 bits are 144 dB down")]
    hound_samples::<i32>(format, data, mix, |sample| sample as f32 * scale)
}

/// Decodes float samples of 32 or 64 bits.
fn floats(format: &Format, data: &[u8], mix: &mut Mixdown) -> Result<(), AudioError> {
    if format.bits == 32 {
        return hound_samples::<f32>(format, data, mix, |sample| sample);
    }
    let data = whole(format, data, mix)?;
    compressed::read(Container::Wave, &format.header(&[], data.len()), data, mix).map(|_| ())
}

/// Decodes what hound reads, piece by piece.
fn hound_samples<S: hound::Sample>(
    format: &Format,
    data: &[u8],
    mix: &mut Mixdown,
    scaled: impl Fn(S) -> f32,
) -> Result<(), AudioError> {
    let data = whole(format, data, mix)?;
    let header = format.header(&[], data.len());
    let damaged = |error: hound::Error| AudioError::damaged("WAV", &error);
    let mut reader = hound::WavReader::new(header.as_slice().chain(data)).map_err(damaged)?;
    let mut samples = reader.samples::<S>();
    let mut piece = Vec::with_capacity(FRAMES * usize::from(format.channels));
    loop {
        piece.clear();
        for sample in samples.by_ref().take(piece.capacity()) {
            piece.push(scaled(sample.map_err(damaged)?));
        }
        if piece.is_empty() {
            return Ok(());
        }
        mix.push(&piece)?;
    }
}

/// Decodes MS or IMA ADPCM: 4 bits a sample in blocks that each start with a few whole ones.
fn adpcm(format: Format, data: &[u8], mix: &mut Mixdown) -> Result<Described, AudioError> {
    let (head, whole) = if format.tag == MS_ADPCM { (7, 2) } else { (4, 1) };
    let coded_bytes = format.channels.checked_mul(head).and_then(|head| format.block.checked_sub(head));
    let block_frames =
        coded_bytes.map(|bytes| u32::from(bytes) * 2 / u32::from(format.channels.max(1)) + whole);
    let Some(block_frames) = block_frames.filter(|_| format.channels <= 2) else {
        return Err(AudioError::damaged("WAV", &format_args!("ADPCM in blocks of {} bytes", format.block)));
    };
    let blocks = (data.len() / usize::from(format.block.max(1))) as u64;
    mix.expect(blocks * u64::from(block_frames), format.rate)?;
    let mut extra = u16::try_from(block_frames).unwrap_or(u16::MAX).to_le_bytes().to_vec();
    if format.tag == MS_ADPCM {
        extra.extend(7_u16.to_le_bytes());
        extra.extend(MS_COEFFICIENTS.iter().flat_map(|coefficient| coefficient.to_le_bytes()));
    }
    coded(Format { bits: 4, ..format }, &extra, data, mix)
}

/// Decodes what symphonia reads, under a clean header.
fn coded(format: Format, extra: &[u8], data: &[u8], mix: &mut Mixdown) -> Result<Described, AudioError> {
    compressed::read(Container::Wave, &format.header(extra, data.len()), data, mix)
}

/// The name of a coding that is not read.
fn coding_name(tag: u16) -> String {
    let name = match tag {
        0x10 | 0x17 => "OKI ADPCM",
        0x14 | 0x40 | 0x45 | 0x64 | 0x85 => "G.726",
        0x22 => "TrueSpeech",
        0x42 | 0x111 => "G.723.1",
        0x50 => "MPEG layer 2",
        0x65 | 0x28f => "G.722",
        0x83 | 0x133 => "G.729",
        0xff | 0x1600 | 0x1602 => "AAC",
        0x160..=0x163 => "Windows Media",
        0x704f | 0x7050 => "Opus",
        _ => return format!("WAV with coding number 0x{tag:x}"),
    };
    format!("WAV with {name}")
}
