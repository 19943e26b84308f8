#include "threads.h"

void threads_begin(struct threads *out, uint64_t number)
{
	out->pool = pool_open((unsigned)number);
	out->parallel = pool_parallel(out->pool);
	out->library = pool_public(out->pool);
}

void threads_end(struct threads *threads)
{
	pool_close(threads->pool);
	threads->pool = NULL;
}
