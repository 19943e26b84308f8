/* A machine that writes less than it is asked to: one byte, or a random part. These stand in
 * for the machine's in a program that is linked with this file. */
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

ssize_t pwrite64(int fd, const void *data, size_t len, off_t offset);

static size_t part(size_t len)
{
	static unsigned long state = 1;

	state = state * 6364136223846793005ul + 1442695040888963407ul;
	if (len <= 1 || (state >> 60) < 4)
		return len;
	return (state >> 60) < 8 ? 1 : 1 + (state >> 33) % len;
}

__attribute__((visibility("default"))) ssize_t pwrite64(int fd, const void *data, size_t len,
							off_t offset)
{
	return syscall(SYS_pwrite64, fd, data, part(len), offset);
}

__attribute__((visibility("default"))) ssize_t send(int fd, const void *data, size_t len, int flags)
{
	return sendto(fd, data, part(len), flags, NULL, 0);
}
