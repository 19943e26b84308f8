/* Every text of the page, in English: name, for one, for more (NULL: the same). The catalogues in
 * po/ have them by their English form. */
#ifndef UNDERSIGNED_WORDS_LIST_H
#define UNDERSIGNED_WORDS_LIST_H

/* clang-format off */
#define WORDS_LIST(W) \
	W(JANUARY, "January", NULL) \
	W(FEBRUARY, "February", NULL) \
	W(MARCH, "March", NULL) \
	W(APRIL, "April", NULL) \
	W(MAY, "May", NULL) \
	W(JUNE, "June", NULL) \
	W(JULY, "July", NULL) \
	W(AUGUST, "August", NULL) \
	W(SEPTEMBER, "September", NULL) \
	W(OCTOBER, "October", NULL) \
	W(NOVEMBER, "November", NULL) \
	W(DECEMBER, "December", NULL) \
	W(DATE, "{1} {2} {3}", NULL) \
	W(DATE_TIME, "{1}, {2} UTC", NULL) \
	W(DATE_ALONE, "{1}", NULL) \
	W(SKIP, "Skip to the number", NULL) \
	W(TITLE, "{2}: {1} signature, {3}", "{2}: {1} signatures, {3}") \
	W(AUTHORITATIVE, "{1} (authoritative)", NULL) \
	W(KIND_EARLY, "Open letter · Signing starts on {1}", NULL) \
	W(KIND_OPEN, "Open letter · Open for signatures until {1}", NULL) \
	W(KIND_CLOSED, "Open letter · Closed on {1}", NULL) \
	W(TO, "To {1}", NULL) \
	W(ORGANISED, "The organiser, {1}, wrote the letter, named the organisations and fixed the rules of counting on {2}. It cannot see who signs and cannot change the count.", NULL) \
	W(CAPTION, "signature from {2} of {3} organisations", "signatures from {2} of {3} organisations") \
	W(DESCRIPTION, "{1} signature from {2} of {3} organisations, as of epoch {4}, {5}. Counted without names; anybody can recount.", "{1} signatures from {2} of {3} organisations, as of epoch {4}, {5}. Counted without names; anybody can recount.") \
	W(AS_OF, "as of epoch {1}, {2}.", NULL) \
	W(NEXT, "Next count: {1}.", NULL) \
	W(FINAL, "Closed on {1}. This count is final.", NULL) \
	W(NONE, "No signature has been published yet.", NULL) \
	W(SHARE, "{2} of the {1} member on the rosters of these organisations", "{2} of the {1} members on the rosters of these organisations") \
	W(ENROLLED, "enrolled", NULL) \
	W(ENROLLED_OF, "of {1} member. Nobody can work out who signed, not even with future computers.", "of {1} members. Nobody can work out who signed, not even with future computers.") \
	W(RAW, "raw key", NULL) \
	W(RAW_OF, "of {1} member. Who signed stays hidden unless somebody gets their key.", "of {1} members. Who signed stays hidden unless somebody gets their key.") \
	W(WITHDRAWN, "{1} signature was withdrawn by its signer and is not counted.", "{1} signatures were withdrawn by their signers and are not counted.") \
	W(NOT_MEAN, "What this count does not mean", NULL) \
	W(RIGHT_LETTER, "Is this the right letter?", NULL) \
	W(RIGHT_LETTER_HOW, "Compare this fingerprint with one that reached you another way: on paper, by phone, in a newspaper.", NULL) \
	W(RECOUNT, "This page cannot vouch for itself.", NULL) \
	W(RECOUNT_LINK, "Recount it yourself", NULL) \
	W(ON_THIS_PAGE, "On this page", NULL) \
	W(LETTER, "The letter", NULL) \
	W(LETTER_NOTE, "Unchanged since {1}. Each signature is bound to exactly this text.", NULL) \
	W(IN_LANGUAGE, "The letter in {1}", NULL) \
	W(TRANSLATION, "A translation: what was signed is the authoritative text.", NULL) \
	W(GROWTH, "How the count grew", NULL) \
	W(GROWTH_NOTE, "Signatures are published only at the end of an epoch. No finer time is stored. An organisation appears when {1} of its members have signed, and grows by {1} or more at a time.", NULL) \
	W(GROWTH_HEAD, "From {1} to {2}", NULL) \
	W(GROWTH_ONE, "{1} on {2}", NULL) \
	W(GROWTH_HOW, "Total at the end of each epoch. Strong colour: new in that epoch.", NULL) \
	W(GROWTH_TITLE, "Signatures published by the end of each epoch: from {1} on {2} to {3} on {4}.", NULL) \
	W(GROWTH_TABLE, "Figures of this chart as a table", NULL) \
	W(GROWTH_CAPTION, "Signatures by epoch", NULL) \
	W(EARLIER, "{1} earlier epoch is left out; undersign tally --json has it.", "{1} earlier epochs are left out; undersign tally --json has them.") \
	W(EPOCH, "Epoch", NULL) \
	W(CLOSED_ON, "Closed on", NULL) \
	W(NEW, "New", NULL) \
	W(GONE, "Withdrawn", NULL) \
	W(TOTAL, "Total", NULL) \
	W(COUNTED, "Who is counted", NULL) \
	W(COUNTED_NOTE, "Each organisation has a roster: a list of its members, made before the letter opened. A signature proves “one of this list signed, and only once”, and nothing else. Who prefers a larger crowd signs in the ring of all.", NULL) \
	W(COUNTED_HONEST, "A count can never exceed its roster, and is as honest as that roster.", NULL) \
	W(ROSTERS_LINK, "Source and steward of each", NULL) \
	W(ENROLLED_TABLE, "Enrolled members", NULL) \
	W(RAW_TABLE, "Members by raw key", NULL) \
	W(ORGANISATION, "Organisation", NULL) \
	W(SIGNED, "Signed", NULL) \
	W(MEMBERS, "Members", NULL) \
	W(SHARE_HEAD, "Share", NULL) \
	W(BELOW, "below {1}", NULL) \
	W(BELOW_NOTE, "Nothing is published of an organisation before {1} have signed.", NULL) \
	W(GROUP, "counted as one group: each has fewer than {1} members.", NULL) \
	W(ALL_NOTE, "Signed as “a member of one of these organisations”.", NULL) \
	W(ALL_ONLY, "In no row of their own, because they are too small:", NULL) \
	W(ALL_ENROLLED, "All enrolled", NULL) \
	W(ALL_RAW, "All raw key", NULL) \
	W(OVERLAP, "The rows add up to {2}: {1} member signed in two rings and is counted once in the total.", "The rows add up to {2}: {1} members signed in two rings. Each is counted once in the total.") \
	W(HIGH, "More than half of this list has signed. Those who did not are the smaller group; think of them when you quote this number.", NULL) \
	W(FULL, "Everybody on this list has signed. So it is known of each of them.", NULL) \
	W(VOID, "Records that do not hold and are not counted", NULL) \
	W(ROSTERS, "The rosters", NULL) \
	W(ROSTERS_NOTE, "Who made each list, from what, and how large it is. Ask them.", NULL) \
	W(ROSTER, "Roster", NULL) \
	W(SOURCE, "Source", NULL) \
	W(STEWARD, "Steward", NULL) \
	W(EDITION, "Edition {1}", NULL) \
	W(NOT_MEAN_NOTE, "Please quote it with the number.", NULL) \
	W(NOT_1, "It counts entries on rosters, not people. Somebody on two rosters with two different secrets can be counted twice.", NULL) \
	W(NOT_2, "It is as honest as the rosters. A steward who lists people who do not exist could sign for them.", NULL) \
	W(NOT_3, "It is not a survey. Those who did not sign may agree, disagree or not know of the letter.", NULL) \
	W(NOT_4, "Those who enrolled are known to their stewards as having enrolled. Not as having signed.", NULL) \
	W(NOT_5, "It does not protect you on a watched computer, or from being forced to show your secret before it is burnt.", NULL) \
	W(NOT_6, "It does not hide you on a list whose other members are known not to have signed.", NULL) \
	W(NOT_7, "It does not hide that you use Tor, or your style if you write free text.", NULL) \
	W(EVENTS, "What happened when", NULL) \
	W(EVENTS_NOTE, "All of it is in the log, in this order. Times finer than an epoch are not kept.", NULL) \
	W(EVENTS_TITLE, "From the day on which the letter was entered in the log, {1}, to its closing, {2}. This count: {3}.", NULL) \
	W(DATE_HEAD, "Date", NULL) \
	W(EVENT, "Event", NULL) \
	W(EVENT_LOGGED, "Letter, organisations and their rosters entered in the log (epoch {1}).", NULL) \
	W(EVENT_OPENED, "Open for signatures.", NULL) \
	W(EVENT_WILL_OPEN, "Signing starts.", NULL) \
	W(EVENT_FIRST, "Epoch {2} closed: the first signature.", "Epoch {2} closed: the first {1} signatures.") \
	W(EVENT_LARGEST, "Largest increase so far: {1} signature in one epoch.", "Largest increase so far: {1} signatures in one epoch.") \
	W(EVENT_WITHDREW, "{1} signer withdrew. Nobody can tell who.", "{1} signers withdrew. Nobody can tell who.") \
	W(EVENT_NOW, "Epoch {2} closed: {1} signature.", "Epoch {2} closed: {1} signatures.") \
	W(EVENT_CLOSED, "Closed. Nothing more is accepted.", NULL) \
	W(EVENT_WILL_CLOSE, "Closes.", NULL) \
	W(MARK_LOGGED, "entered", NULL) \
	W(MARK_OPENED, "open", NULL) \
	W(MARK_NOW, "this count", NULL) \
	W(MARK_CLOSES, "closes", NULL) \
	W(STATE_OPEN, "still open", NULL) \
	W(STATE_OFFERED, "offered", NULL) \
	W(STATE_ACCEPTED, "accepted", NULL) \
	W(STATE_REFUSED, "refused", NULL) \
	W(STATE_MET, "met", NULL) \
	W(DEMANDS, "Demands", NULL) \
	W(DEMANDS_NOTE, "States: still open, offered, accepted, refused, met. Each change is a signed, dated entry in the log.", NULL) \
	W(MEDIATOR, "Mediator: {1}.", NULL) \
	W(DEMANDS_MET, "{1} of {2} demands is met, {3} refused", "{1} of {2} demands are met, {3} refused") \
	W(DEMAND, "Demand", NULL) \
	W(STATE, "State", NULL) \
	W(SINCE, "Since", NULL) \
	W(HOW_THERE, "How it got there", NULL) \
	W(COPIED, "archived copy of {1}", NULL) \
	W(ENTRY, "entry {1}", NULL) \
	W(QUOTED, "“{1}”", NULL) \
	W(SIGNED_SHORT, "signed by it", NULL) \
	W(CITED_SHORT, "cited by the organiser", NULL) \
	W(SIGNED_BY_ITS_KEY, "Signed with {1}’s key, checked.", NULL) \
	W(CITED_ONLY, "Cited by the organiser from a public statement; not signed by {1}.", NULL) \
	W(RECORDS_LEFT_OUT, "{1} record is left out here; undersign record list has it.", "{1} records are left out here; undersign record list has them.") \
	W(REPLIES, "Replies", NULL) \
	W(REPLIES_NOTE, "Those addressed can reply here, and the organiser cannot remove or shorten what they say. A revision is added; what was said before stays.", NULL) \
	W(REPLY_OF, "{1}, {2}", NULL) \
	W(REPLY_REVISED, "revised {1}", NULL) \
	W(DIFFERENCE, "Struck out: in the version of {1} only. Underlined: added on {2}.", NULL) \
	W(VERSION_OF, "The version of {1}", NULL) \
	W(DELIVERED, "Handed to {1} on {2}:", NULL) \
	W(STANCES, "Stances of institutions", NULL) \
	W(SCALE, "Who has said what in public, on a scale that the letter fixed in advance:", NULL) \
	W(STANCES_NOTE, "Every stance has a date; what the organiser cites has a source and an archived copy. A change is added, never overwritten.", NULL) \
	W(STANCES_HEAD, "{1} of {2} institutions stands at:", "{1} of {2} institutions stand at:") \
	W(STANCES_HOW, "{1} to {2}. The thicker the line, the further the institution goes; circles mark changes.", NULL) \
	W(STANCES_TITLE, "Stances of {1} institution from {2} to {3}.", "Stances of {1} institutions from {2} to {3}.") \
	W(TOTALS_HEAD, "Institutions per grade over time", NULL) \
	W(TOTALS_TITLE, "Institutions per grade from {1} to {2}; at the end:", NULL) \
	W(CHANGES_TABLE, "Every change as a table", NULL) \
	W(CHANGES_CAPTION, "Changes of stance, oldest first", NULL) \
	W(INSTITUTION, "Institution", NULL) \
	W(NEW_GRADE, "New grade", NULL) \
	W(GRADE, "Grade", NULL) \
	W(GRADE_WITHDRAWN, "withdrawn", NULL) \
	W(OWN_WORDS, "In its own words", NULL) \
	W(STANDINGS_CAPTION, "Where each institution stands on {1}", NULL) \
	W(CITED, "What the letter cites", NULL) \
	W(CITED_NOTE, "A claim of the letter, and what supports it. The organiser answers for it.", NULL) \
	W(POLL_BAR, "The answers as parts of a bar; joined: {1}.", NULL) \
	W(PLUS_MINUS, "± {1} points", NULL) \
	W(ASKED_BY, "Asked by", NULL) \
	W(PAID_BY, "Paid by", NULL) \
	W(QUESTION, "Question", NULL) \
	W(ANSWERS, "Answers", NULL) \
	W(ASKED_WERE, "Asked were", NULL) \
	W(HOW_WHEN, "How, when", NULL) \
	W(HOW_WHEN_IS, "{1}, {2} to {3}; weighting: {4}", NULL) \
	W(SAMPLING_ERROR, "Sampling error", NULL) \
	W(ERROR_IS, "± {1} points at {2}, ± {3} at most (95 %, simple random sample).", NULL) \
	W(ERROR_WEIGHTED, "Weighting makes it larger.", NULL) \
	W(ERROR_ALL, "None: all were asked.", NULL) \
	W(ERROR_NONE, "Cannot be computed: nobody was drawn at random.", NULL) \
	W(SAYS_MORE, "The letter says more than the poll.", NULL) \
	W(SAYS_OTHER, "The letter does not say this.", NULL) \
	W(LINT_CALLED, "The letter writes “{1}”. The poll asked: {2}.", NULL) \
	W(LINT_JOINED, "{2} joins {1} answer:", "{2} joins {1} answers:") \
	W(LINT_SHARE, "The letter’s percentage is not the poll’s {1}.", NULL) \
	W(LINT_HALF, "Half lies within the sampling error.", NULL) \
	W(LINT_NO_SAMPLE, "Nobody was drawn at random: those who answered need not be like the others.", NULL) \
	W(LINT_NOT_SAID, "These words do not stand in the letter’s text.", NULL) \
	W(NAMED, "In their own names", NULL) \
	W(NAMED_NOTE, "Shown after each confirmed with a key of their own. Not part of the {1} signature. People and institutions are listed apart.", "Shown after each confirmed with a key of their own. Not part of the {1} signatures. People and institutions are listed apart.") \
	W(PEOPLE, "People.", NULL) \
	W(INSTITUTIONS, "Institutions.", NULL) \
	W(ENDORSEMENT_WITHDRAWN, "withdrawn on {1}", NULL) \
	W(NOTICES, "Corrections and removals", NULL) \
	W(NOTICES_NOTE, "What is in the log stays there. What was removed is not shown here; each removal has a reason, and whom it concerns can appeal.", NULL) \
	W(REMOVALS_NONE, "Removals so far: none.", NULL) \
	W(REMOVALS, "Removals so far: {1}.", NULL) \
	W(REMOVED_ON, "Removed on {1}:", NULL) \
	W(REMOVAL_BY, "Decided by {1}. Appeal until {2}.", NULL) \
	W(REASON_PRIVATE_PERSON, "names a private person", NULL) \
	W(REASON_UNLAWFUL, "is against the law", NULL) \
	W(REASON_FALSE_SOURCE, "its source does not say it", NULL) \
	W(REASON_OFF_TOPIC, "is not about the letter", NULL) \
	W(REASON_DUPLICATE, "was said already", NULL) \
	W(CORRECTED_ON, "Correction of {1}:", NULL) \
	W(APPEALED_ON, "Appeal of {1}:", NULL) \
	W(UPHELD_ON, "Decision of {1}, the removal stands:", NULL) \
	W(REVERSED_ON, "Decision of {1}, the removal is undone:", NULL) \
	W(REVOKED_ON, "Key revoked on {1}:", NULL) \
	W(EVENT_DELIVERED, "The letter was handed to {1}, with a receipt.", NULL) \
	W(EVENT_REPLIED, "{1} replied.", NULL) \
	W(EVENT_REVISED_REPLY, "{1} revised its reply.", NULL) \
	W(EVENT_DEMAND, "Demand {1}:", NULL) \
	W(EVENT_TOOK_BACK, "{1} took back its stance.", NULL) \
	W(EVENT_REMOVED, "A record was removed.", NULL) \
	W(EVENT_CORRECTED, "A correction.", NULL) \
	W(VERSIONS, "Versions of this letter", NULL) \
	W(VERSIONS_NOTE, "A changed text is another letter: a signature of one is none of the other. Whoever signed the earlier one can sign the later one too, or not. Nobody can see who signed both.", NULL) \
	W(VERSION_HEAD, "Version", NULL) \
	W(VERSION_OPENED, "Open since", NULL) \
	W(VERSION_AS_OF, "As of", NULL) \
	W(VERSION_FINAL, "final", NULL) \
	W(VERSION_COUNT, "from {1} of {2} organisations", NULL) \
	W(VERSION_CHANGED, "From version {1} to version {2}", NULL) \
	W(VERSIONS_SAID, "Of earlier versions this is as the organiser says it, in a record of the log. The bundles of both say it themselves:", NULL) \
	W(VERSION_LONG, "Too long for this page: the same command writes all that changed.", NULL) \
	W(VERSION_MARKS, "Struck out: in version {1} only. Underlined: new in version {2}.", NULL) \
	W(SIGN, "Sign safely", NULL) \
	W(SIGN_NOTE, "For members of the organisations above. It takes about ten minutes.", NULL) \
	W(NOT_AT_WORK, "Not at work.", NULL) \
	W(NOT_AT_WORK_HOW, "Not on a computer or phone of your employer, not on its network, not in its rooms. If you are there now, close this page and come back from home.", NULL) \
	W(STEP_GET, "Get the program.", NULL) \
	W(STEP_GET_HOW, "Get undersign at home, and this letter’s bundle. This website never asks you to sign on it, because a website can be changed for one visitor.", NULL) \
	W(STEP_OFFLINE, "Go offline.", NULL) \
	W(STEP_OFFLINE_HOW, "Switch off the network. Everything up to the file in step 4 works without it.", NULL) \
	W(STEP_LOOK, "Look before you sign.", NULL) \
	W(STEP_LOOK_HOW, "It shows how many others you hide among and who knows that list. Compare the fingerprints with somebody else’s copy, not with this website’s.", NULL) \
	W(STEP_SAVE, "Save the signature.", NULL) \
	W(STEP_SAVE_HOW, "It is a file. It is not sent. It does not count yet.", NULL) \
	W(STEP_DELIVER, "Deliver it,", NULL) \
	W(STEP_DELIVER_HOW, "or have somebody do it, later, from any device, in Tor Browser at the desk’s onion address:", NULL) \
	W(STEP_DELIVER_FORM, "the form for files", NULL) \
	W(STEP_DELIVER_WHERE, "(a link at the desk’s own address; a copy of this page has no form).", NULL) \
	W(STEP_CHECK, "Check and delete.", NULL) \
	W(STEP_CHECK_HOW, "Look again after the next count. Once your signature is published, delete the file: while it exists, it proves that your device made it.", NULL) \
	W(STEP_BURN, "Burn.", NULL) \
	W(STEP_BURN_HOW, "When this period’s secret is due, on {1}, everybody on the list erases it, whether they signed or not.", NULL) \
	W(VERIFY, "Verify", NULL) \
	W(VERIFY_NOTE, "Do not believe this page. Everything on it follows from public files. A recount takes seconds, needs no network and no permission.", NULL) \
	W(VERIFY_FETCH, "Get the bundle from the address of this page, or from anybody who has a copy:", NULL) \
	W(VERIFY_HOW, "Recount it, offline:", NULL) \
	W(VERIFY_ANCHOR, "Take the policy and the letter’s fingerprint from somewhere else than this page. Without them the answer is only “consistent, not anchored”.", NULL) \
	W(KIT, "The kit", NULL) \
	W(KIT_HOW, "One file for browsers that verifies, enrols and signs offline: version {1}, {2} bytes, entered in the log on {3}. Download it, switch off the network, and compare its SHA-256 with somebody who has it from elsewhere:", NULL) \
	W(RECOUNT_BUTTON, "Recount in this browser", NULL) \
	W(RECOUNT_NOTE, "It fetches the bundle and a program of half a megabyte from this website and counts again on your device. Whoever could change this page could change that program too; the command below does the same with a program that you got elsewhere.", NULL) \
	W(RECOUNT_FAILED, "The recount did not take place: this website does not have the program. That says nothing about the letter: use the command below.", NULL) \
	W(RECOUNT_NO_WASM, "This browser runs no WebAssembly, as Tor Browser does not at its safer levels. Use the command below.", NULL) \
	W(LOG, "Log, epoch {1}", NULL) \
	W(LOG_ENTRIES, "{1} entry, root", "{1} entries, root") \
	W(CITE, "To cite this count", NULL) \
	W(CITE_AS, "{1} signature from {2} of {3} organisations (epoch {4}, {5}; letter {6} …)", "{1} signatures from {2} of {3} organisations (epoch {4}, {5}; letter {6} …)") \
	W(FILES, "The files of this bundle", NULL) \
	W(FILES_NOTE, "The page is made of them alone.", NULL) \
	W(FILE_MANIFEST, "what the organiser signed: texts by hash, rosters, rings, times", NULL) \
	W(FILE_CHECKPOINT, "the log’s signed state, with its witnesses’ signatures", NULL) \
	W(FILE_KEYS, "the keys of all these signatures", NULL) \
	W(QR, "QR code of the letter’s fingerprint", NULL) \
	W(NEWS, "News of this letter", NULL) \
	W(CITE_ADDRESS, "This count keeps its own address, at the desk:", NULL) \
	W(HANDOUTS, "For your own page", NULL) \
	W(HANDOUTS_NOTE, "A desk serves these beside the bundle. They ask nobody who looks at them for anything.", NULL) \
	W(HANDOUT_BADGE, "the count as a picture", NULL) \
	W(HANDOUT_COUNTER, "the same with a link, for a frame", NULL) \
	W(HANDOUT_FEED, "news of this letter, without giving an address", NULL) \
	W(HANDOUT_JSON, "the tally for programs", NULL) \
	W(HANDOUT_CSV, "the tally as a table", NULL) \
	W(HANDOUT_POLLS, "the answers as a table", NULL) \
	W(HANDOUT_STORY, "the records as a table", NULL) \
	W(DESK, "Desk", NULL) \
	W(DESK_NOTE, "All of this is public: it follows from the log and from what is published. What waits to be published is counted nowhere.", NULL) \
	W(DESK_LOG, "Log", NULL) \
	W(DESK_AHEAD, "An epoch was closed and is not published yet. What it holds is not shown here.", NULL) \
	W(DESK_LAST, "Last epoch", NULL) \
	W(DESK_NEXT, "Next epoch", NULL) \
	W(DESK_CHECKPOINT, "Last checkpoint", NULL) \
	W(DESK_WITNESSES, "Witnesses", NULL) \
	W(DESK_COSIGNED, "has signed the last checkpoint", NULL) \
	W(DESK_NOT_COSIGNED, "has not signed the last checkpoint", NULL) \
	W(DESK_NO_WITNESSES, "The configuration names none.", NULL) \
	W(DESK_FILES, "Published files", NULL) \
	W(DESK_DISK, "Disk", NULL) \
	W(DESK_ROOM, "at least {1} GB free", NULL) \
	W(DESK_NO_ROOM, "less than {1} GB free. Make room: an epoch that cannot be written is not published.", NULL) \
	W(DESK_UNLOGGED, "{1} letter of the configuration is not in the log yet.", "{1} letters of the configuration are not in the log yet.") \
	W(DESK_RINGS, "Published, by list", NULL) \
	W(POLL, "Poll of the members", NULL) \
	W(POLL_NOTE, "The members of these lists were asked, anonymously, through this log. Each is counted once.", NULL) \
	W(POLL_OPEN, "Poll of the members · Open for answers until {1}", NULL) \
	W(POLL_CLOSED, "Poll of the members · Closed on {1}", NULL) \
	W(POLL_TEXT, "About this poll", NULL) \
	W(POLL_ANSWER, "Answer", NULL) \
	W(POLL_ANSWERS, "Answers", NULL) \
	W(POLL_TURNOUT, "Answered: {1} of {2} members ({3}).", NULL) \
	W(POLL_QUORUM, "The quorum of {1} was reached.", NULL) \
	W(POLL_NO_QUORUM, "The quorum of {1} has not been reached.", NULL) \
	W(POLL_SEALED, "Sealed until {1}. Only {2} of the {3} trustees together could see a partial result, or single answers, though not whose they are; the desk cannot. So could whoever breaks the cipher one day.", NULL) \
	W(POLL_WAITING, "Closed, and not opened yet: {1} of the {2} trustees who are needed have given their shares.", NULL) \
	W(POLL_OPENED, "Opened by {1} of {2} trustees, as sums only: no single answer was published.", NULL) \
	W(POLL_FALSE, "A share that does not hold was given by {1}.", NULL) \
	W(POLL_WITHHELD, "Not opened, because too few of a class answered: {1}.", NULL) \
	W(POLL_MARGIN, "No margin of error: nobody was sampled. These are the answers of those who answered.", NULL) \
	W(POLL_GROUPS, "Lists with too few answers for a sum of their own are opened together with others.", NULL) \
	W(POLL_NOT_1, "It is not a sample. Those who did not answer may think otherwise, and nothing here tells how many of them do.", NULL) \
	W(POLL_NOT_2, "It speaks of the members of these lists and of nobody else.", NULL) \
	W(POLL_NOT_3, "Answers are opened only in sums of at least {1}. A list with fewer is in a sum with others and has no result of its own.", NULL) \
	W(POLL_NOT_4, "A sum does not hide what all in it said: if everybody answered alike, each one’s answer is known.", NULL) \
	W(POLL_NOT_5, "It does not keep anybody from showing how they answered, so answers can be asked for or bought.", NULL) \
	W(POLL_NOT_TRUSTEES, "{1} of the {2} trustees together could break their word and open single answers, now or later, and so could a future computer. They would see what was answered, not by which member.", NULL) \
	W(POLL_NOT_RAW, "Of members by raw key, a future computer would also see who answered.", NULL) \
	W(POLL_CAPTION, "of {1} member answered", "of {1} members answered") \
	W(POLL_UNTIL, "Sealed until {1}.", NULL) \
	W(POLL_NOT_OPENED, "Closed, and not opened yet.", NULL) \
	W(EVENT_POLL_LOGGED, "Poll, organisations and their rosters entered in the log (epoch {1}).", NULL) \
	W(EVENT_POLL_STARTED, "Open for answers.", NULL) \
	W(EVENT_POLL_NOW, "Epoch {2} closed: {1} answer.", "Epoch {2} closed: {1} answers.") \
	W(EVENT_POLL_WITHDREW, "{1} answer was withdrawn. Nobody can tell whose.", "{1} answers were withdrawn. Nobody can tell whose.") \
	W(EVENT_POLL_OPENED, "The answers were opened, as sums.", NULL) \
	W(FOOTER, "This page is the file index.html of the bundle, written by undersigned (page {1}), and can be derived again from it. No cookies, nothing from third parties; the only script is the button that counts again.", NULL)
/* clang-format on */

#endif
