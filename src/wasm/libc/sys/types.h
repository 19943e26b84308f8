/* third/libsodium includes <sys/types.h> and asks nothing of it. */
