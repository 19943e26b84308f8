/* Runs a fuzz target without a fuzzer, so that every compiler and CI can: on each file of a corpus,
 * and on a fixed number of changed copies of each. Usage: replay-TARGET FOLDER
 *
 * The changes are those of UNDERSIGN_SEED (printed); UNDERSIGN_FULL=1 makes a hundred times as
 * many. When a target fails, the input is left in replay-failed. */
#include "fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_LEN_MAX ((size_t)1 << 20)
#define N_CHANGED     300

static uint8_t input[INPUT_LEN_MAX];
static size_t input_len;
static uint64_t state;

/* splitmix64 */
static size_t random_below(size_t limit)
{
	uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (size_t)((z ^ z >> 31) % limit);
}

static void keep_input(int signal_number)
{
	FILE *file = fopen("replay-failed", "wb");

	if (file) {
		(void)fwrite(input, 1, input_len, file);
		(void)fclose(file);
	}
	(void)signal(signal_number, SIG_DFL);
	(void)raise(signal_number);
}

/* Runs the target on a copy that ends where its memory ends: a read past it is seen. */
static void run(void)
{
	uint8_t *copy = malloc(input_len > 0 ? input_len : 1);

	if (!copy)
		abort();
	memcpy(copy, input, input_len);
	(void)LLVMFuzzerTestOneInput(copy, input_len);
	free(copy);
}

/* Characters that mean something to one parser or another. */
static uint8_t telling_byte(void)
{
	static const char bytes[] = "\n \t\r+-=/.0129axAZ:#\"\\{\xff\x80\xe2\x7f";

	return (uint8_t)bytes[random_below(sizeof bytes)];
}

static void change(void)
{
	size_t at = random_below(input_len + 1);
	size_t len = 1 + random_below(8);

	switch (random_below(6)) {
	case 0: /* flip a bit */
		if (at < input_len)
			input[at] ^= (uint8_t)(1 << random_below(8));
		break;
	case 1: /* put a byte */
		if (at < input_len)
			input[at] = telling_byte();
		break;
	case 2: /* insert one */
		if (input_len == INPUT_LEN_MAX)
			break;
		memmove(input + at + 1, input + at, input_len - at);
		input[at] = telling_byte();
		input_len++;
		break;
	case 3: /* take some out */
		if (len > input_len - at)
			len = input_len - at;
		memmove(input + at, input + at + len, input_len - at - len);
		input_len -= len;
		break;
	case 4: /* say a line twice */
		len = 0;
		while (at + len < input_len && input[at + len++] != '\n')
			;
		if (len > INPUT_LEN_MAX - input_len)
			break;
		memmove(input + at + len, input + at, input_len - at);
		input_len += len;
		break;
	default: /* cut */
		input_len = random_below(8) == 0 ? at : input_len;
		break;
	}
}

static bool read_file(const char *folder, const char *name)
{
	char path[4096];

	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *file = fopen(path, "rb");
	if (!file) {
		(void)fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return false;
	}
	input_len = fread(input, 1, sizeof input, file);
	bool is_whole = feof(file) && !ferror(file);
	(void)fclose(file);
	if (!is_whole)
		(void)fprintf(stderr, "%s: longer than %zu bytes\n", path, INPUT_LEN_MAX);
	return is_whole;
}

/* One seed and its changed copies. */
static bool replay(const char *folder, const char *name, size_t n_changed)
{
	if (!read_file(folder, name))
		return false;
	run();
	for (size_t i = 0; i < n_changed; i++) {
		if (!read_file(folder, name))
			return false;
		for (size_t n = 1 + random_below(4); n > 0; n--)
			change();
		run();
	}
	return true;
}

int main(int argc, char **argv)
{
	const char *seed = getenv("UNDERSIGN_SEED");
	const char *full = getenv("UNDERSIGN_FULL");
	size_t n_changed = full && strcmp(full, "1") == 0 ? 100 * N_CHANGED : N_CHANGED;
	struct dirent **files;
	size_t n_replayed = 0;
	bool is_good = true;

	if (argc != 2) {
		(void)fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
		return 2;
	}
	state = seed ? strtoull(seed, NULL, 0) : 1;
	(void)printf("UNDERSIGN_SEED=%llu\n", (unsigned long long)state);
	(void)signal(SIGABRT, keep_input);
	(void)signal(SIGSEGV, keep_input);
	int n_files = scandir(argv[1], &files, NULL, alphasort);
	if (n_files < 0) {
		(void)fprintf(stderr, "%s: %s\n", argv[1], strerror(errno));
		return 3;
	}
	for (int i = 0; i < n_files; i++) {
		if (files[i]->d_name[0] != '.') {
			is_good = replay(argv[1], files[i]->d_name, n_changed) && is_good;
			n_replayed++;
		}
		free(files[i]);
	}
	free(files);
	input_len = 0;
	run();
	(void)printf("%zu seeds, %zu changed copies of each\n", n_replayed, n_changed);
	/* A corpus that is not there would pass unseen. */
	return is_good && n_replayed > 0 ? 0 : 1;
}
