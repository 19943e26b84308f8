#!/bin/sh
# The story of one invented letter, from its opening to the last reply, through the command line: who takes
# part, eight institutions' stances over six weeks, a cited poll, two replies of which one is revised, four
# demands with a mediator's moves, endorsements, a correction; signatures of three organisations beside it, and a
# sealed poll of their members. All
# of it is then verified, and what must come of it is looked for in the tally and on the page.
#
# Usage: tests/shown/record.sh BUILD OUT [PICTURES]
# Leaves in OUT: bundle, poll-bundle, letter, letter.copies, desk, policy, letter-id. PICTURES: a folder that pictures of the
# page are put into, after Chromium and axe-core have looked at it at three widths, light and dark.
set -eu
tests=$(cd "$(dirname "$0")" && pwd)
here=$(cd "$tests/../../examples/record" && pwd)
build=$(cd "${1:?usage: record.sh BUILD OUT [PICTURES]}" && pwd)
out=${2:?usage: record.sh BUILD OUT [PICTURES]}
pictures=${3:+$(mkdir -p "$3" && cd "$3" && pwd)}
undersign=$build/undersign
maker=$build/examples/demo/demo-members

rm -rf "$out"
mkdir -p "$out/keys" "$out/members" "$out/sources"
out=$(cd "$out" && pwd)
cd "$out"

quietly() {
	"$@" >log 2>&1 || {
		echo "FAILED: $*" >&2
		cat log >&2
		exit 1
	}
}

new_key() {
	"$undersign" key new "$2" -o "keys/$1" 2>log >"keys/$1.vkey"
}

# FOLDER CLASS MEMBERS SIGNERS NAME
roster() {
	folder=$1 class=$2 n=$3 signers=$4 name=$5
	set -- --name "$name" --organisation "$name" --source "the staff list of 1 March 2031" \
		--steward "L. Marsh" --key keys/steward --class "$class"
	mkdir -p "members/$folder"
	if [ "$class" = enrolled ]; then
		quietly "$undersign" roster new "$folder" "$@" --columns 2 --from 2031-01-01
		for i in $(seq "$signers"); do
			quietly "$undersign" enrol --roster "$folder" --no-passphrase \
				-o "members/$folder/$i.credential" --request "members/$folder/$i.request"
		done
		"$maker" enrolled $((n - signers)) "members/$folder" 2 "$name"
		quietly "$undersign" roster admit "$folder" --key keys/steward --date 2031-03-15 \
			"members/$folder"/*.request
	else
		quietly "$undersign" roster new "$folder" "$@"
		for i in $(seq "$signers"); do
			quietly ssh-keygen -q -t ed25519 -N '' -C "$i" -f "members/$folder/$i"
			cat "members/$folder/$i.pub"
		done >keys.pub
		"$maker" raw-key $((n - signers)) >>keys.pub
		quietly "$undersign" roster import "$folder" --key keys/steward --from authorized_keys keys.pub
	fi
	quietly "$undersign" roster snapshot "$folder" --key keys/steward --date 2031-03-15
}

# What happens on a day; `publish` ends it.
today=
on() {
	today=$1
}

# KIND KEY OPTION...: a record that the organiser keeps; its path is $record.
record() {
	kind=$1 key=$2
	shift 2
	"$undersign" record add "$kind" letter --key "keys/$key" --date "$today" "$@" >record 2>log || {
		echo "FAILED: $today $kind $*" >&2
		cat log >&2
		exit 1
	}
	record=$(cat record)
}

# KIND KEY OPTION...: one that somebody else makes, from the bundle alone, and hands in.
handed_in() {
	kind=$1 key=$2
	shift 2
	record=letter/story/$key-$today.note
	quietly "$undersign" record add "$kind" bundle --key "keys/$key" --date "$today" -o "$record" "$@"
}

# A page that somebody published, and the options that cite it.
source_of() {
	printf '<!doctype html><title>%s, %s</title><p>%s</p>\n' "$1" "$today" "$2" >"sources/$today-$3.html"
	url=https://$3.example/news/$today
	copy=sources/$today-$3.html
}

# INSTITUTION HOST GRADE QUOTE
stance() {
	source_of "$1" "$4" "$2"
	record stance organiser --actor "$1" --grade "$3" --quote "$4" --source "$url" --copy "$copy" --copied "$today"
}

letters="--letter letter"
publish() {
	# shellcheck disable=SC2086
	quietly "$undersign" publish desk --key keys/log $letters --date "$today" --only "$(cat letter-id)" \
		--bundle bundle --yes "$@"
}

# The poll of the members, which is a letter of its own in the same log, as its bundle stands now.
publish_poll() {
	quietly "$undersign" publish desk --key keys/log --export --only "$(cat poll-id)" --bundle poll-bundle
}

# CHOICE FOLDER FROM TO: members answer, sealed.
answer() {
	for i in $(seq "$3" "$4"); do
		secret="--credential members/$2/$i.credential"
		[ -e "members/$2/$i.credential" ] || secret="--ssh-key members/$2/$i"
		# shellcheck disable=SC2086
		quietly "$undersign" answer poll-bundle --yes $secret -o "members/$2-$i.answer" --choices-fd 9 9<<-END
			$1
		END
		statements="$statements members/$2-$i.answer"
	done
}

# FOLDER FROM TO: members sign, each for himself; their files are $statements.
sign() {
	for i in $(seq "$2" "$3"); do
		secret="--credential members/$1/$i.credential"
		[ -e "members/$1/$i.credential" ] || secret="--ssh-key members/$1/$i"
		# shellcheck disable=SC2086
		quietly "$undersign" sign bundle --yes $secret -o "members/$1-$i.statement"
		statements="$statements members/$1-$i.statement"
	done
}

echo "keys, three rosters" >&2
new_key log desk.example/letters
new_key organiser organiser.example/water
new_key steward steward.example/all
new_key ministry ministry.example/records
new_key mediator ombudsperson.example/records
new_key varnhem varnhem.example
new_key eredal eredal.example
new_key chemists chemists.example
new_key farrow farrow.example
roster hydrology enrolled 40 12 "Institute for Hydrology, Cadwen"
roster springs enrolled 36 9 "Spring Survey, Aldenmoor"
roster harbour raw-key 34 7 "Harbour Laboratory, Ebbing"

echo "the letter, who takes part, the scale, the demands" >&2
printf 'log %s\nquorum none\n' "$(cat keys/log.vkey)" >policy
cp "$here/letter.en.md" .
quietly "$undersign" publish desk --key keys/log --new --begins 2031-03-20
"$undersign" letter new letter --key keys/organiser --desk desk --title "en:Publish what we measure" \
	--text en:letter.en.md --to "the Ministry of Waters and Works" --opens 2031-04-03 --closes 2031-06-11 \
	--roster hydrology --roster springs --roster harbour >letter-id 2>log
quietly "$undersign" letter open letter --key keys/organiser
on 2031-03-20
record actor organiser --role addressed --name "Ministry of Waters and Works" --vkey "$(cat keys/ministry.vkey)"
record actor organiser --role mediator --name "Ombudsperson for Public Records" --vkey "$(cat keys/mediator.vkey)"
record actor organiser --role person --name "Prof. Ilse Varnhem" --about "hydrologist" --vkey "$(cat keys/varnhem.vkey)"
record actor organiser --role person --name "Tomas Eredal" --about "former head of the Reservoir Safety Institute" \
	--vkey "$(cat keys/eredal.vkey)"
record actor organiser --role institution --name "Society of Water Chemists" --vkey "$(cat keys/chemists.vkey)"
record actor organiser --role institution --name "Farrow District Council" --vkey "$(cat keys/farrow.vkey)"
record scale organiser --grade "in words" --grade "publishes some" --grade "publishes all"
record demand organiser --number 1 --text "Publish within 24 hours"
record demand organiser --number 2 --text "Station, method and limit"
record demand organiser --number 3 --text "Measurements since 2020"
record demand organiser --number 4 --text "Staff may answer questions"
source_of "Halm Institute" "Report on 1,329 interviews: 41, 25, 14, 8, 12" halm
record citation organiser --claim "Two thirds of the public want them published." \
	--source "$url" --copy "$copy" --copied "$today" \
	--asked-by "Halm Institute for Civic Surveys" --paid-by "Clear Records Foundation" \
	--question "Should measurements of drinking water by public institutes be published as soon as they are ready?" \
	--answer "410 yes, certainly" --answer "250 rather yes" --answer "140 rather no" --answer "80 no" \
	--answer "120 do not know" --merged 1,2 --asked 1329 \
	--population "registered water customers aged 18 and over" --called "the public" --sampling random \
	--mode "by telephone and online" --from 2030-10-06 --until 2030-10-19 --weighting "age, sex and valley"
publish

echo "a poll of the members, sealed for five trustees of whom three open it" >&2
numbers="1 2 3 4 5"
for j in $numbers; do
	new_key "trustee-$j" "trustee.example/$j"
	quietly "$undersign" poll key "keys/secret-$j" --no-passphrase -k "keys/trustee-$j" -o "trustee-key-$j"
done
quietly "$undersign" poll roll -t 3 -o roll trustee-key-1 trustee-key-2 trustee-key-3 trustee-key-4 trustee-key-5
for j in $numbers; do
	quietly "$undersign" poll deal roll --secret "keys/secret-$j" -k "keys/trustee-$j" -o "deal-$j"
done
for j in $numbers; do
	quietly "$undersign" poll accept roll deal-1 deal-2 deal-3 deal-4 deal-5 --secret "keys/secret-$j" \
		-k "keys/trustee-$j" -o "accept-$j"
done
quietly "$undersign" poll trustees roll deal-1 deal-2 deal-3 deal-4 deal-5 \
	accept-1 accept-2 accept-3 accept-4 accept-5 -k keys/organiser -o trustees
"$undersign" letter new poll --key keys/organiser --desk desk --title "en:A poll of the members" \
	--text "en:$here/poll.en.md" --trustees trustees --poll "$here/questions" --opens 2031-04-12 \
	--closes 2031-04-22 --roster hydrology --roster springs --roster harbour >poll-id 2>log || { cat log >&2; exit 1; }
quietly "$undersign" letter open poll --key keys/organiser
letters="--letter letter --letter poll"

echo "six weeks" >&2
on 2031-03-21
stance "Waterworks of Aldenmoor" aldenmoor "in words" "We support the aim of the letter."
publish
on 2031-03-24
stance "City of Brisk, water board" brisk "in words" "Openness serves everybody."
publish
on 2031-03-28
stance "Cadwen Regional Water" cadwen "publishes some" "Nitrate and bacteria, from today."
publish
on 2031-04-02
stance "Dorrel Valley Supply" dorrel "in words" "The letter is right in principle."
publish
on 2031-04-05
statements=
stance "Ebbing Harbour Utilities" ebbing "in words" "A reasonable request."
sign hydrology 1 7
sign harbour 1 5
# shellcheck disable=SC2086
publish $statements
on 2031-04-09
stance "Waterworks of Aldenmoor" aldenmoor "publishes some" "Our own stations are online."
handed_in endorsement varnhem --actor "Prof. Ilse Varnhem" --state given
publish
on 2031-04-10
source_of "Registry of the Ministry" "Received on 10 April 2031, file 1180" registry
record delivery organiser --actor "Ministry of Waters and Works" --words "By hand, at the registry; file 1180." \
	--source "receipt of the registry" --copy "$copy" --copied "$today"
publish
on 2031-04-11
handed_in stance farrow --actor "Farrow District Council" --grade "publishes some" \
	--quote "The council begins with its two wells."
publish
on 2031-04-12
handed_in reply ministry --actor "Ministry of Waters and Works" \
	--text "The Ministry shares the aim of the letter. Publishing every measurement within a day is not possible and would unsettle the public." \
	--text "Older measurements would have to be entered by hand, which is too costly."
first_reply=$record
for move in "1 Not possible within a day." "3 Too costly."; do
	quietly "$undersign" record add move bundle --key keys/ministry --date "$today" --demand "${move%% *}" \
		--actor "Ministry of Waters and Works" --state refused --words "${move#* }" \
		-o "letter/story/ministry-${move%% *}-$today.note"
done
publish
on 2031-04-15
stance "Galden Water Union" galden "in words" "Our members welcome the letter."
publish
on 2031-04-16
publish_poll
statements=
answer 1 hydrology 1 2
answer 2 hydrology 3 9
answer 3 hydrology 10 10
answer 2 springs 1 4
answer 3 springs 5 6
answer 2 harbour 1 3
answer 4 harbour 4 5
# shellcheck disable=SC2086
publish $statements
on 2031-04-17
source_of "Council of Waterworks" "We leave it to each utility." council
record reply organiser --actor "Council of Waterworks" \
	--text "Our members already hold these data and see no obstacle to their release. We leave it to each utility to decide." \
	--source "$url" --copy "$copy" --copied "$today"
publish
on 2031-04-18
statements=
stance "City of Brisk, water board" brisk "publishes some" "We begin with the six city stations."
handed_in move mediator --demand 1 --actor "Ombudsperson for Public Records" \
	--words "Would publication within 48 hours be possible?"
handed_in endorsement eredal --actor "Tomas Eredal" --state given
sign hydrology 8 12
sign springs 1 9
# shellcheck disable=SC2086
publish $statements
on 2031-04-22
stance "Cadwen Regional Water" cadwen "publishes all" "All stations, all substances, from Monday."
handed_in reply ministry --actor "Ministry of Waters and Works" --revises "$first_reply" \
	--text "The Ministry shares the aim of the letter. Publishing every measurement takes time to prepare. We shall publish stations, methods and limits from 28 April, and staff may explain published figures." \
	--text "Older measurements would have to be entered by hand, which is too costly."
for move in "2 Stations, methods and limits from 28 April." "4 A circular is announced."; do
	quietly "$undersign" record add move bundle --key keys/ministry --date "$today" --demand "${move%% *}" \
		--actor "Ministry of Waters and Works" --state accepted --words "${move#* }" \
		-o "letter/story/ministry-${move%% *}-$today.note"
done
publish
on 2031-04-23
stance "Hestle Spring Company" hestle "in words" "We welcome the request."
handed_in endorsement chemists --actor "Society of Water Chemists" --state given
publish
on 2031-04-24
publish_poll
for j in 1 3 4; do
	quietly "$undersign" poll share poll-bundle --secret "keys/secret-$j" -k "keys/trustee-$j" -o "share-$j"
	quietly "$undersign" poll add poll "share-$j"
done
publish
publish_poll
on 2031-04-25
handed_in move ministry --demand 1 --actor "Ministry of Waters and Works" --state offered \
	--words "Within 48 hours, from January 2032."
publish
on 2031-04-26
stance "Waterworks of Aldenmoor" aldenmoor "publishes all" "Every result goes online as it is released."
record notice organiser --about correction --words "The source of 24 April named the wrong station; no figure changes."
publish
on 2031-04-28
statements=
stance "Galden Water Union" galden withdrawn "Our earlier statement no longer stands."
source_of "Ministry of Waters and Works" "Stations, methods and limits of all results" ministry
record move organiser --demand 2 --actor "Ministry of Waters and Works" --state met \
	--words "Published with all results." --source "$url" --copy "$copy" --copied "$today"
sign harbour 6 7
# shellcheck disable=SC2086
publish $statements
on 2031-04-29
stance "Ebbing Harbour Utilities" ebbing "publishes some" "Bacteria and nitrate now, metals later."
publish
on 2031-04-30
handed_in move mediator --demand 3 --actor "Ombudsperson for Public Records" \
	--words "What would an estimate of the cost be?"
publish
on 2031-05-02
handed_in stance farrow --actor "Farrow District Council" --grade "publishes all" \
	--quote "The council resolved to publish without exception."
publish
on 2031-05-03
publish

echo "verified" >&2
quietly "$undersign" verify bundle --policy policy --letter "$(cat letter-id)" --copies letter.copies
"$undersign" verify bundle --json --policy policy --letter "$(cat letter-id)" >tally.json
"$undersign" record list bundle --csv >story.csv
publish_poll
"$undersign" verify poll-bundle --json --policy policy --letter "$(cat poll-id)" >poll.json 2>log
# Debian's python3 has the package.
/usr/bin/python3 - "$tests/../../doc/schema/tally.schema.json" <<'CHECK'
import json
import sys

import jsonschema
tally = json.load(open("tally.json"))
poll = json.load(open("poll.json"))["poll"]
story = tally["story"]
grades = {row["grade"]: row["institutions"] for row in story["grades"]}
states = [row["state"] for row in story["demands"]]
cited = story["citations"][0]
replies = [row for row in story["records"] if row["kind"] == "reply"]
page = open("bundle/index.html", encoding="utf-8").read()
jsonschema.validate(tally, json.load(open(sys.argv[1])))
for holds, what in (
		(tally["valid"] and tally["anchored"], "valid and anchored"),
		(len(story["stances"]) == 8 and len(story["changes"]) == 15, "8 institutions, 15 changes"),
		(grades == {"in words": 2, "publishes some": 2, "publishes all": 3, "withdrawn": 1}, "their grades"),
		(states == ["offered", "met", "refused", "accepted"], "the demands' states"),
		((cited["asked"], cited["share"], cited["error"], cited["error_at_most"]) == (1329, 66.0, 2.5, 2.7),
			"the poll"),
		(cited["warnings"] == ["joined", "called"], "where the letter says more than the poll"),
		([row["state"] for row in replies].count("revised") == 1 and len(replies) == 3, "one reply is revised"),
		(story["endorsements"] == {"people": 2, "institutions": 1, "withdrawn": 0}, "the endorsements"),
		(story["void"] == 0 and story["removals"] == 0, "nothing void, nothing removed"),
		(tally["signatures"]["total"] == 26, "26 signatures; two of Harbour Laboratory wait, being fewer than five"),
		(poll["state"] == "opened" and poll["questions"][0]["totals"] == [2, 14, 3, 2] and poll["answers"] == 21 and
			poll["quorum_reached"], "the poll of the members: 21 answers, 14 for 24 hours"),
		("<del>" in page and "3 of 8 institutions stand at:" in page, "the page"),
		(len(open("story.csv", encoding="utf-8").readlines()) == len(story["records"]) + 1, "the CSV")):
	if not holds:
		raise SystemExit("FAILED: " + what)
print("%d signatures, %d answers; %d records around the letter, page of %d bytes" % (
	tally["signatures"]["total"], poll["answers"], len(story["records"]), len(page.encode())))
CHECK

[ -n "$pictures" ] || exit 0
cd "$tests/.."
browser=$build/browser
mkdir -p "$browser"
if ! cmp -s shown/browser/package-lock.json "$browser/package-lock.json"; then
	cp shown/browser/package.json shown/browser/package-lock.json "$browser/"
	npm ci --prefix "$browser" --ignore-scripts --no-audit --no-fund --silent ||
		{ rm "$browser/package-lock.json"; exit 1; }
fi
NODE_PATH=$browser/node_modules exec node shown/browser/record.mjs "$out/bundle" "$pictures"
