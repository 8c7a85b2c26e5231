// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/random.h>

#include "base/siphash.h"

struct recording {
	FILE *file;
	uint64_t key[2]; /* known to nobody, and gone with us */
	uint64_t count;
	int error;
};

static int open_file(const char *path, int flags, const char *mode, struct recording **ret)
{
	_cleanup_(recording_free_p) struct recording *r = calloc(1, sizeof(*r));
	_cleanup_close_ int fd = -1;

	if (!r)
		return -ENOMEM;
	fd = open(path, flags | O_CLOEXEC | O_NOCTTY, 0600);
	if (fd < 0)
		return -errno;
	r->file = fdopen(fd, mode);
	if (!r->file)
		return -errno;
	TAKE_FD(fd);
	*ret = TAKE_PTR(r);
	return 0;
}

struct recording *recording_free(struct recording *r)
{
	if (r && r->file)
		fclose(r->file);
	free(r);
	return NULL;
}

uint64_t recording_count(const struct recording *r)
{
	return r->count;
}

static int append(struct recording *r, const void *data, size_t len)
{
	if (!r->error && fwrite(data, 1, len, r->file) != len)
		r->error = -errno;
	return r->error;
}

int recording_create(const char *path, const struct record_info *info, struct recording **ret)
{
	_cleanup_(recording_free_p) struct recording *r = NULL;
	uint8_t header[RECORD_HEADER_LEN];
	int err = open_file(path, O_WRONLY | O_CREAT | O_TRUNC, "w", &r);

	if (err)
		return err;
	if (getrandom(r->key, sizeof(r->key), 0) != sizeof(r->key))
		return -EIO;
	record_header_encode(info, header);
	append(r, header, sizeof(header));
	err = recording_flush(r);
	if (err)
		return err;
	*ret = TAKE_PTR(r);
	return 0;
}

int recording_add(struct recording *r, const struct pw_event *ev)
{
	struct pw_event told = *ev;
	uint8_t buf[RECORD_EVENT_LEN];

	/* Tell which events are about one socket, without the address that it has in the kernel. */
	if (ev->sk)
		told.sk = siphash_u64(r->key, ev->sk);
	record_event_encode(r->count++, &told, buf);
	return append(r, buf, sizeof(buf));
}

int recording_flush(struct recording *r)
{
	if (!r->error && fflush(r->file))
		r->error = -errno;
	return r->error;
}

int recording_open(const char *path, struct record_info *ret_info, struct recording **ret)
{
	_cleanup_(recording_free_p) struct recording *r = NULL;
	uint8_t header[RECORD_HEADER_LEN];
	size_t len;
	int err = open_file(path, O_RDONLY, "r", &r);

	if (err)
		return err;
	len = fread(header, 1, sizeof(header), r->file);
	if (ferror(r->file))
		return -errno;
	err = record_header_decode(header, len, ret_info);
	if (err)
		return err;
	*ret = TAKE_PTR(r);
	return 0;
}

int recording_next(struct recording *r, struct pw_event *ret)
{
	uint8_t buf[RECORD_EVENT_LEN];
	size_t len = fread(buf, 1, sizeof(buf), r->file);
	int err;

	if (!len && !ferror(r->file))
		return 0;
	if (ferror(r->file))
		return -errno;
	err = record_event_decode(r->count, buf, len, ret);
	if (err)
		return err;
	r->count++;
	return 1;
}
