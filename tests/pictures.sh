#!/bin/sh
# Draws the letter about the sample voicemails as a phone and a desktop show it, light and dark: docs/letter-*.png.
# Usage: tests/pictures.sh PROGRAM MODEL; needs Chromium.
set -eu
program=$1
model=$2
here=$(cd "$(dirname "$0")/.." && pwd)
. "$here/tests/home.sh"
head -c 3000 /dev/zero >"$home/spool/20260318-090000_+15095550144_damaged.wav"
"$program" watch --once
"$program" digest --html "$home/letter.html"

# draw NAME WIDTH HEIGHT SCHEME (0 dark, 1 light)
draw() {
    chromium --headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking \
        --user-data-dir="$home/browser" --hide-scrollbars --blink-settings=preferredColorScheme="$4" \
        --window-size="$2,$3" --screenshot="$here/docs/letter-$1.png" "file://$home/letter.html" 2>/dev/null
}
draw phone-light 500 900 1
draw phone-dark 500 900 0
draw desktop-light 900 900 1
draw desktop-dark 900 900 0
