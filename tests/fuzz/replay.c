// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * replay: main() of a fuzz target where there is no libFuzzer: shows it each file named, so that
 * what was once found stays found. A fault aborts.
 */
#include "fuzz.h"

#include <err.h>

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);

/* For targets with a mutator of their own, which nobody calls here. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max)
{
	(void)data;
	(void)max;
	return size;
}

static uint8_t *read_file(const char *name, size_t *ret_len)
{
	FILE *f = fopen(name, "re");
	size_t cap = 1 << 20;
	uint8_t *data = malloc(cap), *exact;

	if (!f || !data)
		err(1, "%s", name);
	*ret_len = fread(data, 1, cap, f);
	if (ferror(f) || *ret_len == cap)
		errx(1, "%s: cannot be read, or is too long", name);
	fclose(f);
	/* The copy ends where the bytes do, so that a read past it is seen. */
	exact = (uint8_t *)fuzz_exact(data, *ret_len);
	free(data);
	return exact;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		size_t len;
		uint8_t *data = read_file(argv[i], &len);

		/* Known before it can crash. */
		printf("%s\n", argv[i]);
		fflush(stdout);
		LLVMFuzzerTestOneInput(data, len);
		free(data);
	}
	return 0;
}
