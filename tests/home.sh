# A home with the sample voicemails in its spool, for scripts that show dime at work; they source this file with $here
# (the repository) and $model set. The home, $home, goes when the script ends.
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT

mkdir "$home/spool" "$home/state"
for recording in "$here"/tests/voicemails/20*; do
    cp "$recording" "$home/spool/"
done
cp "$here/config/demo.toml" "$home/dime.toml"
printf '\n[hearing]\nmodel = "%s"\n' "$model" >>"$home/dime.toml"
export DIME_CONFIG="$home/dime.toml" STATE_DIRECTORY="$home/state" TZ=America/Los_Angeles
