#include "enrol_evidence.h"

#include "talk.h"

/* Everything that is evidence has these in common. */
static const char common[] =
	"Your steward keeps it, in private, until a date that the calendar fixes. The roster shows "
	"hashes, which say nothing without what the steward keeps. If an audit draws your entry, "
	"the "
	"steward may show your evidence to whoever audits. Nobody learns from it what you sign "
	"later.";

struct kind_words {
	const char *shows; /* what, to whom */
	const char *risks; /* NULL: none of its own */
	const char *command[4];
};

static const struct kind_words words_of[EVIDENCE_N_KINDS] = {
	[EVIDENCE_STEWARD] =
		{"The word of stewards shows them that you enrol: they know you, or look at your "
		 "papers, and compare the request's fingerprint with you, face to face or by "
		 "telephone.",
		 "Meet where your employer does not see it. Each steward is somebody who knows.",
		 {"undersign roster word %s --key STEWARD.key -o %s.stewards",
		  "(each steward for himself; you make nothing)"}},
	[EVIDENCE_VOUCH] =
		{"Members who vouch learn from you that you enrol. The steward learns which "
		 "entries vouched for yours: that you know one another.",
		 "Ask few, and only those whom you trust. Nobody sees it on the list.",
		 {"undersign vouch %s --credential THEIRS -o FILE",
		  "(each member for himself; the file goes to the steward, not to you)"}},
	[EVIDENCE_SSH] =
		{"A signature by your SSH key shows your steward that the holder of this key, "
		 "under the name that the list of keys gives, enrols.",
		 "If an agent, or a computer of your employer, signs for you, it may note that. "
		 "Use "
		 "the key's file, at home.",
		 {"ssh-keygen -Y sign -n undersigned-enrolment -f ~/.ssh/id_ed25519 %s"}},
	[EVIDENCE_OPENPGP] =
		{"A signature by your OpenPGP key shows your steward the key's owner, as its user "
		 "id names him, and when it was made, to the second.",
		 "A smart card or an agent on a computer of your employer may note that it signed. "
		 "Do it at home, and fetch no key from a server for it.",
		 {"gpg --armor --detach-sign %s"}},
	[EVIDENCE_X509] =
		{"A signature by your staff card shows your steward the certificate on it: your "
		 "name, your organisation, often your mail address and a number.",
		 "USING THE CARD MAY BE LOGGED BY YOUR EMPLOYER: by the computer, by the card's "
		 "software, and by whoever is asked online whether the certificate is valid. The "
		 "log then says that you used it, and when. Do it at home, on a computer of your "
		 "own, with the network switched off. If that cannot be, use another kind of "
		 "evidence.",
		 {"openssl cms -sign -binary -engine pkcs11 -keyform engine \\",
		  "  -signer card.pem -inkey \"pkcs11:id=%%02;type=private\" \\",
		  "  -outform DER -in %s -out %s.p7s",
		  "(of a key in a file: without -engine and -keyform, -inkey FILE)"}},
};

void enrol_evidence_warn(enum evidence_kind kind)
{
	const struct kind_words *words = &words_of[kind];
	if (!words->shows)
		return;
	talk_paragraph("%s", words->shows);
	talk_paragraph("%s", common);
	if (words->risks)
		talk_paragraph("%s", words->risks);
}

/* Puts the request's name for each %s of a line, and % for each %%. */
static void say_command(const char *line, const char *request)
{
	talk_say("  ");
	for (const char *at = line; *at; at++) {
		if (at[0] == '%' && at[1] == 's') {
			talk_say("%s", request);
			at++;
		} else {
			talk_say("%c", *at);
			if (at[0] == '%' && at[1] == '%')
				at++;
		}
	}
	talk_say("\n");
}

void enrol_evidence_explain(enum evidence_kind kind, const char *request)
{
	const struct kind_words *words = &words_of[kind];
	if (!words->shows)
		return;
	talk_paragraph("The evidence is made by:");
	for (size_t i = 0; i < sizeof(words->command) / sizeof(words->command[0]); i++) {
		if (words->command[i])
			say_command(words->command[i], request);
	}
	talk_paragraph("It goes to your steward together with %s. Carry both, or send them from "
		       "nowhere that your employer sees.",
		       request);
}
