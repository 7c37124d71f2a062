/* watch/key.c -- numbers of documents, vehicles and vessels as they are looked up. */
#include <assert.h>

#include "reference/plate.h"
#include "watch/snapshot_int.h"

char ptn_key_class(enum ptn_list_number_type type)
{
    switch (type) {
    case PTN_NUMBER_PASSPORT:
    case PTN_NUMBER_ID_CARD:
    case PTN_NUMBER_OTHER_DOCUMENT:
        return 'd';
    case PTN_NUMBER_PLATE:
        return 'p';
    case PTN_NUMBER_IMO:
    case PTN_NUMBER_MMSI:
    case PTN_NUMBER_CALL_SIGN:
    case PTN_NUMBER_TAIL:
        return 'v';
    case PTN_NUMBER_TAX:
    case PTN_NUMBER_TYPE_COUNT:
        break;
    }
    return 0;
}

size_t ptn_key_normalise(struct ptn_bytes number, uint8_t ret_key[PTN_KEY_LEN_MAX])
{
    size_t len = 0;

    for (size_t i = 0; i < number.len && len < PTN_KEY_LEN_MAX; i++) {
        uint8_t byte = number.at[i];

        if (byte >= 'a' && byte <= 'z')
            byte = (uint8_t)(byte - 32);
        if ((byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || byte >= 0x80)
            ret_key[len++] = byte;
    }
    return len;
}

/* TRIP-3. */
size_t ptn_key_of(char form, struct ptn_bytes number, uint8_t ret_key[PTN_KEY_LEN_MAX])
{
    static_assert(PTN_PLATE_KEY_MAX <= PTN_KEY_LEN_MAX, "a plate's key fits");

    if (form == 'p')
        return ptn_plate_key(number, ret_key);
    return form == PTN_KEY_ALIKE ? ptn_plate_alike(number, ret_key)
                                 : ptn_key_normalise(number, ret_key);
}

uint64_t ptn_key_hash(char class, const uint8_t *key, size_t len)
{
    uint64_t hash = 0xcbf29ce484222325u;

    hash = (hash ^ (uint8_t) class) * 0x100000001b3u;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ key[i]) * 0x100000001b3u;
    return hash;
}
