/* Through which proxy a command asks a server. */
#ifndef UNDERSIGNED_PROXY_H
#define UNDERSIGNED_PROXY_H

#define PROXY_TOR "127.0.0.1:9050"

/* The row of a command's table for it. */
#define PROXY_OPTION(variable)                                                                     \
	{                                                                                          \
		.name = "--proxy", .value = "HOST:PORT",                                           \
		.about = "a SOCKS5 proxy, which also resolves names; for an .onion address that "  \
			 "of Tor, " PROXY_TOR ", unless told otherwise",                           \
		.text = &(variable)                                                                \
	}

/* The one that was given (NULL: none), or that of Tor where the address needs it. */
const char *proxy_for(const char *proxy, const char *url);
/* Says through which, or that there is none, and with whom this computer speaks then. */
enum proxy_peer { PROXY_DESK, PROXY_SERVER };
void proxy_tell(const char *proxy, enum proxy_peer peer);

#endif
