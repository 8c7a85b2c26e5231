// SPDX-License-Identifier: GPL-2.0-or-later
#include "print/text_parts.h"

#include "base/addr.h"

#define NAME_LEN 256 /* NI_MAXHOST is 1025, but no host name is longer than 253 */

static void add_host(struct strbuf *out, const struct out_names *names, uint8_t family,
		     const struct pw_addr *a)
{
	char buf[NAME_LEN];
	size_t n;

	/* The wildcard has no name. */
	if (names->host && !addr_is_any(family, a) &&
	    names->host(names->arg, family, a, buf, sizeof(buf))) {
		strbuf_adds(out, buf);
		return;
	}
	n = addr_format(family, a, buf);
	if (family == PW_INET6)
		strbuf_addc(out, '[');
	strbuf_add(out, buf, n);
	if (family == PW_INET6)
		strbuf_addc(out, ']');
}

void text_parts_endpoint(struct strbuf *out, const struct out_names *names, uint8_t proto,
			 uint8_t family, const struct pw_addr *a, uint16_t port)
{
	char buf[NAME_LEN];
	size_t n;

	if (!names) {
		n = addr_format_port(family, a, port, buf);
		strbuf_add(out, buf, n);
		return;
	}
	add_host(out, names, family, a);
	strbuf_addc(out, ':');
	if (port && names->port && names->port(names->arg, proto, port, buf, sizeof(buf)))
		strbuf_adds(out, buf);
	else if (port)
		strbuf_addu(out, port);
	else
		strbuf_addc(out, '*');
}

void text_parts_process(struct strbuf *out, const char *comm, uint32_t pid)
{
	strbuf_add(out, comm, strnlen(comm, PW_COMM_LEN));
	if (!pid)
		return;
	strbuf_addc(out, '[');
	strbuf_addu(out, pid);
	strbuf_addc(out, ']');
}

void text_parts_netns(struct strbuf *out, out_netns_name name_of, uint32_t inode)
{
	const char *name = name_of ? name_of(inode) : NULL;

	if (name)
		strbuf_adds(out, name);
	else
		strbuf_addu(out, inode);
}

void text_parts_comma(struct strbuf *out, size_t start)
{
	if (out->len > start)
		strbuf_adds(out, ", ");
}
