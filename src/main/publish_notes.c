/*
 * main/publish_notes.c -- offline notes at a centre: what they name of what it published.
 *
 * A running centre follows the keepers, and nobody else opens its copies meanwhile. So that a
 * command beside it knows what it knows, it keeps each note that counts in DIR/publish/note-HEX;
 * what lies there is believed in nothing: signatures are checked again, by the centre's roster.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "main/publish.h"
#include "node/apply.h"

#define PATH_SIZE 1100u
#define NAME_SIZE 64u
#define KEPT_MAX  4096u
#define PREFIX    "note-"

struct ptn_publish_notes {
    const struct ptn_world *world;
    struct ptn_orders *orders;
};

struct ptn_publish_notes *ptn_publish_notes_new(const struct ptn_world *world)
{
    struct ptn_publish_notes *notes = calloc(1, sizeof(*notes));

    if (notes == NULL)
        return NULL;
    notes->world = world;
    notes->orders = ptn_orders_new();
    if (notes->orders != NULL)
        return notes;
    free(notes);
    return NULL;
}

void ptn_publish_notes_free(struct ptn_publish_notes *notes)
{
    if (notes == NULL)
        return;
    ptn_orders_free(notes->orders);
    free(notes);
}

const struct ptn_orders *ptn_publish_orders(const struct ptn_publish_notes *notes)
{
    return notes == NULL ? NULL : notes->orders;
}

static void confirm(void *context, const struct ptn_hash *name)
{
    ptn_board_confirm(context, name);
}

/* True: it is an order that was not known, or has more signatures. */
static bool add(struct ptn_publish_notes *notes, const struct ptn_country *country,
                struct ptn_bytes note)
{
    struct ptn_hash name;
    bool new = false;

    return notes != NULL &&
           ptn_ok(ptn_orders_add(notes->orders, &country->roster, note,
                                 notes->world->now_ms(notes->world->context), &name, &new, NULL)) &&
           new;
}

bool ptn_publish_note(struct ptn_publish_notes *notes, const struct ptn_country *country,
                      const struct ptn_orders_post *self, struct ptn_bytes note,
                      struct ptn_board *board)
{
    if (!add(notes, country, note))
        return false;
    (void)ptn_orders_judge(notes->orders, &country->roster, self);
    ptn_publishing_named(notes->orders, confirm, board);
    return true;
}

/* ---- kept for the commands ---- */

void ptn_publish_keep(const struct ptn_world *world, const char *dir, struct ptn_bytes note)
{
    uint8_t digest[PTN_SHA256_LEN];
    char hex[2 * PTN_SHA256_LEN + 1];
    char path[PATH_SIZE];

    if (!ptn_ok(ptn_sha256(&note, 1, digest)) ||
        snprintf(path, sizeof(path), "%s/publish", dir) >= (int)sizeof(path) ||
        !ptn_ok(world->files->make_dir(world->context, path)) ||
        snprintf(path, sizeof(path), "%s/publish/" PREFIX "%s", dir,
                 ptn_hex_write(digest, 16, hex)) >= (int)sizeof(path) ||
        world->files->exists(world->context, path))
        return;
    (void)ptn_ok(world->files->replace(world->context, path, note)); /* else after the next start */
}

/* Names of files in a folder. */
struct kept {
    char (*names)[NAME_SIZE];
    size_t count;
    bool notes; /* those of ptn_publish_keep; else what a stick brought, taken already or not */
};

static bool take_name(void *context, const char *name)
{
    struct kept *kept = context;
    bool note = strncmp(name, PREFIX, sizeof(PREFIX) - 1) == 0;
    bool brought = (name[0] >= '1' && name[0] <= '9') || strncmp(name, "in-", 3) == 0;

    if (kept->count < KEPT_MAX && strlen(name) < NAME_SIZE && (kept->notes ? note : brought))
        (void)snprintf(kept->names[kept->count++], NAME_SIZE, "%s", name);
    return true;
}

static void add_file(const struct ptn_world *world, const char *path, bool whole,
                     struct ptn_publish_notes *notes, const struct ptn_country *country)
{
    struct ptn_buffer file = { .len_max = PTN_NOTE_LEN_MAX + 64u };
    struct ptn_bytes note;
    enum ptn_receipt_hand hand;
    int64_t seen_ms;

    if (ptn_ok(world->files->read(world->context, path, &file))) {
        note = ptn_buffer_bytes(&file);
        if (whole || ptn_ok(ptn_apply_file_parse(note, &seen_ms, &hand, &note)))
            (void)add(notes, country, note);
    }
    ptn_buffer_release(&file);
}

static struct ptn_status add_folder(const struct ptn_world *world, const char *dir,
                                    struct kept *kept, struct ptn_publish_notes *notes,
                                    const struct ptn_country *country)
{
    const char *folder = kept->notes ? "publish" : "orders";
    char path[PATH_SIZE];
    struct ptn_status status;

    kept->count = 0;
    if (snprintf(path, sizeof(path), "%s/%s", dir, folder) >= (int)sizeof(path))
        return (struct ptn_status){ PTN_C_TOO_BIG };
    status = world->files->list(world->context, path, take_name, kept);
    for (size_t i = 0; ptn_ok(status) && i < kept->count; i++)
        if (snprintf(path, sizeof(path), "%s/%s/%s", dir, folder, kept->names[i]) <
            (int)sizeof(path))
            add_file(world, path, kept->notes, notes, country);
    return status.code == PTN_C_NOT_FOUND ? PTN_OK : status;
}

struct ptn_status ptn_publish_kept(const struct ptn_world *world, const char *dir,
                                   struct ptn_bytes origin, struct ptn_board *board,
                                   struct ptn_diag *reterr)
{
    struct ptn_country country = { .arena = NULL };
    struct ptn_orders_post self = { .origin = origin };
    struct ptn_publish_notes *notes;
    struct kept kept = { .names = NULL };
    const struct ptn_roster_spare *spare;
    struct ptn_status status = ptn_country_read(world, dir, &country, reterr);

    if (status.code == PTN_C_NOT_FOUND) /* a node by itself has no authorities */
        return PTN_OK;
    if (!ptn_ok(status))
        return status;
    notes = ptn_publish_notes_new(world);
    kept.names = calloc(KEPT_MAX, sizeof(*kept.names));
    if (notes == NULL || kept.names == NULL)
        status = (struct ptn_status){ PTN_C_NO_MEMORY };
    for (int of_keepers = 0; ptn_ok(status) && of_keepers < 2; of_keepers++) {
        kept.notes = of_keepers == 1;
        status = add_folder(world, dir, &kept, notes, &country);
    }
    spare = ptn_roster_find_spare(&country.roster, origin);
    if (spare != NULL)
        self.former = spare->origin;
    if (ptn_ok(status)) {
        (void)ptn_orders_judge(notes->orders, &country.roster, &self);
        ptn_publishing_named(notes->orders, confirm, board);
    }
    free(kept.names);
    ptn_publish_notes_free(notes);
    ptn_country_release(&country);
    return status;
}
