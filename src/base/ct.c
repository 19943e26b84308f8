#include "ct.h"

#include "memory.h"

#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
#define HAS_MSAN 1
#endif
#endif

#if defined(HAS_MSAN)
#include <sanitizer/msan_interface.h>
#elif defined(UNDERSIGNED_CTIME_VALGRIND)
#include <valgrind/memcheck.h>
#endif

bool ct_bytes_are_equal(const void *a, const void *b, size_t len)
{
	const uint8_t *left = a;
	const uint8_t *right = b;
	uint64_t difference = 0;

	for (size_t i = 0; i < len; i++)
		difference = ct_barrier(difference | (uint64_t)(left[i] ^ right[i]));
	return (bool)ct_is_zero(difference);
}

void wipe(void *data, size_t len)
{
	if (len > 0)
		memset(data, 0, len);
	/* The memory is used, as far as the compiler knows: the zeros must be there. */
	__asm__ __volatile__("" : : "r"(data) : "memory");
}

void ct_classify(const void *data, size_t len)
{
#if defined(HAS_MSAN)
	__msan_poison(data, len);
#elif defined(UNDERSIGNED_CTIME_VALGRIND)
	(void)VALGRIND_MAKE_MEM_UNDEFINED(data, len);
#else
	(void)data;
	(void)len;
#endif
}

void ct_declassify(const void *data, size_t len)
{
#if defined(HAS_MSAN)
	__msan_unpoison(data, len);
#elif defined(UNDERSIGNED_CTIME_VALGRIND)
	(void)VALGRIND_MAKE_MEM_DEFINED(data, len);
#else
	(void)data;
	(void)len;
#endif
}
