/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * json_parts: the pieces that events and answers have in common (portwatch.json(5)), so
 * that an address or a process looks the same wherever it is met.
 */
#ifndef PRINT_JSON_PARTS_H
#define PRINT_JSON_PARTS_H

#include "model/condition.h"
#include "model/reach.h"
#include "portwatch.h"
#include "print/json.h"
#include "print/sink.h"
#include "print/when.h"

/* "time":"2026-01-01T12:00:00.000000Z"; 0 is unknown and left out. */
void json_parts_time(struct json *j, const char *key, struct when *w, uint64_t boot_ns);

/* "local":{"addr":"::","port":8000}; without port 0. */
void json_parts_address(struct json *j, const char *key, uint8_t family, const struct pw_addr *a,
			uint16_t port);

/* "netns":4026531840,"netns_name":"blue", the name if it is known; 0 is left out. */
void json_parts_netns(struct json *j, out_netns_name name_of, uint32_t inode);

/* "pid":812,"comm":"curl", inside of an object. */
void json_parts_actor(struct json *j, const struct pw_actor *actor);

/* "conditions": what a process is in the middle of; nothing if nothing. */
void json_parts_condition(struct json *j, const struct condition *c);

/* "shared_by" and "localhost" of a port; nothing where it is plain. */
void json_parts_reach(struct json *j, const struct reach *r);

/* "unknown", as an answer has it; nothing if nothing is. */
void json_parts_unknown(struct json *j, unsigned int unknown);

#endif
