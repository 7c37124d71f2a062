/*
 * The file of known stays: what a node has learnt of its ledger's first entries, so that it need
 * not open them all at every start. Safe to delete; used only when the ledger still begins with the
 * entries it was learnt from, and sealed with the node's own key. Layout: docs/format/stays.md.
 */
#include "node/past_int.h"

#include "vault/seal.h"

#define KNOWN_FILE  "stays.known"
#define KNOWN_MAGIC "PTNSTAY2"
#define MAGIC_LEN   8u
#define HEAD_LEN    (MAGIC_LEN + 8u + PTN_HASH_LEN + 8u + 8u + 4u + 4u + 1u + 4u + 4u)
#define PLACE_LEN   8u
#define EVENT_LEN   (PTN_NODE_ID_LEN + 4u + 1u + 4u + 8u)
#define PIECE_MAX   100000u  /* events sealed as one */
#define PLACES_MAX  250000u  /* entries about paper */
#define BEHIND_MAX  65536u   /* entries a running node may be ahead of its file */
#define DAY_LAST    2932896u /* 9999-12-31 */
#define FILE_MAX    ((size_t)2 << 30)

static const uint8_t retention = PTN_RETENTION_CROSSING;

/* What every piece belongs to: the head, the ledger and the piece's number. */
static struct ptn_status bind(const struct ptn_node *node, struct ptn_bytes head, uint32_t piece,
                              struct ptn_buffer *ret_bound)
{
    struct ptn_status status;

    ptn_buffer_clear(ret_bound);
    status = ptn_buffer_add(ret_bound, head);
    if (ptn_ok(status))
        status = ptn_buffer_add_u32(ret_bound, piece);
    if (ptn_ok(status))
        status = ptn_buffer_add_text(ret_bound, ptn_ledger_origin(node->ledger));
    return status;
}

/* How many of the first size entries are erased: one more since the file was written, and the file
 * knows too much. */
static struct ptn_status count_erased(struct ptn_node *node, uint64_t size, uint64_t *ret_count)
{
    uint64_t count = 0;
    uint64_t index = 0;
    struct ptn_hash by;

    for (;; index++) {
        struct ptn_status status = ptn_ledger_erased(node->ledger, index, &index, &by, NULL);

        if (!ptn_ok(status) && status.code != PTN_C_NOT_FOUND)
            return status;
        if (!ptn_ok(status) || index >= size)
            break;
        count++;
    }
    *ret_count = count;
    return PTN_OK;
}

/* ---- writing ---- */

static struct ptn_status write_head(struct ptn_node *node, uint32_t day, struct ptn_buffer *out)
{
    struct ptn_hash root;
    uint64_t erased = 0;
    struct ptn_status status = ptn_ledger_root_at(node->ledger, node->ledger_size, &root, NULL);

    if (ptn_ok(status))
        status = count_erased(node, node->ledger_size, &erased);

    if (ptn_ok(status))
        status = ptn_buffer_add_text(out, KNOWN_MAGIC);
    if (ptn_ok(status))
        status = ptn_buffer_add_u64(out, node->ledger_size);
    if (ptn_ok(status))
        status = ptn_buffer_add(out, ptn_bytes_of(root.at, PTN_HASH_LEN));
    if (ptn_ok(status))
        status = ptn_buffer_add_u64(out, erased);
    if (ptn_ok(status))
        status = ptn_buffer_add_u64(out, node->history.count);
    if (ptn_ok(status))
        status = ptn_buffer_add_u32(out, (uint32_t)node->since.begin);
    if (ptn_ok(status))
        status = ptn_buffer_add_u32(out, (uint32_t)node->since.shut);
    if (ptn_ok(status))
        status = ptn_buffer_add_u8(out, (uint8_t)node->since.why);
    if (ptn_ok(status))
        status = ptn_buffer_add_u32(out, (uint32_t)ptn_past_last(&node->past));
    if (ptn_ok(status))
        status = ptn_buffer_add_u32(out, day);
    return status;
}

static struct ptn_status write_events(const struct ptn_history *history, size_t first, size_t count,
                                      struct ptn_buffer *plain)
{
    struct ptn_status status = PTN_OK;

    ptn_buffer_clear(plain);
    for (size_t i = first; ptn_ok(status) && i < first + count; i++) {
        const struct ptn_history_event *event = &history->events[i];

        status = ptn_buffer_add(plain, ptn_bytes_of(event->key, PTN_NODE_ID_LEN));
        if (ptn_ok(status))
            status = ptn_buffer_add_u32(plain, (uint32_t)event->day);
        if (ptn_ok(status))
            status = ptn_buffer_add_u8(plain, (uint8_t)((event->move == PTN_STAY_EXIT ? 1u : 0u) |
                                                        (event->exempt ? 2u : 0u)));
        if (ptn_ok(status))
            status = ptn_buffer_add_u32(plain, (uint32_t)event->written);
        if (ptn_ok(status))
            status = ptn_buffer_add_u64(plain, event->index);
    }
    return status;
}

/* Length, commitment, sealed bytes. */
static struct ptn_status write_piece(struct ptn_node *node, const struct ptn_epoch *epoch,
                                     struct ptn_bytes bound, struct ptn_bytes plain,
                                     struct ptn_buffer *out)
{
    struct ptn_buffer sealed = { .len_max = PTN_PAYLOAD_LEN_MAX };
    uint8_t commitment[PTN_COMMITMENT_LEN];
    struct ptn_status status = ptn_seal(node->world, epoch, bound, plain, &sealed, commitment);

    if (ptn_ok(status))
        status = ptn_buffer_add_u32(out, (uint32_t)sealed.len);
    if (ptn_ok(status))
        status = ptn_buffer_add(out, ptn_bytes_of(commitment, sizeof(commitment)));
    if (ptn_ok(status))
        status = ptn_buffer_add(out, ptn_buffer_bytes(&sealed));
    ptn_buffer_release(&sealed);
    return status;
}

/* Where the entries about paper lie. */
static struct ptn_status write_places(const struct ptn_node *node, struct ptn_buffer *plain)
{
    struct ptn_status status = { node->paper_count > PLACES_MAX ? PTN_C_TOO_BIG : PTN_C_OK };

    ptn_buffer_clear(plain);
    for (size_t i = 0; ptn_ok(status) && i < node->paper_count; i++)
        status = ptn_buffer_add_u64(plain, node->paper_at[i]);
    return status;
}

static struct ptn_status write_known(struct ptn_node *node, struct ptn_buffer *out)
{
    struct ptn_buffer plain = { .len_max = (size_t)PIECE_MAX * EVENT_LEN };
    struct ptn_buffer bound = { .len_max = 1024 };
    uint32_t day = (uint32_t)(node->world->now_ms(node->world->context) / (INT64_C(86400) * 1000));
    struct ptn_epoch epoch;
    uint32_t piece = 1;
    struct ptn_status status = write_head(node, day, out);

    ptn_epoch_open(node->vault, day, retention, &epoch);
    if (ptn_ok(status))
        status = bind(node, ptn_bytes_of(out->at, HEAD_LEN), 0, &bound);
    if (ptn_ok(status))
        status = write_places(node, &plain);
    if (ptn_ok(status))
        status = write_piece(node, &epoch, ptn_buffer_bytes(&bound), ptn_buffer_bytes(&plain), out);
    for (size_t at = 0; ptn_ok(status) && at < node->history.count; at += PIECE_MAX, piece++) {
        size_t count = node->history.count - at;

        count = count > PIECE_MAX ? PIECE_MAX : count;
        status = bind(node, ptn_bytes_of(out->at, HEAD_LEN), piece, &bound);
        if (ptn_ok(status))
            status = write_events(&node->history, at, count, &plain);
        if (ptn_ok(status))
            status =
                write_piece(node, &epoch, ptn_buffer_bytes(&bound), ptn_buffer_bytes(&plain), out);
    }
    ptn_epoch_forget(&epoch);
    ptn_buffer_release(&plain);
    ptn_buffer_release(&bound);
    return status;
}

/* Whether something was erased since the history was learnt: it still knows of it. */
static bool knows_too_much(struct ptn_node *node)
{
    uint64_t erased = 0;

    return !ptn_ok(count_erased(node, node->ledger_size, &erased)) || erased != node->learnt_erased;
}

void ptn_known_save(struct ptn_node *node)
{
    struct ptn_buffer out = { .len_max = FILE_MAX };
    char path[PTN_NODE_PATH_MAX];

    if (node->ledger == NULL || node->vault == NULL || !node->learnt ||
        node->ledger_size == node->saved_size || node->recording == PTN_RECORDING_STOPPED ||
        knows_too_much(node))
        return;
    /* its loss costs time at the next start, nothing else */
    if (ptn_ok(ptn_node_path(path, node->dir, KNOWN_FILE)) && ptn_ok(write_known(node, &out)) &&
        ptn_ok(node->world->files->replace(node->world->context, path, ptn_buffer_bytes(&out))))
        node->saved_size = node->ledger_size;
    ptn_buffer_release(&out);
}

struct ptn_status ptn_known_renew(struct ptn_node *node)
{
    char path[PTN_NODE_PATH_MAX];
    struct ptn_status status = ptn_node_path(path, node->dir, KNOWN_FILE);

    node->saved_size = 0;
    ptn_known_save(node);
    if (node->saved_size > 0 || !ptn_ok(status))
        return status;
    status = node->world->files->remove(node->world->context, path);
    return status.code == PTN_C_NOT_FOUND ? PTN_OK : status;
}

void ptn_known_learnt(struct ptn_node *node)
{
    node->learnt =
        !node->paper_lost && ptn_ok(count_erased(node, node->ledger_size, &node->learnt_erased));
}

void ptn_known_tidy(struct ptn_node *node)
{
    if (node->ledger_size - node->saved_size > BEHIND_MAX)
        ptn_known_save(node);
}

/* ---- reading ---- */

struct ptn_status ptn_known_head_parse(struct ptn_bytes bytes, struct ptn_known_head *ret_head)
{
    struct ptn_cursor cursor = ptn_cursor_at(bytes);
    struct ptn_known_head head = { 0 };
    struct ptn_bytes magic;
    struct ptn_bytes root;
    uint32_t begin = 0;
    uint32_t shut = 0;
    uint32_t past = 0;
    uint8_t why = 0;
    struct ptn_status status = ptn_cursor_take(&cursor, MAGIC_LEN, &magic);

    if (ptn_ok(status) && !ptn_bytes_is(magic, KNOWN_MAGIC))
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    if (ptn_ok(status))
        status = ptn_cursor_take_u64(&cursor, &head.size);
    if (ptn_ok(status))
        status = ptn_cursor_take(&cursor, PTN_HASH_LEN, &root);
    if (ptn_ok(status))
        status = ptn_cursor_take_u64(&cursor, &head.erased_count);
    if (ptn_ok(status))
        status = ptn_cursor_take_u64(&cursor, &head.event_count);
    if (ptn_ok(status))
        status = ptn_cursor_take_u32(&cursor, &begin);
    if (ptn_ok(status))
        status = ptn_cursor_take_u32(&cursor, &shut);
    if (ptn_ok(status))
        status = ptn_cursor_take_u8(&cursor, &why);
    if (ptn_ok(status))
        status = ptn_cursor_take_u32(&cursor, &past);
    if (ptn_ok(status))
        status = ptn_cursor_take_u32(&cursor, &head.day);
    if (!ptn_ok(status) || why > PTN_RECORDS_LOST || begin > DAY_LAST || shut > DAY_LAST ||
        past > DAY_LAST)
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    head.since =
        (struct ptn_records_since){ (int32_t)begin, (int32_t)shut, (enum ptn_records_why)why };
    head.past = (int32_t)past;
    memcpy(head.root.at, root.at, PTN_HASH_LEN);
    head.pieces = ptn_bytes_slice(bytes, HEAD_LEN, bytes.len);
    *ret_head = head;
    return PTN_OK;
}

void ptn_known_paper(struct ptn_node *node, uint64_t index)
{
    if (node->paper_count == node->paper_room) {
        size_t room = node->paper_room == 0 ? 64 : node->paper_room * 2;
        uint64_t *at = realloc(node->paper_at, room * sizeof(*at));

        if (at == NULL) {
            node->learnt = false; /* no file can say where all of them are */
            node->paper_lost = true;
            return;
        }
        node->paper_at = at;
        node->paper_room = room;
    }
    node->paper_at[node->paper_count++] = index;
}

void ptn_known_forget(struct ptn_node *node, uint64_t index)
{
    size_t low = 0;
    size_t high = node->paper_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (node->paper_at[middle] < index)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == node->paper_count || node->paper_at[low] != index)
        return;
    memmove(&node->paper_at[low], &node->paper_at[low + 1],
            (node->paper_count - low - 1) * sizeof(*node->paper_at));
    node->paper_count--;
}

static struct ptn_status take_places(struct ptn_node *node, struct ptn_bytes plain, uint64_t size)
{
    struct ptn_cursor cursor = ptn_cursor_at(plain);
    struct ptn_status status = { plain.len % PLACE_LEN == 0 ? PTN_C_OK : PTN_C_CORRUPT };
    uint64_t before = 0;

    for (size_t i = 0; ptn_ok(status) && i < plain.len / PLACE_LEN; i++) {
        uint64_t index = 0;

        status = ptn_cursor_take_u64(&cursor, &index);
        if (ptn_ok(status) && (index >= size || (i > 0 && index <= before)))
            status = (struct ptn_status){ PTN_C_CORRUPT };
        before = index;
        if (ptn_ok(status))
            ptn_known_paper(node, index);
    }
    return status;
}

static struct ptn_status take_events(struct ptn_history *history, const struct ptn_past *past,
                                     struct ptn_bytes plain, uint64_t *ret_taken)
{
    struct ptn_cursor cursor = ptn_cursor_at(plain);
    struct ptn_status status = PTN_OK;

    if (plain.len % EVENT_LEN != 0)
        return (struct ptn_status){ PTN_C_CORRUPT };
    *ret_taken += plain.len / EVENT_LEN;
    for (size_t i = 0; ptn_ok(status) && i < plain.len / EVENT_LEN; i++) {
        struct ptn_history_event event = { .day = 0 };
        struct ptn_bytes key;
        uint32_t day = 0;
        uint32_t written = 0;
        uint8_t flags = 0;

        status = ptn_cursor_take(&cursor, PTN_NODE_ID_LEN, &key);
        if (ptn_ok(status))
            status = ptn_cursor_take_u32(&cursor, &day);
        if (ptn_ok(status))
            status = ptn_cursor_take_u8(&cursor, &flags);
        if (ptn_ok(status))
            status = ptn_cursor_take_u32(&cursor, &written);
        if (ptn_ok(status))
            status = ptn_cursor_take_u64(&cursor, &event.index);
        if (!ptn_ok(status) || flags > 3 || written > DAY_LAST)
            return (struct ptn_status){ PTN_C_CORRUPT };
        memcpy(event.key, key.at, PTN_NODE_ID_LEN);
        event.day = (int32_t)day;
        event.move = (flags & 1u) != 0 ? PTN_STAY_EXIT : PTN_STAY_ENTRY;
        event.exempt = (flags & 2u) != 0;
        event.written = (int32_t)written;
        if (ptn_past_covers(past, event.written, event.index))
            continue; /* it was cut off between the two */
        status = ptn_history_add(history, &event);
    }
    return status;
}

/* Open the next piece into plain. */
static struct ptn_status open_piece(const struct ptn_epoch *epoch, struct ptn_cursor *cursor,
                                    struct ptn_bytes bound, struct ptn_buffer *plain)
{
    struct ptn_bytes commitment = PTN_BYTES_NONE;
    struct ptn_bytes sealed = PTN_BYTES_NONE;
    uint32_t len = 0;
    struct ptn_status status = ptn_cursor_take_u32(cursor, &len);

    ptn_buffer_clear(plain);
    if (ptn_ok(status))
        status = ptn_cursor_take(cursor, PTN_COMMITMENT_LEN, &commitment);
    if (ptn_ok(status))
        status = ptn_cursor_take(cursor, len, &sealed);
    if (ptn_ok(status))
        status = ptn_unseal_with(epoch, bound, commitment.at, sealed, plain, NULL);
    return status;
}

static struct ptn_status take_pieces(struct ptn_node *node, struct ptn_bytes file,
                                     const struct ptn_known_head *head, struct ptn_history *history)
{
    struct ptn_buffer plain = { .len_max = (size_t)PIECE_MAX * EVENT_LEN };
    struct ptn_buffer bound = { .len_max = 1024 };
    struct ptn_cursor cursor = ptn_cursor_at(head->pieces);
    struct ptn_epoch epoch;
    uint64_t taken = 0;
    struct ptn_status status = PTN_OK;

    ptn_epoch_open(node->vault, head->day, retention, &epoch);
    for (uint32_t piece = 0; ptn_ok(status) && (piece == 0 || taken < head->event_count); piece++) {
        status = bind(node, ptn_bytes_slice(file, 0, HEAD_LEN), piece, &bound);
        if (ptn_ok(status))
            status = open_piece(&epoch, &cursor, ptn_buffer_bytes(&bound), &plain);
        if (ptn_ok(status) && piece > 0 && plain.len == 0)
            status = (struct ptn_status){ PTN_C_CORRUPT };
        if (ptn_ok(status))
            status = piece == 0
                         ? take_places(node, ptn_buffer_bytes(&plain), head->size)
                         : take_events(history, &node->past, ptn_buffer_bytes(&plain), &taken);
    }
    if (ptn_ok(status) && taken != head->event_count)
        status = (struct ptn_status){ PTN_C_CORRUPT };
    ptn_epoch_forget(&epoch);
    ptn_buffer_release(&plain);
    ptn_buffer_release(&bound);
    return status;
}

/* What the table says is newer where the two were cut apart. */
static void take_since(struct ptn_node *node, const struct ptn_known_head *head)
{
    const struct ptn_records_since newer = node->since;

    node->since = head->since;
    if (node->past.count > 0 && newer.why != PTN_RECORDS_BEGIN)
        ptn_records_shut(&node->since, newer.shut, newer.why);
    ptn_past_holes(node, head->past);
}

struct ptn_status ptn_known_load(struct ptn_node *node)
{
    struct ptn_buffer file = { .len_max = FILE_MAX };
    struct ptn_history history = { 0 };
    struct ptn_known_head head = { 0 };
    struct ptn_hash root;
    uint64_t erased = 0;
    char path[PTN_NODE_PATH_MAX];
    struct ptn_status status = ptn_node_path(path, node->dir, KNOWN_FILE);

    if (ptn_ok(status))
        status = node->world->files->read(node->world->context, path, &file);
    if (ptn_ok(status))
        status = ptn_known_head_parse(ptn_buffer_bytes(&file), &head);
    if (ptn_ok(status))
        status = ptn_ledger_root_at(node->ledger, head.size, &root, NULL);
    if (ptn_ok(status) && memcmp(root.at, head.root.at, PTN_HASH_LEN) != 0)
        status = (struct ptn_status){ PTN_C_CORRUPT };
    if (ptn_ok(status))
        status = count_erased(node, head.size, &erased);
    if (ptn_ok(status) && erased != head.erased_count)
        status = (struct ptn_status){ PTN_C_CORRUPT };
    if (ptn_ok(status))
        status = take_pieces(node, ptn_buffer_bytes(&file), &head, &history);
    if (ptn_ok(status)) {
        node->history = history;
        take_since(node, &head);
        node->known_size = node->saved_size = head.size;
    } else {
        ptn_history_release(&history);
        node->paper_count = 0;
    }
    ptn_buffer_release(&file);
    /* whatever is wrong with the file, the ledger knows it all */
    return status.code == PTN_C_NO_MEMORY ? status : PTN_OK;
}
