// SPDX-License-Identifier: GPL-2.0-or-later
#include "sys/nettcp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/num.h"

static uint64_t read_number(const char *name)
{
	_cleanup_fclose_ FILE *f = NULL;
	char path[64], line[32];
	uint64_t v = 0;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/%s", name);
	f = fopen(path, "re");
	if (!f || !fgets(line, sizeof(line), f))
		return 0;
	num_parse_span(line, strcspn(line, "\n"), 0, UINT64_MAX, &v);
	return v;
}

/* The file has pairs of lines: names, and below them their values. */
static uint64_t find_counter(FILE *f, const char *group, const char *name)
{
	_cleanup_free_ char *names = NULL, *values = NULL;
	char *n, *v, *save_n, *save_v;
	size_t cap_n = 0, cap_v = 0;
	uint64_t found = 0;

	while (getline(&names, &cap_n, f) > 0 && getline(&values, &cap_v, f) > 0) {
		if (strncmp(names, group, strlen(group)) != 0)
			continue;
		n = strtok_r(names, " \n", &save_n);
		v = strtok_r(values, " \n", &save_v);
		while (n && v && strcmp(n, name) != 0) {
			n = strtok_r(NULL, " \n", &save_n);
			v = strtok_r(NULL, " \n", &save_v);
		}
		if (n && v)
			num_parse_u64(v, 0, UINT64_MAX, &found);
		return found;
	}
	return 0;
}

/* A kernel that has no such sysctl has this as a constant. */
#define REUSE_DELAY_MS 1000

void nettcp_read(struct nettcp *ret)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/self/net/netstat", "re");

	*ret = (struct nettcp){
		.max_tw_buckets = read_number("tcp_max_tw_buckets"),
		.tw_reuse = (int)read_number("tcp_tw_reuse"),
		.reuse_delay_ms = (uint32_t)read_number("tcp_tw_reuse_delay") ?: REUSE_DELAY_MS,
		.timestamps = read_number("tcp_timestamps") != 0,
		.overflowed = f ? find_counter(f, "TcpExt:", "TCPTimeWaitOverflow") : 0,
	};
}
