#!/usr/bin/env bash
# Tries what an administrator installs, in a scratch Debian: the units, `make install`, and the package from its
# installation to its purge. Needs root, and a Debian whose apt knows a mirror. Prints a line a check.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
    printf 'FAILED  %s\n' "$1" >&2
    [ -z "${2-}" ] || printf '%s\n' "$2" | sed 's/^/        /' >&2
    exit 1
}
ok() { printf 'ok      %s\n' "$1"; }
# check WHAT COMMAND…: the command must succeed; what it printed is told where it does not.
check() {
    local what=$1 said
    shift
    said=$("$@" 2>&1) || fail "$what" "$* (exit $?): $said"
    ok "$what"
}
# same WHAT EXPECTED FOUND: the two texts must be equal.
same() {
    local difference
    difference=$(diff <(printf '%s\n' "$2") <(printf '%s\n' "$3")) || fail "$1" "$difference"
    ok "$1"
}

[ "$(id -u)" = 0 ] || fail 'run as root' 'help: sudo make package-test'
command -v apt-get >/dev/null || fail 'a Debian with apt-get'
if ! command -v debootstrap >/dev/null; then
    { apt-get update && apt-get install -y --no-install-recommends debootstrap; } >/dev/null 2>&1 ||
        fail 'debootstrap is missing and apt-get cannot install it'
fi

scratch=$(mktemp -d)
trap 'rm -rf --one-file-system "$scratch"' EXIT
root=$scratch/root

# A command in the scratch Debian, with processes and mounts of its own, which end with it.
inside() {
    unshare --mount --pid --fork --mount-proc --root="$root" --wd=/ -- \
        env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 "$@"
}
# As the service's user, with the group of the spool.
as_dime() {
    inside setpriv --reuid=dime --regid=dime --groups=voicemail env HOME=/ STATE_DIRECTORY=/var/lib/dime dime "$@"
}
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

# The mirror and the release are the machine's own.
. /etc/os-release
mirror=$(apt-get indextargets --format '$(CODENAME) $(LABEL) $(REPO_URI)' 'Identifier: Packages' 'Component: main' |
    sed -n "s/^$VERSION_CODENAME Debian //p" | head -n 1)
[ -n "$mirror" ] || fail 'apt knows a mirror of this Debian' 'see /etc/apt/sources.list*'
check "a scratch Debian ($VERSION_CODENAME)" \
    debootstrap --variant=minbase --include=systemd,libstdc++6 "$VERSION_CODENAME" "$root" "$mirror"
bare=$(everything)

# make install
dest=$scratch/dest
check 'make install' make --no-print-directory install DESTDIR="$dest"
expected='./etc/dime/dime.toml
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
same 'make install puts every file in its place' "$expected" "$(cd "$dest" && find . -type f | LC_ALL=C sort)"
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
# The folders that it made are no part of what the package is asked about.
find "$root/usr/local" -mindepth 1 -depth -type d -newer "$dest/usr/local/share/man/man1/dime.1" -empty -delete
bare=$(everything)

# The package
check 'make deb' make --no-print-directory deb DEBFLAGS="--fast --deb-version 1.0-1 --output $scratch/first.deb"
check 'make deb, a later version' make --no-print-directory deb \
    DEBFLAGS="--fast --deb-version 1.0-2 --output $scratch/second.deb"
mv "$scratch"/*.deb "$root/tmp/"
said=$(inside dpkg -i /tmp/first.deb 2>&1) || fail 'dpkg -i' "$said"
grep -q 'systemctl enable --now dime' <<<"$said" || fail 'the package says what to do next' "$said"
ok 'the package is installed and says what to do next'
check 'its user is there' inside id dime
check 'dpkg knows every file, unchanged' inside dpkg --verify dime
check 'its units are sound' verify dime.service dime-digest.service dime-digest.timer
exposure dime.service 10
exposure dime-digest.service 20
[ -z "$(find "$root/etc/systemd" -name 'dime*')" ] || fail 'the service is not enabled unasked'
ok 'the service is not enabled unasked'

said=$(inside dime doctor) && fail 'dime doctor finds that there is no folder yet' "$said"
same 'dime doctor finds that there is no folder yet, and nothing else wrong' 'WRONG  watch    no folder to watch' \
    "$(grep '^WRONG' <<<"$said")"
inside groupadd voicemail
install -d "$root/srv" && install -d -m 750 "$root/srv/voicemail"
cp tests/voicemails/20260310-160348_+15095550163_bakery.wav "$root/srv/voicemail/"
chmod 640 "$root"/srv/voicemail/*
inside chgrp -R voicemail /srv/voicemail
inside install -d -o dime -g dime -m 700 /var/lib/dime
printf '\n[[watch]]\npath = "/srv/voicemail"\n' >>"$root/etc/dime/dime.toml"
check 'dime doctor finds nothing wrong once there is' as_dime doctor
said=$(as_dime watch --once 2>&1) || fail 'a voicemail is filed' "$said"
grep -q '^lead .*bakery' <<<"$said" || fail 'a voicemail is filed' "$said"
ok 'a voicemail of a group'\''s folder is filed'
check 'the service can be enabled' inside systemctl enable dime.service

edited=$(sha256sum <"$root/etc/dime/dime.toml")
check 'the upgrade' inside dpkg -i /tmp/second.deb
same 'it is the later version' 1.0-2 "$(inside dpkg-query -W -f '${Version}' dime)"
same 'the edited configuration survived' "$edited" "$(sha256sum <"$root/etc/dime/dime.toml")"
check 'the service is still enabled' inside systemctl is-enabled dime.service
check 'the calls are still there' as_dime history
check 'the removal' inside dpkg -r dime
check 'configuration and calls survived it' test -s "$root/etc/dime/dime.toml" -a -s "$root/var/lib/dime/dime.db"
[ -z "$(find "$root/etc/systemd" -name 'dime*')" ] || fail 'the service is no longer enabled'
ok 'the service is no longer enabled'
check 'the purge' inside dpkg -P dime
rm -r "$root/srv/voicemail"
same 'nothing is left' "$bare" "$(everything)"
! inside getent passwd dime && ! inside getent group dime || fail 'user and group are gone'
ok 'user and group are gone'
