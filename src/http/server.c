// SPDX-License-Identifier: GPL-2.0-or-later
#include "http/server.h"

#include <errno.h>
#include <limits.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "http/accept.h"
#include "http/host.h"

#define MAX_CONNECTIONS 32u
/* The library accepts no connection beyond its own limit, and a few are accepted before the
 * connections that make room for them are gone. */
#define MAX_CLIENTS (2 * MAX_CONNECTIONS)
#define TIMEOUT_S 10u
#define REQUEST_NS (15 * NSEC_PER_SEC) /* however slowly it is sent, and its answer read */
#define CONNECTION_BYTES ((size_t)32 * 1024)
/* The part of an answer that the kernel may take at once. By itself it takes megabytes for each
 * client that does not read them, and other clients wait for the copying. */
#define SEND_BYTES (128 * 1024)

#define TYPE_OPENMETRICS "application/openmetrics-text; version=1.0.0; charset=utf-8"
#define TYPE_PROMETHEUS "text/plain; version=0.0.4; charset=utf-8"
#define TYPE_TEXT "text/plain; charset=utf-8"
#define TYPE_HTML "text/html; charset=utf-8"

static const char front_page[] =
	"<!DOCTYPE html>\n<html lang=\"en\"><head><title>portwatch</title></head>\n"
	"<body><h1>portwatch</h1>\n<p>Who owns which port, for Prometheus: "
	"<a href=\"/metrics\">/metrics</a></p></body></html>\n";

struct client {
	struct MHD_Connection *connection; /* NULL: free */
	uint64_t since_ns;		   /* of its present request */
	bool ended;			   /* shut down, and not closed yet */
};

/* A page as it was written last; connections that still send it have a reference of their own. */
struct kept {
	struct MHD_Response *response; /* NULL: none */
	uint64_t version;
};

struct server {
	struct MHD_Daemon *daemon;
	int epoll_fd;
	struct server_page page;
	struct kept kept[2]; /* by format */
	struct client clients[MAX_CLIENTS];
};

static struct MHD_Response *with_type(struct MHD_Response *r, const char *type, bool varies)
{
	if (!r)
		return NULL;
	MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	if (varies)
		MHD_add_response_header(r, MHD_HTTP_HEADER_VARY, MHD_HTTP_HEADER_ACCEPT);
	return r;
}

static enum MHD_Result reply(struct MHD_Connection *c, unsigned int status, const char *type,
			     const char *body)
{
	struct MHD_Response *r = with_type(
		MHD_create_response_from_buffer(strlen(body), (void *)body, MHD_RESPMEM_MUST_COPY),
		type, status == MHD_HTTP_OK);
	enum MHD_Result result;

	if (!r)
		return MHD_NO;
	if (status == MHD_HTTP_BAD_REQUEST || status == MHD_HTTP_MISDIRECTED_REQUEST)
		MHD_add_response_header(r, MHD_HTTP_HEADER_CONNECTION, "close");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(r, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	result = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	return result;
}

static enum MHD_Result reply_text(struct MHD_Connection *c, unsigned int status, const char *text)
{
	return reply(c, status, TYPE_TEXT, text);
}

static void forget(struct kept *k)
{
	if (k->response)
		MHD_destroy_response(k->response);
	*k = (struct kept){};
}

/* NULL: no memory. */
static struct MHD_Response *write_page(struct server *s, bool openmetrics)
{
	_cleanup_(strbuf_done) struct strbuf body = {};
	struct MHD_Response *r;
	size_t len;
	char *text;

	s->page.write(s->page.arg, openmetrics, &body);
	len = body.len;
	text = strbuf_steal(&body);
	if (!text)
		return NULL;
	r = MHD_create_response_from_buffer(len, text, MHD_RESPMEM_MUST_FREE);
	if (!r)
		free(text);
	return with_type(r, openmetrics ? TYPE_OPENMETRICS : TYPE_PROMETHEUS, true);
}

static enum MHD_Result reply_metrics(struct server *s, struct MHD_Connection *c)
{
	bool openmetrics = accept_openmetrics(
		MHD_lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT));
	_cleanup_(strbuf_done) struct strbuf why = {};
	struct kept *k = &s->kept[openmetrics];
	uint64_t version;
	int err = s->page.look(s->page.arg, &version, &why);

	if (err)
		return reply_text(c, MHD_HTTP_SERVICE_UNAVAILABLE, strbuf_str(&why));
	if (!k->response || k->version != version) {
		forget(k);
		*k = (struct kept){ write_page(s, openmetrics), version };
	}
	if (!k->response)
		return reply_text(c, MHD_HTTP_SERVICE_UNAVAILABLE, "out of memory\n");
	return MHD_queue_response(c, MHD_HTTP_OK, k->response);
}

static void end(struct client *p)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(p->connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	if (info)
		shutdown(info->connect_fd, SHUT_RDWR);
	p->ended = true;
}

/* Clients that say nothing or read nothing would keep others waiting until they are timed out. */
static void make_room(struct server *s)
{
	struct client *oldest = NULL;
	size_t nr = 0;

	for (struct client *p = s->clients; p < s->clients + MAX_CLIENTS; p++) {
		if (!p->connection || p->ended)
			continue;
		nr++;
		if (!oldest || p->since_ns < oldest->since_ns)
			oldest = p;
	}
	if (nr > MAX_CONNECTIONS)
		end(oldest);
}

static void on_connection(void *arg, struct MHD_Connection *c, void **context,
			  enum MHD_ConnectionNotificationCode what)
{
	struct server *s = arg;
	struct client *p = *context;

	if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (p)
			p->connection = NULL;
		return;
	}
	for (p = s->clients; p < s->clients + MAX_CLIENTS && p->connection; p++)
		;
	if (p == s->clients + MAX_CLIENTS)
		return;
	*p = (struct client){ c, clock_monotonic_ns(), false };
	*context = p;
	make_room(s);
}

static void on_answered(void *arg, struct MHD_Connection *c, void **begun,
			enum MHD_RequestTerminationCode how)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct client *p = info ? info->socket_context : NULL;

	(void)arg;
	(void)begun;
	(void)how;
	if (p)
		p->since_ns = clock_monotonic_ns();
}

/* A byte now and then is no silence, and would keep its connection for ever. */
static void close_stuck(struct server *s)
{
	uint64_t now = clock_monotonic_ns();

	for (struct client *p = s->clients; p < s->clients + MAX_CLIENTS; p++)
		if (p->connection && !p->ended && now - p->since_ns >= REQUEST_NS)
			end(p);
}

/* The address that the client has connected to. False: not by IP. */
static bool local_address(struct MHD_Connection *c, uint8_t *ret_family, struct pw_addr *ret)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct sockaddr_storage at = {};
	socklen_t len = sizeof(at);

	if (!info || getsockname(info->connect_fd, (struct sockaddr *)&at, &len))
		return false;
	*ret = (struct pw_addr){};
	if (at.ss_family == AF_INET)
		memcpy(ret, &((struct sockaddr_in *)&at)->sin_addr, sizeof(struct in_addr));
	else if (at.ss_family == AF_INET6)
		memcpy(ret, &((struct sockaddr_in6 *)&at)->sin6_addr, sizeof(struct in6_addr));
	else
		return false;
	*ret_family = at.ss_family == AF_INET ? PW_INET : PW_INET6;
	return true;
}

struct headers {
	struct MHD_Connection *connection;
	const struct opt_list *hosts;
	unsigned int nr_hosts, nr_lengths, nr_codings;
	bool foreign;
};

static enum MHD_Result on_header(void *arg, enum MHD_ValueKind kind, const char *name,
				 size_t name_len, const char *value, size_t value_len)
{
	struct headers *h = arg;
	struct pw_addr local;
	uint8_t family = 0;

	(void)kind;
	(void)name_len;
	if (!strcasecmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH))
		h->nr_lengths++;
	else if (!strcasecmp(name, MHD_HTTP_HEADER_TRANSFER_ENCODING))
		h->nr_codings++;
	if (strcasecmp(name, MHD_HTTP_HEADER_HOST) != 0)
		return MHD_YES;
	h->nr_hosts++;
	local_address(h->connection, &family, &local);
	h->foreign |=
		!host_is_ours(value ? value : "", value ? value_len : 0, family, &local, h->hosts);
	return MHD_YES;
}

/* Refuse what no honest client sends, before the rest of the request is read: RFC 9112, 3.2 and
 * 6.3. True: refused, and `ret` is what to return to the library. */
static bool refused(const struct server *s, struct MHD_Connection *c, const char *method,
		    const char *version, enum MHD_Result *ret)
{
	struct headers h = { .connection = c, .hosts = s->page.hosts };

	MHD_get_connection_values_n(c, MHD_HEADER_KIND, on_header, &h);
	if (h.nr_hosts > 1 || (!h.nr_hosts && strcmp(version, MHD_HTTP_VERSION_1_0) != 0))
		*ret = reply_text(c, MHD_HTTP_BAD_REQUEST, "a request has one Host\n");
	else if (h.foreign)
		*ret = reply_text(
			c, MHD_HTTP_MISDIRECTED_REQUEST,
			"that Host is not served here, see portwatch export --allow-host\n");
	else if (h.nr_lengths + h.nr_codings > 1)
		*ret = reply_text(c, MHD_HTTP_BAD_REQUEST, "a request has one length\n");
	else if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 &&
		 strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		*ret = reply_text(c, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD\n");
	else
		return false;
	return true;
}

/* Called at least twice for a request: with its head, with what it brings along, at its end. */
static enum MHD_Result on_request(void *arg, struct MHD_Connection *c, const char *url,
				  const char *method, const char *version, const char *data,
				  size_t *data_size, void **begun)
{
	struct server *s = arg;
	enum MHD_Result result;

	(void)data;
	if (!*begun) {
		*begun = arg;
		return refused(s, c, method, version, &result) ? result : MHD_YES;
	}
	if (*data_size) {
		*data_size = 0;
		return MHD_YES;
	}
	if (!strcmp(url, "/metrics"))
		return reply_metrics(s, c);
	if (!strcmp(url, "/"))
		return reply(c, MHD_HTTP_OK, TYPE_HTML, front_page);
	return reply_text(c, MHD_HTTP_NOT_FOUND, "there is only /metrics\n");
}

/* No path of ours has anything to unescape, and "/metrics%00x" would end at the NUL. */
static size_t keep_escapes(void *arg, struct MHD_Connection *c, char *text)
{
	(void)arg;
	(void)c;
	return strlen(text);
}

int server_new(int fd, const struct server_page *page, struct server **ret)
{
	struct server *s = calloc(1, sizeof(*s));
	const union MHD_DaemonInfo *info;
	int send_bytes = SEND_BYTES;

	if (!s)
		return -ENOMEM;
	s->page = *page;
	/* Connections inherit it. */
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &send_bytes, sizeof(send_bytes));
	errno = 0;
	s->daemon = MHD_start_daemon(
		MHD_USE_EPOLL, 0, NULL, NULL, on_request, s, MHD_OPTION_LISTEN_SOCKET, fd,
		MHD_OPTION_CONNECTION_LIMIT, MAX_CLIENTS, MHD_OPTION_CONNECTION_TIMEOUT, TIMEOUT_S,
		MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_BYTES, MHD_OPTION_NOTIFY_CONNECTION,
		on_connection, s, MHD_OPTION_NOTIFY_COMPLETED, on_answered, s, MHD_OPTION_END);
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
	if (!s)
		return NULL;
	if (s->daemon)
		MHD_stop_daemon(s->daemon);
	for (size_t i = 0; i < ARRAY_SIZE(s->kept); i++)
		forget(&s->kept[i]);
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
	/* At its limit of connections it does not watch its socket, and only a call that begins
	 * below the limit takes that up again: after the last connection has gone, nothing else
	 * would bring such a call about. */
	do {
		before = connections(s);
		if (MHD_run(s->daemon) != MHD_YES)
			return -EIO;
	} while (connections(s) < before);
	return 0;
}
