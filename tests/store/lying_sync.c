/* A disk that says that it has written and has not: the planted fault of the power cut's test.
 * These stand in for the machine's in a program that is linked with this file. */
#include <unistd.h>

__attribute__((visibility("default"))) int fsync(int fd)
{
	(void)fd;
	return 0;
}

__attribute__((visibility("default"))) int fdatasync(int fd)
{
	(void)fd;
	return 0;
}
