/*
 * node/past_int.h -- the stays of days that the post has forgotten: a table that opens with the
 * passport and not with the post.
 *
 * A day's crossings go into it before the day's keys go (node/forget.c). Of each traveller there is
 * a row a crossing, under a name and a pad that only a slow key out of their document gives;
 * without the document a row says nothing, nor which rows are one traveller's. Layout:
 * docs/format/stays.md.
 */
#ifndef PTN_NODE_PAST_INT_H
#define PTN_NODE_PAST_INT_H
#include "node/node_int.h"
#include "vault/credential.h"

#define PTN_PAST_ROW_LEN 21u
#define PTN_PAST_DAYS    732 /* two of the longest windows: nothing older is looked at */

/* One file: what was forgotten at once. Views into its bytes. */
struct ptn_past_file {
    int32_t from, day;  /* days of entries, by UTC: it speaks for those up to day; what is older
                           than from is in files before it */
    uint64_t end;       /* ... and for entries below this index only */
    uint64_t low, high; /* indices of the crossings that have a row; high below low: none has */
    uint32_t erased;    /* entries from low to high that were erased then */
    struct ptn_records_since since; /* how far back the post knew then */
    uint8_t salt[PTN_SLOW_SALT_LEN];
    const uint8_t *rows; /* ascending */
    size_t row_count;
    struct ptn_buffer bytes; /* Owned; what the views look into */
};

void ptn_past_release(struct ptn_past *past);

/* Pure. BAD_INPUT for bytes that are no such file. ret_file->bytes is not set. */
PTN_MUST_USE struct ptn_status ptn_past_parse(struct ptn_bytes bytes,
                                              struct ptn_past_file *ret_file);

/*
 * Read what there is into node->past and how far back it goes into node->since. A file that is
 * damaged, too old, or knows of somebody who has been erased since, is left out, and the last two
 * are removed. NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_past_open(struct ptn_node *node);

/* Remove files that know of somebody erased since they were written. Owner only. */
void ptn_past_tidy(struct ptn_node *node);

/* The days between the files, and before them, are not known. through: the newest day that was in
 * the table once. */
void ptn_past_holes(struct ptn_node *node, int32_t through);

/* The newest day there is; 0: none. */
int32_t ptn_past_last(const struct ptn_past *past);

/* Whether the table speaks for the crossing in that entry: it is not to be learnt again. */
bool ptn_past_covers(const struct ptn_past *past, int32_t written, uint64_t index);

/*
 * The crossings of one traveller, oldest first, the newest max of them. slow: of their key
 * (ptn_history_key) with the table's salt.
 */
size_t ptn_past_find(const struct ptn_past *past, const uint8_t slow[PTN_SLOW_KEY_LEN],
                     struct ptn_stay_event *ret_events, size_t max);

/* Append the row of a traveller's nth crossing among those of a file. */
PTN_MUST_USE struct ptn_status ptn_past_row(const struct ptn_past_file *file,
                                            const uint8_t slow[PTN_SLOW_KEY_LEN], uint32_t nth,
                                            const struct ptn_history_event *event,
                                            struct ptn_buffer *rows);

/*
 * Sort the rows, write the file, and take it into the table and its crossings out of the history,
 * under one lock. rows is emptied on success. NO_MEMORY, TOO_BIG; IO: all is as before, but that
 * the file may be there.
 */
PTN_MUST_USE struct ptn_status ptn_past_add(struct ptn_node *node, struct ptn_past_file *file,
                                            struct ptn_buffer *rows);
#endif
