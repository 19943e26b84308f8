/* QR codes (ISO/IEC 18004, model 2): a short text as a square of dark and light modules, drawn as
 * SVG or as lines for a terminal. Pure; the same text gives the same square everywhere. Public;
 * variable time. */
#ifndef UNDERSIGNED_QR_H
#define UNDERSIGNED_QR_H

#include "bytes.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Any UTF-8; capital letters, digits, space and $%*+-./: alone take less room. */
#define QR_TEXT_MAX 2048
/* Light modules that each drawing puts on every side: readers ask for them. */
#define QR_QUIET 4

/* Written by qr_encode alone. */
struct qr {
	uint8_t matrix[3918];
};

/* The smallest square that holds text, with as much redundancy (levels L to H) as goes into one of
 * that size. E_LIMIT if text is empty or longer than QR_TEXT_MAX, E_FORMAT if it holds a zero
 * byte. */
UNDERSIGN_MUST_CHECK enum undersign_status qr_encode(struct qr *out, struct bytes text);

/* Modules on a side, without quiet ones: 21 to 177. 64 hexadecimal digits take 33. */
uint32_t qr_side(const struct qr *qr);
/* Requires: x (to the right) and y (down) below qr_side. */
bool qr_is_dark(const struct qr *qr, uint32_t x, uint32_t y);

/* An <svg> element, with its namespace, black on white whatever is around it, one unit a module. It
 * has no width, height, style or id of its own. label says what it holds, for who does not see it;
 * it is written as text. */
void qr_write_svg(struct writer *writer, const struct qr *qr, struct bytes label);

/* Lines of half blocks (U+2580, U+2584, U+2588 and spaces), two modules a line, each ending in a
 * newline: qr_side + 2 QR_QUIET columns, half as many lines rounded up. What is drawn is light,
 * what is left empty dark: on a dark terminal as it is; on any other with has_color, which sets
 * black and white in each line (ECMA-48) and takes them back at its end. */
void qr_write_lines(struct writer *writer, const struct qr *qr, bool has_color);

#endif
