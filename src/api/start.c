#include "undersign.h"

#include "backend.h"

enum undersign_status undersign_init(const char *backend)
{
	return backend_choose(backend);
}

const char *undersign_backend(void)
{
	return backend_current()->name;
}
