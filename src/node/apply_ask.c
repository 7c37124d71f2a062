/* node/apply_ask.c -- what other threads ask of a node's orders, and codes read out by telephone.
 */
#include "node/apply_int.h"

#include "vault/credential.h"

#define CODES_FILE "orders/codes"
#define CODES_MAX  8192u /* bytes of that file */
#define REASON     "By telephone: one-time code."

enum ask_kind { ASK_NOTE, ASK_STEP, ASK_CONFIRM, ASK_WRONG_CODE };

struct ptn_apply_ask {
    enum ask_kind kind;
    struct ptn_apply_ask *next;
    enum ptn_receipt_hand hand;
    struct ptn_apply_step step;
    struct ptn_hash name;
    size_t len;
    uint8_t bytes[]; /* the note, the reason, what was wrong */
};

/* Queue an ask with its own copy of the bytes, and ring. */
static struct ptn_status queue(struct ptn_node *node, const struct ptn_apply_ask *like,
                               struct ptn_bytes bytes)
{
    struct ptn_apply *apply = node->apply;
    struct ptn_apply_ask *ask;
    bool full;

    if (bytes.len > PTN_NOTE_LEN_MAX)
        return (struct ptn_status){ PTN_C_TOO_BIG };
    ask = malloc(sizeof(*ask) + bytes.len);
    if (ask == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    *ask = *like;
    ask->next = NULL;
    ask->len = bytes.len;
    if (bytes.len > 0)
        memcpy(ask->bytes, bytes.at, bytes.len);
    ptn_node_lock(node);
    full = apply->ask_count == PTN_APPLY_ASKS_MAX;
    if (!full) {
        *apply->asks_last = ask;
        apply->asks_last = &ask->next;
        apply->ask_count++;
    }
    ptn_node_unlock(node);
    if (full) {
        free(ask);
        return (struct ptn_status){ PTN_C_BUSY };
    }
    if (node->seams.wake != NULL)
        node->seams.wake(node->seams.context);
    return PTN_OK; /* cppcheck-suppress memleak ; the queue has it */
}

struct ptn_status ptn_apply_ask_note(struct ptn_node *node, struct ptn_bytes note,
                                     enum ptn_receipt_hand hand)
{
    return queue(node, &(struct ptn_apply_ask){ .kind = ASK_NOTE, .hand = hand }, note);
}

struct ptn_status ptn_apply_ask_step(struct ptn_node *node, const struct ptn_apply_step *step)
{
    return queue(node, &(struct ptn_apply_ask){ .kind = ASK_STEP, .step = *step }, step->reason);
}

struct ptn_status ptn_apply_ask_confirm(struct ptn_node *node, const struct ptn_hash *name)
{
    return queue(node, &(struct ptn_apply_ask){ .kind = ASK_CONFIRM, .name = *name },
                 PTN_BYTES_NONE);
}

/* What cannot be done shows in the receipts, or was refused when it was asked. */
static void answer(struct ptn_node *node, struct ptn_apply_ask *ask)
{
    struct ptn_bytes bytes = ptn_bytes_of(ask->bytes, ask->len);

    switch (ask->kind) {
    case ASK_NOTE:
        (void)ptn_ok(ptn_apply_note(node, bytes, ask->hand, NULL, NULL));
        break;
    case ASK_STEP:
        ask->step.reason = bytes;
        (void)ptn_ok(ptn_apply_step(node, &ask->step, NULL));
        break;
    case ASK_CONFIRM:
        (void)ptn_ok(ptn_apply_confirm(node, &ask->name));
        break;
    case ASK_WRONG_CODE:
        ptn_apply_refuse(node, bytes, "code", PTN_RECEIPT_TELEPHONE);
        break;
    }
}

void ptn_apply_answer_asks(struct ptn_node *node)
{
    struct ptn_apply *apply = node->apply;
    struct ptn_apply_ask *ask;

    ptn_node_lock(node);
    ask = apply->asks;
    apply->asks = NULL;
    apply->asks_last = &apply->asks;
    apply->ask_count = 0;
    ptn_node_unlock(node);
    while (ask != NULL) {
        struct ptn_apply_ask *next = ask->next;

        answer(node, ask);
        free(ask);
        ask = next;
    }
}

void ptn_apply_release_asks(struct ptn_apply *apply)
{
    while (apply->asks != NULL) {
        struct ptn_apply_ask *next = apply->asks->next;

        free(apply->asks);
        apply->asks = next;
    }
}

/* ---- codes ---- */

/* Twelve digits, each as likely: bytes of 250 and above are drawn again. */
static void draw_code(const struct ptn_world *world, char code[PTN_APPLY_CODE_DIGITS + 1])
{
    size_t len = 0;

    while (len < PTN_APPLY_CODE_DIGITS) {
        uint8_t byte;

        world->random(world->context, &byte, 1);
        if (byte < 250)
            code[len++] = (char)('0' + byte % 10);
    }
    code[len] = '\0';
}

struct ptn_status ptn_apply_codes_make(const struct ptn_world *world, const char *dir, size_t count,
                                       char codes[PTN_APPLY_CODES_MAX][PTN_APPLY_CODE_DIGITS + 1],
                                       struct ptn_diag *reterr)
{
    struct ptn_buffer file = { .len_max = CODES_MAX };
    char path[PTN_NODE_PATH_MAX];
    struct ptn_status status = ptn_node_path(path, dir, CODES_FILE);

    if (count == 0 || count > PTN_APPLY_CODES_MAX)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "1 to 32 codes");
    for (size_t i = 0; ptn_ok(status) && i < count; i++) {
        char hash[PTN_PASSWORD_HASH_SIZE];

        draw_code(world, codes[i]);
        status = ptn_password_hash(ptn_bytes_of(codes[i], PTN_APPLY_CODE_DIGITS), hash);
        if (ptn_ok(status))
            status = ptn_buffer_addf(&file, "%zu %s\n", i + 1, hash);
    }
    if (ptn_ok(status))
        status = world->files->replace(world->context, path, ptn_buffer_bytes(&file));
    ptn_buffer_release(&file);
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "the codes cannot be kept");
    return PTN_OK;
}

/* The line of that number in the file: its hash, and where it starts and ends. */
static bool find_code(struct ptn_bytes file, unsigned number, char hash[PTN_PASSWORD_HASH_SIZE],
                      size_t *ret_start, size_t *ret_end)
{
    struct ptn_cursor cursor = ptn_cursor_at(file);
    struct ptn_bytes line;
    char word[16];
    size_t len = (size_t)snprintf(word, sizeof(word), "%u ", number);

    for (;;) {
        *ret_start = cursor.next;
        if (!ptn_ok(ptn_cursor_take_line(&cursor, &line)))
            return false;
        *ret_end = cursor.next;
        if (line.len > len && line.len - len < PTN_PASSWORD_HASH_SIZE &&
            memcmp(line.at, word, len) == 0) {
            memcpy(hash, line.at + len, line.len - len);
            hash[line.len - len] = '\0';
            return true;
        }
    }
}

/* Twelve digits; spaces between them are passed over. */
static bool read_digits(struct ptn_bytes text, char code[PTN_APPLY_CODE_DIGITS + 1])
{
    size_t len = 0;

    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == ' ')
            continue;
        if (text.at[i] < '0' || text.at[i] > '9' || len == PTN_APPLY_CODE_DIGITS)
            return false;
        code[len++] = (char)text.at[i];
    }
    code[len] = '\0';
    return len == PTN_APPLY_CODE_DIGITS;
}

/* The time of a try is taken. False: too soon after the last. */
static bool may_try(struct ptn_node *node)
{
    int64_t now_us = node->world->monotonic_us(node->world->context);
    bool may;

    ptn_node_lock(node);
    may = node->apply->code_us == 0 || now_us - node->apply->code_us >= PTN_APPLY_CODE_US;
    if (may)
        node->apply->code_us = now_us;
    ptn_node_unlock(node);
    return may;
}

static struct ptn_status wrong_code(struct ptn_node *node, unsigned number, struct ptn_diag *reterr)
{
    char what[64];
    int len;

    ptn_node_lock(node);
    len = snprintf(what, sizeof(what), "telephone code %u, wrong %u", number,
                   ++node->apply->code_wrong);
    ptn_node_unlock(node);
    (void)ptn_ok(queue(node, &(struct ptn_apply_ask){ .kind = ASK_WRONG_CODE },
                       ptn_bytes_of(what, (size_t)len)));
    return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "not the code of that number");
}

/* Without the used line. A code that cannot be crossed out still stops: it could only stop again.
 */
static void cross_out(struct ptn_node *node, const char *path, struct ptn_buffer *file,
                      size_t start, size_t end)
{
    memmove(file->at + start, file->at + end, file->len - end);
    file->len -= end - start;
    (void)ptn_ok(node->world->files->replace(node->world->context, path, ptn_buffer_bytes(file)));
}

struct ptn_status ptn_apply_code(struct ptn_node *node, unsigned number, struct ptn_bytes digits,
                                 enum ptn_cause cause, struct ptn_diag *reterr)
{
    const struct ptn_apply_step step = { PTN_RUNG_HANDS_CODE, PTN_RUNG_LOCAL, cause,
                                         PTN_BYTES_LITERAL(REASON) };
    struct ptn_buffer file = { .len_max = CODES_MAX };
    char hash[PTN_PASSWORD_HASH_SIZE];
    char code[PTN_APPLY_CODE_DIGITS + 1];
    char path[PTN_NODE_PATH_MAX];
    size_t start = 0;
    size_t end = 0;
    struct ptn_status status = ptn_node_path(path, node->dir, CODES_FILE);

    if (!may_try(node))
        return ptn_fail(PTN_C_BUSY, reterr, 0, "one try in 30 seconds");
    if (ptn_ok(status))
        status = node->world->files->read(node->world->context, path, &file);
    if (ptn_ok(status) && !find_code(ptn_buffer_bytes(&file), number, hash, &start, &end))
        status.code = PTN_C_NOT_FOUND;
    if (!ptn_ok(status))
        status = ptn_fail(status.code, reterr, 0, "there is no code of that number");
    else if (!read_digits(digits, code) ||
             !ptn_ok(ptn_password_check(hash, ptn_bytes_of(code, PTN_APPLY_CODE_DIGITS), NULL)))
        status = wrong_code(node, number, reterr);
    else
        status = ptn_apply_ask_step(node, &step);
    if (ptn_ok(status))
        cross_out(node, path, &file, start, end);
    explicit_bzero(code, sizeof(code));
    ptn_buffer_release(&file);
    return status;
}
