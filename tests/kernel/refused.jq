# SPDX-License-Identifier: GPL-2.0-or-later
#
# Find faults in the answers that were given while facilities were refused: a line for each fault,
# none if all are right or say what they do not know. The input of judge:
#
#	{word}		a regular expression that the names of what was refused match
#	{may}		the facts that may be missing because of that
#	{scene}		what is true: {netns, held, bound, timewait, free, other, fresh, own}, each of the last
#			seven {port, pid, netns}, as far as there are such; {outside}: the holders are outside of
#			the PID namespace that is asked from, and have no number there
#	{runs}		of portwatch, each {name, check, status, out, err, hit}: which check is for it, how it ended,
#			what it printed, whether it ran into what was refused
#
# A check gets one run, with word, may, scene and runs besides.

# The words that a line for people has for a fact.
def facts: {
	"holders": "hold|process|owner",
	"other-holders": "other|every process|unreadable|not readable",
	"creator": "creat|opened|made it",
	"bound-sockets": "bound",
	"timewait": "TIME-WAIT",
	"netns": "namespace",
	"events": "event|tracker|hook|attach|load",
	"bind-options": "option|SO_REUSE",
	"device": "device",
	"netns-bound-sockets": "bound",
	"closing-times": "closing"
};

# Collected, since jq 1.6 takes an end of first() for an error of what it comes from.
def doc: [.out | select(test("^\\s*[{]")) | fromjson?][0];
def unknown: [doc.unknown? // [] | .[]];
def unknown($fact): unknown | index($fact) != null;
def lines: [.err | split("\n")[] | select(. != "")];
def unless(right; text): if right then empty else text end;

# Of every run, whatever was asked.
def common:
	.may as $may | (doc | .source? == "snapshot" or .degraded? == true) as $no_past |
	unless(.status != 124 and .status != 137; "hung: it had not ended after the time that a cell has"),
	unless(.status < 126 or .status == 137; "died: status \(.status)"),
	unless(all(lines[]; test("^(portwatch: |[0-9]+/(tcp|udp): )")); "strange lines on standard error: \(lines)"),
	(unknown[] | select(in(facts) | not) | "an unknown fact that has no such name: \(.)"),
	(unknown[] | select(in(facts)) | select(IN($may[]) or (. == "creator" and $no_past) | not)
		| "\(.) is said to be unknown, but there are other sources for it");

# A command that ends without an answer says why: a line names one of the facts that were asked for and may
# be missing, and what was refused. $statuses: the exit statuses that say so.
def failed($asked; $statuses):
	. as $run | [$asked[] | select(IN($run.may[]))] as $missing | (lines | join("; ")) as $line |
	if .status | IN($statuses[]) | not then "no answer, and status \(.status): \($line)"
	elif lines | length != 1 then "no answer, and not one line that says why, but \(lines)"
	elif $missing == [] then "no answer, though there are other sources for \($asked | join(", ")): \($line)"
	else
		unless(any($missing[]; facts[.] as $words | $line | test($words; "i"));
			"the line does not name what is missing (\($missing | join(", "))): \($line)"),
		unless(.word as $word | $line | test($word); "the line does not name what was refused: \($line)")
	end;

# With a document the checks hold, and the status is the one that was asked for, or 5 if facts are missing, or 3 if the
# processes are not ours to see.
def answered($asked; $status; checks):
	common,
	if doc == null then failed($asked; [5])
	else checks, unless(.status == $status or (.status == 5 and unknown != []) or
		(IN(.status; 1, 3) and doc.free == false and unknown("holders")); "status \(.status) instead of \($status)")
	end;

def pids: [.owners[]?.pid] | sort;

# The socket of this place in the scene: there, in this state, with its owner, or with none and a reason.
def socket($place; $state):
	(.scene[$place]) as $true | ($true.netns // .scene.netns) as $netns |
	[doc.sockets[]? | select(.proto == "tcp" and .local.port == $true.port and .netns == $netns)] as $found |
	if [$found[].state] != [$state] then "\($place) port: sockets \([$found[].state]) instead of one in \($state)"
	elif ($found[0] | pids) == [$true.pid // empty] then empty
	elif .scene.outside and [$found[0].owners[] | [.pid, .comm]] == [[null, "portfix"]] then empty
	elif ($found[0] | pids) != [] then "\($place) port: owners \($found[0] | pids) instead of \($true.pid)"
	else unless(unknown("holders"); "\($place) port: no owner, and holders are not said to be unknown")
	end;

# The verdict about the port of this place
def verdict($place):
	.scene[$place].port as $port | first(doc.ports[]? | select(.port == $port and .proto == "tcp")) // {};

def held($place):
	socket($place; "LISTEN"),
	(verdict($place) | unless(.why == "held" and .bindable == false; "\($place) port: why \(.why), bindable \(.bindable)"));

# No claim may rest on what is not known.
def not_free($place):
	verdict($place) | unless(.why != "free" and .bindable != true; "\($place) port: it is said to be free");

def bound:
	if unknown("bound-sockets") then not_free("bound")
	else socket("bound"; "BOUND"), (verdict("bound") | unless(.why == "bound"; "bound port: why \(.why)"))
	end;

def timewait:
	if unknown("timewait") then not_free("timewait")
	else
		socket("timewait"; "TIME_WAIT"),
		(verdict("timewait") | unless(.why == "timewait"; "TIME-WAIT: why \(.why)")),
		unless(any(doc.sockets[]; .expires_ms > 0 and .expires_ms <= 62000); "TIME-WAIT: no time that is left")
	end;

def free:
	(verdict("free") | unless(.why == "free" and .bindable == true; "free port: why \(.why), bindable \(.bindable)"));

def who: answered(["holders", "bound-sockets", "timewait"]; 0; held("held"), bound, timewait,
	if unknown("bound-sockets") then empty else free end);
def who_free: answered(["bound-sockets"]; 1; if unknown("bound-sockets") then empty else free end);
# Asked for this port alone, 1 would mean that it is free.
def who_bound: answered(["bound-sockets"]; 0; bound),
	unless(.status != 0 or (unknown("bound-sockets") | not); "status 0, though it is not known whether it is bound");

def who_text:
	common,
	if .status != 0 and .status != 5 then failed(["holders"]; [5])
	elif .scene.held.pid as $pid | .out | test("portfix(\\[| \\(pid )\($pid)\\b") then empty
	else unless(.may | index("holders"); "text: not the owner, though there are other sources"),
		unless(.out + .err | test(facts.holders; "i"); "text: neither the owner nor a line about holders: \(.out)")
	end;

def list: answered(["holders", "bound-sockets", "netns"]; 0;
	socket("held"; "LISTEN"),
	if unknown("bound-sockets") then empty else socket("bound"; "BOUND") end,
	if unknown("netns") then empty else socket("other"; "LISTEN") end);

# $place: whose processes are to be ended; $done: really
def freed($place; $done):
	.scene[$place] as $true |
	if .scene.outside then
		unless(doc.free != true and all(doc.processes[]?; .pid == null); "a process of another PID namespace, or a free port")
	else
	([doc.processes[]?.pid] - [$true.pid] | unless(. == []; "other processes are to be ended: \(.)")),
	if unknown("holders") and [doc.processes[]?.pid] == [] then
		unless(doc.free != true; "\($place) port: free, but holders are not known")
	else
		unless([doc.processes[]?.pid] == [$true.pid]; "\($place) port: processes \([doc.processes[]?.pid]) instead of \($true.pid)"),
		unless(doc.free == $done or (unknown("bound-sockets") and doc.free == false); "\($place) port: free is \(doc.free) instead of \($done)")
	end end;

def free_plan: answered(["holders"]; 1; freed("held"; false));
def free_really: answered(["holders"]; 0; freed("own"; true));
def wait: common, if .status == 0 then empty else failed(["events", "bound-sockets"]; [5]) end;

def timewait_once: answered(["timewait"]; 0;
	.scene.timewait.port as $port |
	if unknown("timewait") then unless(doc.total.current != 0; "TIME-WAIT: none, though they are not known")
	else
		unless(doc.total.current >= 1; "TIME-WAIT: total \(doc.total.current)"),
		unless(any(doc.by_port[]?; .port == $port and .current >= 1); "TIME-WAIT: port \($port) is not in by_port")
	end);

# Lines of a metric with all of these labels
def metric($name; $labels):
	[.out | split("\n")[] | select(test("^\($name)[{ ]")) | . as $line | select(all($labels[]; . as $l | $line | contains($l)))];
def value: split(" ")[-1] | tonumber;

def export:
	common, (.may | index("holders")) as $holders | "port=\"\(.scene.held.port)\"" as $port |
	if .status != 0 then failed(["holders", "timewait"]; [5]) else
		unless(.out | test("# EOF\n$"); "metrics: no end"),
		unless($holders or (metric("portwatch_listener_info"; [$port, "comm=\"portfix\""]) | length == 1);
			"metrics: the owner of the held port is missing"),
		(metric("portwatch_listener_processes"; [$port]) | unless(all(.[]; value >= 1); "metrics: nobody holds the held port: \(.)")),
		(metric("portwatch_sockets"; ["proto=\"tcp\"", "state=\"LISTEN\""])
			| unless(length == 1 and (.[0] | value >= 1); "metrics: no listening socket: \(.)")),
		(metric("portwatch_timewait_sockets"; []) | unless(all(.[]; value >= 1); "metrics: no TIME-WAIT: \(.)")),
		unless(metric("portwatch_tracker_loaded"; []) | all(.[]; value == 0); "metrics: a tracker is loaded"),
		unless(metric("portwatch_accepts_total"; []) == []; "metrics: counters of a tracker that is not there")
	end;

def status_unloaded: common, unless(.status == 1 and doc.loaded == false; "status \(.status), loaded \(doc.loaded)");
# A tracker is loaded, but its pins may not be opened, and a line says so.
def pins_closed: . as $run | .hit and (.may | index("events")) != null and any(lines[]; test($run.word));
def status_loaded: common,
	unless((.status == 0 and doc.loaded == true) or (.status == 3 and doc == null and pins_closed);
		"status \(.status), loaded \(doc.loaded)");

# $works: who, list and free have been seen to answer. $sources: those that who has named
def doctor($works; $sources):
	.word as $word |
	common, unless(doc != null; "no document: \(lines)"),
	unless((.status == 0) == $works; "status \(.status), but who, list and free \(if $works then "" else "do not " end)work"),
	unless((.hit | not) or (.out + .err | test($word)); "what was refused is not named"),
	(doc.sources? // {} | objects | to_entries[] | select(($sources[.key] // .value) != .value)
		| "source of \(.key): \(.value), but who used \($sources[.key])");

def load:
	common, if .status == 0 then empty else failed(["events"]; [3, 4, 5]) end;
def who_loaded: answered(["holders"]; 0;
	held("fresh"), unless(doc.source == "tracker" or pins_closed; "source \(doc.source)"),
	(.scene.fresh.pid as $pid | doc.sockets[0].creator.pid as $creator |
		unless($creator == $pid or ($creator == null and unknown("creator")); "creator \($creator) instead of \($pid)")));
def unload: common, unless(.status == 0; "status \(.status): \(lines)");

def checked:
	if .check == "who" then who
	elif .check == "who_free" then who_free
	elif .check == "who_bound" then who_bound
	elif .check == "who_text" then who_text
	elif .check == "who_loaded" then who_loaded
	elif .check == "list" then list
	elif .check == "free_plan" then free_plan
	elif .check == "free_really" then free_really
	elif .check == "wait" then wait
	elif .check == "timewait_once" then timewait_once
	elif .check == "export" then export
	elif .check == "status_unloaded" then status_unloaded
	elif .check == "status_loaded" then status_loaded
	elif .check == "load" then load
	elif .check == "unload" then unload
	elif .check == "doctor" then
		. as $run |
		[.runs[] | select(.check | IN("who", "list", "free_plan")) | $run + .] as $asked |
		doctor(all($asked[]; .status < 3 and [checked] == [] and (unknown("holders") | not)); first($asked[] | select(.check == "who") | doc.sources?) // {})
	else "there is no check \(.check)"
	end;

def judge: . as $row | .runs[] | ($row + .) | .name as $name | checked | "  \($name): \(.)";
