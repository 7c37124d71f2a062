#!/bin/sh
# packaging/man.sh POSTERN: the manual page postern(1) in mdoc, on standard output, from what the program says of itself, so
# that neither can be older than the other.
set -eu
postern=$1
# Text as roff has to be given it: no backslash, and no line that begins with a dot or a quote, is a command.
text() { sed -e 's/\\/\\e/g' -e "s/^\([.']\)/\\\\\&\1/"; }

cat <<PAGE
.Dd $(date -u -d "@${SOURCE_DATE_EPOCH:-$(date +%s)}" "+%B %-d, %Y")
.Dt POSTERN 1
.Os "postern $("$postern" version | sed 's/^postern //')"
.Sh NAME
.Nm postern
.Nd border control that keeps screening when its centre is under attack
.Sh SYNOPSIS
.Nm
.Ar command
.Op Ar argument ...
.Nm
.Cm help
.Op Ar command
.Sh DESCRIPTION
Posts at seaports, airports and land crossings that decide alone,
keepers that remember for all of them and cannot read, and a national
centre that can be wiped and proven whole again are all this one program.
Each command is described by what it says when asked for help.
.Bl -tag -width Ds
PAGE
"$postern" help | sed -n 's/^  \([a-z]*\) .*/\1/p' | while read -r command; do
    printf '.It Ic %s\n' "$command"
    "$postern" help | sed -n "s/^  $command  *//p" | text
    [ "$command" = version ] || {
        echo '.Bd -literal'
        "$postern" "$command" --help </dev/null | sed 1,2d | text
        echo '.Ed'
    }
done
cat <<'PAGE'
.El
.Sh FILES
.Bl -tag -width Ds
.It Pa /var/lib/postern/NODE
A node's folder: its keys, its ledger, what it made of others' ledgers.
Two processes cannot use one.
.It Pa NODE/node.conf
Its settings, one
.Ql name = value
a line.
.It Pa /usr/share/doc/postern
The guides, and the format of every file and message.
.El
.Sh EXIT STATUS
.Bl -tag -width Ds -compact
.It 0
done
.It 1
the answer is no: a proof does not hold, something is missing or open
.It 2
asked in a way the command does not know
.It 3
input that cannot be used; what is wrong and where stands on standard error
.It 4
the machine: no disk, no memory, no right, or a node that is in use
.El
.Sh SEE ALSO
.Xr journalctl 1 ,
.Xr systemctl 1
.Pp
guide-install.md, guide-operator.md, guide-orders.md and guide-incident.md in
.Pa /usr/share/doc/postern
PAGE
