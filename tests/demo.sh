#!/bin/sh
# Drops the sample voicemails into a temporary spool, lets the real watcher file them, and shows the answers.
# Usage: tests/demo.sh PROGRAM MODEL
set -eu
program=$1
model=$2
here=$(cd "$(dirname "$0")/.." && pwd)
. "$here/tests/home.sh"

echo '$ dime watch --once'
"$program" watch --once
echo
echo '$ dime history'
"$program" history
echo
call=$("$program" history +15095550196 --json | head -n 1 | sed 's/^{"id":\([0-9]*\),.*/\1/')
echo "\$ dime show $call"
"$program" show "$call"
