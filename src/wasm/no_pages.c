/* In the module without the renderer, in place of api/pages.c: a bundle's page is there, or it is
 * not. */
#include "bundle_handle.h"

enum undersign_status bundle_handle_check_page(struct undersign_bundle *bundle,
					       struct problem *problem)
{
	(void)problem;
	bundle->info.page = bundle->inner->page == bundle->files.n ? UNDERSIGN_PAGE_NONE
								   : UNDERSIGN_PAGE_OTHER_VERSION;
	return UNDERSIGN_OK;
}
