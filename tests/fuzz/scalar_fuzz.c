// SPDX-License-Identifier: GPL-2.0-or-later
/* Numbers, times, addresses, signals, and where to listen: the small parsers, each compared with
 * another account of the same text. */
#include "fuzz.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>

#include "base/addr.h"
#include "base/num.h"
#include "model/names.h"
#include "model/signame.h"
#include "sys/listen.h"

static void check_number(const char *s, size_t len)
{
	bool digits = len > 0;
	uint64_t v;
	char buf[NUM_LEN];
	size_t zeros = 0;
	int err = num_parse_span(s, len, 0, UINT64_MAX, &v);

	for (size_t i = 0; i < len; i++)
		digits = digits && s[i] >= '0' && s[i] <= '9';
	while (zeros + 1 < len && s[zeros] == '0')
		zeros++;
	FUZZ_CHECK((err != -EINVAL) == digits);
	if (!err)
		FUZZ_CHECK(num_format(v, buf) == len - zeros &&
			   !memcmp(buf, s + zeros, len - zeros));
	else if (digits)
		FUZZ_CHECK(err == -ERANGE && len - zeros >= NUM_LEN);
}

static void check_seconds(const char *s)
{
	double v = -1;
	int err = num_parse_seconds(s, 0, 86400, &v);

	if (err)
		FUZZ_CHECK(v == -1);
	else
		FUZZ_CHECK(v >= 0 && v <= 86400);
}

static void check_address(const char *s)
{
	struct pw_addr addr = {}, again = {};
	uint8_t family, family_again;
	struct in6_addr libc;
	char text[ADDR_LEN];

	if (addr_parse(s, strlen(s), &family, &addr)) {
		FUZZ_CHECK(inet_pton(AF_INET, s, &libc) != 1 && inet_pton(AF_INET6, s, &libc) != 1);
		return;
	}
	if (s[0] != '[') {
		FUZZ_CHECK(inet_pton(family, s, &libc) == 1);
		FUZZ_CHECK(!memcmp(&addr, &libc, family == PW_INET ? 4 : 16));
	}
	addr_format(family, &addr, text);
	FUZZ_CHECK(!addr_parse(text, strlen(text), &family_again, &again));
	FUZZ_CHECK(addr_equal(family, &addr, family_again, &again));
}

static void check_signal(const char *s)
{
	char name[SIGNAME_LEN];
	int sig = signame_parse(s, strlen(s));

	FUZZ_CHECK(sig > 0 || sig == -EINVAL);
	if (sig > 0) {
		signame(sig, name);
		FUZZ_CHECK(signame_parse(name, strlen(name)) == sig);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *s = fuzz_string(data, size);
	struct listen_addr at;
	uint32_t states;

	check_number(s, strlen(s));
	check_seconds(s);
	check_address(s);
	check_signal(s);
	if (!listen_parse(s, &at))
		FUZZ_CHECK(at.port && (at.family == PW_INET || at.family == PW_INET6));
	if (!names_parse_state(s, strlen(s), &states))
		FUZZ_CHECK(states);
	free(s);
	return 0;
}
