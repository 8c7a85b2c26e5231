# Is the command that was typed one of these? "none": there is none yet.
function __portwatch_in
    set -l command none
    set -l last
    for word in (commandline -opc)[2..]
        if contains -- $word $__portwatch_commands
            set command $word
        else if test $word = --free
            set command free
        else if string match -qr '^[0-9]' -- $word; and not string match -q -- '-*' $last
            set command who
        else
            set last $word
            continue
        end
        break
    end
    contains -- $command $argv
end

function __portwatch_ports
    set -l program (commandline -opc)[1]
    begin
        $program list --listening --no-header; or ss -Hltun
    end 2>/dev/null | awk '$1 ~ /^(tcp|udp)/ { for (i = 3; i < 6; i++) if (sub(/.*:/, "", $i)) { print $i; break } }' | sort -nu
end

# Those that have a port, and their names.
function __portwatch_pids
    set -l program (commandline -opc)[1]
    for pid in ($program list --pids 2>/dev/null)
        printf '%s\t%s\n' $pid (cat /proc/$pid/comm 2>/dev/null)
    end
end

function __portwatch_comms
    __portwatch_pids | string replace -r '^.*\t' '' | sort -u
end

function __portwatch_netnss
    printf '%s\n' self all
    ls /run/netns 2>/dev/null
end

function __portwatch_signals
    set -l program (commandline -opc)[1]
    $program free -l 2>/dev/null | string split -n ' '
end

