# shellcheck shell=bash
# Sourced by the tests that need a Debian of their own: how a check is told, and a scratch Debian that is gone with
# its processes when the test ends, however it ends. Needs root, and a Debian whose apt knows a mirror.

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
# within SECONDS WHAT COMMAND…: the command succeeds before the time is over.
within() {
    local end=$((SECONDS + $1)) what=$2
    shift 2
    until "$@"; do
        [ "$SECONDS" -lt "$end" ] ||
            fail "$what" "$(tail -n 20 "$scratch/boot.log"; inside journalctl --no-pager -n 20 2>&1)"
        sleep 0.5
    done
    ok "$what"
}

[ "$(id -u)" = 0 ] || fail 'run as root' "help: sudo $0"
command -v apt-get >/dev/null || fail 'a Debian with apt-get'
for tool in debootstrap:debootstrap systemd-nspawn:systemd-container; do
    command -v "${tool%:*}" >/dev/null ||
        { apt-get update && apt-get install -y --no-install-recommends "${tool#*:}"; } >/dev/null 2>&1 ||
        fail "${tool%:*} is missing and apt-get cannot install it"
done

scratch=$(mktemp -d -p "${TMPDIR:-/var/tmp}")
root=$scratch/root
machine=
finish() {
    if [ -n "$machine" ]; then
        kill "$machine" 2>/dev/null || true
        wait "$machine" || true
    fi
    rm -rf --one-file-system "$scratch"
}
trap finish EXIT

# make_debian PACKAGE,…: the scratch Debian with these packages. The mirror and the release are the machine's own.
make_debian() {
    local mirror
    . /etc/os-release
    mirror=$(apt-get indextargets --format '$(CODENAME) $(LABEL) $(REPO_URI)' \
        'Identifier: Packages' 'Component: main' | sed -n "s/^$VERSION_CODENAME Debian //p" | head -n 1)
    [ -n "$mirror" ] || fail 'apt knows a mirror of this Debian' 'see /etc/apt/sources.list*'
    check "a scratch Debian ($VERSION_CODENAME)" \
        debootstrap --variant=minbase --include="$1" "$VERSION_CODENAME" "$root" "$mirror"
}
# A command in the scratch Debian: as long as it is not booted, with processes and mounts that end with it.
leader=
inside() {
    local enter=(unshare --mount --pid --fork --mount-proc --root="$root" --wd=/)
    [ -z "$leader" ] || enter=(nsenter --target "$leader" --all --wd)
    "${enter[@]}" -- env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive \
        LC_ALL=C.UTF-8 "$@"
}
# Starts the scratch Debian with its own systemd, and a network with nothing in it but a loopback.
boot() {
    systemd-nspawn --register=no --keep-unit --private-network --machine=dime-test \
        --directory="$root" --boot </dev/null >"$scratch/boot.log" 2>&1 &
    machine=$!
    within 60 'the scratch Debian boots' up
}
# Its first process is the container's child; before that, others are for a moment.
up() {
    local state
    leader=$(cut -d ' ' -f 1 "/proc/$machine/task/$machine/children" 2>/dev/null) || true
    [ -n "$leader" ] || return
    state=$(inside systemctl is-system-running 2>/dev/null) || true
    [ "$state" = running ] || [ "$state" = degraded ]
}
# As the service's user, with the group of the spool.
as_dime() {
    inside setpriv --reuid=dime --regid=dime --groups=voicemail \
        env HOME=/ STATE_DIRECTORY=/var/lib/dime dime "$@"
}
# make_spool: /srv/voicemail, for its group to read.
make_spool() {
    spool=$root/srv/voicemail
    inside groupadd voicemail
    install -d -m 750 "$spool"
    inside chgrp voicemail /srv/voicemail
}
# leave SAMPLE: a voicemail in the spool.
leave() {
    install -m 640 -g "$(stat -c %g "$spool")" "tests/voicemails/$1" "$spool/"
}
