/* main/order_give.c -- judge a signed order by a roster, and hand it to keepers. */
#include "main/order_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "main/authority_int.h"
#include "main/hand.h"
#include "node/apply.h"
#include "node/node.h"
#include "trust/standing.h"

#define PATH_SIZE     4096u
#define CONF_MAX      16384u
#define KEEPERS_USUAL 2u /* that an order is handed to: each post asks all of them */

static void print_ruling(const struct ptn_orders_entry *entry, bool albanian)
{
    static const char *const answers[][2] = {
        [PTN_ANSWER_NO] = { "no", "jo" },
        [PTN_ANSWER_NOT_YET] = { "not yet", "jo ende" },
        [PTN_ANSWER_YES] = { "yes", "po" },
    };

    (void)fprintf(stderr,
                  albanian ? "%s: %s (%u autoritete, %u oficerë roje)\n"
                           : "%s: %s (%u authorities, %u duty officers)\n",
                  answers[entry->verdict.answer][albanian],
                  albanian ? entry->verdict.why_sq : entry->verdict.why, entry->signers.authorities,
                  entry->signers.duties);
}

/* Judge the first note as a node that has seen these and nothing else would. */
static struct ptn_status judge(const struct ptn_roster *roster,
                               const struct ptn_authority_text *notes, size_t count,
                               const char *post, bool albanian, struct ptn_ruling *ret_ruling,
                               struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    const struct ptn_orders_post at = { .origin = ptn_bytes_from_text(post == NULL ? "-" : post) };
    struct ptn_orders *orders = ptn_orders_new();
    struct ptn_status status = PTN_OK;

    if (orders == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for an order");
    for (size_t i = 0; ptn_ok(status) && i < count; i++) {
        struct ptn_hash name;
        bool is_new;

        status = ptn_orders_add(orders, roster, ptn_buffer_bytes(&notes[i].bytes),
                                world->now_ms(world->context), &name, &is_new, reterr);
    }
    if (ptn_ok(status)) {
        struct ptn_orders_entry entry;

        (void)ptn_orders_judge(orders, roster, &at);
        entry = ptn_orders_at(orders, 0);
        print_ruling(&entry, albanian);
        *ret_ruling = entry.verdict;
    }
    ptn_orders_free(orders);
    return status;
}

struct ptn_status ptn_order_check(char *const *note_paths, int count, const char *roster_path,
                                  const char *post, bool albanian, struct ptn_diag *reterr)
{
    struct ptn_authority_roster trusted = { 0 };
    struct ptn_authority_text *notes = calloc((size_t)count, sizeof(*notes));
    struct ptn_ruling ruling = { .answer = PTN_ANSWER_NO };
    struct ptn_status status = ptn_authority_roster_read(roster_path, &trusted, reterr);

    if (ptn_ok(status) && notes == NULL)
        status = ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for notes");
    for (int i = 0; ptn_ok(status) && i < count; i++)
        status = ptn_authority_read(note_paths[i], &notes[i], reterr);
    if (ptn_ok(status))
        status = judge(&trusted.roster, notes, (size_t)count, post, albanian, &ruling, reterr);
    if (ptn_ok(status) && ruling.answer != PTN_ANSWER_YES)
        status = ptn_fail(PTN_C_CORRUPT, reterr, 0, ruling.why);
    for (int i = 0; notes != NULL && i < count; i++)
        ptn_buffer_release(&notes[i].bytes);
    free(notes);
    ptn_authority_roster_release(&trusted);
    return status;
}

/* Posts hear of an order from any keeper; a keeper's door obeys what that keeper itself was handed:
 * of what revokes a key, and of what may end that, all are to know. */
static unsigned keepers_for(const struct ptn_authority_text *note, unsigned want)
{
    struct ptn_order order;
    struct ptn_note parsed;
    const bool good = ptn_ok(ptn_note_parse(ptn_buffer_bytes(&note->bytes), &parsed, NULL)) &&
                      ptn_ok(ptn_order_parse(parsed.text, &order, NULL));

    if (want > 0)
        return want;
    return good && (order.verb == PTN_ORDER_RESTORE || order.verb == PTN_ORDER_ANNUL ||
                    (order.verb == PTN_ORDER_REVOKE && order.target == PTN_ORDER_TARGET_KEY))
               ? PTN_ROSTER_KEEPER_MAX
               : KEEPERS_USUAL;
}

struct ptn_status ptn_order_give(const char *dir, const char *note_path, unsigned want,
                                 struct ptn_diag *reterr)
{
    struct ptn_authority_roster trusted = { 0 };
    struct ptn_authority_text note = { 0 };
    struct ptn_ruling ruling = { .answer = PTN_ANSWER_NO };
    struct ptn_status status = ptn_authority_roster_of(dir, &trusted, reterr);

    if (ptn_ok(status))
        status = ptn_authority_read(note_path, &note, reterr);
    /* An early answer for whoever gives it; what the posts decide is what counts. */
    if (ptn_ok(status))
        status = judge(&trusted.roster, &note, 1, NULL, false, &ruling, reterr);
    if (ptn_ok(status))
        status = ptn_hand_to_keepers(dir, &trusted.roster, ptn_buffer_bytes(&note.bytes),
                                     keepers_for(&note, want), reterr);
    ptn_buffer_release(&note.bytes);
    ptn_authority_roster_release(&trusted);
    return status;
}

/* Where a node takes notes by hand: DIR/orders, which is made before its first start. Only posts
 * and centres look there. */
static struct ptn_status make_room(const struct ptn_world *world, const char *dir,
                                   struct ptn_diag *reterr)
{
    struct ptn_buffer conf = { .len_max = CONF_MAX };
    struct ptn_node_plan plan = { .role = PTN_NODE_KEEPER };
    char path[PATH_SIZE];
    int len = snprintf(path, sizeof(path), "%s/node.conf", dir);
    struct ptn_status status = { PTN_C_TOO_BIG };

    if (len > 0 && (size_t)len < sizeof(path))
        status = world->files->read(world->context, path, &conf);
    if (ptn_ok(status))
        status = ptn_node_plan_parse(ptn_buffer_bytes(&conf), &plan, reterr);
    else
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the folder holds no node");
    ptn_buffer_release(&conf);
    if (ptn_ok(status) && plan.role != PTN_NODE_POST && plan.role != PTN_NODE_CENTRE)
        status =
            ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "only a post or a centre takes notes by hand");
    if (!ptn_ok(status))
        return status;
    (void)snprintf(path, sizeof(path), "%s/orders", dir); /* shorter */
    return world->files->exists(world->context, path)
               ? PTN_OK
               : world->files->make_dir(world->context, path);
}

struct ptn_status ptn_order_apply(const char *dir, const char *note_path, struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_authority_text note = { 0 };
    struct ptn_buffer file = { .len_max = PTN_NOTE_LEN_MAX + 64u };
    char path[PATH_SIZE];
    bool laid = false;
    struct ptn_status status = ptn_authority_read(note_path, &note, reterr);

    if (ptn_ok(status) && note.signatures.len == 0)
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "nobody signed it");
    if (ptn_ok(status))
        status = ptn_apply_file_write(&file, world->now_ms(world->context), PTN_RECEIPT_STICK,
                                      ptn_buffer_bytes(&note.bytes));
    if (ptn_ok(status))
        status = make_room(world, dir, reterr);
    for (unsigned i = 1; ptn_ok(status) && !laid && i <= PTN_APPLY_STICK_MAX; i++) {
        int len = snprintf(path, sizeof(path), "%s/orders/in-%u", dir, i);

        if (len < 0 || (size_t)len >= sizeof(path))
            status = ptn_fail(PTN_C_TOO_BIG, reterr, 0, "the folder's name is too long");
        else if (!world->files->exists(world->context, path)) {
            status = world->files->replace(world->context, path, ptn_buffer_bytes(&file));
            laid = ptn_ok(status);
        }
    }
    if (ptn_ok(status) && !laid)
        status = ptn_fail(PTN_C_BUSY, reterr, 0, "eight notes wait there already: is it running?");
    ptn_buffer_release(&file);
    ptn_buffer_release(&note.bytes);
    return status;
}

struct ptn_status ptn_order_codes(const char *dir, unsigned count, bool albanian,
                                  struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    char codes[PTN_APPLY_CODES_MAX][PTN_APPLY_CODE_DIGITS + 1];
    char made[PTN_INSTANT_TEXT_SIZE];
    struct ptn_status status = ptn_apply_codes_make(world, dir, count, codes, reterr);

    if (!ptn_ok(status))
        return status;
    (void)ptn_instant_write(world->now_ms(world->context), made);
    (void)printf(albanian
                     ? "KODE NJËPËRDORIMSHE PËR TELEFON, pika %s, %.10s\n"
                       "Ruajeni të vulosur. Secili e kalon këtë pikë në LOKALE, një herë. Lexoni "
                       "numrin dhe kodin.\n"
                     : "ONE-TIME CODES FOR THE TELEPHONE, post %s, %.10s\n"
                       "Keep sealed. Each takes this post to LOCAL, once. Read out number and "
                       "code.\n",
                 dir, made);
    for (unsigned i = 0; i < count; i++)
        (void)printf("%3u   %.4s %.4s %.4s\n", i + 1, codes[i], codes[i] + 4, codes[i] + 8);
    explicit_bzero(codes, sizeof(codes));
    return PTN_OK;
}
