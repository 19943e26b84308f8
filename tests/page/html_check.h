/* Reads a page as a browser's tokenizer would, as far as our pages go, and finds what must not be
 * in one. */
#ifndef UNDERSIGNED_TEST_HTML_CHECK_H
#define UNDERSIGNED_TEST_HTML_CHECK_H

#include "bytes.h"

/* NULL if every element and attribute is one of those that the page writes, elements are closed in
 * their order, and every link leads within the page, to a file of the bundle, or to http, https,
 * mailto; else what is wrong, with where it stands (static memory). */
const char *html_check(struct bytes page);

#endif
