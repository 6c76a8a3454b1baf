#!/usr/bin/env bash
# Tries what an administrator installs, in a scratch Debian: the units, `make install`, and the package from its
# installation to its purge. Needs root, and a Debian whose apt knows a mirror. Prints a line a check.
set -euo pipefail
cd "$(dirname "$0")/.."
. tests/scratch.sh

filed() { as_dime history 2>/dev/null | grep -q "$1"; }
value() { inside systemctl show --property="$1" --value dime.service; }
# verify UNIT…: systemd has nothing at all to say against them.
verify() {
    local said
    said=$(inside systemd-analyze verify --man=no "$@" 2>&1) && [ -z "$said" ] || { echo "$said"; return 1; }
}
# exposure UNIT MOST: at most that exposed, in tenths.
exposure() {
    local said
    said=$(inside systemd-analyze security --no-pager --offline=true --threshold="$2" "/usr/lib/systemd/system/$1") ||
        fail "exposure of $1" "$said"
    ok "$(sed -n 's/^.*\(Overall.*[0-9]\.[0-9]\).*/\1/p' <<<"$said")"
}
# Everything in the scratch Debian but the diaries and spare copies that its own tools keep.
everything() {
    (cd "$root" && find . -xdev \( -path ./proc -o -path ./var/lib/dpkg -o -path ./var/log -o -path ./var/cache \
        -o -path './etc/*-' -o -path ./etc/.pwd.lock -o -path ./tmp \) -prune -o -print | sort)
}

make_debian systemd,procps,libstdc++6

# make install
dest=$scratch/dest
check 'make install' make --no-print-directory install DESTDIR="$dest"
files='./etc/dime/dime.toml
./usr/local/bin/dime
./usr/local/lib/systemd/system/dime-digest.service
./usr/local/lib/systemd/system/dime-digest.timer
./usr/local/lib/systemd/system/dime.service
./usr/local/lib/sysusers.d/dime.conf
./usr/local/share/bash-completion/completions/dime
./usr/local/share/dime/models/ggml-base-q8_0.bin
./usr/local/share/fish/vendor_completions.d/dime.fish
./usr/local/share/man/man1/dime.1
./usr/local/share/zsh/site-functions/_dime'
same 'make install puts every file in its place' "$files" "$(cd "$dest" && find . -type f | LC_ALL=C sort)"
[ -z "$(find "$dest" -type f -size 0)" ] || fail 'an installed file is empty' "$(find "$dest" -type f -size 0)"
echo '# edited' >>"$dest/etc/dime/dime.toml"
check 'make install again' make --no-print-directory install DESTDIR="$dest"
check 'it left the edited configuration alone' grep -qx '# edited' "$dest/etc/dime/dime.toml"
cp -a "$dest/." "$root/"
check 'its units are sound' verify dime.service dime-digest.service dime-digest.timer
check 'its user can be made' inside systemd-sysusers --dry-run dime.conf
check 'its program starts in the scratch Debian' inside /usr/local/bin/dime --version
said=$(inside /usr/local/bin/dime doctor) || true
grep -q '^ok .*/usr/local/share/dime/models/' <<<"$said" || fail 'its program finds its model' "$said"
ok 'its program finds its model'
check 'make uninstall' make --no-print-directory uninstall DESTDIR="$root"
same 'it left nothing but the configuration' './etc/dime/dime.toml' \
    "$(cd "$root" && find ./etc/dime ./usr/local -type f)"
rm -r "$root/etc/dime"

# The package, in the scratch Debian now booted
check 'make deb' make --no-print-directory deb DEBFLAGS="--fast --deb-version 1.0-1 --output $root/root/first.deb"
if command -v lintian >/dev/null; then
    check 'lintian finds no error in it' lintian --allow-root --fail-on error "$root/root/first.deb"
fi
check 'make deb, a later version' make --no-print-directory deb \
    DEBFLAGS="--fast --deb-version 1.0-2 --output $root/root/second.deb"
make_spool
leave 20260310-160348_+15095550163_bakery.wav
boot
bare=$(everything)

said=$(inside dpkg -i /root/first.deb 2>&1) || fail 'dpkg -i' "$said"
grep -q 'systemctl enable --now dime' <<<"$said" || fail 'the package says what to do next' "$said"
ok 'the package is installed and says what to do next'
check 'its user is there' inside id dime
check 'every file is as the package has it' inside dpkg --verify dime
check 'its units are sound' verify dime.service dime-digest.service dime-digest.timer
exposure dime.service 10
exposure dime-digest.service 20
same 'the service is neither enabled nor started unasked' 'disabled inactive' \
    "$(value UnitFileState) $(value ActiveState)"

said=$(inside dime doctor) && fail 'dime doctor finds that there is no folder yet' "$said"
same 'dime doctor finds that there is no folder yet, and nothing else wrong' 'WRONG  watch    no folder to watch' \
    "$(grep '^WRONG' <<<"$said")"
printf '\n[[watch]]\npath = "/srv/voicemail"\n' >>"$root/etc/dime/dime.toml"
check 'dime doctor finds nothing wrong once there is' as_dime doctor

dropin=$root/etc/systemd/system/dime.service.d
install -d "$dropin"
printf '[Service]\nSupplementaryGroups=voicemail\nReadOnlyPaths=/srv/voicemail\n' >"$dropin/override.conf"
inside systemctl daemon-reload
check 'the service starts and says that it is ready' inside systemctl --quiet enable --now dime.service
within 60 'it files the voicemail that its group may read' filed '15095550163  *lead'
leave 20260310-091244_+15095550196_linkedin-bait.wav
within 60 'it files the one that arrives' filed '15095550196  *spam'
main=$(value MainPID)
of_main() { inside nsenter --target "$main" "$@"; }
[ "$(inside readlink "/proc/$main/ns/net")" != "$(inside readlink /proc/1/ns/net)" ] ||
    fail 'it has a network of its own'
same 'it has a network of its own, with nothing in it but a loopback' lo \
    "$(of_main --net cat /proc/net/dev | sed -n 's/^ *\([^ ]*\):.*/\1/p')"
same 'it has no capability' 0000000000000000 "$(inside sed -n 's/^CapEff:[[:space:]]*//p' "/proc/$main/status")"
check 'it can write to its state folder' of_main --mount touch /var/lib/dime/x
# said FIELD=VALUE…: the service has said so in the journal, with these fields.
said() { [ -n "$(inside journalctl --no-pager --quiet -o cat -u dime "$@")" ]; }
within 10 'the journal has its events with their fields' said CALL=2 LABEL=spam PRIORITY=6 SYSLOG_IDENTIFIER=dime
message=$(inside journalctl --no-pager --quiet -o json -u dime CALL=2 LABEL=spam | grep -o '"MESSAGE":"[^"]*"')
same 'their messages tell the fields too' '"MESSAGE":"filed call=2 label=spam"' "$message"
for place in /srv/voicemail /etc/dime /usr/bin; do
    said=$(of_main --mount touch "$place/x" 2>&1) && fail "it cannot write to $place"
    grep -q 'Read-only' <<<"$said" || fail "it cannot write to $place" "$said"
done
ok 'it cannot write to the spool, to its configuration or to the system'
check 'the timer starts' inside systemctl start dime-digest.timer

# Reload
printf '[Service]\nRuntimeDirectory=dime\nRuntimeDirectoryMode=0755\n' >"$dropin/numbers.conf"
printf '[Service]\nWatchdogSec=4\nRestartSec=1\n' >"$dropin/impatient.conf"
inside systemctl daemon-reload
check 'it starts again' inside systemctl restart dime.service
main=$(value MainPID)
cp "$root/etc/dime/dime.toml" "$root/root/dime.toml"
install -d -m 750 "$spool/more"
inside chgrp voicemail /srv/voicemail/more
sed -i "s|^# metrics_file = .*|metrics_file = \"/run/dime/dime.prom\"|" "$root/etc/dime/dime.toml"
printf 'recursive = false\n\n[[watch]]\npath = "/srv/voicemail/more"\n' >>"$root/etc/dime/dime.toml"
check 'systemctl reload' inside systemctl reload dime.service
within 20 'it says that it has reloaded' said 'MESSAGE=reloaded: configuration and rules are as they are written now'
within 20 'its numbers are written' inside grep -qs '^dime_calls{label="spam"} 1$' /run/dime/dime.prom
same 'everybody may read them' 644 "$(inside stat -c %a /run/dime/dime.prom)"
install -m 640 -g "$(stat -c %g "$spool")" tests/voicemails/20260317-111903_+15095550166_call-me.wav "$spool/more/"
within 60 'it files what arrives in the new folder' filed '15095550166  *review'
ln -s /srv/gone_+15095550107.wav "$spool/20260308-003100_+15095550107_x.wav"
within 20 'a number in a path is masked' said 'PROBLEM=a link to /srv/gone_+1509*****07.wav, which does not exist'
cp "$root/etc/dime/dime.toml" "$root/root/good.toml"
sed -i 's|^name = .*|nmae = "Ann"|' "$root/etc/dime/dime.toml"
line=$(sed -n '/^nmae/=' "$root/etc/dime/dime.toml")
check 'systemctl reload, with a mistake in the configuration' inside systemctl reload dime.service
# refused FILE:LINE: the journal says that there is something wrong there.
refused() { inside journalctl --no-pager --quiet -o cat -p err -u dime | grep -q "not reloaded.*$1"; }
within 20 'it says file and line' refused "/etc/dime/dime.toml:$line:"
same 'it is the same process, and active' "$main active" "$(value MainPID) $(value ActiveState)"
cp "$root/root/good.toml" "$root/etc/dime/dime.toml"

# The watchdog
inside kill -STOP "$main"
# Another process than before, and ready.
again() { [ "$(value MainPID)" != "$main" ] && [ "$(value MainPID)" != 0 ] && [ "$(value ActiveState)" = active ]; }
within 60 'one that hangs is killed by the watchdog and started again' again
grep -q 'watchdog' <<<"$(value Result; inside journalctl --no-pager --quiet -o cat -u dime | grep -i watchdog)" ||
    fail 'it was the watchdog' "$(inside journalctl --no-pager -n 20 -u dime)"
ok 'it was the watchdog'
main=$(value MainPID)
beats=$(value WatchdogTimestampMonotonic)
beaten() { [ "$(value WatchdogTimestampMonotonic)" != "$beats" ]; }
within 10 'the one that is idle feeds it' beaten
same 'the journal holds no number' '' \
    "$(inside journalctl --no-pager --quiet -o json -u dime | grep -oE '509.?555.?01(63|96|66|07)' || true)"
cp "$root/root/dime.toml" "$root/etc/dime/dime.toml"
rm -r "$spool/more" "$dropin/numbers.conf" "$dropin/impatient.conf" "$root/root/"*.toml
inside systemctl daemon-reload
check 'it starts again' inside systemctl restart dime.service
main=$(value MainPID)

edited=$(sha256sum <"$root/etc/dime/dime.toml")
check 'the upgrade' inside dpkg -i /root/second.deb
same 'it is the later version' 1.0-2 "$(inside dpkg-query -W -f '${Version}' dime)"
same 'the edited configuration survived' "$edited" "$(sha256sum <"$root/etc/dime/dime.toml")"
same 'the service runs on, enabled' 'enabled active' "$(value UnitFileState) $(value ActiveState)"
[ "$(value MainPID)" != "$main" ] || fail 'it runs the later version' "still process $main"
main=$(value MainPID)
ok 'it runs the later version'
check 'the calls are still there' filed '15095550163  *lead'

before=$SECONDS
check 'the removal' inside dpkg -r dime
[ $((SECONDS - before)) -lt 15 ] || fail 'the service stops at once' "it took $((SECONDS - before)) s"
check 'configuration and calls survived it' test -s "$root/etc/dime/dime.toml" -a -s "$root/var/lib/dime/dime.db"
same 'the service is gone' 'not-found inactive' "$(value LoadState) $(value ActiveState)"
! inside test -e "/proc/$main" || fail 'its process is gone' "$main"
[ -z "$(find "$root/etc/systemd" -type l -name 'dime*')" ] || fail 'its links are gone'
ok 'its process and links are gone'
check 'the purge' inside dpkg -P dime
rm -r "$dropin"
rm "$spool"/*
leave 20260310-160348_+15095550163_bakery.wav
same 'nothing is left' "$bare" "$(everything)"
! inside getent passwd dime && ! inside getent group dime || fail 'user and group are gone'
ok 'user and group are gone'
