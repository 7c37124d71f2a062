/* node/put.c -- records into a writer's request, and looks at people among them. */
#include "node/node_int.h"
#include "record/access.h"

struct ptn_status ptn_node_put(struct ptn_writer_request *write, enum ptn_record_kind kind,
                               struct ptn_status written, struct ptn_buffer *out,
                               struct ptn_arena *arena)
{
    char *payload = ptn_ok(written) ? ptn_arena_text(arena, ptn_buffer_bytes(out)) : NULL;

    if (ptn_ok(written) && payload == NULL)
        written = (struct ptn_status){ PTN_C_NO_MEMORY };
    if (ptn_ok(written))
        write->records[write->record_count++] = (struct ptn_writer_record){
            .kind = kind,
            .retention = ptn_record_retention(kind),
            .payload = ptn_bytes_of(payload, out->len),
        };
    ptn_buffer_release(out);
    return written;
}

struct ptn_status ptn_node_write_look(const struct ptn_node *node, const struct ptn_lane_who *who,
                                      const struct ptn_access *look, struct ptn_buffer *out)
{
    struct ptn_access access = *look;

    access.time_ms = node->world->now_ms(node->world->context);
    access.officer = ptn_bytes_from_text(who->officer->user);
    access.post = ptn_bytes_from_text(node->plan.code);
    access.lane = ptn_bytes_from_text(who->lane);
    node->world->random(node->world->context, access.id.at, sizeof(access.id.at));
    return ptn_access_write(&access, out);
}

struct ptn_status ptn_node_put_look(const struct ptn_node *node, const struct ptn_lane_who *who,
                                    const struct ptn_access *look, struct ptn_arena *arena,
                                    struct ptn_writer_request *write)
{
    struct ptn_buffer out = { .len_max = PTN_NODE_LOOK_MAX };

    return ptn_node_put(write, PTN_RECORD_ACCESS, ptn_node_write_look(node, who, look, &out), &out,
                        arena);
}

void ptn_node_note_look(struct ptn_node *node, const struct ptn_lane_who *who,
                        const struct ptn_access *look)
{
    struct ptn_buffer out = { .len_max = PTN_NODE_LOOK_MAX };

    if (ptn_ok(ptn_node_write_look(node, who, look, &out)))
        ptn_node_note(node, PTN_RECORD_ACCESS, ptn_buffer_bytes(&out));
    ptn_buffer_release(&out);
}
