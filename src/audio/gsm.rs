//! GSM 06.10 full rate: raw `.gsm` frames and the WAV49 blocks of Microsoft and Asterisk.

use super::error::AudioError;
use super::mixdown::Mixdown;
use oxideav_gsm::{DecoderState, UnpackedFrame};

/// GSM is a telephone codec: 8 kHz and nothing else.
const RATE: u32 = 8_000;

/// Samples of one frame: 20 ms.
const FRAME_SAMPLES: u64 = 160;

/// How frames lie in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    /// libgsm's: 33 bytes a frame, each starting with the nibble 0xD.
    Raw,
    /// WAV49: two frames in 65 bytes.
    Wav49,
}

impl Packing {
    /// Bytes of one block, and the frames in it.
    const fn block(self) -> (usize, u64) {
        match self {
            Self::Raw => (33, 1),
            Self::Wav49 => (65, 2),
        }
    }
}

/// Decodes `data` into `mix`; answers how many frames are damaged and were left out.
///
/// A last block that is cut short is ignored, as libgsm's own tools do.
///
/// # Errors
/// When nothing in it is a GSM frame, or it is too long.
pub(super) fn read(data: &[u8], packing: Packing, mix: &mut Mixdown) -> Result<u64, AudioError> {
    let (size, frames) = packing.block();
    mix.expect((data.len() / size) as u64 * frames * FRAME_SAMPLES, RATE)?;
    mix.source(RATE, 1)?;
    let mut decoder = DecoderState::new();
    let (mut good, mut damaged) = (0, 0);
    for block in data.chunks_exact(size) {
        let unpacked = match packing {
            Packing::Raw => UnpackedFrame::from_gsm_byte_frame(block).map(|frame| [Some(frame), None]),
            Packing::Wav49 => UnpackedFrame::pair_from_msgsm_block(block).map(|(a, b)| [Some(a), Some(b)]),
        };
        let Ok(unpacked) = unpacked else {
            damaged += 1;
            continue;
        };
        good += 1;
        for frame in unpacked.iter().flatten() {
            mix.push(&decoder.decode_frame(frame).map(|sample| f32::from(sample) / 32_768.0))?;
        }
    }
    if good == 0 && damaged > 0 {
        return Err(AudioError::damaged("GSM", &"no GSM frame in it"));
    }
    Ok(damaged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    /// SHA-256 of the decoded PCM16, and the SHA-256 of what libgsm decodes.
    fn digest(data: &[u8], packing: Packing) -> String {
        let mut decoder = DecoderState::new();
        let mut hash = Sha256::new();
        let mut frame = |frame: &UnpackedFrame| {
            for sample in decoder.decode_frame(frame) {
                hash.update(sample.to_le_bytes());
            }
        };
        for block in data.chunks_exact(packing.block().0) {
            match packing {
                Packing::Raw => frame(&UnpackedFrame::from_gsm_byte_frame(block).unwrap()),
                Packing::Wav49 => {
                    let (first, second) = UnpackedFrame::pair_from_msgsm_block(block).unwrap();
                    frame(&first);
                    frame(&second);
                }
            }
        }
        hash.finalize().iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
    }

    #[test]
    fn every_sample_of_a_raw_file_is_libgsms() {
        let expected = include_str!("../../tests/audio/speech.gsm.sha256").trim();
        assert_eq!(digest(include_bytes!("../../tests/audio/speech.gsm"), Packing::Raw), expected);
    }

    #[test]
    fn every_sample_of_a_wav49_is_libgsms() {
        let wave = crate::audio::riff::parse(include_bytes!("../../tests/audio/speech-wav49.wav")).unwrap();
        let expected = include_str!("../../tests/audio/speech-wav49.wav.sha256").trim();
        assert_eq!(digest(wave.data, Packing::Wav49), expected);
    }
}
