/* Markdown of letters (CommonMark, without raw HTML and images) as HTML. Public; variable time. */
#ifndef UNDERSIGNED_MARKDOWN_H
#define UNDERSIGNED_MARKDOWN_H

#include "bytes.h"
#include "status.h"

/* Writes text, which is valid UTF-8, as HTML: headings from h3 on; markup in it as text; links only
 * with http, https and mailto, of others the words alone; of images the alternative text. E_MEMORY.
 */
UNDERSIGN_MUST_CHECK enum undersign_status markdown_write(struct writer *writer, struct bytes text);

#endif
