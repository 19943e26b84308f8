#!/bin/sh
# Five organisations, each with another kind of evidence, made by the real tool of its kind: they
# enrol, are admitted, sign a letter, and anybody counts it. Then one forged piece of each kind, and
# why it is refused.
#
# Usage: tests/shown/membership.sh BUILD
# Needs ssh-keygen, gpg, openssl, softhsm2-util, pkcs11-tool and the engine pkcs11.
set -eu
PATH=$(cd "$1" && pwd):$PATH
place=$(mktemp -d)
cleanup() {
	gpgconf --homedir "$place/home" --kill all 2>/dev/null || :
	rm -rf "$place"
}
trap cleanup EXIT
cd "$place"
failed=0

quietly() {
	"$@" >log 2>&1 || {
		echo "FAILED: $*"
		cat log
		exit 1
	}
}

heading() {
	printf '\n== %s\n' "$*"
}

# A roster of one organisation.
roster() {
	quietly undersign roster new "$1" --name "$2" --organisation "$2" --source "$3" \
		--steward "L. Marsh" --key steward.key --columns 2 --from 2031-04-01
}

enrol() {
	quietly undersign enrol --roster "$1" --no-passphrase -o "$1-$2.credential" \
		--request "$1-$2.request"
}

admit() {
	list=$1
	shift
	undersign roster admit "$list" --key steward.key --date 2031-04-01 --keep "private-$list" \
		"$@" >admitted 2>log || {
		cat log
		exit 1
	}
	grep -E '^[a-z]+-[0-9]\.request:' log || :
}

signed_list() {
	quietly undersign roster snapshot "$1" --key steward.key --date 2031-04-01
	undersign roster audit "$1" 2>log | grep -E '^(entries|  by)' | tr '\n' ' '
	echo
}

# What must be refused, and why it is.
forged() {
	heading "Forged: $1"
	shift
	if undersign roster admit "$@" --key steward.key --date 2031-04-01 >admitted 2>log; then
		echo "FAILED: it was admitted"
		failed=1
	else
		sed -n '/^  where/,/^  do/p' log | sed '/^  do/,$d'
	fi
}

quietly undersign key new steward.example/all -o steward.key
gpg="gpg --homedir home --batch --quiet --passphrase= --pinentry-mode loopback"
export SOFTHSM2_CONF="$place/softhsm.conf" PKCS11_MODULE_PATH=/usr/lib/softhsm/libsofthsm2.so

heading "Rivers: SSH keys that cannot make proofs (Ed25519, RSA, ECDSA), on a list of signers"
roster rivers "Rivers Office" "allowed_signers of the office"
for n in 1 2 3 4; do
	case $n in
	1 | 2) kind="-t ed25519" ;;
	3) kind="-t rsa -b 3072" ;;
	4) kind="-t ecdsa -b 384" ;;
	esac
	quietly ssh-keygen -q $kind -N "" -C "" -f "ssh-$n"
	echo "member$n@rivers.example $(cat "ssh-$n.pub")" >>signers
	enrol rivers $n
	quietly ssh-keygen -q -Y sign -n undersigned-enrolment -f "ssh-$n" "rivers-$n.request"
done
admit rivers --against signers rivers-*.request
signed_list rivers

heading "Lakes: OpenPGP keys, in a keyring"
roster lakes "Lakes Office" "keyring of the office"
mkdir -m 700 home
for n in 1 2 3 4; do
	kind=ed25519
	[ $n -lt 3 ] || kind=rsa3072
	quietly $gpg --quick-generate-key "Member $n <member$n@lakes.example>" $kind sign never
	enrol lakes $n
	quietly $gpg -u "<member$n@lakes.example>" --armor --detach-sign "lakes-$n.request"
done
quietly $gpg --export -o keyring.gpg
admit lakes --against keyring.gpg lakes-*.request
signed_list lakes

heading "Springs: staff cards (SoftHSM through PKCS #11), a chain of certificates, a revocation list"
roster springs "Springs Office" "holders of staff cards"
cat >config <<'END'
[req]
distinguished_name=dn
[dn]
[root]
basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign
subjectKeyIdentifier=hash
[card]
keyUsage=critical,digitalSignature,nonRepudiation
extendedKeyUsage=emailProtection
certificatePolicies=2.16.840.1.101.3.2.1.3.7
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
[lists]
database=index
crlnumber=crlnumber
default_md=sha256
END
root() {
	quietly openssl req -x509 -config config -newkey rsa:2048 -nodes -keyout "$1.key" -days 3650 \
		-subj "/O=Waterways Authority/CN=Staff Cards" -extensions root -out "$1.pem"
}
root cards
mkdir tokens
echo "directories.tokendir = $place/tokens" >softhsm.conf
quietly softhsm2-util --init-token --free --label card --pin 1234 --so-pin 5678
card() {
	name=$1 authority=$2
	key="pkcs11:token=card;id=%0$3;type=private;pin-value=1234"
	quietly openssl req -new -config config -engine pkcs11 -keyform engine -key "$key" \
		-subj "/O=Waterways Authority/OU=Springs Office/CN=Member $name" -out card.csr
	quietly openssl x509 -req -in card.csr -CA "$authority.pem" -CAkey "$authority.key" -days 3000 \
		-extfile config -extensions card -out "card-$name.pem"
	quietly openssl cms -sign -binary -engine pkcs11 -keyform engine -inkey "$key" \
		-signer "card-$name.pem" -in "$4" -outform DER -out "$5"
}
for n in 1 2 3 4; do
	quietly pkcs11-tool --module $PKCS11_MODULE_PATH --token-label card --login --pin 1234 \
		--keypairgen --key-type rsa:2048 --id 0$n
	enrol springs $n
	card $n cards $n springs-$n.request springs-$n.request.p7s
done
: >index
echo 01 >crlnumber
quietly openssl ca -config config -name lists -cert cards.pem -keyfile cards.key -gencrl \
	-crldays 3000 -out cards.crl
admit springs --against cards.pem --against cards.crl \
	--organisation "Waterways Authority, Springs Office" springs-*.request
signed_list springs

heading "Tides: no key; the word of two of three stewards"
roster tides "Tides Office" "staff list of the council"
words=
for n in 1 2 3; do
	undersign key new "council.example/$n" -o "council-$n.key" >vkey 2>log
	words="$words --steward $(cat vkey)"
done
quietly undersign roster rules tides --key steward.key --words 2 $words
for n in 1 2 3 4; do
	enrol tides $n
	for c in 1 2; do
		quietly undersign roster word tides-$n.request --key council-$c.key \
			-o tides-$n.request.stewards --person "Staff $n"
	done
done
admit tides tides-*.request
signed_list tides

heading "Harbours: no key; two founders whom the steward knows, then colleagues who vouch"
roster harbours "Harbours Office" "colleagues who know one another"
quietly undersign roster rules harbours --key steward.key --vouchers 2 --vouches 2
for n in 1 2 3 4; do enrol harbours $n; done
quietly undersign roster admit harbours --key steward.key --date 2031-04-01 harbours-1.request \
	harbours-2.request
for n in 3 4; do
	for v in 1 2; do
		quietly undersign vouch harbours-$n.request --credential harbours-$v.credential \
			-o vouch-$v-$n
	done
	admit harbours --evidence vouch-1-$n --evidence vouch-2-$n harbours-$n.request
done
signed_list harbours

heading "A letter: one member of each signs, in the ring of all"
undersign key new desk.example/letters -o log.key >log.vkey 2>log
quietly undersign key new organiser.example -o organiser.key
printf 'log %s\nquorum none\n' "$(cat log.vkey)" >policy
printf '# A letter\n\nPublish what we measure.\n' >letter.md
quietly undersign publish desk --key log.key --new --begins 2031-04-03
undersign letter new letter --key organiser.key --desk desk --title "en:Publish what we measure" \
	--text en:letter.md --opens 1 --closes 9 --ring-min 16 --hold-min 3 --roster rivers \
	--roster lakes --roster springs --roster tides --roster harbours >id 2>log
quietly undersign letter open letter --key organiser.key
quietly undersign publish desk --key log.key --letter letter --date 2031-04-03 --bundle bundle
for list in rivers lakes springs tides harbours; do
	quietly undersign sign bundle --credential $list-4.credential --yes -o note-$list
done
quietly undersign publish desk --key log.key --date 2031-04-04 --bundle bundle note-*
undersign verify --policy policy --letter "$(cat id)" bundle 2>log
undersign verify --json --policy policy --letter "$(cat id)" bundle >json 2>log
grep -q '"total":5' json || {
	echo "FAILED: not five signatures"
	failed=1
}

# A stranger, X, tries to enter each of them.
for list in rivers lakes springs tides harbours; do enrol $list 9; done
quietly ssh-keygen -q -t ed25519 -N "" -C member1@rivers.example -f stranger
quietly ssh-keygen -q -Y sign -n undersigned-enrolment -f stranger rivers-9.request
forged "an SSH key that is on no list" rivers --keep private-rivers --against signers \
	rivers-9.request
forged "the SSH signature of a member, for the stranger's request" rivers --keep private-rivers \
	--against signers --evidence rivers-1.request.sig rivers-9.request
mkdir -m 700 other
quietly gpg --homedir other --batch --quiet --passphrase= --pinentry-mode loopback \
	--quick-generate-key "Member 1 <member1@lakes.example>" ed25519 sign never
quietly gpg --homedir other --batch --quiet --detach-sign lakes-9.request
gpgconf --homedir other --kill all
forged "an OpenPGP key with a member's name" lakes --keep private-lakes --against keyring.gpg \
	lakes-9.request
root false-cards
card 9 false-cards 1 springs-9.request springs-9.request.p7s
forged "a card of an authority of the same name" springs --keep private-springs \
	--against cards.pem springs-9.request
quietly openssl cms -sign -binary -engine pkcs11 -keyform engine -signer card-2.pem \
	-inkey "pkcs11:token=card;id=%02;type=private;pin-value=1234" -in springs-9.request \
	-outform DER -out lost
quietly openssl ca -config config -name lists -cert cards.pem -keyfile cards.key -revoke card-2.pem
quietly openssl ca -config config -name lists -cert cards.pem -keyfile cards.key -gencrl \
	-crldays 3000 -out cards.crl
forged "a card that was reported lost" springs --keep private-springs --against cards.pem \
	--against cards.crl --evidence lost springs-9.request
card 2 cards 2 springs-9.request springs-9.request.p7s.2
forged "a member's own card, a second time" springs --keep private-springs --against cards.pem \
	--evidence springs-9.request.p7s.2 springs-9.request
quietly undersign key new council.example/1 -o false-council.key
quietly undersign roster word tides-9.request --key council-1.key -o tides-9.request.stewards
quietly undersign roster word tides-9.request --key false-council.key -o tides-9.request.stewards
forged "the word of one steward, and of a stranger under another's name" tides \
	--keep private-tides tides-9.request
quietly undersign vouch harbours-9.request --credential harbours-9.credential -o own
quietly undersign vouch harbours-9.request --credential harbours-3.credential -o one
forged "one member who vouches, and the stranger himself" harbours --keep private-harbours \
	--evidence one --evidence own harbours-9.request
quietly undersign vouch harbours-9.request --credential harbours-1.credential -o tired
forged "a member who has vouched as often as he may" harbours --keep private-harbours \
	--evidence one --evidence tired harbours-9.request

echo
[ $failed = 0 ] && echo "Five kinds of evidence, 5 signatures, 9 forgeries refused."
exit $failed
