#include "serve/board.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define ALERTS_MAX 500u /* in one answer */

struct ptn_board {
    pthread_mutex_t lock;
    struct ptn_published *published;
};

struct ptn_board *ptn_board_new(const struct ptn_world *world)
{
    struct ptn_board *board = calloc(1, sizeof(*board));

    if (board == NULL)
        return NULL;
    (void)pthread_mutex_init(&board->lock, NULL);
    board->published = ptn_published_new(world);
    if (board->published != NULL)
        return board;
    ptn_board_free(board);
    return NULL;
}

void ptn_board_free(struct ptn_board *board)
{
    if (board == NULL)
        return;
    ptn_published_free(board->published);
    (void)pthread_mutex_destroy(&board->lock);
    free(board);
}

struct ptn_published *ptn_board_lock(struct ptn_board *board)
{
    (void)pthread_mutex_lock(&board->lock);
    return board->published;
}

void ptn_board_unlock(struct ptn_board *board)
{
    (void)pthread_mutex_unlock(&board->lock);
}

void ptn_board_add(struct ptn_board *board, unsigned kind, struct ptn_bytes payload)
{
    bool new = false;

    if (board == NULL || (kind != PTN_RECORD_ALERT && kind != PTN_RECORD_LEAVE &&
                          kind != PTN_RECORD_LIST && kind != PTN_RECORD_RULES))
        return;
    if (kind == PTN_RECORD_LIST) { /* what posts refuse counts for nothing here either */
        (void)ptn_ok(ptn_published_add_list(ptn_board_lock(board), 0, payload));
        ptn_board_unlock(board);
        return;
    }
    /* what finds no room is counted there */
    (void)ptn_ok(
        ptn_published_add(ptn_board_lock(board), (enum ptn_record_kind)kind, payload, &new, NULL));
    ptn_board_unlock(board);
}

void ptn_board_confirm(struct ptn_board *board, const struct ptn_hash *name)
{
    if (board == NULL)
        return;
    (void)ptn_ok(ptn_published_confirm(ptn_board_lock(board), name));
    ptn_board_unlock(board);
}

/* ---- one order, copied ---- */

struct finding {
    struct ptn_record_id id;
    struct ptn_buffer record; /* the order as it was given */
    struct ptn_published_order *found;
    struct ptn_status status;
};

static bool find_order(void *context, const struct ptn_published_order *order)
{
    struct finding *finding = context;

    if (memcmp(&order->leave.id, &finding->id, sizeof(finding->id)) != 0)
        return true;
    if (order->annulled)
        return false;
    *finding->found =
        (struct ptn_published_order){ .name = order->name, .deadline_ms = order->deadline_ms };
    finding->status = ptn_leave_write(&order->leave, &finding->record);
    return false;
}

struct ptn_status ptn_board_order(struct ptn_board *board, struct ptn_record_id id,
                                  struct ptn_arena *arena, struct ptn_published_order *ret_order)
{
    struct finding finding = { .id = id,
                               .record = { .len_max = PTN_RECORD_LEN_MAX },
                               .found = ret_order,
                               .status = { PTN_C_NOT_FOUND } };
    char *copy = NULL;

    ptn_published_orders(ptn_board_lock(board), find_order, &finding);
    ptn_board_unlock(board);
    if (ptn_ok(finding.status)) {
        copy = ptn_arena_text(arena, ptn_buffer_bytes(&finding.record));
        finding.status.code = PTN_C_NO_MEMORY;
        if (copy != NULL)
            finding.status = ptn_leave_parse(ptn_bytes_of(copy, finding.record.len), arena,
                                             &ret_order->leave, NULL);
    }
    ptn_buffer_release(&finding.record);
    return finding.status;
}

/* ---- as JSON ---- */

static void write_date_if(struct ptn_json *json, const char *key, struct ptn_date date)
{
    char text[PTN_DATE_TEXT_SIZE];

    if (!ptn_date_is_none(date))
        ptn_json_field_text(json, key, ptn_bytes_from_text(ptn_date_write(date, text)));
}

static void write_name(struct ptn_json *json, const char *key, const struct ptn_hash *name)
{
    struct ptn_buffer hex = { .len_max = (size_t)2 * PTN_HASH_LEN };

    if (ptn_ok(ptn_buffer_add_hex(&hex, ptn_bytes_of(name->at, PTN_HASH_LEN))))
        ptn_json_field_text(json, key, ptn_buffer_bytes(&hex));
    ptn_buffer_release(&hex);
}

static void write_person(struct ptn_json *json, const struct ptn_person *person)
{
    ptn_json_object(json);
    ptn_json_field_text_if(json, "surname", person->surname);
    ptn_json_field_text_if(json, "given", person->given);
    ptn_json_field_text_if(json, "name", person->name);
    write_date_if(json, "birth", person->birth);
    if (person->sex != 0)
        ptn_json_field_text(json, "sex", ptn_bytes_of(&person->sex, 1));
    ptn_json_field_text_if(json, "nationality", ptn_bytes_from_text(person->nationality));
    ptn_json_field_text_if(json, "issuer", ptn_bytes_from_text(person->document.issuer));
    ptn_json_field_text_if(json, "number", person->document.number);
    ptn_json_object_end(json);
}

static bool write_alert(void *context, const struct ptn_published_alert *one)
{
    struct ptn_json *json = context;
    const struct ptn_alert *alert = &one->alert;
    char id[PTN_RECORD_ID_TEXT_SIZE];

    ptn_json_object(json);
    ptn_json_field_text(json, "id", ptn_bytes_from_text(ptn_record_id_write(alert->id, id)));
    write_name(json, "record", &one->name);
    ptn_json_field_text(json, "state", ptn_bytes_from_text(ptn_published_fate_word(one->fate)));
    ptn_json_field_number(json, "time_ms", alert->time_ms);
    ptn_json_field_text(json, "post", alert->post);
    ptn_json_field_text(json, "officer", alert->officer);
    ptn_json_field_text_if(json, "second", alert->second);
    ptn_json_field_text(json, "owner", alert->owner);
    ptn_json_field_text(json, "basis", alert->basis);
    ptn_json_field_text(json, "purpose", alert->purpose);
    ptn_json_field_text(json, "action", ptn_bytes_from_text(ptn_alert_action_word(alert->action)));
    write_date_if(json, "from", alert->from);
    write_date_if(json, "until", alert->until);
    write_date_if(json, "review", alert->review);
    ptn_json_field_text_if(json, "plate", alert->plate);
    ptn_json_key(json, "people");
    ptn_json_array(json);
    for (size_t i = 0; i < alert->identity_count; i++)
        write_person(json, &alert->identities[i]);
    ptn_json_array_end(json);
    if (one->end_asked) {
        ptn_json_key(json, "end");
        ptn_json_object(json);
        write_name(json, "record", &one->end_name);
        ptn_json_field_text(json, "reason", one->end_reason);
        ptn_json_field_text(json, "officer", one->end_officer);
        ptn_json_object_end(json);
    }
    ptn_json_object_end(json);
    return true;
}

struct counted {
    struct ptn_json *json;
    size_t left;
};

static bool write_some(void *context, const struct ptn_published_alert *one)
{
    struct counted *counted = context;

    if (counted->left-- == 0)
        return false;
    return write_alert(counted->json, one);
}

void ptn_board_write_alerts(struct ptn_board *board, struct ptn_date today, struct ptn_json *json)
{
    struct counted counted = { json, ALERTS_MAX };

    ptn_json_key(json, "alerts");
    ptn_json_array(json);
    ptn_published_alerts(ptn_board_lock(board), today, write_some, &counted);
    ptn_board_unlock(board);
    ptn_json_array_end(json);
}
