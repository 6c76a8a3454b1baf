#!/bin/sh
# Makes the fixtures of this directory again: ./make.sh (needs espeak-ng, sox, ffmpeg, lame, vorbis-tools, flac, opus-tools,
# and Python with G722 from PyPI).
# `speech` is espeak-ng saying a short sentence, band-limited to 8 kHz; `tone` is half a second of 440 Hz at half scale.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

espeak-ng -v en-us -s 200 -w "$work/spoken.wav" 'Please call me back.'
sox -D "$work/spoken.wav" -r 8000 -c 1 -b 16 "$work/speech.wav" gain -3
sox -D -n -r 8000 -c 1 -b 16 "$work/tone.wav" synth 0.5 sine 440 gain -6
sox -D -n -r 44100 -c 2 -b 16 "$work/tone44.wav" synth 0.2 sine 440 gain -6

# GSM 06.10: sox encodes and decodes with libgsm. The .sha256 files hold the digest of libgsm's own samples (PCM16 LE).
sox -D "$work/speech.wav" speech.gsm
sox -D "$work/speech.wav" -e gsm-full-rate speech-wav49.wav
sox -D speech.gsm -t s16 - | sha256sum | cut -c1-64 > speech.gsm.sha256
sox -D speech-wav49.wav -t s16 - | sha256sum | cut -c1-64 > speech-wav49.wav.sha256

sox -D "$work/tone.wav" -e mu-law tone-mulaw.wav
sox -D "$work/tone.wav" -e a-law tone-alaw.wav
sox -D "$work/tone.wav" -e ima-adpcm tone-ima.wav
sox -D "$work/tone.wav" -e ms-adpcm tone-ms.wav
sox -D "$work/tone.wav" "$work/short.wav" trim 0 0.3
sox -D "$work/short.wav" -b 16 tone.aiff
ffmpeg -v error -y -i "$work/short.wav" -c:a pcm_s16be -map_metadata -1 -f caf tone.caf
flac -s -f --best --blocksize=512 --no-padding -o tone.flac "$work/tone.wav"
lame --quiet --preset phone -b 16 "$work/speech.wav" speech.mp3
lame --quiet -b 64 --add-id3v2 --tt 'a title' "$work/tone44.wav" tone-id3.mp3
ffmpeg -v error -y -i "$work/speech.wav" -c:a aac -b:a 16k -map_metadata -1 speech.m4a
ffmpeg -v error -y -i "$work/speech.wav" -c:a aac -b:a 16k -map_metadata -1 -f 3gp speech.3gp
ffmpeg -v error -y -i "$work/speech.wav" -c:a aac -b:a 16k -f adts speech.aac
oggenc --quiet -q -1 -o "$work/speech.ogg" "$work/speech.wav"
ffmpeg -v error -y -i "$work/speech.ogg" -c:a copy -map_metadata -1 -page_duration 200000 speech.ogg
ffmpeg -v error -y -i "$work/speech.ogg" -c:a copy -map_metadata -1 speech.webm
opusenc --quiet --bitrate 6 "$work/speech.wav" refused.opus

# G.722: libg722 encodes a sample voicemail, brought to 16 kHz by the means of its neighbours.
python3 - ../voicemails/*_call-me.wav >speech.g722 <<'END'
import array, sys, wave
from G722 import G722
with wave.open(sys.argv[1]) as file:
    samples = array.array('h', file.readframes(file.getnframes()))
doubled = [sample for a, b in zip(samples, [*samples[1:], 0]) for sample in (a, (a + b) // 2)]
sys.stdout.buffer.write(bytes(G722(16000, 64000).encode(doubled)))
END
