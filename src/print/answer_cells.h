/* SPDX-License-Identifier: GPL-2.0-or-later */
/* answer_cells: what the columns of a table of sockets show (print/answer_table.h). */
#ifndef PRINT_ANSWER_CELLS_H
#define PRINT_ANSWER_CELLS_H

#include "model/crew.h"
#include "print/sink.h"
#include "print/table.h"

/* The subject of a line of the table. */
struct row {
	const struct socket *s;
	const struct socket *twin;     /* the same server in the other family; NULL: none */
	const struct holder *holder;   /* NULL: nobody */
	const struct process *process; /* whose that is */
	const struct crew *crew;       /* of which it is the leader; NULL: it stands for itself */
	const struct crews *crews;     /* all of the socket, in a list; NULL: not grouped */
	size_t folded;		       /* connections that it stands for; 0: for one */
	size_t left_out;	       /* such as are not shown */
	bool goes_on;		       /* the line above is about the same socket */
};

struct answer_table {
	const struct answer *a;
	const struct out_opts *opts;
	enum answer_view view;
	bool human; /* on a terminal, without -v */
	struct table table;
	struct strbuf cell;
	const unsigned char *columns;
	size_t nr_columns;
};

/* The columns, in the order in which they stand where none are chosen. */
enum {
	PROTO,
	STATE,
	LOCAL,
	REMOTE,
	PROCESS,
	PID,
	FD,
	USER,
	AGE,
	UP,
	NETNS,
	UNIT,
	CONTAINER,
	DIRECTORY,
	DETAILS,
	COMMAND,
	COLUMNS
};

struct answer_column {
	struct table_column look;
	void (*put)(struct answer_table *t, const struct row *r);
	bool of_socket; /* blank where the line above is about the same one */
};

extern const struct answer_column answer_cells[COLUMNS];

#endif
