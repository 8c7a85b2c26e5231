// SPDX-License-Identifier: GPL-2.0-or-later
#include "http/server.h"

#include <errno.h>
#include <limits.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "http/accept.h"

#define MAX_CONNECTIONS 32u
#define TIMEOUT_S 10u
#define REQUEST_NS 15000000000ull /* however slowly it is sent, and its answer read */
#define CONNECTION_BYTES ((size_t)32 * 1024)

#define TYPE_OPENMETRICS "application/openmetrics-text; version=1.0.0; charset=utf-8"
#define TYPE_PROMETHEUS "text/plain; version=0.0.4; charset=utf-8"
#define TYPE_TEXT "text/plain; charset=utf-8"
#define TYPE_HTML "text/html; charset=utf-8"

static const char front_page[] =
	"<!DOCTYPE html>\n<html lang=\"en\"><head><title>portwatch</title></head>\n"
	"<body><h1>portwatch</h1>\n<p>Who owns which port, for Prometheus: "
	"<a href=\"/metrics\">/metrics</a></p></body></html>\n";

struct place {
	struct MHD_Connection *connection; /* NULL: free */
	uint64_t since_ns;		   /* of its present request */
};

struct server {
	struct MHD_Daemon *daemon;
	int epoll_fd;
	server_page_fn page;
	void *arg;
	struct place places[MAX_CONNECTIONS];
};

static enum MHD_Result reply(struct MHD_Connection *c, unsigned int status, const char *type,
			     const char *body, size_t len)
{
	struct MHD_Response *r =
		MHD_create_response_from_buffer(len, (void *)body, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result result;

	if (!r)
		return MHD_NO;
	MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	if (status == MHD_HTTP_OK)
		MHD_add_response_header(r, MHD_HTTP_HEADER_VARY, MHD_HTTP_HEADER_ACCEPT);
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(r, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	result = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	return result;
}

static enum MHD_Result reply_text(struct MHD_Connection *c, unsigned int status, const char *text)
{
	return reply(c, status, TYPE_TEXT, text, strlen(text));
}

static enum MHD_Result reply_metrics(const struct server *s, struct MHD_Connection *c)
{
	const char *accept =
		MHD_lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT);
	bool openmetrics = accept_openmetrics(accept);
	struct strbuf body = {};
	enum MHD_Result result;
	const char *text;
	int err = s->page(s->arg, openmetrics, &body);

	if (!err)
		err = strbuf_error(&body);
	text = strbuf_str(&body); /* "" if there was no memory for it */
	result = reply(c, err ? MHD_HTTP_SERVICE_UNAVAILABLE : MHD_HTTP_OK,
		       err	   ? TYPE_TEXT :
		       openmetrics ? TYPE_OPENMETRICS :
				     TYPE_PROMETHEUS,
		       text, strlen(text));
	strbuf_done(&body);
	return result;
}

static void on_connection(void *arg, struct MHD_Connection *c, void **context,
			  enum MHD_ConnectionNotificationCode what)
{
	struct server *s = arg;
	struct place *p = *context;

	if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (p)
			p->connection = NULL;
		return;
	}
	for (p = s->places; p < s->places + MAX_CONNECTIONS; p++)
		if (!p->connection) {
			*p = (struct place){ c, clock_monotonic_ns() };
			*context = p;
			return;
		}
}

static void on_answered(void *arg, struct MHD_Connection *c, void **begun,
			enum MHD_RequestTerminationCode how)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct place *p = info ? info->socket_context : NULL;

	(void)arg;
	(void)begun;
	(void)how;
	if (p)
		p->since_ns = clock_monotonic_ns();
}

/* A byte now and then is no silence, and would hold its place for ever. */
static void close_stuck(struct server *s)
{
	uint64_t now = clock_monotonic_ns();

	for (struct place *p = s->places; p < s->places + MAX_CONNECTIONS; p++) {
		const union MHD_ConnectionInfo *info;

		if (!p->connection || now - p->since_ns < REQUEST_NS)
			continue;
		info = MHD_get_connection_info(p->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
		if (info)
			shutdown(info->connect_fd, SHUT_RDWR);
	}
}

/* Called at least twice for a request: with its head, with what it brings along, at its end. */
static enum MHD_Result on_request(void *arg, struct MHD_Connection *c, const char *url,
				  const char *method, const char *version, const char *data,
				  size_t *data_size, void **begun)
{
	const struct server *s = arg;

	(void)version;
	(void)data;
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return reply_text(c, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD\n");
	if (!*begun) {
		*begun = arg;
		return MHD_YES;
	}
	if (*data_size) {
		*data_size = 0;
		return MHD_YES;
	}
	if (!strcmp(url, "/metrics"))
		return reply_metrics(s, c);
	if (!strcmp(url, "/"))
		return reply(c, MHD_HTTP_OK, TYPE_HTML, front_page, sizeof(front_page) - 1);
	return reply_text(c, MHD_HTTP_NOT_FOUND, "there is only /metrics\n");
}

int server_new(int fd, server_page_fn fn, void *arg, struct server **ret)
{
	struct server *s = calloc(1, sizeof(*s));
	const union MHD_DaemonInfo *info;

	if (!s)
		return -ENOMEM;
	s->page = fn;
	s->arg = arg;
	errno = 0;
	s->daemon = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, on_request, s,
				     MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
				     MAX_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, TIMEOUT_S,
				     MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_BYTES,
				     MHD_OPTION_NOTIFY_CONNECTION, on_connection, s,
				     MHD_OPTION_NOTIFY_COMPLETED, on_answered, s, MHD_OPTION_END);
	info = s->daemon ? MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
	if (!info) {
		int err = errno ? -errno : -EIO;

		server_free(s);
		return err;
	}
	s->epoll_fd = info->epoll_fd;
	*ret = s;
	return 0;
}

struct server *server_free(struct server *s)
{
	if (s && s->daemon)
		MHD_stop_daemon(s->daemon);
	free(s);
	return NULL;
}

int server_fd(const struct server *s)
{
	return s->epoll_fd;
}

int server_timeout(struct server *s)
{
	MHD_UNSIGNED_LONG_LONG ms;

	if (MHD_get_timeout(s->daemon, &ms) != MHD_YES)
		return -1;
	return ms < INT_MAX ? (int)ms : INT_MAX;
}

static unsigned int connections(const struct server *s)
{
	const union MHD_DaemonInfo *info =
		MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);

	return info ? info->num_connections : 0;
}

int server_run(struct server *s)
{
	unsigned int before;

	close_stuck(s);
	/* With all places taken it does not watch its socket, and only a call that begins with
	 * free ones takes that up again: after the last connection has gone, nothing else would
	 * bring one about. */
	do {
		before = connections(s);
		if (MHD_run(s->daemon) != MHD_YES)
			return -EIO;
	} while (connections(s) < before);
	return 0;
}
