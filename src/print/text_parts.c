// SPDX-License-Identifier: GPL-2.0-or-later
#include "print/text_parts.h"

#include "base/addr.h"
#include "print/answer_entry.h"

#define NAME_LEN 256 /* NI_MAXHOST is 1025, but no host name is longer than 253 */

static void add_device(struct strbuf *out, const char *device)
{
	if (device && *device) {
		strbuf_addc(out, '%');
		strbuf_adds(out, device);
	}
}

static void add_host(struct strbuf *out, const struct out_names *names, uint8_t family,
		     const struct pw_addr *a, const char *device)
{
	char buf[NAME_LEN];
	size_t n;

	/* The wildcard has no name. */
	if (names && names->host && !addr_is_any(family, a) &&
	    names->host(names->arg, family, a, buf, sizeof(buf))) {
		strbuf_adds(out, buf);
		add_device(out, device);
		return;
	}
	n = addr_format(family, a, buf);
	if (family == PW_INET6)
		strbuf_addc(out, '[');
	strbuf_add(out, buf, n);
	add_device(out, device);
	if (family == PW_INET6)
		strbuf_addc(out, ']');
}

static void add_port(struct strbuf *out, const struct out_names *names, uint8_t proto,
		     uint16_t port)
{
	char buf[NAME_LEN];

	strbuf_addc(out, ':');
	if (port && names && names->port && names->port(names->arg, proto, port, buf, sizeof(buf)))
		strbuf_adds(out, buf);
	else if (port)
		strbuf_addu(out, port);
	else
		strbuf_addc(out, '*');
}

void text_parts_address(struct strbuf *out, const struct out_names *names, uint8_t family,
			const struct pw_addr *a)
{
	char buf[NAME_LEN];

	if (names && names->host && !addr_is_any(family, a) &&
	    names->host(names->arg, family, a, buf, sizeof(buf)))
		strbuf_adds(out, buf);
	else
		strbuf_add(out, buf, addr_format(family, a, buf));
}

void text_parts_bound(struct strbuf *out, const struct out_names *names, uint8_t proto,
		      uint8_t family, const struct pw_addr *a, uint16_t port, const char *device)
{
	add_host(out, names, family, a, device);
	add_port(out, names, proto, port);
}

void text_parts_endpoint(struct strbuf *out, const struct out_names *names, uint8_t proto,
			 uint8_t family, const struct pw_addr *a, uint16_t port)
{
	text_parts_bound(out, names, proto, family, a, port, NULL);
}

void text_parts_served(struct strbuf *out, const struct out_names *names, const struct socket *s,
		       const struct socket *twin)
{
	bool any = addr_is_any(s->s.family, &s->s.laddr);
	const struct socket *v4 = s->s.family == PW_INET ? s : twin;
	const struct socket *v6 = s->s.family == PW_INET ? twin : s;

	if (any && (twin || answer_entry_is_dual(s))) {
		strbuf_addc(out, '*');
		add_device(out, s->device);
		add_port(out, names, s->s.proto, s->s.lport);
		return;
	}
	if (twin) {
		char buf[ADDR_LEN];
		size_t n = addr_format(v4->s.family, &v4->s.laddr, buf);

		strbuf_add(out, buf, n);
		add_device(out, s->device);
		strbuf_addc(out, ',');
	}
	s = twin ? v6 : s;
	text_parts_bound(out, names, s->s.proto, s->s.family, &s->s.laddr, s->s.lport, s->device);
}

void text_parts_command(struct strbuf *out, const struct process *p)
{
	size_t len = p->cmdline_len;

	while (p->cmdline && len && !p->cmdline[len - 1])
		len--;
	for (size_t i = 0; p->cmdline && i < len; i++)
		strbuf_addc(out, p->cmdline[i] ? p->cmdline[i] : ' ');
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

void text_parts_person(struct strbuf *out, const char *comm, uint32_t pid, const char *user)
{
	strbuf_add(out, comm, strnlen(comm, PW_COMM_LEN));
	strbuf_adds(out, *comm ? "" : "a nameless process");
	strbuf_addf(out, " (pid %u", pid);
	if (user)
		strbuf_addf(out, ", %s", user);
	strbuf_addc(out, ')');
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

void text_parts_semicolon(struct strbuf *out)
{
	strbuf_adds(out, out->len ? "; " : "");
}
