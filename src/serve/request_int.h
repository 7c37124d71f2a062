/*
 * serve/request_int.h -- fields of a JSON body. The first thing that is wrong with it sticks in the
 * reading's status, with a word for what it is; what follows is read all the same and not used.
 * what names a field in a refusal. Texts are kept in the reading's arena, with a NUL after them.
 */
#ifndef PTN_SERVE_REQUEST_INT_H
#define PTN_SERVE_REQUEST_INT_H
#include "serve/request.h"

#include <jansson.h>

/* One body while it is read. */
struct ptn_body {
    struct ptn_arena *arena;
    struct ptn_diag *reterr;
    struct ptn_status status;
};

void ptn_body_refuse(struct ptn_body *reading, enum ptn_code code, const char *text);
/* The object a body of at most len_max bytes holds, or NULL. Owned: json_decref. */
json_t *ptn_body_load(struct ptn_body *reading, struct ptn_bytes body, size_t len_max);
/* Refuse an object with a field that is not in the NULL-ended list. */
void ptn_body_only(struct ptn_body *reading, json_t *object, const char *const *names);
/* A text of at most len_max bytes; empty when it is missing. _value: one of an array's. */
struct ptn_bytes ptn_body_value(struct ptn_body *reading, json_t *value, size_t len_max,
                                const char *what);
struct ptn_bytes ptn_body_text(struct ptn_body *reading, json_t *object, const char *key,
                               size_t len_max, const char *what);
/* The object under key, or NULL. Borrowed. */
json_t *ptn_body_object(struct ptn_body *reading, json_t *object, const char *key,
                        const char *what);
/* A whole number from 0 to most; 0 when it is missing. */
unsigned ptn_body_count(struct ptn_body *reading, json_t *object, const char *key, unsigned most,
                        const char *what);
/* Which of the words a text is; words is NULL-ended. Refuses when it is none of them. */
size_t ptn_body_word(struct ptn_body *reading, struct ptn_bytes text, const char *const *words,
                     const char *what);
/* A date, parts of it unknown or all; _day: whole, and one a calendar has, or none. */
struct ptn_date ptn_body_date(struct ptn_body *reading, json_t *object, const char *key,
                              const char *what);
struct ptn_date ptn_body_day(struct ptn_body *reading, json_t *object, const char *key,
                             const char *what);
/* A State's code: up to three capital letters. */
void ptn_body_code(struct ptn_body *reading, struct ptn_bytes text, char ret_code[4],
                   const char *what);
/* 32 lower-case hex digits. _id_text: NULL when it is missing. */
struct ptn_bytes ptn_body_id(struct ptn_body *reading, json_t *object, const char *key,
                             const char *what);
const char *ptn_body_id_text(struct ptn_body *reading, json_t *object, const char *key);
/* false when it is missing. */
bool ptn_body_flag(struct ptn_body *reading, json_t *object, const char *key, const char *what);
/* "user" and "password". */
void ptn_body_credentials(struct ptn_body *reading, json_t *object, struct ptn_bytes *user,
                          struct ptn_bytes *password);
/* Another person beside whoever asks, an object of these two under key. False: nobody. */
bool ptn_body_person(struct ptn_body *reading, json_t *object, const char *key,
                     struct ptn_bytes *user, struct ptn_bytes *password);
/* "direction": entry or exit. */
enum ptn_direction ptn_body_direction(struct ptn_body *reading, json_t *root);
#endif
