// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "base/num.h"

/* inet_ntop() goes through sprintf(): too slow for the event stream. */
static size_t format_v4(const uint8_t b[4], char *p)
{
	size_t n = 0, i;

	for (i = 0; i < 4; i++) {
		if (i)
			p[n++] = '.';
		n += num_format(b[i], p + n);
	}
	return n;
}

static size_t format_hex(unsigned int v, char *p)
{
	static const char digits[] = "0123456789abcdef";
	size_t n = 0;
	int shift = 12;

	while (shift && !(v >> shift))
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		p[n++] = digits[v >> shift & 0xf];
	return n;
}

/* RFC 5952: the first longest run of two or more zero groups becomes "::". */
static void find_zeros(const unsigned int g[8], int *ret_first, int *ret_len)
{
	int first = 8, len = 1, i, n;

	for (i = 0; i < 8; i += n + 1) {
		for (n = 0; i + n < 8 && !g[i + n]; n++)
			;
		if (n > len) {
			first = i;
			len = n;
		}
	}
	*ret_first = first;
	*ret_len = len;
}

static size_t format_v6(const struct pw_addr *a, char *p)
{
	unsigned int g[8];
	int first, len, i;
	size_t n = 0;

	if (addr_is_mapped(PW_INET6, a)) {
		memcpy(p, "::ffff:", 7);
		return 7 + format_v4(a->b + 12, p + 7);
	}
	for (i = 0; i < 8; i++)
		g[i] = (unsigned int)a->b[2 * i] << 8 | a->b[2 * i + 1];
	find_zeros(g, &first, &len);
	/* inet_ntop() writes the long obsolete IPv4-compatible form, too. */
	if (first == 0 && len == 6) {
		memcpy(p, "::", 2);
		return 2 + format_v4(a->b + 12, p + 2);
	}

	for (i = 0; i < 8; i++) {
		if (i == first) {
			p[n++] = ':';
			i += len - 1;
			if (i == 7)
				p[n++] = ':';
			continue;
		}
		if (i)
			p[n++] = ':';
		n += format_hex(g[i], p + n);
	}
	return n;
}

size_t addr_format(uint8_t family, const struct pw_addr *a, char buf[ADDR_LEN])
{
	size_t n;

	if (family == PW_INET)
		n = format_v4(a->b, buf);
	else if (family == PW_INET6)
		n = format_v6(a, buf);
	else
		n = (size_t)(stpcpy(buf, "?") - buf);
	buf[n] = '\0';
	return n;
}

size_t addr_format_port(uint8_t family, const struct pw_addr *a, uint16_t port,
			char buf[ADDR_PORT_LEN])
{
	char *p = buf;

	if (family == PW_INET6)
		*p++ = '[';
	p += addr_format(family, a, p);
	if (family == PW_INET6)
		*p++ = ']';
	*p++ = ':';
	if (port)
		p += num_format(port, p);
	else
		*p++ = '*';
	*p = '\0';
	return (size_t)(p - buf);
}

int addr_parse(const char *s, size_t len, uint8_t *ret_family, struct pw_addr *ret)
{
	struct pw_addr a = {};
	char text[ADDR_LEN];
	uint8_t family;
	bool brackets;

	brackets = len >= 2 && s[0] == '[' && s[len - 1] == ']';
	if (brackets) {
		s++;
		len -= 2;
	}
	/* A NUL inside would end the text early for inet_pton(). */
	if (len == 0 || len >= sizeof(text) || memchr(s, '\0', len))
		return -EINVAL;
	memcpy(text, s, len);
	text[len] = '\0';

	family = strchr(text, ':') ? PW_INET6 : PW_INET;
	if (brackets && family != PW_INET6)
		return -EINVAL;
	if (inet_pton(family, text, a.b) != 1)
		return -EINVAL;

	*ret_family = family;
	*ret = a;
	return 0;
}

bool addr_is_any(uint8_t family, const struct pw_addr *a)
{
	static const uint8_t zero[16];

	return memcmp(a->b, zero, family == PW_INET ? 4 : 16) == 0;
}

bool addr_is_mapped(uint8_t family, const struct pw_addr *a)
{
	static const uint8_t prefix[12] = { [10] = 0xff, [11] = 0xff };

	return family == PW_INET6 && memcmp(a->b, prefix, sizeof(prefix)) == 0;
}

void addr_unmap(uint8_t *family, struct pw_addr *a)
{
	struct pw_addr v4 = {};

	if (!addr_is_mapped(*family, a))
		return;
	memcpy(v4.b, a->b + 12, 4);
	*family = PW_INET;
	*a = v4;
}

/* The bytes that count, and how many: four for whatever is an IPv4 address. */
static const uint8_t *plain(uint8_t family, const struct pw_addr *a, size_t *ret_len)
{
	*ret_len = 4;
	if (family == PW_INET)
		return a->b;
	if (addr_is_mapped(family, a))
		return a->b + 12;
	*ret_len = 16;
	return a->b;
}

bool addr_is_loopback(uint8_t family, const struct pw_addr *a)
{
	static const uint8_t one[16] = { [15] = 1 };
	size_t len;
	const uint8_t *p = plain(family, a, &len);

	return len == 4 ? p[0] == 127 : !memcmp(p, one, sizeof(one));
}

int addr_compare(uint8_t family_a, const struct pw_addr *a, uint8_t family_b,
		 const struct pw_addr *b)
{
	size_t len_a, len_b;
	const uint8_t *pa = plain(family_a, a, &len_a), *pb = plain(family_b, b, &len_b);

	if (len_a != len_b)
		return len_a < len_b ? -1 : 1;
	return memcmp(pa, pb, len_a);
}

bool addr_equal(uint8_t family_a, const struct pw_addr *a, uint8_t family_b,
		const struct pw_addr *b)
{
	return addr_compare(family_a, a, family_b, b) == 0;
}

bool addr_is_own_peer(const struct pw_sock *s)
{
	return s->rport && s->rport == s->lport &&
	       addr_equal(s->family, &s->laddr, s->family, &s->raddr);
}

bool addr_in_net(uint8_t family_net, const struct pw_addr *net, unsigned int prefix, uint8_t family,
		 const struct pw_addr *a)
{
	const uint8_t *x = (const uint8_t *)net, *y = (const uint8_t *)a;
	unsigned int bytes = prefix / 8, rest = prefix % 8;

	if (family_net != family || memcmp(x, y, bytes))
		return false;
	return !rest || !((x[bytes] ^ y[bytes]) >> (8 - rest));
}
