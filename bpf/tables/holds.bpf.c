// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Run by hand: does this struct sock still occupy this port? The hooks of release come before the
 * kernel gives the port back, by as long as it takes to reset the connections that a listener
 * leaves behind.
 */
#include "sock.h"

/* args: address, port, cookie (0: any). */
SEC("raw_tp")
int holds_port(__u64 *args)
{
	struct sock *sk = (void *)args[0];
	__u64 cookie;

	if (!sock_is_there(sk) || sock_lport(false, sk) != (__u16)args[1])
		return 0;
	cookie = sock_cookie_field(false, sk);
	return !args[2] || !cookie || cookie == args[2];
}

char LICENSE[] SEC("license") = "GPL";
