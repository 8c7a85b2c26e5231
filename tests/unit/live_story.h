/* SPDX-License-Identifier: GPL-2.0-or-later */
/* live_story: records of a trace for a story, and what it made of them. */
#ifndef UNIT_LIVE_STORY_H
#define UNIT_LIVE_STORY_H

#include "live/story.h"
#include "model/names.h"
#include "unit.h"

#define SERVER 100
#define CLIENT 200
#define LISTENER 0xffff888000000100ull
#define CHILD 0xffff888000000200ull
#define ACTIVE 0xffff888000000300ull

unit_fn struct strbuf said;
unit_fn struct story story;
unit_fn bool server_has_ended;
unit_fn bool bind_is_told;
unit_fn int listens; /* what listen() returns */

unit_fn bool process(void *arg, uint32_t tid, struct pw_actor *ret, uint32_t *ret_netns)
{
	(void)arg;
	if (!tid)
		return false;
	*ret = actor(tid, "fixture");
	*ret_netns = 1;
	return true;
}

unit_fn bool has_ended(void *arg, uint32_t tgid)
{
	(void)arg;
	return tgid == SERVER && server_has_ended;
}

unit_fn uint64_t inode(void *arg, uint32_t tid, int fd)
{
	(void)arg;
	(void)tid;
	return fd;
}

unit_fn void older(void *arg, struct pw_sock *s)
{
	(void)arg;
	if (s->lport == 8000 && s->state == PW_LISTEN)
		s->creator = actor(SERVER, "old");
}

unit_fn bool is_bound(void *arg, const struct pw_sock *s)
{
	(void)arg;
	(void)s;
	return bind_is_told;
}

unit_fn int on_event(void *arg, const struct pw_event *ev)
{
	(void)arg;
	strbuf_addf(&said, "%s %u", names_event(ev->kind), ev->lport);
	if (ev->kind == PW_EV_STATE)
		strbuf_addf(&said, " %s>%s", names_state(ev->old_state),
			    names_state(ev->new_state));
	if (ev->kind == PW_EV_BIND_FAILED)
		strbuf_addf(&said, " %s %d", names_call(ev->call), ev->error);
	if (ev->actor.tgid)
		strbuf_addf(&said, " by %u%s", ev->actor.tgid,
			    ev->flags & PW_EF_INFERRED ? "?" : "");
	strbuf_adds(&said, ";");
	return 0;
}

unit_fn int setup(void **state)
{
	const struct story_ops ops = {
		.process = process,
		.has_ended = has_ended,
		.inode = inode,
		.older = older,
		.is_bound = is_bound,
	};

	(void)state;
	story_init(&story, &ops);
	story.emit = on_event;
	story.somaxconn = 4096;
	server_has_ended = bind_is_told = false;
	listens = 0;
	return 0;
}

unit_fn int teardown(void **state)
{
	(void)state;
	story_done(&story);
	strbuf_done(&said);
	return 0;
}

unit_fn struct trace trace(enum trace_kind kind, uint32_t tid, uint64_t sk)
{
	return (struct trace){
		.time_ns = 1000,
		.kind = kind,
		.tid = tid,
		.in_process = tid != 0,
		.sk = sk,
		.proto = PW_TCP,
		.family = PW_INET,
		.lport = sk == ACTIVE ? 40000 : 8000,
		.rport = sk == ACTIVE ? 8000 :
			 sk == CHILD  ? 40000 :
					0,
	};
}

/* tid 0: in an interrupt */
unit_fn void changes(uint64_t sk, uint32_t tid, uint8_t old, uint8_t new)
{
	struct trace t = trace(TRACE_STATE, tid, sk);

	t.old_state = old;
	t.new_state = new;
	assert_int_equal(story_tell(&story, &t), 0);
}

unit_fn void ends(uint64_t sk, uint32_t tid)
{
	struct trace t = trace(TRACE_DESTROY, tid, sk);

	assert_int_equal(story_tell(&story, &t), 0);
}

unit_fn void calls(enum trace_kind kind, uint32_t tid, int fd)
{
	struct trace t = { .time_ns = 1000, .kind = kind, .tid = tid, .in_process = true };

	t.fd = fd;
	t.ret = kind == TRACE_LISTENS ? listens : 7;
	assert_int_equal(story_tell(&story, &t), 0);
}

unit_fn void assert_said(const char *what)
{
	assert_string_equal(said.len ? strbuf_str(&said) : "", what);
	strbuf_reset(&said);
}

unit_fn void listen_as(uint32_t tid, uint64_t sk, int fd)
{
	calls(TRACE_LISTEN, tid, fd);
	changes(sk, tid, PW_CLOSE, PW_LISTEN);
	if (listens)
		changes(sk, tid, PW_LISTEN, PW_CLOSE);
	calls(TRACE_LISTENS, tid, fd);
}

unit_fn void arrive(void)
{
	changes(CHILD, 0, PW_LISTEN, PW_SYN_RECV);
	changes(CHILD, 0, PW_SYN_RECV, PW_ESTABLISHED);
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

#endif
