#include "qr.h"

#include "html.h"
#include "memory.h"

#include "qrcodegen.h"

_Static_assert(sizeof(((struct qr *)0)->matrix) == qrcodegen_BUFFER_LEN_MAX, "a whole matrix");

enum undersign_status qr_encode(struct qr *out, struct bytes text)
{
	uint8_t work[qrcodegen_BUFFER_LEN_MAX];
	char terminated[QR_TEXT_MAX + 1];

	memset(out, 0, sizeof *out);
	if (text.len == 0 || text.len > QR_TEXT_MAX)
		return UNDERSIGN_E_LIMIT;
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == 0)
			return UNDERSIGN_E_FORMAT;
		terminated[i] = (char)text.data[i];
	}
	terminated[text.len] = '\0';
	if (!qrcodegen_encodeText(terminated, work, out->matrix, qrcodegen_Ecc_LOW,
				  qrcodegen_VERSION_MIN, qrcodegen_VERSION_MAX, qrcodegen_Mask_AUTO,
				  true))
		return UNDERSIGN_E_LIMIT;
	return UNDERSIGN_OK;
}

uint32_t qr_side(const struct qr *qr)
{
	return (uint32_t)qrcodegen_getSize(qr->matrix);
}

bool qr_is_dark(const struct qr *qr, uint32_t x, uint32_t y)
{
	return qrcodegen_getModule(qr->matrix, (int)x, (int)y);
}

/* Dark modules from x on in one row. */
static uint32_t run_at(const struct qr *qr, uint32_t x, uint32_t y)
{
	const uint32_t side = qr_side(qr);
	uint32_t n = 0;

	while (x + n < side && qr_is_dark(qr, x + n, y))
		n++;
	return n;
}

/* A rectangle of the path: "M4,4h7v1h-7z". */
static void write_run(struct writer *writer, uint32_t x, uint32_t y, uint32_t n)
{
	writer_u8(writer, 'M');
	writer_decimal(writer, x + QR_QUIET);
	writer_u8(writer, ',');
	writer_decimal(writer, y + QR_QUIET);
	writer_u8(writer, 'h');
	writer_decimal(writer, n);
	writer_text(writer, "v1h-");
	writer_decimal(writer, n);
	writer_u8(writer, 'z');
}

void qr_write_svg(struct writer *writer, const struct qr *qr, struct bytes label)
{
	const uint32_t side = qr_side(qr), whole = side + 2 * QR_QUIET;

	writer_text(writer, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 ");
	writer_decimal(writer, whole);
	writer_u8(writer, ' ');
	writer_decimal(writer, whole);
	writer_text(writer, "\" role=\"img\" aria-label=\"");
	html_text(writer, label);
	writer_text(writer, "\" shape-rendering=\"crispEdges\">"
			    "<path fill=\"#fff\" d=\"M0,0h");
	writer_decimal(writer, whole);
	writer_u8(writer, 'v');
	writer_decimal(writer, whole);
	writer_text(writer, "h-");
	writer_decimal(writer, whole);
	writer_text(writer, "z\"/><path fill=\"#000\" d=\"");
	for (uint32_t y = 0; y < side; y++) {
		for (uint32_t x = 0; x < side; x++) {
			const uint32_t n = run_at(qr, x, y);

			if (n > 0)
				write_run(writer, x, y, n);
			x += n;
		}
	}
	writer_text(writer, "\"/></svg>");
}

/* Of the square with its quiet modules around it. */
static bool is_light_at(const struct qr *qr, uint32_t x, uint32_t y)
{
	const uint32_t side = qr_side(qr);

	if (x < QR_QUIET || y < QR_QUIET || x >= side + QR_QUIET || y >= side + QR_QUIET)
		return true;
	return !qr_is_dark(qr, x - QR_QUIET, y - QR_QUIET);
}

void qr_write_lines(struct writer *writer, const struct qr *qr, bool has_color)
{
	/* Neither, the upper half, the lower half, both. */
	static const char *const blocks[] = {" ", "\xe2\x96\x80", "\xe2\x96\x84", "\xe2\x96\x88"};
	const uint32_t whole = qr_side(qr) + 2 * QR_QUIET;

	for (uint32_t y = 0; y < whole; y += 2) {
		if (has_color)
			writer_text(writer, "\x1b[97;40m");
		for (uint32_t x = 0; x < whole; x++) {
			const unsigned upper = is_light_at(qr, x, y);
			/* A side is odd, so the last line has no lower half: that is quiet. */
			const unsigned lower = y + 1 >= whole || is_light_at(qr, x, y + 1);

			writer_text(writer, blocks[upper | lower << 1]);
		}
		writer_text(writer, has_color ? "\x1b[0m\n" : "\n");
	}
}
