// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/guard_who.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "flow/container.h"
#include "sys/cgroup.h"
#include "sys/user.h"
#include "track/portguard_ask.h"
#include "track/reason.h"

static int unit(const char *value, struct pw_guard_who *ret, struct strbuf *why)
{
	return portguard_unit(value, ret, why);
}

static int cgroup(const char *value, struct pw_guard_who *ret, struct strbuf *why)
{
	_cleanup_free_ char *path = NULL;
	uint64_t id;
	int err = cgroup_lookup(value, &path, &id);

	if (err == -ENOMEM)
		return err;
	if (err) {
		strbuf_addf(why, "there is no cgroup '%s' in cgroup2", value);
		return -EINVAL;
	}
	return portguard_cgroup(path, path, ret, why);
}

static int container(const char *value, struct pw_guard_who *ret, struct strbuf *why)
{
	_cleanup_free_ char *path = NULL;
	int err = value[0] ? container_cgroup(value, &path) : -ENOENT;

	if (err == -ENOENT || err == -EEXIST) {
		strbuf_addf(why, "%s running container has an ID that begins with '%s'",
			    err == -EEXIST ? "more than one" : "no", value);
		return -EINVAL;
	}
	if (!err)
		err = portguard_cgroup(path, path, ret, why);
	if (err)
		return err;
	ret->kind = PW_GUARD_CONTAINER;
	snprintf(ret->text, sizeof(ret->text), "%s", value);
	return 0;
}

static int user(const char *value, struct pw_guard_who *ret, struct strbuf *why)
{
	uid_t uid;

	if (num_parse_u32(value, 0, UINT32_MAX - 1, &uid) && user_by_name(value, &uid)) {
		strbuf_addf(why, "there is no user '%s'", value);
		return -EINVAL;
	}
	portguard_user(uid, value, ret);
	return 0;
}

static int exe(const char *value, struct pw_guard_who *ret, struct strbuf *why)
{
	_cleanup_free_ char *path = realpath(value, NULL);
	struct stat st;

	if (!path || stat(path, &st)) {
		strbuf_addf(why, "--exe '%s': %s", value, strerror(errno));
		return -EINVAL;
	}
	if (!S_ISREG(st.st_mode) || !(st.st_mode & 0111)) {
		strbuf_addf(why, "--exe '%s': is no program", value);
		return -EINVAL;
	}
	return portguard_exe(path, ret, why);
}

static int add(void *base, const struct opt *o, const char *value, struct strbuf *why)
{
	static int (*const parse[])(const char *value, struct pw_guard_who *ret,
				    struct strbuf *why) = {
		[PW_GUARD_UNIT] = unit,
		[PW_GUARD_CGROUP] = cgroup,
		[PW_GUARD_CONTAINER] = container,
		[PW_GUARD_USER] = user,
		[PW_GUARD_EXE] = exe,
	};
	struct guard_who *w = base;
	int err;

	if (w->nr == PW_GUARD_WHOS) {
		strbuf_addf(why, "one guard has no more than %d alternatives", PW_GUARD_WHOS);
		return -EINVAL;
	}
	err = parse[o->tag](value, &w->v[w->nr], why);
	if (!err)
		w->nr++;
	return err;
}

const struct opt guard_who_opts[] = {
	OPT_CALL(0, "unit", add, PW_GUARD_UNIT, "NAME",
		 "for processes of this unit of the system's systemd"),
	OPT_CALL(0, "user", add, PW_GUARD_USER, "NAME|UID", "for processes of this user"),
	OPT_CALL(0, "exe", add, PW_GUARD_EXE, "PATH", "for processes that run this program file"),
	OPT_CALL(0, "cgroup", add, PW_GUARD_CGROUP, "PATH",
		 "for processes in the cgroup at this path, or below it"),
	OPT_CALL(0, "container", add, PW_GUARD_CONTAINER, "ID",
		 "for processes in this container; the beginning of its ID will do"),
	OPT_END,
};

int guard_who_ask(struct guard_who *w)
{
	int err = 0;

	for (size_t i = 0; !err && i < w->nr; i++) {
		_cleanup_close_ int fd = -1;

		if (w->v[i].kind != PW_GUARD_EXE)
			continue;
		fd = open(w->v[i].text, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		if (fd < 0)
			return failed(-errno, "cannot open %s: %s", w->v[i].text, strerror(errno));
		err = portguard_file(fd, &w->v[i]);
	}
	return err;
}
