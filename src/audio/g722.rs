//! G.722 at 64 kbit/s, as Asterisk writes it: `.g722`, without a header.

use super::error::AudioError;
use super::mixdown::Mixdown;
use audio_codec::g722::{Bitrate, G722Decoder};

/// G.722 is wideband: 16 kHz and nothing else.
const RATE: u32 = 16_000;

/// Samples in a byte.
const SAMPLES: u64 = 2;

/// Bytes decoded at once.
const PIECE: usize = 8_000;

/// Decodes `data` into `mix`. Any bytes are G.722.
///
/// # Errors
/// When it is too long.
pub(super) fn read(data: &[u8], mix: &mut Mixdown) -> Result<(), AudioError> {
    mix.expect(data.len() as u64 * SAMPLES, RATE)?;
    mix.source(RATE, 1)?;
    let mut decoder = G722Decoder::with_options(Bitrate::Mode1_64000, false, false);
    for piece in data.chunks(PIECE) {
        let samples: Vec<f32> =
            decoder.decode_frame(piece).into_iter().map(|sample| f32::from(sample) / 32_768.0).collect();
        mix.push(&samples)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{Limits, decode};
    use std::path::Path;
    use std::time::Duration;

    const LIMITS: Limits = Limits { max_bytes: 1_000_000, max_duration: Duration::from_mins(1) };

    #[test]
    fn what_another_encoder_wrote_sounds_as_what_it_was_given() {
        // libg722 wrote it from this sample voicemail (tests/audio/make.sh).
        let coded =
            decode(Path::new("x.g722"), include_bytes!("../../tests/audio/speech.g722"), &LIMITS).unwrap();
        let sample = include_bytes!("../../tests/voicemails/20260317-111903_+15095550166_call-me.wav");
        let given = decode(Path::new("x.wav"), sample, &LIMITS).unwrap();
        assert_eq!(coded.format, "raw G.722, 16000 Hz, 1 channel");
        let (coded, given) = (coded.samples.0, given.samples.0);
        assert_eq!(coded.len(), given.len());
        // The filters of G.722 delay the sound by some samples.
        let similarity = |delay: usize| -> f32 {
            let pairs = || coded.iter().skip(delay).zip(&given);
            let power = |values: f32| values.sqrt();
            let product: f32 = pairs().map(|(a, b)| a * b).sum();
            let (a, b): (f32, f32) = pairs().fold((0.0, 0.0), |(x, y), (a, b)| (x + a * a, y + b * b));
            product / (power(a) * power(b))
        };
        let best = (0..40).map(similarity).fold(0.0, f32::max);
        assert!(best > 0.95, "{best}");
    }

    #[test]
    fn any_bytes_are_two_samples_each() {
        let bytes: Vec<u8> = (0..=255).cycle().take(20_001).collect();
        assert_eq!(decode(Path::new("x.g722"), &bytes, &LIMITS).unwrap().samples.0.len(), 40_002);
    }
}
