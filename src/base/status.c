#include "status.h"

const char *undersign_status_text(enum undersign_status status)
{
	switch (status) {
	case UNDERSIGN_OK:
		return "ok";
	case UNDERSIGN_E_INVALID:
		return "it does not hold";
	case UNDERSIGN_E_FORMAT:
		return "it is not well formed";
	case UNDERSIGN_E_ENCODING:
		return "a point or scalar is not canonical";
	case UNDERSIGN_E_LIMIT:
		return "it is more than the format allows";
	case UNDERSIGN_E_MISSING:
		return "something that is named is missing";
	case UNDERSIGN_E_CONFLICT:
		return "it contradicts what holds already";
	case UNDERSIGN_E_USAGE:
		return "it makes no sense as asked";
	case UNDERSIGN_E_RANDOM:
		return "the source of randomness failed";
	case UNDERSIGN_E_MEMORY:
		return "there is not enough memory";
	case UNDERSIGN_E_SYSTEM:
		return "the machine failed";
	}
	return "unknown status";
}
