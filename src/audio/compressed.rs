//! Everything that symphonia demuxes and decodes, packet by packet, a damaged packet left out.

use super::described::Described;
use super::error::AudioError;
use super::mixdown::Mixdown;
use super::source::Source;
use std::panic::{AssertUnwindSafe, catch_unwind};
use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::{
    AudioCodecParameters, AudioDecoder, AudioDecoderOptions, well_known as codec,
};
use symphonia::core::errors::{Error, Result as Symphonia};
use symphonia::core::formats::{FormatOptions, FormatReader};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::default::{formats, get_codecs};

/// Most frames a packet may be said to hold: FLAC's largest block. Decoders allocate by this.
const MAX_PACKET_FRAMES: u64 = 65_535;

/// Errors in a row after which a demuxer is taken to be stuck.
const MAX_ERRORS: u32 = 32;

/// A container with its demuxer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Container {
    /// RIFF, for the codings that are not plain samples.
    Wave,
    /// MPEG audio frames.
    Mp3,
    /// Bare AAC frames.
    Adts,
    /// MPEG-4, M4A, 3GP.
    Mp4,
    /// Ogg with Vorbis or FLAC.
    Ogg,
    /// Native FLAC.
    Flac,
    /// AIFF and AIFF-C.
    Aiff,
    /// Apple's Core Audio Format.
    Caf,
    /// Matroska, of which `WebM` is a kind.
    Matroska,
}

impl Container {
    /// Its name.
    const fn name(self) -> &'static str {
        match self {
            Self::Wave => "WAV",
            Self::Mp3 => "MP3",
            Self::Adts => "AAC",
            Self::Mp4 => "MP4",
            Self::Ogg => "Ogg",
            Self::Flac => "FLAC",
            Self::Aiff => "AIFF",
            Self::Caf => "CAF",
            Self::Matroska => "WebM",
        }
    }

    /// Starts its demuxer.
    fn open(self, source: Source<'_>) -> Symphonia<Box<dyn FormatReader + '_>> {
        let stream = MediaSourceStream::new(Box::new(source), MediaSourceStreamOptions::default());
        let options = FormatOptions::default();
        Ok(match self {
            Self::Wave => Box::new(formats::WavReader::try_new(stream, options)?),
            Self::Mp3 => Box::new(formats::MpaReader::try_new(stream, options)?),
            Self::Adts => Box::new(formats::AdtsReader::try_new(stream, options)?),
            Self::Mp4 => Box::new(formats::IsoMp4Reader::try_new(stream, options)?),
            Self::Ogg => Box::new(formats::OggReader::try_new(stream, options)?),
            Self::Flac => Box::new(formats::FlacReader::try_new(stream, options)?),
            Self::Aiff => Box::new(formats::AiffReader::try_new(stream, options)?),
            Self::Caf => Box::new(formats::CafReader::try_new(stream, options)?),
            Self::Matroska => Box::new(formats::MkvReader::try_new(stream, options)?),
        })
    }
}

/// Decodes the first readable sound track of `head` followed by `tail` into `mix`.
///
/// # Errors
/// When nothing in it can be decoded, or it is too long.
pub(super) fn read(
    container: Container,
    head: &[u8],
    tail: &[u8],
    mix: &mut Mixdown,
) -> Result<Described, AudioError> {
    let name = container.name();
    let mut format = guarded(|| container.open(Source::new(head, tail)))
        .or_else(|first| guarded(|| container.open(Source::piped(head, tail))).map_err(|_| first))
        .map_err(|error| AudioError::damaged(name, &error))?;
    let (mut track, mut decoder) = open_track(container, format.as_ref(), tail)?;
    let (mut described, mut samples) = (None, Vec::new());
    let (mut packets, mut damaged, mut stuck) = (0_u64, 0_u64, 0_u32);
    let mut problem = None;
    // Every packet of an honest file has a byte at least.
    let most_packets = (head.len() + tail.len()) as u64;
    while stuck < MAX_ERRORS && packets < most_packets {
        let packet = match guarded(|| format.next_packet()) {
            Ok(Some(packet)) => packet,
            Ok(None) => break,
            Err(Error::ResetRequired) => {
                stuck += 1;
                match open_track(container, format.as_ref(), tail) {
                    Ok(next) => (track, decoder) = next,
                    Err(error) if described.is_none() => return Err(error),
                    Err(error) => {
                        problem = Some(error.to_string());
                        break;
                    }
                }
                continue;
            }
            Err(error @ Error::DecodeError(_)) => {
                stuck += 1;
                problem = Some(error.to_string());
                continue;
            }
            Err(error) => {
                problem = Some(error.to_string());
                break;
            }
        };
        packets += 1;
        stuck = 0;
        if packet.track_id != track {
            continue;
        }
        match guarded(|| decoder.decode(&packet)) {
            Ok(buffer) if buffer.frames() == 0 => {}
            Ok(buffer) => {
                let (rate, channels) = (buffer.spec().rate(), buffer.spec().channels().count());
                buffer.copy_to_vec_interleaved(&mut samples);
                match mix.source(rate, channels) {
                    Ok(()) => {}
                    Err(error) if described.is_none() => return Err(error),
                    // One damaged packet may claim anything; what was heard so far stays.
                    Err(_) => {
                        damaged += 1;
                        continue;
                    }
                }
                mix.push(&samples)?;
                described.get_or_insert_with(|| {
                    Described::new(&title(container, decoder.as_ref()), rate, channels)
                });
            }
            Err(error) => {
                damaged += 1;
                problem.get_or_insert_with(|| error.to_string());
            }
        }
    }
    let Some(mut described) = described else {
        return Err(problem.map_or(AudioError::NoSound(name), |problem| AudioError::damaged(name, &problem)));
    };
    described.note_damaged(damaged, packets);
    if let (Some(problem), 0) = (problem, damaged) {
        described.notes.push(format!("the file breaks off or is damaged: {problem}"));
    }
    Ok(described)
}

/// What `call` answers, or an error when it panics: symphonia's sums with numbers from a header may overflow.
///
/// What it leaves behind is never unsound, only wrong, and only about this file.
fn guarded<T>(call: impl FnOnce() -> Symphonia<T>) -> Symphonia<T> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or(Err(Error::Unsupported("a number out of range")))
}

/// A decoder for the first track that has one, and that track's number.
fn open_track(
    container: Container,
    format: &dyn FormatReader,
    bytes: &[u8],
) -> Result<(u32, Box<dyn AudioDecoder>), AudioError> {
    let mut refusal = AudioError::NoSound(container.name());
    for track in format.tracks() {
        let Some(CodecParameters::Audio(parameters)) = &track.codec_params else { continue };
        let mut parameters = parameters.clone();
        parameters.max_frames_per_packet =
            parameters.max_frames_per_packet.map(|frames| frames.min(MAX_PACKET_FRAMES));
        match guarded(|| get_codecs().make_audio_decoder(&parameters, &AudioDecoderOptions::default())) {
            Ok(decoder) => return Ok((track.id, decoder)),
            Err(Error::Unsupported(_)) => refusal = unsupported(container, &parameters),
            Err(error) => refusal = AudioError::damaged(container.name(), &error),
        }
    }
    // A coding that the demuxer does not know leaves a track without parameters.
    match (container, mp4_coding(bytes)) {
        (Container::Mp4, Some(coding)) => Err(AudioError::Unsupported(format!("MP4 with {coding}"))),
        _ => Err(refusal),
    }
}

/// That no decoder takes these `parameters`.
fn unsupported(container: Container, parameters: &AudioCodecParameters) -> AudioError {
    let coding = match parameters.codec {
        codec::CODEC_ID_OPUS => "Opus",
        codec::CODEC_ID_SPEEX => "Speex",
        codec::CODEC_ID_ALAC => "Apple Lossless",
        codec::CODEC_ID_AAC => "HE-AAC or another AAC than Low Complexity",
        codec::CODEC_ID_AC3 | codec::CODEC_ID_EAC3 => "Dolby Digital",
        codec::CODEC_ID_MP1 | codec::CODEC_ID_MP2 => "MPEG audio layer 1 or 2",
        codec::CODEC_ID_ADPCM_IMA_QT => "QuickTime IMA ADPCM",
        _ => "a coding of another kind",
    };
    AudioError::Unsupported(format!("{} with {coding}", container.name()))
}

/// The coding an MP4's first sample description names, where it is one that telephones use and dime does not read.
fn mp4_coding(bytes: &[u8]) -> Option<&'static str> {
    // `stsd`, version and flags, number of entries, size of the first, its name.
    let at = bytes.windows(4).position(|name| name == b"stsd")?;
    match bytes.get(at + 16..)?.first_chunk()? {
        b"samr" => Some("AMR"),
        b"sawb" => Some("AMR-WB"),
        b"alac" => Some("Apple Lossless"),
        b"Opus" => Some("Opus"),
        b"ac-3" | b"ec-3" => Some("Dolby Digital"),
        _ => None,
    }
}

/// What to call a track of `container` that `decoder` decodes.
fn title(container: Container, decoder: &dyn AudioDecoder) -> String {
    let coding = match decoder.codec_params().codec {
        codec::CODEC_ID_VORBIS => "Vorbis",
        codec::CODEC_ID_AAC => "AAC",
        codec::CODEC_ID_MP3 => "MP3",
        codec::CODEC_ID_FLAC => "FLAC",
        codec::CODEC_ID_PCM_MULAW => "µ-law",
        codec::CODEC_ID_PCM_ALAW => "A-law",
        codec::CODEC_ID_ADPCM_MS => "MS ADPCM",
        codec::CODEC_ID_ADPCM_IMA_WAV => "IMA ADPCM",
        _ => "PCM",
    };
    let name = container.name();
    if name == coding { name.to_owned() } else { format!("{name} {coding}") }
}
