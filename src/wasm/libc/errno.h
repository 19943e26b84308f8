/* What third/libsodium asks of <errno.h>; nobody reads errno. seal.c has it. */
extern int errno;
#define ENOMEM 12
#define EINVAL 22
#define ENOSYS 38
