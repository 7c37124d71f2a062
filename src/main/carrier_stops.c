/* main/carrier_stops.c -- postern carrier stops: whom a centre lets nobody bring, as a table that
 * opens with a document's data alone, for a gateway (docs/format/boarding.md). */
#include "main/answer.h"
#include "main/carrier_int.h"
#include "main/publish.h"
#include "node/inbox.h"
#include "record/access.h"
#include "reference/place.h"
#include "watch/list.h"

#define HOUR_MS  INT64_C(3600000)
#define LIST_MAX ((size_t)256 << 20)

struct pressing {
    struct ptn_boarding_press *press;
    struct ptn_record_id list; /* of documents: the first half of its SHA-256 */
    size_t orders, alerts, documents, left_out;
    int64_t now_ms;
    struct ptn_status status;
};

/* ---- what stops ---- */

static bool press_order(void *context, const struct ptn_published_order *order)
{
    struct pressing *pressing = context;
    size_t left_out = 0;

    if (order->annulled)
        return true;
    pressing->orders++;
    pressing->status =
        ptn_boarding_press_add(pressing->press, &order->leave, order->deadline_ms, &left_out);
    pressing->left_out += left_out;
    return ptn_ok(pressing->status);
}

/* What a lane has of it: one that ended, ran out or waits for a second person is not there, one
 * whose end no offline note names still is (PUBLISH-1). Every version counts that does. */
static bool press_alert(void *context, const struct ptn_published_alert *alert)
{
    struct pressing *pressing = context;
    size_t left_out = 0;

    if (alert->alert.action != PTN_ALERT_REFUSE ||
        (alert->fate != PTN_PUBLISHED_IN_FORCE && alert->fate != PTN_PUBLISHED_NOT_YET &&
         alert->fate != PTN_PUBLISHED_DOUBTED))
        return true;
    pressing->alerts++;
    pressing->status = ptn_boarding_press_alert(pressing->press, &alert->alert, &left_out);
    pressing->left_out += left_out;
    return ptn_ok(pressing->status);
}

static bool has_word(struct ptn_bytes text, const char *word)
{
    size_t len = strlen(word);

    for (size_t i = 0; i + len <= text.len; i++) {
        size_t same = 0;

        while (same < len && (text.at[i + same] | 0x20) == word[same])
            same++;
        if (same == len)
            return true;
    }
    return false;
}

/* Who found again what they had lost is no impostor: only where the list says that a document was
 * stolen or withdrawn, and not that it was lost. */
static bool is_stolen(const struct ptn_list_entry *entry)
{
    bool stolen = false;

    for (size_t i = 0; i < entry->fact_count; i++) {
        struct ptn_bytes text = entry->facts[i].text;

        if (entry->facts[i].type != PTN_FACT_REASON)
            continue;
        if (has_word(text, "lost"))
            return false;
        stolen = stolen || has_word(text, "stolen") || has_word(text, "withdrawn");
    }
    return stolen;
}

static struct ptn_status press_entry(void *context, const struct ptn_list_entry *entry)
{
    struct pressing *pressing = context;
    struct ptn_status status = { PTN_C_NOT_FOUND };

    if (is_stolen(entry) && entry->number_count > 0)
        status = ptn_boarding_press_document(pressing->press, pressing->list,
                                             entry->numbers[0].issuer, entry->numbers[0].number);
    if (ptn_ok(status))
        pressing->documents++;
    if (status.code != PTN_C_NOT_FOUND)
        return status;
    pressing->left_out++;
    return PTN_OK;
}

static struct ptn_status press_note(void *context, const struct ptn_list_note *note)
{
    struct pressing *pressing = context;

    if (note->rejected)
        pressing->left_out++;
    return PTN_OK;
}

static struct ptn_status press_documents(const struct ptn_carrier_stops *asked,
                                         struct pressing *pressing, struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    const struct ptn_list_sink sink = { pressing, press_entry, press_note };
    struct ptn_list_source source = { .format = PTN_LIST_STOLEN_CSV };
    struct ptn_list_summary summary;
    struct ptn_buffer file = { .len_max = LIST_MAX };
    uint8_t digest[PTN_SHA256_LEN];
    struct ptn_status status = world->files->read(world->context, asked->documents, &file);

    if (status.code == PTN_C_NOT_FOUND)
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "there is no such list of documents");
    source.main = ptn_buffer_bytes(&file);
    if (ptn_ok(status))
        status = ptn_sha256(&source.main, 1, digest);
    if (ptn_ok(status)) {
        memcpy(pressing->list.at, digest, sizeof(pressing->list.at));
        status = ptn_list_read(&source, &sink, &summary, reterr);
    }
    ptn_buffer_release(&file);
    return status;
}

static struct ptn_status press_all(const struct ptn_carrier_stops *asked, struct ptn_board *board,
                                   struct pressing *pressing, struct ptn_diag *reterr)
{
    struct ptn_published *published = ptn_board_lock(board);

    if ((asked->sources & PTN_BOARDING_BANS) != 0)
        ptn_published_orders(published, press_order, pressing);
    if (ptn_ok(pressing->status) && (asked->sources & PTN_BOARDING_ALERTS) != 0)
        ptn_published_alerts(published, ptn_place_local_date(pressing->now_ms), press_alert,
                             pressing);
    ptn_board_unlock(board);
    if (ptn_ok(pressing->status) && (asked->sources & PTN_BOARDING_DOCUMENTS) != 0)
        pressing->status = press_documents(asked, pressing, reterr);
    if (pressing->status.code == PTN_C_TOO_BIG)
        return ptn_fail(PTN_C_TOO_BIG, reterr, 0, "more than 65536 stops");
    return pressing->status;
}

/* ---- the look, and the table ---- */

static struct ptn_bytes reason_of(const struct ptn_carrier_stops *asked)
{
    return asked->sources == PTN_BOARDING_BANS
               ? PTN_BYTES_LITERAL("Bans on entry were pressed for a gateway's boarding answers.")
               : PTN_BYTES_LITERAL("Bans on entry, alerts that refuse entry or stolen documents "
                                   "were pressed for a gateway's boarding answers.");
}

static struct ptn_status record_look(const struct ptn_carrier_stops *asked,
                                     const struct pressing *pressing, struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    char code[PTN_NODE_CODE_MAX + 1] = "";
    struct ptn_access access = {
        .time_ms = pressing->now_ms,
        .purpose = PTN_PURPOSE_SEARCH,
        .officer = asked->officer,
        .shown = ptn_boarding_press_count(pressing->press),
    };
    struct ptn_buffer payload = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_status status = ptn_publish_centre(world, asked->dir, code, reterr);

    access.reason = reason_of(asked);
    access.post = ptn_bytes_from_text(code);
    world->random(world->context, access.id.at, sizeof(access.id.at));
    if (ptn_ok(status))
        status = ptn_access_validate(&access, reterr);
    if (ptn_ok(status))
        status = ptn_access_write(&access, &payload);
    if (ptn_ok(status))
        status = ptn_publish_hand(world, asked->dir, PTN_RECORD_ACCESS, ptn_buffer_bytes(&payload),
                                  reterr);
    ptn_buffer_release(&payload);
    return status;
}

static struct ptn_status write_stops(const struct ptn_carrier_stops *asked,
                                     struct pressing *pressing)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_buffer file = { .len_max = (size_t)4 << 20 };
    struct ptn_buffer out = { .len_max = 1024 };
    struct ptn_json json = { .out = &out };
    struct ptn_status status = ptn_boarding_press_write(pressing->press, &file);

    if (ptn_ok(status))
        status = world->files->replace(world->context, asked->out, ptn_buffer_bytes(&file));
    if (ptn_ok(status)) {
        ptn_json_object(&json);
        if ((asked->sources & PTN_BOARDING_BANS) != 0)
            ptn_json_field_number(&json, "orders", (int64_t)pressing->orders);
        if ((asked->sources & PTN_BOARDING_ALERTS) != 0)
            ptn_json_field_number(&json, "alerts", (int64_t)pressing->alerts);
        if ((asked->sources & PTN_BOARDING_DOCUMENTS) != 0)
            ptn_json_field_number(&json, "documents", (int64_t)pressing->documents);
        ptn_json_field_number(&json, "stops", (int64_t)ptn_boarding_press_count(pressing->press));
        ptn_json_field_number(&json, "left_out", (int64_t)pressing->left_out);
        ptn_json_object_end(&json);
        status = ptn_answer_print(&json);
    }
    ptn_buffer_release(&file);
    ptn_buffer_release(&out);
    return status;
}

/* The former table's salt. */
static struct ptn_status read_salt(const char *path, uint8_t salt[PTN_SHA256_LEN],
                                   struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_buffer file = { .len_max = (size_t)4 << 20 };
    struct ptn_status status = world->files->read(world->context, path, &file);

    if (ptn_ok(status))
        status = ptn_boarding_salt(ptn_buffer_bytes(&file), salt);
    if (status.code == PTN_C_NOT_FOUND || status.code == PTN_C_BAD_INPUT)
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "--after: no table of stops");
    ptn_buffer_release(&file);
    return status;
}

/* All of the sources asked for, as it stands at the centre, for its gateways. The look is recorded
 * first: ACCESS-1. */
struct ptn_status ptn_carrier_stops(const struct ptn_carrier_stops *asked, struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_board *board = NULL;
    struct pressing pressing = { .now_ms = world->now_ms(world->context) };
    uint8_t salt[PTN_SHA256_LEN];
    const struct ptn_boarding_plan plan = { pressing.now_ms + (int64_t)asked->hours * HOUR_MS,
                                            asked->sources, asked->carrier,
                                            asked->after == NULL ? NULL : salt };
    struct ptn_status status =
        asked->after == NULL ? PTN_OK : read_salt(asked->after, salt, reterr);

    if (ptn_ok(status))
        status = ptn_publish_read(world, asked->dir, &board, reterr);
    if (ptn_ok(status)) {
        pressing.press = ptn_boarding_press_new(world, &plan);
        status = (struct ptn_status){ pressing.press == NULL ? PTN_C_NO_MEMORY : PTN_C_OK };
    }
    if (ptn_ok(status))
        status = press_all(asked, board, &pressing, reterr);
    if (ptn_ok(status))
        status = record_look(asked, &pressing, reterr);
    if (ptn_ok(status))
        status = write_stops(asked, &pressing);
    ptn_boarding_press_free(pressing.press);
    ptn_board_free(board);
    return status;
}
