/* paper/reconcile.c -- the state of every sheet, pack by pack. */
#include "paper/reconcile.h"

#include <stdlib.h>
#include <string.h>

/* One sheet. The records of its two keyings are kept until it is settled; what came of each of the
 * three is kept for whoever did not get the answer. */
struct slot {
    enum ptn_sheet_state state;
    uint8_t *keyed[2]; /* canonical bytes; Owned; NULL: not keyed, or settled */
    size_t keyed_len[2];
    struct ptn_record_id ids[PTN_KEYING_COUNT - 1]; /* by turn; none: not keyed */
    struct ptn_record_id crossing;
    const char **differs; /* of the second; Owned; NULL: in nothing */
    size_t differ_count;
    uint64_t screened; /* the edition of the lists that the first keying was asked of; 0: none */
    bool asks;         /* they ask for more than to let the person pass */
};

struct pack {
    unsigned number;
    unsigned sheets;
    int64_t time_ms;
    struct ptn_date expires;
    char check[PTN_RECORD_WORD_MAX + 1];
    struct ptn_record_id id;
    struct slot *slots; /* sheets of them; Owned */
};

struct ptn_paper {
    struct pack *packs; /* by number */
    size_t count, capacity;
};

static const char *const state_words[PTN_SHEET_STATE_COUNT] = {
    [PTN_SHEET_MISSING] = "missing", [PTN_SHEET_KEYED_ONCE] = "keyed-once",
    [PTN_SHEET_DIFFERS] = "differs", [PTN_SHEET_SETTLED] = "settled",
    [PTN_SHEET_SPOILED] = "spoiled", [PTN_SHEET_UNUSED] = "unused",
    [PTN_SHEET_LOST] = "lost",
};

const char *ptn_sheet_state_word(enum ptn_sheet_state state)
{
    return state_words[state];
}

struct ptn_paper *ptn_paper_new(void)
{
    return calloc(1, sizeof(struct ptn_paper));
}

static void forget_keyings(struct slot *slot)
{
    for (size_t i = 0; i < 2; i++) {
        free(slot->keyed[i]);
        slot->keyed[i] = NULL;
        slot->keyed_len[i] = 0;
    }
}

void ptn_paper_free(struct ptn_paper *paper)
{
    if (paper == NULL)
        return;
    for (size_t p = 0; p < paper->count; p++) {
        for (size_t s = 0; s < paper->packs[p].sheets; s++) {
            forget_keyings(&paper->packs[p].slots[s]);
            free(paper->packs[p].slots[s].differs);
        }
        free(paper->packs[p].slots);
    }
    free(paper->packs);
    free(paper);
}

/* Where a pack of that number is, or would be. */
static size_t place_of(const struct ptn_paper *paper, unsigned number)
{
    size_t low = 0, high = paper->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (paper->packs[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct pack *find_pack(const struct ptn_paper *paper, uint64_t number)
{
    size_t place;

    if (number == 0 || number > PTN_PACK_NUMBER_MAX)
        return NULL;
    place = place_of(paper, (unsigned)number);
    return place < paper->count && paper->packs[place].number == number ? &paper->packs[place]
                                                                        : NULL;
}

static struct slot *find_slot(const struct ptn_paper *paper, uint64_t pack, uint64_t sheet)
{
    struct pack *found = find_pack(paper, pack);

    return found == NULL || sheet == 0 || sheet > found->sheets ? NULL : &found->slots[sheet - 1];
}

/* ---- learning ---- */

struct ptn_status ptn_paper_pack(struct ptn_paper *paper, const struct ptn_pack *pack)
{
    size_t place = place_of(paper, (unsigned)pack->number);
    struct pack new = { .number = (unsigned)pack->number,
                        .sheets = (unsigned)pack->sheets,
                        .time_ms = pack->time_ms,
                        .expires = pack->expires,
                        .id = pack->id };

    if (find_pack(paper, pack->number) != NULL)
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    if (paper->count == paper->capacity) {
        size_t capacity = paper->capacity == 0 ? 8 : paper->capacity * 2;
        struct pack *packs = realloc(paper->packs, capacity * sizeof(*packs));

        if (packs == NULL)
            return (struct ptn_status){ PTN_C_NO_MEMORY };
        paper->packs = packs;
        paper->capacity = capacity;
    }
    new.slots = calloc(new.sheets, sizeof(*new.slots));
    if (new.slots == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    memcpy(new.check, pack->check.at, pack->check.len);
    memmove(paper->packs + place + 1, paper->packs + place,
            (paper->count - place) * sizeof(*paper->packs));
    paper->packs[place] = new;
    paper->count++;
    return PTN_OK;
}

/* Keep the canonical bytes of a keying. */
static struct ptn_status keep(struct slot *slot, size_t turn, const struct ptn_sheet *sheet)
{
    struct ptn_buffer out = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_status status = ptn_sheet_write(sheet, &out);

    if (!ptn_ok(status)) {
        ptn_buffer_release(&out);
        return status;
    }
    free(slot->keyed[turn]);
    slot->keyed[turn] = out.at; /* taken over */
    slot->keyed_len[turn] = out.len;
    return PTN_OK;
}

/* A keying kept here: its bytes were written by us, so they read. */
static bool kept(const struct slot *slot, size_t turn, struct ptn_sheet *ret_sheet)
{
    return slot->keyed[turn] != NULL &&
           ptn_ok(ptn_sheet_parse(ptn_bytes_of(slot->keyed[turn], slot->keyed_len[turn]), ret_sheet,
                                  NULL));
}

/* In what the second keying differs from the first. */
static struct ptn_status keep_differs(struct slot *slot, const struct ptn_sheet *second)
{
    const char *differs[PTN_SHEET_FIELDS_MAX];
    struct ptn_sheet first;
    size_t count = kept(slot, 0, &first) ? ptn_sheets_differ(&first, second, differs) : 0;

    free(slot->differs);
    slot->differ_count = 0;
    slot->differs = malloc((count + 1) * sizeof(*slot->differs));
    if (slot->differs == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    for (size_t i = 0; i < count; i++)
        slot->differs[i] = differs[i];
    slot->differ_count = count;
    return PTN_OK;
}

struct ptn_status ptn_paper_sheet(struct ptn_paper *paper, const struct ptn_sheet *sheet)
{
    struct slot *slot = find_slot(paper, sheet->pack, sheet->number);
    struct ptn_status status;

    if (slot == NULL || slot->state == PTN_SHEET_SETTLED)
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    if (!ptn_record_id_is_none(sheet->crossing)) {
        forget_keyings(slot);
        slot->state = PTN_SHEET_SETTLED;
        slot->ids[sheet->turn - 1] = sheet->id;
        slot->crossing = sheet->crossing;
        return PTN_OK;
    }
    if (sheet->turn == PTN_KEYING_FIRST &&
        (slot->state == PTN_SHEET_MISSING || slot->state == PTN_SHEET_LOST)) {
        status = keep(slot, 0, sheet);
        if (ptn_ok(status))
            slot->state = PTN_SHEET_KEYED_ONCE;
    } else if (sheet->turn == PTN_KEYING_SECOND && slot->state == PTN_SHEET_KEYED_ONCE) {
        status = keep_differs(slot, sheet);
        if (ptn_ok(status))
            status = keep(slot, 1, sheet);
        if (ptn_ok(status))
            slot->state = PTN_SHEET_DIFFERS;
    } else {
        status = (struct ptn_status){ PTN_C_BAD_INPUT };
    }
    if (ptn_ok(status))
        slot->ids[sheet->turn - 1] = sheet->id;
    return status;
}

static enum ptn_sheet_state state_told(enum ptn_sheets_state state)
{
    switch (state) {
    case PTN_SHEETS_SPOILED:
        return PTN_SHEET_SPOILED;
    case PTN_SHEETS_UNUSED:
        return PTN_SHEET_UNUSED;
    case PTN_SHEETS_LOST:
        break;
    }
    return PTN_SHEET_LOST;
}

bool ptn_paper_may_tell(const struct ptn_paper *paper, unsigned pack, unsigned first,
                        unsigned count, enum ptn_sheets_state state)
{
    const struct pack *found = find_pack(paper, pack);

    if (found == NULL || first == 0 || count == 0 || first + count - 1 > found->sheets)
        return false;
    for (unsigned i = first - 1; i < first - 1 + count; i++) {
        enum ptn_sheet_state now = found->slots[i].state;

        if (now == PTN_SHEET_KEYED_ONCE || now == PTN_SHEET_DIFFERS || now == PTN_SHEET_SETTLED)
            return false;
        /* what was there cannot be lost by saying so: it would have to be looked for first */
        if (state == PTN_SHEETS_LOST && (now == PTN_SHEET_SPOILED || now == PTN_SHEET_UNUSED))
            return false;
    }
    return true;
}

struct ptn_status ptn_paper_told(struct ptn_paper *paper, const struct ptn_sheets_told *told)
{
    struct pack *pack = find_pack(paper, told->pack);

    if (pack == NULL || !ptn_paper_may_tell(paper, (unsigned)told->pack, (unsigned)told->first,
                                            (unsigned)told->count, told->state))
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    for (uint64_t i = told->first - 1; i < told->first - 1 + told->count; i++)
        pack->slots[i].state = state_told(told->state);
    return PTN_OK;
}

/* ---- asking ---- */

unsigned ptn_paper_next_pack(const struct ptn_paper *paper)
{
    return paper->count == 0 ? 1 : paper->packs[paper->count - 1].number + 1;
}

bool ptn_paper_made_before(const struct ptn_paper *paper, struct ptn_record_id id,
                           struct ptn_paper_made *ret_made)
{
    for (size_t i = 0; i < paper->count; i++) {
        const struct pack *pack = &paper->packs[i];

        if (!ptn_record_id_equal(pack->id, id))
            continue;
        *ret_made = (struct ptn_paper_made){ pack->number, pack->sheets, pack->time_ms,
                                             pack->expires, pack->check };
        return true;
    }
    return false;
}

bool ptn_paper_keyed_before(const struct ptn_paper *paper, struct ptn_serial serial,
                            struct ptn_record_id id, struct ptn_paper_keyed *ret_keyed)
{
    const struct slot *slot = find_slot(paper, serial.pack, serial.sheet);

    for (unsigned turn = PTN_KEYING_FIRST; slot != NULL && turn < PTN_KEYING_COUNT; turn++) {
        bool settles;

        if (ptn_record_id_is_none(slot->ids[turn - 1]) ||
            !ptn_record_id_equal(slot->ids[turn - 1], id))
            continue;
        settles =
            slot->state == PTN_SHEET_SETTLED &&
            (turn == PTN_KEYING_THIRD || (turn == PTN_KEYING_SECOND && slot->differs == NULL));
        *ret_keyed = (struct ptn_paper_keyed){ .turn = (enum ptn_keying)turn };
        if (settles)
            ret_keyed->crossing = slot->crossing;
        if (turn == PTN_KEYING_SECOND && slot->differs != NULL) {
            ret_keyed->differs = slot->differs;
            ret_keyed->differ_count = slot->differ_count;
        }
        return true;
    }
    return false;
}

/* PAPER-2. */
enum ptn_paper_next ptn_paper_may_key(const struct ptn_paper *paper, struct ptn_serial serial,
                                      struct ptn_bytes keyed_by, struct ptn_sheet *ret_before,
                                      struct ptn_sheet *ret_other)
{
    const struct slot *slot = find_slot(paper, serial.pack, serial.sheet);

    if (slot == NULL)
        return PTN_PAPER_NO_PACK;
    switch (slot->state) {
    case PTN_SHEET_MISSING:
    case PTN_SHEET_LOST: /* found again */
        return PTN_PAPER_FIRST;
    case PTN_SHEET_SETTLED:
        return PTN_PAPER_SETTLED;
    case PTN_SHEET_SPOILED:
    case PTN_SHEET_UNUSED:
        return PTN_PAPER_PUT_ASIDE;
    case PTN_SHEET_KEYED_ONCE:
    case PTN_SHEET_DIFFERS:
        break;
    }
    if (!kept(slot, 0, ret_before))
        return PTN_PAPER_FIRST;
    if (ptn_bytes_equal(ret_before->keyed_by, keyed_by))
        return PTN_PAPER_SAME_PERSON;
    if (slot->state == PTN_SHEET_KEYED_ONCE || !kept(slot, 1, ret_other))
        return PTN_PAPER_SECOND;
    return ptn_bytes_equal(ret_other->keyed_by, keyed_by) ? PTN_PAPER_SAME_PERSON : PTN_PAPER_THIRD;
}

/* PAPER-1. */
static void count_pack(const struct pack *pack, uint64_t counts[PTN_SHEET_STATE_COUNT])
{
    for (size_t i = 0; i < pack->sheets; i++)
        counts[pack->slots[i].state]++;
}

size_t ptn_paper_count(const struct ptn_paper *paper, uint64_t ret_counts[PTN_SHEET_STATE_COUNT])
{
    memset(ret_counts, 0, PTN_SHEET_STATE_COUNT * sizeof(*ret_counts));
    for (size_t p = 0; p < paper->count; p++)
        count_pack(&paper->packs[p], ret_counts);
    return paper->count;
}

static bool is_open(enum ptn_sheet_state state)
{
    return state == PTN_SHEET_MISSING || state == PTN_SHEET_KEYED_ONCE ||
           state == PTN_SHEET_DIFFERS;
}

bool ptn_paper_accounted(const struct ptn_paper *paper)
{
    uint64_t counts[PTN_SHEET_STATE_COUNT];

    (void)ptn_paper_count(paper, counts);
    for (size_t i = 0; i < PTN_SHEET_STATE_COUNT; i++)
        if (is_open((enum ptn_sheet_state)i) && counts[i] > 0)
            return false;
    return true;
}

static void write_counts(const uint64_t counts[PTN_SHEET_STATE_COUNT], struct ptn_json *json)
{
    uint64_t issued = 0;

    for (size_t i = 0; i < PTN_SHEET_STATE_COUNT; i++)
        issued += counts[i];
    ptn_json_field_number(json, "issued", (int64_t)issued);
    for (size_t i = 0; i < PTN_SHEET_STATE_COUNT; i++)
        ptn_json_field_number(json, state_words[i], (int64_t)counts[i]);
}

static void write_pack(const struct pack *pack, struct ptn_json *json)
{
    uint64_t counts[PTN_SHEET_STATE_COUNT] = { 0 };
    char made[PTN_INSTANT_TEXT_SIZE], expires[PTN_DATE_TEXT_SIZE], serial[PTN_SERIAL_TEXT_SIZE];

    count_pack(pack, counts);
    ptn_json_object(json);
    ptn_json_field_number(json, "pack", pack->number);
    ptn_json_field_text(json, "made", ptn_bytes_from_text(ptn_instant_write(pack->time_ms, made)));
    ptn_json_field_text(json, "expires",
                        ptn_bytes_from_text(ptn_date_write(pack->expires, expires)));
    ptn_json_field_text(json, "check", ptn_bytes_from_text(pack->check));
    write_counts(counts, json);
    ptn_json_key(json, "open");
    ptn_json_array(json);
    for (unsigned i = 0; i < pack->sheets; i++) {
        if (!is_open(pack->slots[i].state))
            continue;
        ptn_json_object(json);
        ptn_json_field_text(json, "serial",
                            ptn_bytes_from_text(ptn_serial_write(
                                (struct ptn_serial){ pack->number, i + 1 }, serial)));
        ptn_json_field_text(json, "state", ptn_bytes_from_text(state_words[pack->slots[i].state]));
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
    ptn_json_object_end(json);
}

/* ---- who is keyed next ---- */

static bool waits(const struct slot *slot)
{
    return slot->state == PTN_SHEET_KEYED_ONCE || slot->state == PTN_SHEET_DIFFERS;
}

bool ptn_paper_unscreened(const struct ptn_paper *paper, uint64_t edition,
                          struct ptn_serial *ret_serial, struct ptn_bytes *ret_record)
{
    for (size_t p = 0; p < paper->count; p++)
        for (unsigned i = 0; i < paper->packs[p].sheets; i++) {
            const struct slot *slot = &paper->packs[p].slots[i];

            if (!waits(slot) || slot->screened == edition || slot->keyed[0] == NULL)
                continue;
            *ret_serial = (struct ptn_serial){ paper->packs[p].number, i + 1 };
            *ret_record = ptn_bytes_of(slot->keyed[0], slot->keyed_len[0]);
            return true;
        }
    return false;
}

void ptn_paper_screened(struct ptn_paper *paper, struct ptn_serial serial, uint64_t edition,
                        bool asks)
{
    struct slot *slot = find_slot(paper, serial.pack, serial.sheet);

    if (slot == NULL)
        return;
    slot->screened = edition;
    slot->asks = asks;
}

#define STAY_DAYS 90 /* what most may stay: the longest that anybody's days can be counted on */
#define SOON_DAYS 7

/* One that waits. */
struct wanted {
    struct ptn_serial serial;
    enum ptn_sheet_state state;
    bool asks;
    int32_t last; /* the day on which the stay it began is over at the latest; INT32_MAX: none */
};

static struct wanted wanted_of(const struct pack *pack, unsigned index)
{
    const struct slot *slot = &pack->slots[index];
    struct wanted wanted = { { pack->number, index + 1 }, slot->state, slot->asks, INT32_MAX };
    struct ptn_sheet first;

    if (!kept(slot, 0, &first) || first.direction != PTN_DIRECTION_ENTRY)
        return wanted;
    wanted.last = ptn_date_to_days(first.date) + STAY_DAYS - 1;
    if (ptn_date_is_full(first.person.document.expiry) &&
        ptn_date_to_days(first.person.document.expiry) < wanted.last)
        wanted.last = ptn_date_to_days(first.person.document.expiry);
    return wanted;
}

/* Whom the lists ask about first, then whose stay runs out soonest. */
static int by_want(const void *a, const void *b)
{
    const struct wanted *one = a;
    const struct wanted *other = b;

    if (one->asks != other->asks)
        return one->asks ? -1 : 1;
    if (one->last != other->last)
        return one->last < other->last ? -1 : 1;
    if (one->serial.pack != other->serial.pack)
        return one->serial.pack < other->serial.pack ? -1 : 1;
    return one->serial.sheet < other->serial.sheet ? -1 : one->serial.sheet > other->serial.sheet;
}

static void write_wanted(const struct wanted *wanted, size_t count, struct ptn_date today,
                         struct ptn_json *json)
{
    const int32_t soon = ptn_date_to_days(today) + SOON_DAYS;
    char serial[PTN_SERIAL_TEXT_SIZE];

    ptn_json_key(json, "next");
    ptn_json_array(json);
    for (size_t i = 0; i < count && i < PTN_PAPER_NEXT_MAX; i++) {
        const char *because = wanted[i].asks ? "match" : wanted[i].last <= soon ? "stay" : "waits";

        ptn_json_object(json);
        ptn_json_field_text(json, "serial",
                            ptn_bytes_from_text(ptn_serial_write(wanted[i].serial, serial)));
        ptn_json_field_text(json, "state", ptn_bytes_from_text(state_words[wanted[i].state]));
        ptn_json_field_text(json, "because", ptn_bytes_from_text(because));
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
}

static struct ptn_status write_next(const struct ptn_paper *paper, size_t waiting,
                                    struct ptn_date today, struct ptn_json *json)
{
    struct wanted *wanted = calloc(waiting + 1, sizeof(*wanted));
    size_t count = 0;

    if (wanted == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    for (size_t p = 0; p < paper->count; p++)
        for (unsigned i = 0; i < paper->packs[p].sheets && count < waiting; i++)
            if (waits(&paper->packs[p].slots[i]))
                wanted[count++] = wanted_of(&paper->packs[p], i);
    qsort(wanted, count, sizeof(*wanted), by_want);
    write_wanted(wanted, count, today, json);
    free(wanted);
    return PTN_OK;
}

struct ptn_status ptn_paper_write_json(const struct ptn_paper *paper, struct ptn_date today,
                                       struct ptn_json *json)
{
    uint64_t counts[PTN_SHEET_STATE_COUNT];
    struct ptn_status status;

    (void)ptn_paper_count(paper, counts);
    ptn_json_object(json);
    ptn_json_field_bool(json, "accounted", ptn_paper_accounted(paper));
    write_counts(counts, json);
    ptn_json_key(json, "packs");
    ptn_json_array(json);
    for (size_t i = 0; i < paper->count; i++)
        write_pack(&paper->packs[i], json);
    ptn_json_array_end(json);
    status = write_next(paper, (size_t)(counts[PTN_SHEET_KEYED_ONCE] + counts[PTN_SHEET_DIFFERS]),
                        today, json);
    ptn_json_object_end(json);
    return status;
}
