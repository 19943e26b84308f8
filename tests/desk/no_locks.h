/* The planted fault of test_threads.py: a file that is compiled with this in front locks nothing.
 */
#ifndef UNDERSIGNED_TEST_NO_LOCKS_H
#define UNDERSIGNED_TEST_NO_LOCKS_H

#include <pthread.h>

static inline int no_lock(const pthread_mutex_t *mutex)
{
	(void)mutex;
	return 0;
}

#define pthread_mutex_lock   no_lock
#define pthread_mutex_unlock no_lock

#endif
