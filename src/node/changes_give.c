/*
 * node/changes_give.c -- unsolicited answers of a carrier by HTTPS: the next that lies in outbox/,
 * and taken away when the carrier says that it has it (docs/format/carriers.md).
 *
 * The one who asks is known by their key: nobody is given or takes away another carrier's.
 */
#include "node/inbox_int.h"

#define MIDDLE        "-changed-"
#define SUFFIX        ".answer.edi"
#define ANSWER_MAX    PTN_TOLD_FILE_MAX
#define REFERENCE_LEN 14u /* ten digits of the flight's file, and four of the change's number */

/* The first of a carrier's that lies there: by flight, then by number. */
struct looking {
    char prefix[PTN_CARRIER_CODE_MAX + sizeof(MIDDLE)];
    char name[PTN_TOLD_OUT_SIZE]; /* empty: none yet */
    unsigned long long number;
};

/* HEX-N behind the prefix. False: another's, or no such name. */
static bool read_name(const struct looking *looking, const char *name, unsigned long long *number)
{
    size_t prefix = strlen(looking->prefix);
    size_t len = strlen(name);
    uint64_t read = 0;

    if (len >= PTN_TOLD_OUT_SIZE || len <= prefix + 17u + strlen(SUFFIX) ||
        memcmp(name, looking->prefix, prefix) != 0 || name[prefix + 16u] != '-' ||
        strcmp(name + len - strlen(SUFFIX), SUFFIX) != 0 ||
        !ptn_decimal_read(
            ptn_bytes_of((const uint8_t *)name + prefix + 17u, len - prefix - 17u - strlen(SUFFIX)),
            UINT64_MAX / 2, &read))
        return false;
    *number = read;
    return true;
}

static bool take_name(void *context, const char *name)
{
    struct looking *looking = context;
    size_t prefix = strlen(looking->prefix);
    unsigned long long number = 0;
    int order;

    if (!read_name(looking, name, &number))
        return true;
    order = looking->name[0] == '\0' ? -1 : memcmp(name + prefix, looking->name + prefix, 16);
    if (order < 0 || (order == 0 && number < looking->number)) {
        (void)snprintf(looking->name, sizeof(looking->name), "%s", name);
        looking->number = number;
    }
    return true;
}

static struct ptn_status look(const struct ptn_inbox *inbox, const char *code,
                              struct looking *looking)
{
    char path[PTN_NODE_PATH_MAX];
    struct ptn_status status = ptn_node_path(path, inbox->dir, "outbox");

    *looking = (struct looking){ .number = 0 };
    (void)snprintf(looking->prefix, sizeof(looking->prefix), "%s" MIDDLE, code);
    if (ptn_ok(status))
        status = inbox->world->files->list(inbox->world->context, path, take_name, looking);
    if (ptn_ok(status) && looking->name[0] == '\0')
        status = (struct ptn_status){ PTN_C_NOT_FOUND };
    return status;
}

/* Whether UNB of the answer under that name has this reference. */
static bool is_of(const struct looking *looking, struct ptn_bytes reference)
{
    char own[REFERENCE_LEN + 1];

    (void)snprintf(own, sizeof(own), "%.10s%04llu", looking->name + strlen(looking->prefix),
                   looking->number % 10000);
    return ptn_bytes_is(reference, own);
}

struct ptn_status ptn_changes_give(struct ptn_inbox *inbox, const char *code,
                                   struct ptn_bytes reference, struct ptn_buffer *answer)
{
    const struct ptn_files *files = inbox->world->files;
    struct looking looking;
    char path[PTN_NODE_PATH_MAX];
    struct ptn_status status = look(inbox, code, &looking);

    if (ptn_ok(status) && is_of(&looking, ptn_bytes_trim(reference))) {
        status = ptn_inbox_path(inbox, PTN_INBOX_OUTBOX, looking.name, path);
        if (ptn_ok(status))
            status = files->remove(inbox->world->context, path);
        if (ptn_ok(status))
            status = look(inbox, code, &looking);
    }
    if (ptn_ok(status))
        status = ptn_inbox_path(inbox, PTN_INBOX_OUTBOX, looking.name, path);
    if (ptn_ok(status))
        status = files->read(inbox->world->context, path, answer);
    return status;
}
