/* P-7 and P-8 in short form: what stays on the disk and in the process after a secret was used. */
#include "credential_sample.h"
#include "testing.h"

#include "entropy.h"
#include "hardening.h"
#include "scratch.h"
#include "secret.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char scratch[SCRATCH_PATH_MAX];

static int enter(void **state)
{
	(void)state;
	scratch_enter(scratch);
	return 0;
}

static int leave(void **state)
{
	(void)state;
	scratch_leave(scratch);
	return 0;
}

/* P-7: a member makes a credential, uses it, burns it, in a home of his own. Of all files only the
 * declared one is there, and no secret of a burnt column is in any. */
static void only_the_declared_file(void **state)
{
	struct test_random random = test_random_new();
	struct entropy entropy = {0};
	struct random_source fresh = entropy_source(&entropy);
	int rounds = test_is_full() ? 50 : 5;

	(void)state;
	assert_int_equal(setenv("HOME", scratch, 1), 0);
	const char *before = getenv("TMPDIR");
	char *top = before ? strdup(before) : NULL;
	assert_int_equal(setenv("TMPDIR", scratch, 1), 0);
	for (int round = 0; round < rounds; round++) {
		struct credential *credential = sample_credential(&random);
		struct credential *read;
		struct problem problem = {0};
		uint8_t secret[UNDERSIGN_SECRET_BYTES];
		uint8_t kept[CREDENTIAL_SEALED_BYTES];
		uint8_t text[300];
		struct writer writer = writer_new(text, sizeof text);

		sample_seal(credential, BYTES("pass"), &fresh);
		memcpy(kept, credential->columns[0].secret, sizeof kept);
		writer_base64(&writer, bytes_from(kept, sizeof kept));
		struct bytes needle = bytes_part(writer_view(&writer), 0, 64);
		assert_int_equal(credential_file_create("me.credential", credential, &problem),
				 UNDERSIGN_OK);
		credential_free(credential);
		/* Positive control: it can be found as long as it is there. */
		assert_true(scratch_finds(".", needle));

		assert_int_equal(credential_file_read(&read, NULL, "me.credential", 0, &problem),
				 UNDERSIGN_OK);
		assert_int_equal(credential_secret(secret, read, 1, BYTES("pass"), &problem),
				 UNDERSIGN_OK);
		assert_int_equal(credential_file_burn("me.credential", read, 1, &problem),
				 UNDERSIGN_OK);
		credential_free(read);
		assert_int_equal(scratch_count("."), 1);
		assert_false(scratch_finds(".", needle));
		assert_int_equal(file_burn("me.credential", &problem), UNDERSIGN_OK);
		assert_int_equal(scratch_count("."), 0);
	}
	entropy_close(&entropy);
	if (top)
		(void)setenv("TMPDIR", top, 1);
	else
		(void)unsetenv("TMPDIR");
	free(top);
}

/* The flags of the mapping that address is in, "" if it is in none. */
static void mapping_flags(char out[static 256], const void *address)
{
	FILE *maps = fopen("/proc/self/smaps", "r");
	char line[512];
	bool is_here = false;

	assert_non_null(maps);
	out[0] = '\0';
	while (fgets(line, sizeof line, maps)) {
		uintptr_t start;
		uintptr_t stop;

		if (sscanf(line, "%lx-%lx ", &start, &stop) == 2)
			is_here = (uintptr_t)address >= start && (uintptr_t)address < stop;
		else if (is_here && strncmp(line, "VmFlags:", 8) == 0)
			(void)snprintf(out, 256, "%.255s", line + 8);
	}
	(void)fclose(maps);
}

/* AddressSanitizer locks nothing. */
static bool can_lock(void)
{
#if defined(__SANITIZE_ADDRESS__)
	return false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
	return false;
#endif
#endif
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_MEMLOCK, &limit), 0);
	return limit.rlim_cur >= ((rlim_t)1 << 20);
}

/* P-8: memory for secrets is locked, left out of dumps, wiped when given back. */
static void secret_memory(void **state)
{
	char flags[256];

	(void)state;
	for (size_t len = 0; len < 100000; len = len * 3 + 1) {
		uint8_t *secret = secret_take(len);

		assert_non_null(secret);
		assert_int_equal((uintptr_t)secret % 16, 0);
		for (size_t i = 0; i < len; i++)
			assert_int_equal(secret[i], 0);
		memset(secret, 0x5a, len);
		mapping_flags(flags, secret);
		assert_non_null(strstr(flags, " dd"));
		if (can_lock())
			assert_non_null(strstr(flags, " lo"));
		secret_free(secret);
		mapping_flags(flags, secret);
		assert_string_equal(flags, "");
	}
	secret_free(NULL);
	assert_null(secret_take(SIZE_MAX));
	/* Positive control: ordinary memory is in dumps. */
	void *ordinary = malloc(100);
	mapping_flags(flags, ordinary);
	assert_null(strstr(flags, " dd"));
	free(ordinary);
}

/* Reading behind the end is noticed at once. */
static void secret_memory_has_a_fence(void **state)
{
	(void)state;
	pid_t child = fork();
	if (child == 0) {
		const struct rlimit none = {0, 0};
		volatile uint8_t *secret = secret_take(64);

		(void)setrlimit(RLIMIT_CORE, &none);
		/* A sanitizer would report instead of dying by the signal. */
		(void)signal(SIGSEGV, SIG_DFL);
		(void)signal(SIGBUS, SIG_DFL);
		_exit(secret[64] + 1);
	}
	assert_int_equal(scratch_wait(child), 1000 + SIGSEGV);
}

static void hardened(void **state)
{
	int rounds = test_is_full() ? 20 : 3;

	(void)state;
	for (int round = 0; round < rounds; round++) {
		pid_t child = fork();

		if (child == 0) {
			const struct rlimit any = {RLIM_INFINITY, RLIM_INFINITY};
			struct problem problem = {0};
			struct rlimit limit;
			bool is_locked;

			(void)setrlimit(RLIMIT_CORE, &any);
			if (hardening_apply(&is_locked, &problem) != UNDERSIGN_OK)
				_exit(1);
			if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
				_exit(2);
			if (getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_cur != 0 ||
			    limit.rlim_max != 0)
				_exit(3);
			/* Locked or not: memory can still be had. */
			uint8_t *large = malloc((size_t)64 << 20);
			if (!large)
				_exit(4);
			large[(size_t)63 << 20] = 1;
			uint8_t *secret = secret_take(160);
			if (!secret)
				_exit(5);
			memset(secret, 0x5a, 160);
			(void)signal(SIGSEGV, SIG_DFL);
			(void)raise(SIGSEGV);
			_exit(6);
		}
		int status;
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), SIGSEGV);
		assert_false(WCOREDUMP(status));
		assert_int_equal(scratch_count("."), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(only_the_declared_file, enter, leave),
		cmocka_unit_test(secret_memory),
		cmocka_unit_test(secret_memory_has_a_fence),
		cmocka_unit_test_setup_teardown(hardened, enter, leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
