/* main/doctor_ports.c -- who can be reached from here: a connection to each keeper, closed again at
 * once. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "main/doctor_int.h"

#define REACH_MS 2000

/* Connect without waiting longer than REACH_MS. */
static bool reach_one(const struct addrinfo *at)
{
    int fd = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct pollfd wait = { .fd = fd, .events = POLLOUT };
    int error = 0;
    socklen_t len = sizeof(error);
    bool good;

    if (fd < 0)
        return false;
    good = connect(fd, at->ai_addr, at->ai_addrlen) == 0;
    if (!good && errno == EINPROGRESS)
        good = poll(&wait, 1, REACH_MS) == 1 &&
               getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 && error == 0;
    (void)close(fd);
    return good;
}

static bool reach(struct ptn_bytes address)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
    struct addrinfo *found = NULL;
    char text[PTN_ROSTER_ADDRESS_MAX + 1];
    char *host = text;
    char *colon;
    bool good = false;

    (void)snprintf(text, sizeof(text), "%.*s", (int)address.len, (const char *)address.at);
    colon = strrchr(text, ':');
    if (colon == NULL)
        return false;
    *colon = '\0';
    if (host[0] == '[' && colon[-1] == ']') {
        host++;
        colon[-1] = '\0';
    }
    if (getaddrinfo(host, colon + 1, &hints, &found) != 0)
        return false;
    for (const struct addrinfo *at = found; at != NULL && !good; at = at->ai_next)
        good = reach_one(at);
    freeaddrinfo(found);
    return good;
}

void ptn_doctor_ports(struct ptn_doctor *doctor, const struct ptn_roster *roster)
{
    bool keeps = doctor->plan.role == PTN_NODE_KEEPER || doctor->plan.role == PTN_NODE_SITE_KEEPER;
    unsigned reached = 0;

    if (keeps) { /* a keeper opens no connection; all it needs is its own door */
        bool open = reach(ptn_bytes_from_text(doctor->plan.listen));

        ptn_doctor_say(doctor, open ? PTN_FINDING_FINE : PTN_FINDING_LOOK, "door", "%s %s",
                       doctor->plan.listen, open ? "answers" : "does not answer: not running?");
        return;
    }
    for (size_t i = 0; i < roster->node_count; i++) {
        const struct ptn_roster_node *node = &roster->nodes[i];

        if (node->role != PTN_ROSTER_KEEPER)
            continue;
        if (reach(node->address))
            reached++;
        else
            ptn_doctor_say(doctor, PTN_FINDING_LOOK, "keepers", "%.*s at %.*s is not reached",
                           (int)node->ledger.name.len, (const char *)node->ledger.name.at,
                           (int)node->address.len, (const char *)node->address.at);
    }
    ptn_doctor_say(doctor, reached >= roster->quorum_q ? PTN_FINDING_FINE : PTN_FINDING_LOOK,
                   "keepers", "%u of %u reached, %u needed", reached, roster->quorum_n,
                   roster->quorum_q);
}
