#include "proxy.h"

#include "talk.h"

#include "client.h"

const char *proxy_for(const char *proxy, const char *url)
{
	return !proxy && http_url_is_onion(url) ? PROXY_TOR : proxy;
}

void proxy_tell(const char *proxy, enum proxy_peer peer)
{
	if (proxy)
		talk_paragraph("Through the proxy at %s.", proxy);
	else if (peer == PROXY_DESK)
		talk_paragraph("Directly, not through Tor: whoever watches this network sees that "
			       "this computer speaks with the desk.");
	else
		talk_paragraph("Directly, not through Tor: whoever watches this network sees that "
			       "this computer speaks with the server.");
}
