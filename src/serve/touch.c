/*
 * serve/touch.c -- security keys at the door: what a browser must have signed, and whether it did.
 *
 *   a request with a password -> 403 needs-key, a challenge and whose keys
 *   the same request with Postern-Key -> what it asks for
 *
 * The header is the credential's id, the client data, the authenticator data and the signature, in
 * base64, parted by dots. Standard: W3C Web Authentication Level 2, 5.8.1 and 7.2.
 */
#include "serve/serve_int.h"

#include <jansson.h>

#include "vault/credential.h"

#define PARTS 4u

/* ---- what was asked ---- */

/* Who, and which request: a touch serves nothing else. */
static struct ptn_status asked(const struct ptn_touch *touch, struct ptn_bytes user,
                               uint8_t ret_digest[PTN_SHA256_LEN])
{
    const struct ptn_bytes parts[] = { user, PTN_BYTES_LITERAL("\n"),
                                       ptn_bytes_from_text(touch->path), PTN_BYTES_LITERAL("\n"),
                                       touch->body };

    return ptn_sha256(parts, sizeof(parts) / sizeof(parts[0]), ret_digest);
}

static int64_t now_ms(const struct ptn_touch *touch)
{
    return touch->world->now_ms(touch->world->context);
}

/* ---- the client data ---- */

/* base64url without padding, of exactly a challenge. */
static bool read_challenge(const char *text, struct ptn_buffer *out)
{
    char plain[PTN_PASSKEY_ASK_LEN / 3 * 4];

    if (strlen(text) != sizeof(plain))
        return false;
    for (size_t i = 0; i < sizeof(plain); i++)
        plain[i] = (char)(text[i] == '-' ? '+' : text[i] == '_' ? '/' : text[i]);
    return ptn_ok(ptn_base64_read(ptn_bytes_of(plain, sizeof(plain)), out, NULL));
}

/* The name that a page of this origin goes by: what a key signs with. */
static bool host_of(const char *origin, char ret_host[PTN_PASSKEY_HOST_MAX + 1])
{
    const char *begin = strstr(origin, "://");
    size_t len;

    if (begin == NULL)
        return false;
    begin += 3;
    len = strcspn(begin, ":/");
    if (len == 0 || len > PTN_PASSKEY_HOST_MAX)
        return false;
    memcpy(ret_host, begin, len);
    ret_host[len] = '\0';
    return true;
}

/* A get, at a page of ours and in no frame of another's, for what is asked here. */
static bool is_ours(const struct ptn_touch *touch, struct ptn_bytes user, json_t *client,
                    char ret_host[PTN_PASSKEY_HOST_MAX + 1])
{
    struct ptn_buffer challenge = { .len_max = PTN_PASSKEY_ASK_LEN };
    const char *type = json_string_value(json_object_get(client, "type"));
    const char *text = json_string_value(json_object_get(client, "challenge"));
    const char *origin = json_string_value(json_object_get(client, "origin"));
    uint8_t digest[PTN_SHA256_LEN];
    bool ours =
        type != NULL && strcmp(type, "webauthn.get") == 0 && text != NULL && origin != NULL &&
        ptn_guard_origin(touch->guard, origin) &&
        !json_is_true(json_object_get(client, "crossOrigin")) && host_of(origin, ret_host) &&
        read_challenge(text, &challenge) && ptn_ok(asked(touch, user, digest)) &&
        ptn_passkey_challenge_is(touch->secret, now_ms(touch), ptn_bytes_of(digest, sizeof(digest)),
                                 ptn_buffer_bytes(&challenge));

    ptn_buffer_release(&challenge);
    return ours;
}

/* ---- one answer ---- */

struct answer {
    struct ptn_buffer parts[PARTS];
};

static bool read_answer(struct ptn_bytes text, struct answer *ret_answer)
{
    static const size_t most[PARTS] = { PTN_PASSKEY_ID_MAX, PTN_PASSKEY_CLIENT_MAX,
                                        PTN_PASSKEY_AUTH_MAX, PTN_PASSKEY_SIGNED_MAX };

    for (size_t i = 0; i < PARTS; i++) {
        const uint8_t *dot = text.len == 0 ? NULL : memchr(text.at, '.', text.len);
        size_t len = dot == NULL ? text.len : (size_t)(dot - text.at);

        if ((dot == NULL) != (i == PARTS - 1))
            return false;
        ret_answer->parts[i].len_max = most[i];
        if (!ptn_ok(ptn_base64_read(ptn_bytes_slice(text, 0, len), &ret_answer->parts[i], NULL)))
            return false;
        text = ptn_bytes_slice(text, len + 1, SIZE_MAX);
    }
    return true;
}

/* This user touched this key for what is asked. */
static bool touched(void *context, struct ptn_bytes user, const struct ptn_passkey *key)
{
    const struct ptn_touch *touch = context;
    struct answer answer = { 0 };
    char host[PTN_PASSKEY_HOST_MAX + 1];
    json_t *client = NULL;
    bool good = touch->given != NULL && read_answer(ptn_bytes_from_text(touch->given), &answer);
    const struct ptn_passkey_answer given = { .id = ptn_buffer_bytes(&answer.parts[0]),
                                              .client = ptn_buffer_bytes(&answer.parts[1]),
                                              .authenticator = ptn_buffer_bytes(&answer.parts[2]),
                                              .signature = ptn_buffer_bytes(&answer.parts[3]) };

    if (good)
        client = json_loadb((const char *)given.client.at, given.client.len, JSON_REJECT_DUPLICATES,
                            NULL);
    good = good && client != NULL && is_ours(touch, user, client, host) &&
           ptn_ok(ptn_passkey_check(key, host, &given));
    json_decref(client);
    for (size_t i = 0; i < PARTS; i++)
        ptn_buffer_release(&answer.parts[i]);
    return good;
}

void ptn_touch_begin(struct ptn_touch *touch)
{
    touch->staff = (struct ptn_staff_touch){ .touched = touched, .context = touch };
}

void ptn_answer_needs_key(struct ptn_json *json, unsigned status_code,
                          const struct ptn_touch *touch)
{
    const struct ptn_staff_touch *staff = &touch->staff;
    uint8_t challenge[PTN_PASSKEY_ASK_LEN] = { 0 };
    uint8_t digest[PTN_SHA256_LEN];
    struct ptn_buffer text = { .len_max = PTN_PASSKEY_TEXT_MAX };
    struct ptn_status status = asked(touch, staff->user, digest);

    if (ptn_ok(status))
        status = ptn_passkey_challenge(touch->secret, now_ms(touch),
                                       ptn_bytes_of(digest, sizeof(digest)), challenge);
    if (ptn_ok(status))
        status = ptn_buffer_add_base64(&text, ptn_bytes_of(challenge, sizeof(challenge)));
    ptn_json_object(json);
    ptn_answer_problem_fields(json, status_code, "needs-key",
                              "One of their security keys is wanted",
                              "Touch it, and send the same again with Postern-Key.");
    ptn_json_field_text(json, "user", staff->user);
    ptn_json_field_text(json, "challenge", ptn_buffer_bytes(&text));
    ptn_json_key(json, "keys");
    ptn_json_array(json);
    for (size_t i = 0; ptn_ok(status) && i < staff->key_count; i++) {
        ptn_buffer_clear(&text);
        status =
            ptn_buffer_add_base64(&text, ptn_bytes_of(staff->keys[i].id, staff->keys[i].id_len));
        if (ptn_ok(status))
            ptn_json_text(json, ptn_buffer_bytes(&text));
    }
    ptn_json_array_end(json);
    ptn_json_object_end(json);
    ptn_buffer_release(&text);
}
