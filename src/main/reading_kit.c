/*
 * main/reading_kit.c -- recovery's months and shares, at the ceremony's place: months that are
 * added to the kit and taken out of it, shares that are tried, and a new split when other people
 * are to hold them.
 *
 * A month is added without shares: its private half is boxed to recovery's key and forgotten
 * (docs/format/recovery.md).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "main/reading_int.h"

#define SHARES_DEFAULT 5u
#define NEEDED_DEFAULT 3u

/* ---- files ---- */

static struct ptn_status read_text(const struct ptn_world *world, const char *path,
                                   struct ptn_buffer *text, struct ptn_diag *reterr)
{
    struct ptn_status status = world->files->read(world->context, path, text);

    if (!ptn_ok(status))
        return ptn_fail(status.code == PTN_C_NOT_FOUND ? PTN_C_BAD_INPUT : status.code, reterr, 0,
                        "the kit or a share cannot be read");
    return PTN_OK;
}

static struct ptn_status read_kit(const struct ptn_world *world, const char *path,
                                  struct ptn_recovery *ret_kit, struct ptn_diag *reterr)
{
    struct ptn_buffer text = { .len_max = PTN_RECOVERY_TEXT_MAX };
    struct ptn_status status = read_text(world, path, &text, reterr);

    if (ptn_ok(status))
        status = ptn_recovery_parse(ptn_buffer_bytes(&text), ret_kit, reterr);
    ptn_buffer_release(&text);
    return status;
}

static struct ptn_status read_shares(const struct ptn_world *world, const char *const *paths,
                                     size_t count, struct ptn_share *ret_shares,
                                     struct ptn_diag *reterr)
{
    struct ptn_buffer text = { .len_max = 4096 };
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; ptn_ok(status) && i < count; i++) {
        ptn_buffer_clear(&text);
        status = read_text(world, paths[i], &text, reterr);
        if (ptn_ok(status))
            status = ptn_share_parse(ptn_buffer_bytes(&text), &ret_shares[i], reterr);
        if (!ptn_ok(status))
            (void)fprintf(stderr, "postern: %s is no share\n", paths[i]);
    }
    if (text.at != NULL)
        explicit_bzero(text.at, text.capacity);
    ptn_buffer_release(&text);
    return status;
}

struct ptn_status ptn_kit_read_all(const struct ptn_world *world, const char *path,
                                   const char *const *share_paths, size_t count,
                                   struct ptn_recovery *ret_kit, struct ptn_share *ret_shares,
                                   struct ptn_diag *reterr)
{
    struct ptn_status status = read_kit(world, path, ret_kit, reterr);

    return ptn_ok(status) ? read_shares(world, share_paths, count, ret_shares, reterr) : status;
}

void ptn_shares_say(const char *const *paths, size_t count, struct ptn_status status,
                    const struct ptn_diag *diag)
{
    if (status.code == PTN_C_BAD_INPUT && diag != NULL && diag->offset < count)
        (void)fprintf(stderr, "postern: %s does not fit\n", paths[diag->offset]);
}

static struct ptn_status write_kit(const char *path, const struct ptn_recovery *kit,
                                   struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_buffer text = { .len_max = PTN_RECOVERY_TEXT_MAX };
    struct ptn_status status = ptn_recovery_write(kit, &text);

    if (ptn_ok(status))
        status = world->files->replace(world->context, path, ptn_buffer_bytes(&text));
    ptn_buffer_release(&text);
    return ptn_ok(status) ? status : ptn_fail(status.code, reterr, 0, "the kit cannot be written");
}

/* ---- months ---- */

/* The month's key, made when it is not there yet. */
static struct ptn_status have_month(struct ptn_recovery *kit, struct ptn_date month,
                                    struct ptn_reading *ret_reading, struct ptn_diag *reterr)
{
    for (size_t i = 0; i < kit->month_count; i++)
        if (ptn_date_month_number(kit->months[i].reading.month) == ptn_date_month_number(month)) {
            *ret_reading = kit->months[i].reading;
            return PTN_OK;
        }
    if (ptn_date_month_number(month) < ptn_date_month_number(ptn_reading_now()))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "nothing is sealed to a month that is over");
    return ptn_recovery_add(ptn_world_real(), kit, month, ret_reading, reterr);
}

static struct ptn_status have_months(const struct ptn_reading_asked *asked,
                                     struct ptn_recovery *kit,
                                     struct ptn_reading made[PTN_READING_MONTHS_MAX],
                                     struct ptn_diag *reterr)
{
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; ptn_ok(status) && i < asked->month_count; i++)
        status = have_month(kit, asked->months[i], &made[i], reterr);
    return status;
}

static struct ptn_status print_months(const struct ptn_reading *made, size_t count)
{
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; ptn_ok(status) && i < count; i++)
        status = ptn_reading_print(NULL, &made[i]);
    return status;
}

/* No line is out before the kit that opens what is sealed to it. */
struct ptn_status ptn_reading_kit(const struct ptn_reading_asked *asked, struct ptn_diag *reterr)
{
    struct ptn_recovery *kit = calloc(1, sizeof(*kit));
    struct ptn_reading made[PTN_READING_MONTHS_MAX];
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (kit != NULL)
        status = read_kit(ptn_world_real(), asked->at, kit, reterr);
    if (ptn_ok(status))
        status = have_months(asked, kit, made, reterr);
    if (ptn_ok(status))
        status = write_kit(asked->out == NULL ? asked->at : asked->out, kit, reterr);
    if (ptn_ok(status))
        status = print_months(made, asked->month_count);
    if (ptn_ok(status))
        (void)fprintf(stderr,
                      "The kit has %zu months now: put it in the place of every copy, also beside "
                      "the centre's spare.\nThe shares that are out open the new months, too.\n",
                      kit->month_count);
    free(kit);
    return status;
}

/* A month that everybody else has destroyed (docs/guide-orders.md). Whoever has a copy of the kit
 * could do it with an editor: what is asked of the month is only that nobody takes the wrong one.
 */
struct ptn_status ptn_reading_drop(const struct ptn_reading_asked *asked, struct ptn_diag *reterr)
{
    struct ptn_recovery *kit = calloc(1, sizeof(*kit));
    struct ptn_status status = { PTN_C_NO_MEMORY };
    size_t before = 0;

    if (kit != NULL)
        status = read_kit(ptn_world_real(), asked->at, kit, reterr);
    for (size_t i = 0; ptn_ok(status) && i < asked->month_count; i++)
        if (ptn_date_month_number(asked->months[i]) >= ptn_date_month_number(ptn_reading_now()))
            status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0,
                              "a month that is not over yet: what is sealed to it needs the kit");
    if (ptn_ok(status))
        before = kit->month_count;
    for (size_t i = 0; ptn_ok(status) && i < asked->month_count; i++)
        (void)ptn_ok(ptn_recovery_remove(kit, asked->months[i])); /* or it is gone already */
    if (ptn_ok(status))
        status = write_kit(asked->at, kit, reterr);
    if (ptn_ok(status))
        (void)printf("%zu months are gone from this copy of the kit, %zu are left: do the same "
                     "with every other copy\n",
                     before - kit->month_count, kit->month_count);
    free(kit);
    return status;
}

/* ---- shares ---- */

/* Nothing is kept of what they come to. */
struct ptn_status ptn_reading_check(const struct ptn_reading_asked *asked, struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_recovery *kit = calloc(1, sizeof(*kit));
    struct ptn_share shares[PTN_SHARE_COUNT_MAX];
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (kit != NULL)
        status = ptn_kit_read_all(world, asked->at, asked->shares, asked->share_count, kit, shares,
                                  reterr);
    if (ptn_ok(status)) {
        status = ptn_recovery_check(kit, shares, asked->share_count, reterr);
        ptn_shares_say(asked->shares, asked->share_count, status, reterr);
    }
    if (ptn_ok(status))
        (void)printf("%zu of %u shares join: they open the kit's %zu months\n", asked->share_count,
                     kit->set.count, kit->month_count);
    explicit_bzero(shares, sizeof(shares));
    free(kit);
    return status;
}

/* Whoever had a share of the former split may have copies of its kit. */
static void say_moved(const struct ptn_recovery *kit)
{
    size_t count = 0;

    for (size_t i = 0; i < kit->month_count; i++)
        count += ptn_date_month_number(kit->months[i].reading.month) >
                         ptn_date_month_number(ptn_reading_now())
                     ? 1
                     : 0;
    if (count > 0)
        (void)fprintf(stderr,
                      "%zu months that have not begun keep their keys, and former shares open "
                      "them: name those months, too, for new ones.\n",
                      count);
}

/*
 * The former kit's months, for the new key. Those that have not begun and were named are not among
 * them: they get new keys, which the former shares never open.
 */
static struct ptn_status move_months(const struct ptn_reading_asked *asked, struct ptn_recovery *to,
                                     struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_recovery *former = calloc(1, sizeof(*former));
    struct ptn_share shares[PTN_SHARE_COUNT_MAX];
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (former != NULL)
        status = ptn_kit_read_all(world, asked->at, asked->shares, asked->share_count, former,
                                  shares, reterr);
    if (ptn_ok(status)) {
        status = ptn_recovery_move(world, former, shares, asked->share_count, to, reterr);
        ptn_shares_say(asked->shares, asked->share_count, status, reterr);
    }
    for (size_t i = 0; ptn_ok(status) && i < asked->month_count; i++)
        if (ptn_date_month_number(asked->months[i]) > ptn_date_month_number(ptn_reading_now()))
            (void)ptn_ok(ptn_recovery_remove(to, asked->months[i])); /* or it is new altogether */
    if (ptn_ok(status))
        say_moved(to);
    explicit_bzero(shares, sizeof(shares));
    free(former);
    return status;
}

static struct ptn_status put_share(const char *folder, const struct ptn_share *share,
                                   struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_buffer text = { .len_max = PTN_SHARE_TEXT_MAX };
    char path[PTN_READING_PATH_SIZE];
    struct ptn_status status = ptn_share_write(share, &text);

    (void)snprintf(path, sizeof(path), "%s/share-%u", folder, share->index);
    if (ptn_ok(status))
        status = world->files->replace(world->context, path, ptn_buffer_bytes(&text));
    if (text.at != NULL)
        explicit_bzero(text.at, text.capacity);
    ptn_buffer_release(&text);
    return ptn_ok(status) ? status : ptn_fail(status.code, reterr, 0, "a share cannot be written");
}

/* Into a folder of its own: shares of two splits beside each other would be mistaken. */
static struct ptn_status put_split(const struct ptn_reading_asked *asked,
                                   const struct ptn_recovery *kit, const struct ptn_share *shares,
                                   struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    char path[PTN_READING_PATH_SIZE];
    struct ptn_status status = world->files->make_dir(world->context, asked->out);

    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "the folder cannot be made");
    for (unsigned i = 0; ptn_ok(status) && i < kit->set.count; i++)
        status = put_share(asked->out, &shares[i], reterr);
    (void)snprintf(path, sizeof(path), "%s/recovery.kit", asked->out);
    return ptn_ok(status) ? write_kit(path, kit, reterr) : status;
}

static struct ptn_status check_split(const struct ptn_reading_asked *asked, struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();

    if (asked->out == NULL)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "--out says where the new kit and shares go");
    if (world->files->exists(world->context, asked->out))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the folder of --out is there already");
    if ((asked->at == NULL) != (asked->share_count == 0))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0,
                        "a former kit opens with its shares, and shares with their kit");
    return PTN_OK;
}

struct ptn_status ptn_reading_split(const struct ptn_reading_asked *asked, struct ptn_diag *reterr)
{
    const unsigned count = asked->count == 0 ? SHARES_DEFAULT : asked->count;
    const unsigned needed = asked->needed == 0 ? NEEDED_DEFAULT : asked->needed;
    struct ptn_recovery *kit = calloc(1, sizeof(*kit));
    struct ptn_share shares[PTN_SHARE_COUNT_MAX];
    struct ptn_reading made[PTN_READING_MONTHS_MAX];
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (kit != NULL)
        status = check_split(asked, reterr);
    if (ptn_ok(status))
        status = ptn_recovery_make(ptn_world_real(), needed, count, kit, shares, reterr);
    if (ptn_ok(status) && asked->at != NULL)
        status = move_months(asked, kit, reterr);
    if (ptn_ok(status))
        status = have_months(asked, kit, made, reterr);
    if (ptn_ok(status))
        status = put_split(asked, kit, shares, reterr);
    if (ptn_ok(status))
        status = print_months(made, asked->month_count);
    if (ptn_ok(status))
        (void)fprintf(stderr,
                      "%s/share-1 to share-%u, any %u of which open %zu months: one to each "
                      "person.\nFormer shares go on opening what copies of the former kit hold: "
                      "destroy those.\n",
                      asked->out, count, needed, kit->month_count);
    explicit_bzero(shares, sizeof(shares));
    free(kit);
    return status;
}
