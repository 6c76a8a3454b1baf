#!/bin/sh
# Drops the sample voicemails into a temporary spool, lets the real watcher file them, and shows the answers.
# Usage: tests/demo.sh PROGRAM MODEL
set -eu
program=$1
model=$2
here=$(cd "$(dirname "$0")/.." && pwd)
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT

mkdir "$home/spool" "$home/state"
for recording in "$here"/tests/voicemails/20*; do
    cp "$recording" "$home/spool/"
done
cp "$here/config/demo.toml" "$home/dime.toml"
printf '\n[hearing]\nmodel = "%s"\n' "$model" >>"$home/dime.toml"
export DIME_CONFIG="$home/dime.toml" STATE_DIRECTORY="$home/state" TZ=America/Los_Angeles

echo '$ dime watch --once'
"$program" watch --once
echo
echo '$ dime history'
"$program" history
echo
call=$("$program" history +15095550196 --json | head -n 1 | sed 's/^{"id":\([0-9]*\),.*/\1/')
echo "\$ dime show $call"
"$program" show "$call"
