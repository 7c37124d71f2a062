/* node/returning_show.c -- how a post's return stands, for people and machines that ask. */
#include "node/returning_int.h"

void ptn_returning_now(struct ptn_node *node, struct ptn_returning *ret_now)
{
    ptn_node_lock(node);
    *ret_now = node->apply->returning->now;
    ptn_node_unlock(node);
}

void ptn_returning_words(const struct ptn_node *node, char *words, size_t size)
{
    const struct ptn_returning *now = &node->apply->returning->now;
    size_t len = 0;

    words[0] = '\0';
    for (size_t i = 0; i < now->missing_count; i++) {
        int more =
            snprintf(words + len, size - len, "%s%s", i > 0 ? " " : "", now->missing[i].word);

        if (more < 0 || (size_t)more >= size - len) {
            words[len] = '\0';
            return;
        }
        len += (size_t)more;
    }
}

static void field(struct ptn_json *json, const char *key, const char *text)
{
    ptn_json_field_text(json, key, ptn_bytes_from_text(text));
}

static void write_missing(struct ptn_json *json, const struct ptn_returning *now)
{
    ptn_json_key(json, "missing");
    ptn_json_array(json);
    for (size_t i = 0; i < now->missing_count; i++) {
        ptn_json_object(json);
        field(json, "word", now->missing[i].word);
        field(json, "text", now->missing[i].text);
        field(json, "text_sq", now->missing[i].text_sq);
        field(json, "remedy", now->missing[i].remedy);
        field(json, "remedy_sq", now->missing[i].remedy_sq);
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
}

static void write_names(struct ptn_json *json, const char *key, const struct ptn_hash *names,
                        size_t count)
{
    ptn_json_key(json, key);
    ptn_json_array(json);
    for (size_t i = 0; i < count; i++) {
        struct ptn_buffer hex = { .len_max = (size_t)2 * PTN_HASH_LEN };

        if (ptn_ok(ptn_buffer_add_hex(&hex, ptn_bytes_of(names[i].at, PTN_HASH_LEN))))
            ptn_json_text(json, ptn_buffer_bytes(&hex));
        ptn_buffer_release(&hex);
    }
    ptn_json_array_end(json);
}

/* A time that may not have come. */
static void write_time(struct ptn_json *json, const char *key, int64_t time_ms)
{
    if (time_ms > 0) {
        ptn_json_field_number(json, key, time_ms);
        return;
    }
    ptn_json_key(json, key);
    ptn_json_null(json);
}

static void write_lanes(struct ptn_json *json, const struct ptn_returning_lane *lanes, size_t count)
{
    ptn_json_key(json, "lanes");
    ptn_json_array(json);
    for (size_t i = 0; i < count; i++) {
        ptn_json_object(json);
        field(json, "lane", lanes[i].name);
        ptn_json_field_bool(json, "entry", lanes[i].in[PTN_DIRECTION_ENTRY]);
        ptn_json_field_bool(json, "exit", lanes[i].in[PTN_DIRECTION_EXIT]);
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
}

void ptn_returning_write(struct ptn_node *node, struct ptn_json *json)
{
    const struct ptn_returning_state *state = node->apply->returning;
    struct ptn_returning_lane lanes[PTN_RETURNING_LANES_MAX];
    struct ptn_returning now;
    size_t lane_count;

    ptn_node_lock(node);
    now = state->now;
    lane_count = state->lane_count;
    memcpy(lanes, state->lanes, sizeof(lanes));
    ptn_node_unlock(node);
    ptn_json_object(json);
    ptn_json_field_bool(json, "wanted", now.wanted);
    ptn_json_field_bool(json, "open", now.wanted && now.missing_count == 0);
    write_missing(json, &now);
    field(json, "stage", ptn_stage_word(now.stage));
    write_time(json, "attack_ms", now.attack_ms);
    write_time(json, "stage_ms", now.stage_ms);
    write_time(json, "steady_ms", now.steady_ms);
    write_time(json, "system_ms", now.system_ms);
    write_time(json, "service_ms", now.service_ms);
    write_time(json, "backlog_ms", now.backlog_ms);
    ptn_json_field_number(json, "places", now.places);
    write_lanes(json, lanes, lane_count);
    write_names(json, "attacks", now.attacks, now.attack_count);
    write_names(json, "returns", now.returns, now.return_count);
    ptn_json_object_end(json);
}
