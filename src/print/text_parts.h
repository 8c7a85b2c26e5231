/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text_parts: the pieces that event lines and tables have in common. They are not
 * escaped yet: names of processes and hosts are hostile, so the caller that prints a piece
 * escapes it (base/text.h; a table does so by itself).
 */
#ifndef PRINT_TEXT_PARTS_H
#define PRINT_TEXT_PARTS_H

#include "base/strbuf.h"
#include "print/sink.h"

/* "127.0.0.1:8000", "[::1]:*", with names "localhost:http". */
void text_parts_endpoint(struct strbuf *out, const struct out_names *names, uint8_t proto,
			 uint8_t family, const struct pw_addr *a, uint16_t port);

/* The address alone: "127.0.0.1", "::1", with names "localhost". */
void text_parts_address(struct strbuf *out, const struct out_names *names, uint8_t family,
			const struct pw_addr *a);

/* Likewise where it is bound: "127.0.0.53%lo:53", "[fe80::1%eth0]:53". device NULL or "": none. */
void text_parts_bound(struct strbuf *out, const struct out_names *names, uint8_t proto,
		      uint8_t family, const struct pw_addr *a, uint16_t port, const char *device);

/* "tracd[1479]"; pid 0 or no comm: only the other. */
void text_parts_process(struct strbuf *out, const char *comm, uint32_t pid);

/* In a sentence: "tracd (pid 1479, trac)"; user NULL: without. */
void text_parts_person(struct strbuf *out, const char *comm, uint32_t pid, const char *user);

/* Where a server can be reached: "*:8000" where it takes any address of both families, by one
 * socket or with its twin (NULL: none); "127.0.0.1,[::1]:8000". */
void text_parts_served(struct strbuf *out, const struct out_names *names, const struct socket *s,
		       const struct socket *twin);

/* Add the arguments of the process, divided by blanks; nothing where they are not known. */
void text_parts_command(struct strbuf *out, const struct process *p);

/* Add the name of the namespace if it has one, else its inode number. */
void text_parts_netns(struct strbuf *out, out_netns_name name_of, uint32_t inode);

/* Begin the next of several things: add a comma and a blank unless it is the first
 * behind `start`. */
void text_parts_comma(struct strbuf *out, size_t start);

/* Begin the next of several things with a semicolon and a blank, unless it is the first of all. */
void text_parts_semicolon(struct strbuf *out);

#endif
