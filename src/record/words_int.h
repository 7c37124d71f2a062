/* record/words_int.h -- numbers of the wire and the words people and JSON use for them. */
#ifndef PTN_RECORD_WORDS_INT_H
#define PTN_RECORD_WORDS_INT_H
#include "base/bytes.h"

/* The word at number, or "unknown" past the table or where it has a hole (NULL). */
static inline const char *ptn_words_at(const char *const *words, size_t count, unsigned number)
{
    return number < count && words[number] != NULL ? words[number] : "unknown";
}

/* The number of a word, or 0. */
static inline unsigned ptn_words_find(const char *const *words, size_t count, struct ptn_bytes word)
{
    for (unsigned i = 1; i < count; i++)
        if (words[i] != NULL && ptn_bytes_is(word, words[i]))
            return i;
    return 0;
}
#endif
