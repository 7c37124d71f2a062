#include "message/assembly.h"

#include <stdlib.h>

#define KEY_LEN   150u /* sender and common access reference, as the manifest cuts them */
#define WHOLE_MAX ((size_t)1 << 30)

struct part {
    uint8_t *at; /* Owned; NULL: it has not come */
    size_t len;
};

struct set {
    uint8_t key[KEY_LEN];
    size_t sender_len, common_len; /* 0 and 0: free */
    int64_t since_ms;
    unsigned last;     /* number of the last part; 0: it has not come */
    uint8_t *envelope; /* UNA and UNB of the part that came first */
    size_t envelope_len;
    struct part parts[PTN_MANIFEST_PARTS_MAX + 1]; /* by number */
};

struct ptn_assembly {
    size_t bytes_max, bytes;
    size_t count;
    struct set *sets[PTN_ASSEMBLY_SETS_MAX]; /* the first count of them */
    struct set *given;                       /* what the last call handed out */
    struct ptn_buffer whole;
};

struct ptn_assembly *ptn_assembly_new(size_t bytes_max)
{
    struct ptn_assembly *assembly = calloc(1, sizeof(*assembly));

    if (assembly == NULL)
        return NULL;
    assembly->bytes_max = bytes_max;
    ptn_buffer_init(&assembly->whole, WHOLE_MAX);
    return assembly;
}

static void set_free(struct set *set)
{
    if (set == NULL)
        return;
    for (unsigned i = 0; i <= PTN_MANIFEST_PARTS_MAX; i++)
        free(set->parts[i].at);
    free(set->envelope);
    free(set);
}

void ptn_assembly_free(struct ptn_assembly *assembly)
{
    if (assembly == NULL)
        return;
    for (size_t i = 0; i < assembly->count; i++)
        set_free(assembly->sets[i]);
    set_free(assembly->given);
    ptn_buffer_release(&assembly->whole);
    free(assembly);
}

size_t ptn_assembly_count(const struct ptn_assembly *assembly)
{
    return assembly->count;
}

static struct ptn_bytes between(struct ptn_bytes input, size_t begin, size_t end)
{
    return end > begin ? ptn_bytes_slice(input, begin, end - begin) : PTN_BYTES_NONE;
}

struct ptn_status ptn_assembly_alone(const struct ptn_manifest_sent *sent, struct ptn_bytes input,
                                     struct ptn_buffer *out)
{
    struct ptn_status status = ptn_buffer_add(out, between(input, sent->una_begin, sent->una_end));

    if (ptn_ok(status))
        status = ptn_buffer_add(out, between(input, sent->unb_begin, sent->unb_end));
    if (ptn_ok(status))
        status = ptn_buffer_add(out, between(input, sent->begin, sent->end));
    return status;
}

static struct ptn_bytes sender_of(const struct set *set)
{
    return ptn_bytes_of(set->key, set->sender_len);
}

static struct ptn_bytes common_of(const struct set *set)
{
    return ptn_bytes_of(set->key + set->sender_len, set->common_len);
}

/* A copy of the bytes, counted; NULL: no memory. */
static uint8_t *copy(struct ptn_assembly *assembly, struct ptn_bytes bytes)
{
    uint8_t *at = malloc(bytes.len + 1);

    if (at == NULL)
        return NULL;
    if (bytes.len > 0)
        memcpy(at, bytes.at, bytes.len);
    assembly->bytes += bytes.len;
    return at;
}

static struct set *find(const struct ptn_assembly *assembly, const struct ptn_manifest_sent *sent)
{
    for (size_t i = 0; i < assembly->count; i++)
        if (ptn_bytes_equal(sender_of(assembly->sets[i]), sent->sender) &&
            ptn_bytes_equal(common_of(assembly->sets[i]), sent->common))
            return assembly->sets[i];
    return NULL;
}

/* The set of that part, made when missing; NULL: no room or no memory. */
static struct set *find_or_make(struct ptn_assembly *assembly, const struct ptn_manifest_sent *sent,
                                struct ptn_bytes envelope, int64_t now_ms)
{
    struct set *set = find(assembly, sent);

    if (set != NULL || assembly->count == PTN_ASSEMBLY_SETS_MAX ||
        sent->sender.len + sent->common.len > KEY_LEN)
        return set;
    set = calloc(1, sizeof(*set));
    if (set == NULL)
        return NULL;
    set->envelope = copy(assembly, envelope);
    if (set->envelope == NULL) {
        set_free(set);
        return NULL;
    }
    set->envelope_len = envelope.len;
    if (sent->sender.len > 0)
        memcpy(set->key, sent->sender.at, sent->sender.len);
    if (sent->common.len > 0)
        memcpy(set->key + sent->sender.len, sent->common.at, sent->common.len);
    set->sender_len = sent->sender.len;
    set->common_len = sent->common.len;
    set->since_ms = now_ms;
    assembly->sets[assembly->count++] = set;
    return set;
}

/* Take a set out of those that wait, and show it: parts in order after the envelope. */
static struct ptn_status give(struct ptn_assembly *assembly, size_t index,
                              struct ptn_assembly_set *ret_set)
{
    struct set *set = assembly->sets[index];
    struct ptn_status status;

    assembly->sets[index] = assembly->sets[--assembly->count];
    set_free(assembly->given);
    assembly->given = set;
    ptn_buffer_clear(&assembly->whole);
    *ret_set = (struct ptn_assembly_set){ .sender = sender_of(set), .common = common_of(set) };
    status = ptn_buffer_add(&assembly->whole, ptn_bytes_of(set->envelope, set->envelope_len));
    assembly->bytes -= set->envelope_len;
    for (unsigned i = 1; i <= PTN_MANIFEST_PARTS_MAX; i++) {
        const struct part *part = &set->parts[i];

        if (part->at == NULL) {
            if (ret_set->missing == 0 && (set->last == 0 || i <= set->last))
                ret_set->missing = i;
            continue;
        }
        ret_set->part_count++;
        assembly->bytes -= part->len;
        if (ptn_ok(status))
            status = ptn_buffer_add(&assembly->whole, ptn_bytes_of(part->at, part->len));
    }
    ret_set->whole = ptn_buffer_bytes(&assembly->whole);
    return status;
}

static bool is_complete(const struct set *set)
{
    if (set->last == 0)
        return false;
    for (unsigned i = 1; i <= set->last; i++)
        if (set->parts[i].at == NULL)
            return false;
    return true;
}

static size_t index_of(const struct ptn_assembly *assembly, const struct set *set)
{
    size_t index = 0;

    while (assembly->sets[index] != set)
        index++;
    return index;
}

struct ptn_status ptn_assembly_add(struct ptn_assembly *assembly,
                                   const struct ptn_manifest_sent *sent, struct ptn_bytes input,
                                   int64_t now_ms, struct ptn_assembly_set *ret_set)
{
    struct ptn_bytes raw = between(input, sent->begin, sent->end);
    struct ptn_buffer envelope;
    struct ptn_manifest_sent head = *sent;
    struct set *set = NULL;
    struct part *part;
    struct ptn_status status;

    PTN_PRE(sent->part > 0 && sent->part <= PTN_MANIFEST_PARTS_MAX);
    if (raw.len > assembly->bytes_max - assembly->bytes)
        return (struct ptn_status){ PTN_C_TOO_BIG };
    ptn_buffer_init(&envelope, assembly->bytes_max - assembly->bytes);
    head.begin = head.end; /* of the input only what stands before */
    status = ptn_assembly_alone(&head, input, &envelope);
    if (ptn_ok(status))
        set = find_or_make(assembly, sent, ptn_buffer_bytes(&envelope), now_ms);
    ptn_buffer_release(&envelope);
    if (set == NULL)
        return (struct ptn_status){ PTN_C_TOO_BIG };
    part = &set->parts[sent->part];
    if (part->at != NULL) {
        free(part->at);
        assembly->bytes -= part->len;
    }
    part->at = copy(assembly, raw);
    part->len = part->at == NULL ? 0 : raw.len;
    if (part->at == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    if (sent->last)
        set->last = sent->part;
    if (!is_complete(set))
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    return give(assembly, index_of(assembly, set), ret_set);
}

bool ptn_assembly_late(struct ptn_assembly *assembly, int64_t then_ms,
                       struct ptn_assembly_set *ret_set)
{
    size_t oldest = assembly->count;

    for (size_t i = 0; i < assembly->count; i++)
        if (assembly->sets[i]->since_ms <= then_ms &&
            (oldest == assembly->count ||
             assembly->sets[i]->since_ms < assembly->sets[oldest]->since_ms))
            oldest = i;
    if (oldest == assembly->count)
        return false;
    return ptn_ok(give(assembly, oldest, ret_set)); /* without memory it is lost, and said */
}
