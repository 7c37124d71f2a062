#include "mirror/carry.h"

#include <stdlib.h>

#include "ledger/serving.h"
#include "mirror/wire_int.h"

#define PATH_LEN_MAX 4096u
#define FILE_LEN_MAX ((size_t)128 << 20) /* the payloads of one bundle */
#define LEVELS       8u                  /* 256^8 entries are all there can be */

/* One ledger on its way; the same for out and in. */
struct carrying {
    const struct ptn_world *world;
    struct ptn_ledger *ledger; /* out: either this */
    struct ptn_copy *copy;     /* or this; in: this */
    const char *stick;
    struct ptn_hash id;
    uint64_t size; /* of the checkpoint carried */
    struct ptn_carry_report *report;
    struct ptn_diag *reterr;
    struct ptn_buffer path;
    struct ptn_buffer name; /* within the ledger's folder */
    struct ptn_buffer file; /* what is to be written, or was read */
    struct ptn_buffer there;
    struct ptn_buffer sealed;
    struct ptn_bytes *views;
};

static struct ptn_status begin(struct carrying *carrying, struct ptn_bytes origin)
{
    struct ptn_status status = ptn_wire_origin_hash(origin, &carrying->id);

    *carrying->report = (struct ptn_carry_report){ 0 };
    ptn_buffer_init(&carrying->path, PATH_LEN_MAX);
    ptn_buffer_init(&carrying->name, PTN_WIRE_PATH_MAX);
    ptn_buffer_init(&carrying->file, FILE_LEN_MAX);
    ptn_buffer_init(&carrying->there, FILE_LEN_MAX);
    ptn_buffer_init(&carrying->sealed, (size_t)2 << 20);
    carrying->views = malloc(PTN_TILE_WIDTH * sizeof(*carrying->views));
    if (carrying->views == NULL)
        status.code = PTN_C_NO_MEMORY;
    return ptn_ok(status) ? status
                          : ptn_fail(status.code, carrying->reterr, 0, "no memory for the stick");
}

static struct ptn_status end(struct carrying *carrying, struct ptn_status status)
{
    ptn_buffer_release(&carrying->path);
    ptn_buffer_release(&carrying->name);
    ptn_buffer_release(&carrying->file);
    ptn_buffer_release(&carrying->there);
    ptn_buffer_release(&carrying->sealed);
    free(carrying->views);
    return status;
}

/* ---- names ---- */

/* STICK/postern/<hex>/NAME and its NUL into path. */
static struct ptn_status write_path(struct carrying *carrying, struct ptn_bytes name)
{
    struct ptn_status status;

    ptn_buffer_clear(&carrying->path);
    status = ptn_buffer_addf(&carrying->path, "%s/postern/", carrying->stick);
    if (ptn_ok(status))
        status = ptn_wire_add_hash_hex(&carrying->path, &carrying->id);
    if (ptn_ok(status))
        status = ptn_buffer_add_text(&carrying->path, "/");
    if (ptn_ok(status))
        status = ptn_buffer_add(&carrying->path, name);
    if (ptn_ok(status))
        status = ptn_buffer_add_u8(&carrying->path, 0);
    return ptn_ok(status) ? status
                          : ptn_fail(status.code, carrying->reterr, 0, "the path is too long");
}

/* Every folder of the path after the stick's own. */
static struct ptn_status make_folders(struct carrying *carrying)
{
    const struct ptn_files *files = carrying->world->files;
    struct ptn_status status = PTN_OK;

    for (size_t i = strlen(carrying->stick) + 1; ptn_ok(status) && i < carrying->path.len; i++) {
        if (carrying->path.at[i] != '/')
            continue;
        carrying->path.at[i] = '\0';
        status = files->make_dir(carrying->world->context, (const char *)carrying->path.at);
        carrying->path.at[i] = '/';
    }
    return ptn_ok(status) ? status
                          : ptn_fail(status.code, carrying->reterr, 0, "the stick takes no folder");
}

/* "payloads/…" beside "tile/entries/…" */
static struct ptn_status payloads_name(struct carrying *carrying, uint64_t bundle, unsigned width)
{
    static const char entries[] = "tile/entries/";
    struct ptn_buffer tile;
    struct ptn_status status;

    ptn_buffer_init(&tile, PTN_WIRE_PATH_MAX);
    ptn_buffer_clear(&carrying->name);
    status = ptn_tile_path_write(&tile, -1, bundle, width);
    if (ptn_ok(status))
        status = ptn_buffer_add_text(&carrying->name, "payloads/");
    if (ptn_ok(status))
        status = ptn_buffer_add(&carrying->name, ptn_bytes_slice(ptn_buffer_bytes(&tile),
                                                                 sizeof(entries) - 1, tile.len));
    ptn_buffer_release(&tile);
    return status;
}

static struct ptn_status tile_name(struct carrying *carrying, int level, uint64_t index,
                                   unsigned width)
{
    ptn_buffer_clear(&carrying->name);
    return ptn_tile_path_write(&carrying->name, level, index, width);
}

/* ---- out ---- */

/* Put carrying->file under carrying->name, unless the same is there already. CARRY-1. */
static struct ptn_status put(struct carrying *carrying)
{
    const struct ptn_files *files = carrying->world->files;
    struct ptn_status status = write_path(carrying, ptn_buffer_bytes(&carrying->name));

    if (!ptn_ok(status))
        return status;
    ptn_buffer_clear(&carrying->there);
    status =
        files->read(carrying->world->context, (const char *)carrying->path.at, &carrying->there);
    if (ptn_ok(status) &&
        ptn_bytes_equal(ptn_buffer_bytes(&carrying->there), ptn_buffer_bytes(&carrying->file)))
        return PTN_OK;
    if (status.code == PTN_C_NO_MEMORY)
        return ptn_fail(status.code, carrying->reterr, 0, "no memory for a file of the stick");
    status = make_folders(carrying);
    if (!ptn_ok(status))
        return status;
    status = files->replace(carrying->world->context, (const char *)carrying->path.at,
                            ptn_buffer_bytes(&carrying->file));
    if (!ptn_ok(status))
        return ptn_fail(PTN_C_IO, carrying->reterr, 0, "the stick takes no file");
    carrying->report->files++;
    return PTN_OK;
}

static struct ptn_status get_file(struct carrying *carrying, struct ptn_bytes file)
{
    ptn_buffer_clear(&carrying->file);
    return carrying->copy != NULL
               ? ptn_serving_copy_file(carrying->copy, file, &carrying->file, carrying->reterr)
               : ptn_serving_ledger_file(carrying->ledger, file, &carrying->file, carrying->reterr);
}

static struct ptn_status put_tile(struct carrying *carrying, int level, uint64_t index,
                                  unsigned width)
{
    struct ptn_status status = tile_name(carrying, level, index, width);

    if (ptn_ok(status))
        status = get_file(carrying, ptn_buffer_bytes(&carrying->name));
    return ptn_ok(status) ? put(carrying) : status;
}

/* Add the entry's item to the batch in carrying->file. */
static struct ptn_status add_payload(struct carrying *carrying, uint64_t index)
{
    struct ptn_ledger_header header;
    struct ptn_status status =
        carrying->copy != NULL
            ? ptn_copy_read(carrying->copy, index, &header, NULL, carrying->reterr)
            : ptn_ledger_read(carrying->ledger, index, &header, NULL, carrying->reterr);

    if (!ptn_ok(status))
        return status;
    if (!header.has_payload)
        return ptn_wire_payload_write(&carrying->file, PTN_WIRE_PAYLOAD_NONE, PTN_BYTES_NONE);
    ptn_buffer_clear(&carrying->sealed);
    status = carrying->copy != NULL ? ptn_copy_read(carrying->copy, index, &header,
                                                    &carrying->sealed, carrying->reterr)
                                    : ptn_ledger_read_sealed(carrying->ledger, index, &header,
                                                             &carrying->sealed, carrying->reterr);
    if (status.code == PTN_C_NOT_FOUND) {
        carrying->report->missing++;
        return ptn_wire_payload_write(&carrying->file, PTN_WIRE_PAYLOAD_GONE, PTN_BYTES_NONE);
    }
    return ptn_ok(status) ? ptn_wire_payload_write(&carrying->file, PTN_WIRE_PAYLOAD_HERE,
                                                   ptn_buffer_bytes(&carrying->sealed))
                          : status;
}

static struct ptn_status put_bundle(struct carrying *carrying, uint64_t bundle, unsigned width)
{
    struct ptn_status status = PTN_OK;

    ptn_buffer_clear(&carrying->file);
    for (unsigned i = 0; ptn_ok(status) && i < width; i++)
        status = add_payload(carrying, bundle * PTN_TILE_WIDTH + i);
    if (ptn_ok(status))
        status = payloads_name(carrying, bundle, width);
    if (ptn_ok(status))
        status = put(carrying);
    return ptn_ok(status) ? put_tile(carrying, -1, bundle, width) : status;
}

/* All tiles of one level of hashes. */
static struct ptn_status put_level(struct carrying *carrying, unsigned level)
{
    uint64_t hashes = carrying->size >> (8 * level);
    struct ptn_status status = PTN_OK;

    for (uint64_t index = 0; ptn_ok(status) && index * PTN_TILE_WIDTH < hashes; index++) {
        uint64_t left = hashes - index * PTN_TILE_WIDTH;

        status = put_tile(carrying, (int)level, index,
                          left < PTN_TILE_WIDTH ? (unsigned)left : PTN_TILE_WIDTH);
    }
    return status;
}

/* The checkpoint's size: what it is under is carried, whatever comes meanwhile. */
static struct ptn_status read_size(struct carrying *carrying)
{
    struct ptn_checkpoint checkpoint;
    struct ptn_note note;
    struct ptn_status status = get_file(carrying, PTN_BYTES_LITERAL("checkpoint"));

    if (ptn_ok(status))
        status = ptn_note_parse(ptn_buffer_bytes(&carrying->file), &note, carrying->reterr);
    if (ptn_ok(status))
        status = ptn_checkpoint_parse(note.text, &checkpoint, carrying->reterr);
    if (ptn_ok(status))
        carrying->size = checkpoint.size;
    return status;
}

static struct ptn_status carry_out(struct carrying *carrying)
{
    struct ptn_buffer note;
    struct ptn_status status = read_size(carrying);

    ptn_buffer_init(&note, PTN_COPY_NOTE_MAX);
    if (ptn_ok(status))
        status = ptn_buffer_add(&note, ptn_buffer_bytes(&carrying->file));
    for (uint64_t first = 0; ptn_ok(status) && first < carrying->size; first += PTN_TILE_WIDTH) {
        uint64_t left = carrying->size - first;

        status = put_bundle(carrying, first / PTN_TILE_WIDTH,
                            left < PTN_TILE_WIDTH ? (unsigned)left : PTN_TILE_WIDTH);
    }
    for (unsigned level = 0; ptn_ok(status) && level < LEVELS; level++)
        status = put_level(carrying, level);
    ptn_buffer_clear(&carrying->file);
    ptn_buffer_clear(&carrying->name);
    if (ptn_ok(status))
        status = ptn_buffer_add(&carrying->file, ptn_buffer_bytes(&note));
    if (ptn_ok(status))
        status = ptn_buffer_add_text(&carrying->name, "checkpoint");
    if (ptn_ok(status))
        status = put(carrying);
    if (ptn_ok(status))
        carrying->report->size = carrying->size;
    ptn_buffer_release(&note);
    return status;
}

struct ptn_status ptn_carry_out_ledger(const struct ptn_world *world, struct ptn_ledger *ledger,
                                       const char *stick, struct ptn_carry_report *ret_report,
                                       struct ptn_diag *reterr)
{
    struct carrying carrying = {
        .world = world, .ledger = ledger, .stick = stick, .report = ret_report, .reterr = reterr
    };
    struct ptn_status status = begin(&carrying, ptn_bytes_from_text(ptn_ledger_origin(ledger)));

    return end(&carrying, ptn_ok(status) ? carry_out(&carrying) : status);
}

struct ptn_status ptn_carry_out_copy(const struct ptn_world *world, struct ptn_copy *copy,
                                     const char *stick, struct ptn_carry_report *ret_report,
                                     struct ptn_diag *reterr)
{
    struct carrying carrying = {
        .world = world, .copy = copy, .stick = stick, .report = ret_report, .reterr = reterr
    };
    struct ptn_status status = begin(&carrying, ptn_bytes_from_text(ptn_copy_origin(copy)));

    return end(&carrying, ptn_ok(status) ? carry_out(&carrying) : status);
}

/* ---- in ---- */

/* Read the file of carrying->name into carrying->file. NOT_FOUND, IO, NO_MEMORY, TOO_BIG. */
static struct ptn_status get(struct carrying *carrying)
{
    struct ptn_status status = write_path(carrying, ptn_buffer_bytes(&carrying->name));

    ptn_buffer_clear(&carrying->file);
    if (ptn_ok(status))
        status = carrying->world->files->read(carrying->world->context,
                                              (const char *)carrying->path.at, &carrying->file);
    if (ptn_ok(status))
        carrying->report->files++;
    return status;
}

/* How many entries the bundle has under the stick's checkpoint. */
static unsigned width_of(const struct carrying *carrying, uint64_t bundle)
{
    uint64_t left = carrying->size - bundle * PTN_TILE_WIDTH;

    return left < PTN_TILE_WIDTH ? (unsigned)left : PTN_TILE_WIDTH;
}

static struct ptn_status take_checkpoint(struct carrying *carrying)
{
    struct ptn_checkpoint checkpoint;
    struct ptn_note note;
    struct ptn_status status;

    ptn_buffer_clear(&carrying->name);
    status = ptn_buffer_add_text(&carrying->name, "checkpoint");
    if (ptn_ok(status))
        status = get(carrying);
    if (!ptn_ok(status))
        return ptn_fail(status.code, carrying->reterr, 0, "the stick has no such ledger");
    status = ptn_copy_take_checkpoint(carrying->copy, ptn_buffer_bytes(&carrying->file), NULL,
                                      carrying->reterr);
    if (status.code == PTN_C_BUSY) /* older than what is here: it may have payloads all the same */
        status = PTN_OK;
    if (ptn_ok(status))
        status = ptn_note_parse(ptn_buffer_bytes(&carrying->file), &note, carrying->reterr);
    if (ptn_ok(status))
        status = ptn_checkpoint_parse(note.text, &checkpoint, carrying->reterr);
    if (ptn_ok(status))
        carrying->size = checkpoint.size;
    return status;
}

/* The bundle the next wanted entry is in. */
static struct ptn_status take_bundle(struct carrying *carrying, uint64_t next)
{
    uint64_t bundle = next / PTN_TILE_WIDTH;
    unsigned width = width_of(carrying, bundle);
    size_t skip = (size_t)(next - bundle * PTN_TILE_WIDTH);
    struct ptn_status status = tile_name(carrying, -1, bundle, width);

    if (ptn_ok(status))
        status = get(carrying);
    if (status.code == PTN_C_NO_MEMORY)
        return ptn_fail(status.code, carrying->reterr, 0, "no memory for a file of the stick");
    if (ptn_ok(status))
        status =
            ptn_wire_bundle_read(ptn_buffer_bytes(&carrying->file), width, carrying->views, NULL);
    if (!ptn_ok(status))
        return ptn_fail(PTN_C_BAD_INPUT, carrying->reterr, (size_t)next,
                        "the entries from here on are not on the stick");
    status = ptn_copy_take_entries(carrying->copy, next, carrying->views + skip, width - skip,
                                   carrying->reterr);
    if (ptn_ok(status))
        carrying->report->entries += width - skip;
    return status;
}

/* The payloads of one bundle, as far as they are what its entries name. */
static struct ptn_status take_payloads(struct carrying *carrying, uint64_t bundle)
{
    unsigned width = width_of(carrying, bundle);
    struct ptn_copy_standing before, after;
    struct ptn_cursor cursor;
    unsigned count = 0;
    struct ptn_status status = payloads_name(carrying, bundle, width);

    if (ptn_ok(status))
        status = get(carrying);
    if (!ptn_ok(status)) /* stays wanted */
        return status.code == PTN_C_NO_MEMORY ? status : PTN_OK;
    cursor = ptn_cursor_at(ptn_buffer_bytes(&carrying->file));
    while (ptn_ok(status) && count < width) {
        enum ptn_wire_payload what;

        status = ptn_wire_payload_next(&cursor, &what, &carrying->views[count], NULL);
        if (ptn_ok(status) && what != PTN_WIRE_PAYLOAD_HERE)
            carrying->views[count] = PTN_BYTES_NONE;
        count += ptn_ok(status) ? 1 : 0;
    }
    ptn_copy_standing(carrying->copy, &before);
    status = ptn_copy_put_payloads_at(carrying->copy, bundle * PTN_TILE_WIDTH, carrying->views,
                                      count, NULL);
    ptn_copy_standing(carrying->copy, &after);
    carrying->report->payloads += before.missing - after.missing;
    if (count < width || status.code == PTN_C_BAD_INPUT || status.code == PTN_C_TOO_BIG) {
        carrying->report->damaged++;
        return PTN_OK;
    }
    return status;
}

static struct ptn_status take_all_payloads(struct carrying *carrying)
{
    struct ptn_copy_standing standing;
    uint64_t index = 0;
    struct ptn_status status = PTN_OK;

    ptn_copy_standing(carrying->copy, &standing);
    for (uint64_t from = 0; ptn_ok(status); from = (index / PTN_TILE_WIDTH + 1) * PTN_TILE_WIDTH) {
        status = ptn_copy_next_missing(carrying->copy, from, &index, carrying->reterr);
        if (status.code == PTN_C_NOT_FOUND ||
            (ptn_ok(status) && (index >= standing.size || index >= carrying->size)))
            return PTN_OK;
        if (ptn_ok(status))
            status = take_payloads(carrying, index / PTN_TILE_WIDTH);
    }
    return ptn_fail(status.code, carrying->reterr, (size_t)index, "the copy takes no payload");
}

static struct ptn_status carry_in(struct carrying *carrying)
{
    struct ptn_copy_standing standing;
    struct ptn_status status = take_checkpoint(carrying);

    for (;;) {
        ptn_copy_standing(carrying->copy, &standing);
        if (!ptn_ok(status) || standing.next >= carrying->size)
            break;
        status = take_bundle(carrying, standing.next);
    }
    if (ptn_ok(status))
        status = take_all_payloads(carrying);
    ptn_copy_standing(carrying->copy, &standing);
    carrying->report->size = standing.size;
    carrying->report->missing = standing.missing;
    return status;
}

struct ptn_status ptn_carry_in(const struct ptn_world *world, struct ptn_copy *copy,
                               const char *stick, struct ptn_carry_report *ret_report,
                               struct ptn_diag *reterr)
{
    struct carrying carrying = {
        .world = world, .copy = copy, .stick = stick, .report = ret_report, .reterr = reterr
    };
    struct ptn_status status = begin(&carrying, ptn_bytes_from_text(ptn_copy_origin(copy)));

    return end(&carrying, ptn_ok(status) ? carry_in(&carrying) : status);
}

bool ptn_carry_has(const struct ptn_world *world, const char *stick, struct ptn_bytes origin)
{
    struct carrying carrying = { .world = world, .stick = stick };
    bool has;

    ptn_buffer_init(&carrying.path, PATH_LEN_MAX);
    has = ptn_ok(ptn_wire_origin_hash(origin, &carrying.id)) &&
          ptn_ok(write_path(&carrying, PTN_BYTES_LITERAL("checkpoint"))) &&
          world->files->exists(world->context, (const char *)carrying.path.at);
    ptn_buffer_release(&carrying.path);
    return has;
}
