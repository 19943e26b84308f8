#include "status.h"

#include "problem.h"

const char *undersign_status_text(enum undersign_status status)
{
	switch (status) {
	case UNDERSIGN_OK:
		return "ok";
	case UNDERSIGN_E_INVALID:
		return N_("it does not hold");
	case UNDERSIGN_E_FORMAT:
		return N_("it is not well formed");
	case UNDERSIGN_E_ENCODING:
		return N_("a point or scalar is not canonical");
	case UNDERSIGN_E_LIMIT:
		return N_("it is more than the format allows");
	case UNDERSIGN_E_MISSING:
		return N_("something that is named is missing");
	case UNDERSIGN_E_CONFLICT:
		return N_("it contradicts what holds already");
	case UNDERSIGN_E_USAGE:
		return N_("it makes no sense as asked");
	case UNDERSIGN_E_RANDOM:
		return N_("the source of randomness failed");
	case UNDERSIGN_E_MEMORY:
		return N_("there is not enough memory");
	case UNDERSIGN_E_SYSTEM:
		return N_("the machine failed");
	}
	return N_("unknown status");
}
