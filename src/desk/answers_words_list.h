/* Every text of the pages that a desk writes itself, in English: its forms and its answers to
 * people. As src/page/words_list.h; the catalogues in po/ have them too. */
#ifndef UNDERSIGNED_ANSWERS_WORDS_LIST_H
#define UNDERSIGNED_ANSWERS_WORDS_LIST_H

/* clang-format off */
#define ANSWERS_WORDS_LIST(W) \
	W(HELD, "Promised. Not published yet.", NULL) \
	W(MALFORMED, "This is not a signature of Undersigned, or it was changed on the way. Nothing was kept.", NULL) \
	W(UNKNOWN, "This desk does not have that letter. Nothing was kept.", NULL) \
	W(ELSEWHERE, "This desk takes signatures only through Tor. Nothing was kept.", NULL) \
	W(STAMP, "The stamp does not do. Deliver again. Nothing was kept.", NULL) \
	W(CLOSED, "The letter does not take signatures now. Nothing was kept.", NULL) \
	W(INVALID, "This signature does not hold. Nothing was kept.", NULL) \
	W(BUSY, "The desk is busy. Your file is fine. Come back later; it makes no difference when.", NULL) \
	W(RECEIVED, "Received. Not admitted yet.", NULL) \
	W(NO_REQUEST, "This is not an enrolment request, or it was changed on the way. Nothing was kept.", NULL) \
	W(RECEIVED_NEXT, "It waits for the steward of its roster. Compare its fingerprint with the steward, face to face or by telephone. To deliver it again is harmless.", NULL) \
	W(HELD_NEXT, "The desk has the file and has promised to publish it by the letter’s closing. Keep the promise below, from the first line to the last: if the desk breaks it, the promise shows that it did, and does not name anybody.", NULL) \
	W(PROMISE, "The promise", NULL) \
	W(HELD_AGAIN, "To deliver the same file again is harmless and counts once. Delete the file once it is published, and every copy.", NULL) \
	W(WHY, "The reason, in English, for whoever helps you:", NULL) \
	W(DELIVER, "Deliver a signature", NULL) \
	W(DELIVER_ABOUT, "Anybody may deliver it, from any device.", NULL) \
	W(HOW, "Do it through Tor Browser, at its safest level: nothing on this page needs scripts. Not at work, and not on a device of work.", NULL) \
	W(DELIVER_FILE, "The file that was signed", NULL) \
	W(BUTTON, "Deliver", NULL) \
	W(NOT_KEPT, "The file’s name is not kept. Neither is when it came, or from where.", NULL) \
	W(ENROL, "Deliver an enrolment request", NULL) \
	W(ENROL_ABOUT, "The steward of the roster gets it, and learns that somebody enrols.", NULL) \
	W(ENROL_FILE, "The request", NULL) \
	W(TO_LETTER, "To the letter", NULL) \
	W(ANOTHER, "Deliver another file", NULL) \
	W(LANGUAGES, "Languages", NULL)
/* clang-format on */

#endif
