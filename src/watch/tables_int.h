/* watch/tables_int.h -- the tables that tools/watch_tables.py writes from data/reference. Private
 * to watch/. */
#ifndef PTN_WATCH_TABLES_INT_H
#define PTN_WATCH_TABLES_INT_H
#include <stddef.h>

/* A word for a State or its people, lower case, single spaces; in byte order. */
struct ptn_nation_word {
    const char *word;
    const char *code;
};
extern const struct ptn_nation_word ptn_nation_words[];
extern const size_t ptn_nation_word_count;

/* A line "profile" of data/reference/lists.tsv. */
struct ptn_profile_row {
    const char *key;
    const char *on_entry;
    const char *on_exit;
    const char *own_nationals_exempt;
    const char *owner;
    const char *basis;
    const char *entry_text;
    const char *entry_text_sq;
    const char *exit_text;
    const char *exit_text_sq;
};
extern const struct ptn_profile_row ptn_profile_rows[];
extern const size_t ptn_profile_row_count;

/* A line "action". */
struct ptn_action_row {
    const char *word;
    const char *text;
    const char *text_sq;
};
extern const struct ptn_action_row ptn_action_rows[];
extern const size_t ptn_action_row_count;
#endif
