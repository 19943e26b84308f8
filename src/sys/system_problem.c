#include "system_problem.h"

#include <errno.h>
#include <string.h>

struct reason {
	int error;
	enum undersign_status status;
	const char *what; /* with the remedy; NULL: the machine's own words */
};

static const struct reason reasons[] = {
	{ENOENT, UNDERSIGN_E_MISSING, N_("it is not there: check the name")},
	{ENOTDIR, UNDERSIGN_E_MISSING, N_("a part of the path is not a folder: check the name")},
	{EEXIST, UNDERSIGN_E_CONFLICT, N_("it exists already: move it away or give another name")},
	{EISDIR, UNDERSIGN_E_INVALID, N_("it is a folder: give the name of a file")},
	{ELOOP, UNDERSIGN_E_INVALID, N_("it is a symbolic link: give the name of the file itself")},
	{ENAMETOOLONG, UNDERSIGN_E_LIMIT, N_("the name is too long: give a shorter one")},
	{EACCES, UNDERSIGN_E_SYSTEM,
	 N_("permission denied: change the permissions, or use another folder")},
	{EPERM, UNDERSIGN_E_SYSTEM,
	 N_("operation not permitted: change the owner or the permissions, or use another folder")},
	{ENOSPC, UNDERSIGN_E_SYSTEM, N_("no space left: make room and do it again")},
	{EDQUOT, UNDERSIGN_E_SYSTEM, N_("the quota is used up: make room and do it again")},
	{EFBIG, UNDERSIGN_E_SYSTEM,
	 N_("larger than this machine allows a file to be: raise the limit (ulimit -f)")},
	{EROFS, UNDERSIGN_E_SYSTEM, N_("the disk is read-only: use another folder")},
	{EMFILE, UNDERSIGN_E_SYSTEM, N_("too many open files: raise the limit (ulimit -n)")},
	{EIO, UNDERSIGN_E_SYSTEM, N_("the disk failed (input/output error): check it")},
	{ENOMEM, UNDERSIGN_E_MEMORY, N_("not enough memory: close other programs")},
};

static struct bytes name_of(const char *name)
{
	return bytes_from_text(name);
}

enum undersign_status system_fail(struct problem *problem, const char *noun, const char *name,
				  const char *rule, int error)
{
	problem_where(problem, noun, name_of(name));
	problem_rule(problem, rule);
	for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
		if (reasons[i].error != error)
			continue;
		problem_what(problem, reasons[i].what, bytes_from(NULL, 0));
		return reasons[i].status;
	}
	const char *text = strerrordesc_np(error);
	problem_what(problem,
		     "the machine says:", bytes_from_text(text ? text : N_("an unknown error")));
	return UNDERSIGN_E_SYSTEM;
}

enum undersign_status system_refuse(struct problem *problem, const char *noun, const char *name,
				    const char *rule, const char *what,
				    enum undersign_status status)
{
	problem_where(problem, noun, name_of(name));
	problem_rule(problem, rule);
	problem_what(problem, what, bytes_from(NULL, 0));
	return status;
}
