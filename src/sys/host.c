// SPDX-License-Identifier: GPL-2.0-or-later
#include "sys/host.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "sys/caps.h"

#define SYSCTL "/proc/sys/net/ipv4/"

/* The first line of a file, without its newline. -ENODATA: the file is empty. */
static int read_line(const char *path, char **ret)
{
	_cleanup_fclose_ FILE *f = fopen(path, "re");
	_cleanup_free_ char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	if (!f)
		return -errno;
	n = getline(&line, &cap, f);
	if (n < 0)
		return ferror(f) ? -EIO : -ENODATA;
	if (n && line[n - 1] == '\n')
		line[n - 1] = '\0';
	*ret = TAKE_PTR(line);
	return 0;
}

uint16_t host_unprivileged_start(void)
{
	_cleanup_free_ char *line = NULL;
	uint16_t start = 1024;

	if (!read_line(SYSCTL "ip_unprivileged_port_start", &line))
		num_parse_u16(line, 0, UINT16_MAX, &start);
	return start;
}

bool host_may_bind_low(void)
{
	return caps_have(CAP_NET_BIND_SERVICE);
}

uint32_t host_asking_uid(void)
{
	const char *text = getenv("SUDO_UID");
	_cleanup_free_ char *parent = NULL;
	char path[32];
	uint64_t uid;

	if (geteuid() || !text || num_parse_span(text, strlen(text), 0, UINT32_MAX - 1, &uid))
		return geteuid();
	/* A shell that sudo has started asks for root. */
	snprintf(path, sizeof(path), "/proc/%d/comm", getppid());
	return !read_line(path, &parent) && !strcmp(parent, "sudo") ? (uint32_t)uid : 0;
}

bool host_has_ipv6(void)
{
	return !access("/proc/net/if_inet6", F_OK);
}

bool host_bindv6only(void)
{
	_cleanup_free_ char *line = NULL;

	return !read_line("/proc/sys/net/ipv6/bindv6only", &line) && line[0] == '1';
}

/* "8080" or "9148-9150" */
static int parse_range(char *word, uint16_t *ret_first, uint16_t *ret_last)
{
	char *dash = strchr(word, '-');
	int err;

	if (dash)
		*dash = '\0';
	err = num_parse_u16(word, 0, UINT16_MAX, ret_first);
	if (!err)
		err = num_parse_u16(dash ? dash + 1 : word, 0, UINT16_MAX, ret_last);
	return err;
}

int host_reserved_ports(uint64_t ret_map[1024])
{
	_cleanup_free_ char *line = NULL;
	char *word, *save;
	int err = read_line(SYSCTL "ip_local_reserved_ports", &line);

	if (err && err != -ENODATA)
		return err;
	for (word = line ? strtok_r(line, ",", &save) : NULL; word;
	     word = strtok_r(NULL, ",", &save)) {
		uint16_t first, last;

		if (parse_range(word, &first, &last))
			continue;
		for (uint32_t port = first; port <= last; port++)
			ret_map[port / 64] |= UINT64_C(1) << (port % 64);
	}
	return 0;
}

int host_local_range(uint16_t *ret_first, uint16_t *ret_last)
{
	_cleanup_free_ char *line = NULL;
	uint16_t first, last;
	char *blank;
	int err = read_line(SYSCTL "ip_local_port_range", &line);

	if (err)
		return err;
	blank = strpbrk(line, " \t");
	if (!blank)
		return -EINVAL;
	*blank = '\0';
	err = num_parse_u16(line, 0, UINT16_MAX, &first);
	if (!err)
		err = num_parse_u16(blank + 1, 0, UINT16_MAX, &last);
	if (err)
		return err;
	*ret_first = first;
	*ret_last = last;
	return 0;
}

static int read_number(const char *path, uint64_t *ret)
{
	_cleanup_free_ char *line = NULL;
	int err = read_line(path, &line);

	return err ? err : num_parse_span(line, strlen(line), 0, INT32_MAX, ret);
}

int host_closing_rules(struct lasts_rules *ret)
{
	uint64_t retries, fin_s, rto_max_ms;
	int err;

	err = read_number(SYSCTL "tcp_orphan_retries", &retries);
	if (!err)
		err = read_number(SYSCTL "tcp_fin_timeout", &fin_s);
	/* TCP_RTO_MAX, where it cannot be set. */
	if (!err && read_number(SYSCTL "tcp_rto_max_ms", &rto_max_ms))
		rto_max_ms = 120000;
	if (err)
		return err;
	*ret = (struct lasts_rules){
		.orphan_retries = (unsigned int)retries,
		.fin_timeout_ms = fin_s * 1000,
		.rto_max_ms = rto_max_ms,
	};
	return 0;
}
