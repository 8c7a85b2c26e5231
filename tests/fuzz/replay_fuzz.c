// SPDX-License-Identifier: GPL-2.0-or-later
/* A file that is said to be a recording. Sums are set right after most mutations, or none would
 * get past them. */
#include "event.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "flow/recording.h"

#define MAX_EVENTS 16

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed);

static void correct(uint8_t *data, size_t size)
{
	struct record_info info = { .abi = PW_ABI, .netns = 4026531840 };
	struct pw_event ev;

	if (size < RECORD_HEADER_LEN)
		return;
	record_header_encode(&info, data);
	for (uint64_t n = 0;; n++) {
		size_t at = RECORD_HEADER_LEN + n * RECORD_EVENT_LEN;

		if (size < at + RECORD_EVENT_LEN)
			return;
		memcpy(&ev, data + at + 8, sizeof(ev));
		record_event_encode(n, &ev, data + at);
	}
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed)
{
	size = LLVMFuzzerMutate(data, size, max);
	if (seed % 8)
		correct(data, size);
	return size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("recording", MFD_CLOEXEC), err, next = 0;
	struct pw_event events[MAX_EVENTS];
	struct recording *r = NULL;
	struct record_info info;
	char path[32];
	size_t nr = 0;

	FUZZ_CHECK(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	err = recording_open(path, &info, &r);
	FUZZ_CHECK(err == 0 || err == -EBADMSG || err == -ESTALE || err == -EILSEQ);
	while (!err && nr < MAX_EVENTS && (next = recording_next(r, &events[nr])) > 0)
		nr++;
	FUZZ_CHECK(next >= 0 || next == -EBADMSG);
	if (!err) {
		FUZZ_CHECK(info.abi == PW_ABI && recording_count(r) == nr);
		/* Only a file of whole events ends properly. */
		FUZZ_CHECK(next || nr == MAX_EVENTS ||
			   size == RECORD_HEADER_LEN + nr * RECORD_EVENT_LEN);
		event_check_all(events, nr);
	}
	recording_free(r);
	close(fd);
	return 0;
}
