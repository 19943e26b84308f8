/* Draws standard input as a QR code on standard output: qr-draw svg|lines|color */
#include "qr.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	static uint8_t text[QR_TEXT_MAX + 2], drawn[1 << 20];
	struct writer writer = writer_new(drawn, sizeof drawn);
	struct qr qr;

	if (argc != 2)
		return 2;
	const size_t len = fread(text, 1, sizeof text, stdin);
	if (qr_encode(&qr, bytes_from(text, len)) != UNDERSIGN_OK)
		return 1;
	if (strcmp(argv[1], "svg") == 0)
		qr_write_svg(&writer, &qr, bytes_from_text("a \"label\" & <more>"));
	else
		qr_write_lines(&writer, &qr, strcmp(argv[1], "color") == 0);
	const struct bytes out = writer_view(&writer);
	return fwrite(out.data, 1, out.len, stdout) == out.len ? 0 : 3;
}
