#!/usr/bin/env bash
# Sends digests through Postfix in a scratch Debian: over STARTTLS with a login from the shipped unit, over TLS, and
# through Postfix's sendmail; reads what is delivered; then everything that Postfix may refuse. Needs root, and a Debian
# whose apt knows a mirror. Prints a line a check. The scratch Debian has no network but its own loopback.
set -euo pipefail
cd "$(dirname "$0")/.."
. tests/scratch.sh

make_debian systemd,procps,libstdc++6,postfix,sasl2-bin,libsasl2-modules
check 'make install' make --no-print-directory install DESTDIR="$root" PREFIX=/usr
check 'its user is made' inside systemd-sysusers dime.conf
inside install -d -o dime -g dime -m 700 /var/lib/dime

# Postfix: mail for example.com goes to its Unix users; whoever is to hand in mail must log in, but on port 25.
echo '127.0.0.1 localhost mail.example.com' >"$root/etc/hosts"
inside useradd --create-home pat
check 'certificates' target/smtp/bin/python -m trustme --quiet --dir "$scratch" --identities mail.example.com
install -m 644 "$scratch/client.pem" "$root/etc/dime/ca.pem"
install -m 600 "$scratch/server.pem" "$scratch/server.key" "$root/etc/postfix/"
inside postconf myhostname=mail.example.com mydestination=example.com,localhost inet_interfaces=loopback-only \
    inet_protocols=ipv4 home_mailbox=Maildir/ smtpd_tls_cert_file=/etc/postfix/server.pem \
    smtpd_tls_key_file=/etc/postfix/server.key smtpd_tls_security_level=may smtpd_tls_auth_only=yes mynetworks= \
    smtpd_sasl_local_domain=example.com maillog_file=
private='smtpd -o smtpd_sasl_auth_enable=yes -o smtpd_client_restrictions=permit_sasl_authenticated,reject'
inside postconf -M "submission/inet=submission inet n - n - - $private -o smtpd_tls_security_level=encrypt" \
    "submissions/inet=submissions inet n - n - - $private -o smtpd_tls_wrappermode=yes"
printf 'pwcheck_method: auxprop\nauxprop_plugin: sasldb\nmech_list: PLAIN LOGIN\n' >"$root/etc/postfix/sasl/smtpd.conf"
inside sh -c 'echo "pässword 1" | saslpasswd2 -p -c -u example.com ann; chgrp sasl /etc/sasldb2; adduser -q postfix sasl'
make_spool
boot
within 30 'Postfix runs' inside postfix status
ok "it is Postfix $(inside postconf -h mail_version)"

# configure MORE: dime for pat, by what MORE says.
configure() {
    { cat config/demo.toml; printf '%s\n' '[mail]' 'from = "dime für Marisol <dime@example.com>"' "$1"; } |
        sed 's|^path = .*|path = "/srv/voicemail"|' >"$root/etc/dime/dime.toml"
}
to='to = ["Zoë Ångström <pat@example.com>"]'
server="$to
host = \"mail.example.com\"
retry_seconds = []
timeout_seconds = 20.0
ca_file = \"ca.pem\""
login='user = "ann@example.com"'
# hear SAMPLE: one more voicemail is filed.
hear() {
    local said
    leave "$1"
    said=$(as_dime watch --once 2>&1) || fail "dime files $1" "$said"
}
# say ARGUMENTS…: what the letter will be.
say() { as_dime digest --json "$@" >"$scratch/said.json"; }
# subject: of that letter.
subject() { python3 -c 'import json, sys; print("dime:", json.load(open(sys.argv[1]))["subject"])' "$scratch/said.json"; }
# delivered SUBJECT ID RECEIVED: pat has it; its Message-ID is in $id.
delivered() {
    local said
    within 20 "$1 is in the mailbox" arrived
    said=$(python3 tests/mail/delivered.py "$root/home/pat/Maildir" "$scratch/said.json" "$@") || fail 'it is the letter' "$said"
    id=$(tail -n 1 <<<"$said")
    head -n -1 <<<"$said"
}
arrived() { [ -n "$(ls "$root/home/pat/Maildir/new" 2>/dev/null)" ]; }
# sends: tonight's letter, with the password in the environment.
password='pässword 1'
sends() {
    inside setpriv --reuid=dime --regid=dime --clear-groups \
        env HOME=/ STATE_DIRECTORY=/var/lib/dime "DIME_SMTP_PASSWORD=$password" dime digest --send
}
# refused WHAT WORDS HELP: the letter is not sent, in these words; the doctor knows.
refused() {
    local what=$1 words=$2 help=$3 said
    said=$(sends 2>&1) && fail "$what" "it was sent: $said"
    grep -q "^error: .*$words" <<<"$said" || fail "$what" "$said"
    grep -q "^help: .*$help" <<<"$said" || fail "$what" "$said"
    ok "$what: $(sed -n 's/^error: //p' <<<"$said")"
    said=$(as_dime doctor) && fail 'the doctor knows' "$said"
    grep -q "^WRONG  digest .*$words" <<<"$said" || fail 'the doctor knows' "$said"
    ok '  the doctor knows'
}

# STARTTLS and a login, from the shipped unit, with the password as a systemd credential
configure "$server
$login"
install -d -m 700 "$root/etc/credstore"
(umask 077 && echo 'pässword 1' >"$root/etc/credstore/smtp-password")
hear 20260310-160348_+15095550163_bakery.wav
say
check 'dime-digest.service sends over STARTTLS' inside systemctl start dime-digest.service
delivered "$(subject)" digest-1- 'with ESMTPSA'
same 'it is told once' 'nothing to tell: no letter is sent' "$(sends)"

# TLS from the first byte, with the password in a file: the letter of a day, twice
(umask 077 && echo "$password" >"$root/etc/dime/password")
inside chown dime: /etc/dime/password
configure "$server
$login
security = \"tls\"
password_file = \"password\""
say --date 2026-03-10
first=
for _ in 1 2; do
    check 'the letter of a day is sent over TLS' as_dime digest --date 2026-03-10 --send
    delivered "$(subject) (2026-03-10)" digest-day-2026-03-10- 'with ESMTPSA'
    [ -z "$first" ] || same '  the same Message-ID' "$first" "$id"
    first=$id
done
same 'a day without calls' 'nothing to tell: no letter is sent' "$(as_dime digest --date 2026-03-09 --send)"

# Postfix on this machine, as a server and by its sendmail
hear 20260317-142016_+14255550149_regarding-your-business.flac
say
local="$to
host = \"localhost\"
security = \"none\""
configure "$local"
check 'dime-digest.service sends by port 25 of this machine' inside systemctl start dime-digest.service
delivered "$(subject)" digest-2- 'with ESMTP '
hear 20260316-133950_+15095550134_seo-colleague.mp3
say
configure "$to
carrier = \"sendmail\"
retry_seconds = []"
inside systemctl start dime-digest.service 2>/dev/null && fail "the unit is too closed for Postfix's sendmail"
said=$(as_dime doctor) && fail 'the doctor knows' "$said"
said=$(sed -n 's/^WRONG  digest .* tries: //p' <<<"$said")
grep -q '/usr/sbin/sendmail did not take the letter (exit status: 75, ' <<<"$said" ||
    fail "the unit is too closed for Postfix's sendmail" "$said"
ok "the unit is too closed for Postfix's sendmail: $said"
same 'the unit will try again' auto-restart "$(inside systemctl show --property=SubState --value dime-digest.service)"
inside systemctl stop dime-digest.service
check 'the letter is sent by sendmail' as_dime digest --send
delivered "$(subject)" digest-3- 'from userid'

# What Postfix refuses, in its own words
hear 20260311-093310_+15095550118_linkedin-lead.m4a
say
configure "${server/pat@/stranger@}
$login"
refused 'no such recipient' '550 5.1.1 <stranger@example.com>: Recipient address rejected: User unknown' mail.to
configure "${server/pat@example.com/pat@example.net}
port = 25"
refused 'another domain, as Debian sets Postfix up' '454 4.7.1 <pat@example.net>: Relay access denied' later
inside postconf smtpd_relay_restrictions=permit_sasl_authenticated,reject_unauth_destination
check 'Postfix reads its configuration again' inside postfix reload
refused 'another domain' '554 5.7.1 <pat@example.net>: Relay access denied' mail.to
configure "$server"
refused 'no login' '554 5.7.1 .*Client host rejected: Access denied' mail.to
configure "$server
$login"
password=wrong refused 'a wrong password' 'refused user or password: 535 5.7.8 ' password
configure "${server/ca_file*/}
$login"
refused 'a certificate of nobody known' 'the certificate of mail.example.com:587 is not trusted' ca_file
configure "${server/mail.example.com/localhost}
$login"
refused 'a certificate for another name' 'the certificate of localhost:587 is not trusted' mail.host
configure "$local
port = 587
retry_seconds = []"
refused 'no encryption where it must be' '530 5.7.0 Must issue a STARTTLS command first' mail.from
configure "$server
$login
security = \"tls\"
port = 587"
refused 'TLS where STARTTLS is spoken' 'no encrypted connection with mail.example.com:587' 'mail.security'
configure "${server/20.0/3.0}
$login
port = 465"
refused 'STARTTLS where TLS is spoken' 'mail.example.com:465 did not take the letter within 3 s' timeout_seconds

# Postfix away, and back while dime waits
check 'Postfix stops' inside systemctl stop postfix
configure "$server
$login"
refused 'nobody there' 'cannot reach mail.example.com:587: Connection refused' network
configure "${server/\[\]/[1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]}
$login"
sends >"$scratch/sent" 2>&1 &
sending=$!
sleep 2
check 'Postfix starts' inside systemctl start postfix
wait "$sending" || fail 'the letter is tried again' "$(cat "$scratch/sent")"
grep -q 'Connection refused' "$scratch/sent" || fail 'the letter is tried again' "$(cat "$scratch/sent")"
ok 'the letter is tried again and taken'
delivered "$(subject)" digest-4- 'with ESMTPSA'
check 'the doctor finds nothing wrong' as_dime doctor
