/* serve/told.c -- the country's standing, handed from the owner's thread to those that answer. */
#include "serve/told_int.h"

#include <stdio.h>
#include <stdlib.h>

void ptn_told_init(struct ptn_told *told)
{
    (void)pthread_mutex_init(&told->lock, NULL);
    ptn_buffer_init(&told->country, PTN_TOLD_MAX);
    told->etag[0] = '\0';
}

void ptn_told_release(struct ptn_told *told)
{
    ptn_buffer_release(&told->country);
    (void)pthread_mutex_destroy(&told->lock);
}

/* The first member is the time, which is always another: whoever knows the rest knows all. */
static struct ptn_status etag_of(struct ptn_bytes country, char etag[PTN_TOLD_ETAG_SIZE])
{
    const uint8_t *comma = country.len == 0 ? NULL : memchr(country.at, ',', country.len);
    struct ptn_bytes rest =
        comma == NULL ? country
                      : ptn_bytes_slice(country, (size_t)(comma - country.at), country.len);
    uint8_t digest[PTN_SHA256_LEN];
    struct ptn_status status = ptn_sha256(&rest, 1, digest);
    size_t at = 0;

    if (!ptn_ok(status))
        return status;
    etag[at++] = '"';
    (void)ptn_hex_write(digest, 16, etag + at);
    at += 32;
    etag[at++] = '"';
    etag[at] = '\0';
    return PTN_OK;
}

struct ptn_status ptn_told_set(struct ptn_told *told, struct ptn_bytes country)
{
    struct ptn_buffer next = { .len_max = PTN_TOLD_MAX };
    char etag[PTN_TOLD_ETAG_SIZE];
    struct ptn_status status = etag_of(country, etag);

    if (ptn_ok(status))
        status = ptn_buffer_add(&next, country);
    if (!ptn_ok(status)) {
        ptn_buffer_release(&next);
        return status;
    }
    (void)pthread_mutex_lock(&told->lock);
    ptn_buffer_release(&told->country);
    told->country = next;
    memcpy(told->etag, etag, sizeof(etag));
    (void)pthread_mutex_unlock(&told->lock);
    return PTN_OK;
}

struct ptn_status ptn_told_give(struct ptn_told *told, const char *known, struct ptn_buffer *out,
                                char ret_etag[PTN_TOLD_ETAG_SIZE], bool *ret_same)
{
    struct ptn_status status = { PTN_C_NOT_FOUND };

    (void)pthread_mutex_lock(&told->lock);
    if (told->etag[0] != '\0') {
        *ret_same = known != NULL && strcmp(known, told->etag) == 0;
        status = *ret_same ? PTN_OK : ptn_buffer_add(out, ptn_buffer_bytes(&told->country));
        memcpy(ret_etag, told->etag, PTN_TOLD_ETAG_SIZE);
    }
    (void)pthread_mutex_unlock(&told->lock);
    return status;
}
